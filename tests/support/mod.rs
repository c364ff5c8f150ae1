//! A desk in a temporary file with a movable clock, and what tests do with it.

pub mod api;
pub mod cast;
pub mod channel;
pub mod desk;
pub mod listener;
pub mod process;
pub mod provider;
pub mod shown;

pub use desk::TestDesk;
