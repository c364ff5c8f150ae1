//! A desk in a temporary file with a movable clock, and what tests do with it.

pub mod browser;
pub mod desk;
pub mod process;
pub mod story;

pub use desk::TestDesk;
