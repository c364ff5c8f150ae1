//! A desk in a temporary file with a movable clock, and what tests do with it.

pub mod cast;
pub mod desk;

pub use desk::TestDesk;
