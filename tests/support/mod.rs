//! A desk in a temporary file with a movable clock, and what tests do with it.

pub mod api;
pub mod bots;
pub mod browser;
pub mod cast;
pub mod channel;
pub mod connected;
pub mod desk;
pub mod elsewhere;
pub mod ending;
pub mod letters;
pub mod listener;
pub mod ports;
pub mod process;
pub mod provider;
pub mod relay;
pub mod shapes;
pub mod shown;
pub mod story;
pub mod traffic;
pub mod tree;
pub mod visitor;

pub use desk::TestDesk;
