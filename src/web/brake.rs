//! Brakes: how often somebody may do something, counted in memory.
//!
//! A restart forgets them, which costs nothing: they hold back floods and are no rights.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use crate::domain::{Span, Timestamp};
use crate::locks::hold;

/// So many at once, and again so many after each span.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub times: u32,
    pub per: Span,
}

/// Buckets of leave, one for each key, that fill up again with time.
#[derive(Debug, Default)]
pub struct Brake {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<String, Bucket>,
    /// The latest time at which somebody took.
    latest: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// When it will be full again.
    full_at: Timestamp,
}

/// Requests overtake each other by less than this; an older one is of a clock that was put back.
const OVERTAKEN: Span = Span::minutes(1);

/// More keys than this are not remembered, so that a flood of them cannot fill the memory.
const MOST: usize = 100_000;

impl Brake {
    /// Takes one from the bucket of `key`; `Err` says when there will be one again.
    pub fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<(), Timestamp> {
        let mut state = hold(&self.state);
        // Of two requests the one that began first may take last: it comes later all the same, and is not too early.
        let overtaken = state.latest.filter(|latest| *latest > now && latest.since(now) < OVERTAKEN);
        let now = overtaken.unwrap_or(now);
        state.latest = Some(now);
        let buckets = &mut state.buckets;
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| bucket.full_at > now);
            if buckets.len() >= MOST {
                buckets.clear();
            }
        }
        let one = Span(rate.per.0 / i64::from(rate.times.max(1)));
        let bucket = buckets.entry(key.to_owned()).or_insert(Bucket { full_at: now });
        // No bucket is emptier than empty: what says so was counted before the clock was set back.
        let full_at = if bucket.full_at > now + rate.per { now } else { bucket.full_at.max(now) };
        let then = full_at + one;
        if then > now + rate.per {
            return Err(then - rate.per);
        }
        bucket.full_at = then;
        Ok(())
    }
}

/// The key of a client: its address, or the network of an IPv6 one, since one customer has 2⁶⁴ of those.
pub fn client(peer: IpAddr) -> String {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_began_first_and_is_counted_last_is_not_too_early() {
        let (brake, hour) = (Brake::default(), Rate { times: 5, per: Span::hours(1) });
        let now = Timestamp(1_000_000_000);
        let take = |at| Brake::take(&brake, "one", hour, at).is_ok();
        assert!(take(now + Span(3)) && (0..3).all(|_| take(now + Span(2))));
        assert!(take(now), "the fifth of five");
        assert!(!take(now + Span(3)), "the sixth");
        assert!(take(now - Span::days(1)), "the clock was put back");
    }
}
