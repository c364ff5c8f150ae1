//! Takes in one request's body, whole, before anybody is asked to answer it.

use std::io::Write;
use std::time::{Duration, Instant};

use super::chunked::Chunks;
use super::depot::{Full, Share};
use super::head::{Framing, Head};
use super::settings::Limits;
use super::spool::Spool;
use super::status::{Refusal, refuse};
use crate::web::http::Body;
use crate::web::server::Welcome;

pub const TOO_LARGE: Refusal = refuse(413, "that is too large");

/// A body may run so many times its first patience ahead of the slowest pace.
const AHEAD: u32 = 3;

pub struct Intake {
    pub head: Head,
    coding: Coding,
    spool: Spool,
    limit: u64,
    /// A handler has said by the head that it may come; before that nothing of it goes to a file.
    welcome: bool,
    since: Instant,
    /// When it must have gone on.
    until: Instant,
}

enum Coding {
    Left(u64),
    Chunks(Chunks),
}

impl Intake {
    /// A body that says it is too large is refused before its first byte is read. Up to `memory` bytes are kept in
    /// memory, and what is more counts against `share`.
    pub fn new(
        head: Head,
        limit: u64,
        (memory, share): (usize, Share),
        (limits, now): (&Limits, Instant),
    ) -> Result<Intake, Refusal> {
        let coding = match head.framing {
            Framing::Length(len) if len > limit => return Err(TOO_LARGE),
            Framing::Length(len) => Coding::Left(len),
            Framing::None => Coding::Left(0),
            Framing::Chunked => Coding::Chunks(Chunks::new()),
        };
        let (spool, until) = (Spool::new(memory, share), now + limits.body_time);
        Ok(Intake { head, coding, spool, limit, welcome: false, since: now, until })
    }

    pub fn done(&self) -> bool {
        match &self.coding {
            Coding::Left(left) => *left == 0,
            Coding::Chunks(chunks) => chunks.done(),
        }
    }

    /// Nothing has come yet.
    pub fn is_untouched(&self) -> bool {
        self.spool.len() == 0
    }

    /// What comes next would go to a file, and nobody has said yet that it may.
    pub fn must_ask(&self) -> bool {
        !self.welcome
            && match &self.coding {
                Coding::Left(left) => *left > self.spool.in_memory() as u64,
                Coding::Chunks(_) => self.may_outgrow() && self.spool.in_memory() == 0,
            }
    }

    /// It could be larger than what is kept in memory; what is too large before that is just refused.
    fn may_outgrow(&self) -> bool {
        !self.welcome && (self.spool.memory() as u64) < self.limit
    }

    /// It may come, after it waited since `asked` for that to be said.
    pub fn go_on(&mut self, welcome: Welcome, asked: Instant, now: Instant) -> Result<(), Refusal> {
        self.welcome = true;
        self.limit = self.limit.min(welcome.most);
        if welcome.known {
            self.spool.know();
        }
        let waited = now.saturating_duration_since(asked);
        (self.since, self.until) = (self.since + waited, self.until + waited);
        let left = if let Coding::Left(left) = &self.coding { *left } else { 0 };
        if self.spool.len() + left > self.limit { Err(TOO_LARGE) } else { Ok(()) }
    }

    /// How many bytes may be read without taking any of the next request, or more than may be kept yet.
    pub fn room(&self, most: usize) -> usize {
        match &self.coding {
            Coding::Left(left) => usize::try_from(*left).map_or(most, |left| left.min(most)),
            Coding::Chunks(_) if self.may_outgrow() => most.min(self.spool.in_memory()),
            Coding::Chunks(_) => most,
        }
    }

    /// How many of these bytes belonged to the body.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let Intake { coding, spool, limit, .. } = self;
        match coding {
            Coding::Left(left) => {
                let count = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                keep(spool, &bytes[..count])?;
                *left -= count as u64;
                Ok(count)
            }
            Coding::Chunks(chunks) => chunks.feed(bytes, |piece| {
                if spool.len() + piece.len() as u64 > *limit {
                    return Err(TOO_LARGE);
                }
                keep(spool, piece)
            }),
        }
    }

    /// The deadline moves with what arrives, so dripping bytes buys no time; and only so far ahead, so that what came
    /// fast buys none for silence.
    pub fn moved(&mut self, count: usize, limits: &Limits, now: Instant) {
        self.until = (self.until + at_slowest(count as u64, limits)).min(now + limits.body_time * AHEAD);
    }

    pub fn deadline(&self, limits: &Limits) -> Instant {
        self.until.min(self.since + limits.body_most)
    }

    pub fn since(&self) -> Instant {
        self.since
    }

    pub fn finish(self) -> (Head, Body) {
        (self.head, self.spool.finish())
    }
}

pub fn at_slowest(bytes: u64, limits: &Limits) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / limits.slowest.max(1))
}

fn keep(spool: &mut Spool, bytes: &[u8]) -> Result<(), Refusal> {
    spool.write_all(bytes).map_err(|error| match Full::behind(&error) {
        Some(full) => full.into(),
        None => {
            // What the system says about our temporary files is not for the client.
            log::error!("a body could not be kept: {error}");
            refuse(507, "we have no room for this")
        }
    })
}
