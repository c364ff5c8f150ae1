//! Waits of tests, none of which lasts for ever: a test that fails must end, and say so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::process::PATIENCE;

/// Waits until it is so, for longer than anything may take on a busy machine.
pub fn until(what: &str, is: impl FnMut() -> bool) {
    until_within(2 * PATIENCE, what, is);
}

/// The same, for at most so long.
pub fn until_within(longest: Duration, what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < longest, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Tells threads that work until they are told, at the end of its scope: also of one that a failure leaves, which would
/// wait for them otherwise.
pub struct Ending<'a>(pub &'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
