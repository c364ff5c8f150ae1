//! How fast a channel sends, so that its provider never has to refuse us for it.

use serde::{Deserialize, Serialize};

use super::limit::segments;
use super::{Span, Timestamp};

/// So many messages in each span, and so many at once after a rest: what a token bucket of `burst` allows that is
/// filled `count` times in each `per`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rate {
    pub count: u32,
    pub per: Span,
    pub burst: u32,
}

/// How fast an account sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pace {
    /// All messages of the account together.
    pub account: Rate,
    /// The messages to one person; `None`: as the account.
    pub person: Option<Rate>,
    /// What one message counts as.
    pub weight: Weight,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Each call: a text one, and each file one.
    Calls,
    /// The same, but a sound or a film counts as so many.
    Media(u32),
    /// The parts of which an SMS consists.
    Parts,
}

/// Where a bucket stands: one value each for when it lets the next one go, and for when it is full again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bucket {
    pub from_at: Timestamp,
    pub full_at: Timestamp,
}

impl Rate {
    /// So many in each second, `burst` of them at once.
    pub const fn second(count: u32, burst: u32) -> Rate {
        Rate { count, per: Span::seconds(1), burst }
    }

    /// The bucket after something of this weight left at `now`. What is heavier than the bucket still leaves, and
    /// what follows it waits the longer.
    pub fn take(self, before: Option<Bucket>, weight: u32, now: Timestamp) -> Bucket {
        // Rounded up: rather a little slower than a little too fast.
        let one = (self.per.0 + i64::from(self.count) - 1) / i64::from(self.count.max(1));
        let full = before.map_or(now, |bucket| bucket.full_at.max(now)) + Span(one * i64::from(weight));
        let ahead = one * i64::from(self.burst.max(1) - 1);
        Bucket { from_at: (full - Span(ahead)).max(now), full_at: full }
    }
}

impl Weight {
    /// What a message weighs, at least one. `files`: for each, whether it is a sound or a film.
    pub fn of(self, text: &str, is_apart: bool, files: &[bool]) -> u32 {
        let each = |heavy: bool| match self {
            Weight::Media(weight) if heavy => weight,
            _ => 1,
        };
        let weight: u32 = match self {
            Weight::Parts => segments(text).parts,
            _ => {
                files.iter().map(|heavy| each(*heavy)).sum::<u32>() + u32::from(is_apart && !text.is_empty())
            }
        };
        weight.max(1)
    }
}
