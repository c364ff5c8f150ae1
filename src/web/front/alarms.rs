//! Who must be looked at when, even if nothing happens on its socket.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use mio::Token;

/// An alarm is never taken back. A deadline that moves away finds its old alarm early and sets
/// the next one then, so that a busy connection touches the heap about once in its idle time.
#[derive(Default)]
pub struct Alarms(BinaryHeap<Reverse<(Instant, Token)>>);

impl Alarms {
    /// `set` is when this connection will be looked at already.
    pub fn set(&mut self, token: Token, set: &mut Option<Instant>, deadline: Option<Instant>) {
        if let Some(deadline) = deadline
            && set.is_none_or(|set| deadline < set)
        {
            *set = Some(deadline);
            self.0.push(Reverse((deadline, token)));
        }
    }

    pub fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    pub fn due(&mut self, now: Instant) -> Option<(Instant, Token)> {
        if self.next()? > now {
            return None;
        }
        self.0.pop().map(|Reverse(alarm)| alarm)
    }
}
