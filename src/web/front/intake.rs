//! Takes in one request's body, whole, before anybody is asked to answer it.

use std::io::Write;
use std::time::{Duration, Instant};

use super::chunked::Chunks;
use super::head::{Framing, Head};
use super::settings::Limits;
use super::spool::Spool;
use super::status::{Refusal, refuse};
use crate::web::http::Body;

const TOO_LARGE: Refusal = refuse(413, "that is too large");

pub struct Intake {
    pub head: Head,
    coding: Coding,
    spool: Spool,
    limit: u64,
    since: Instant,
}

enum Coding {
    Left(u64),
    Chunks(Chunks),
}

impl Intake {
    /// A body that says it is too large is refused before its first byte is read.
    pub fn new(head: Head, limit: u64, memory: usize, now: Instant) -> Result<Intake, Refusal> {
        let coding = match head.framing {
            Framing::Length(len) if len > limit => return Err(TOO_LARGE),
            Framing::Length(len) => Coding::Left(len),
            Framing::None => Coding::Left(0),
            Framing::Chunked => Coding::Chunks(Chunks::new()),
        };
        Ok(Intake { head, coding, spool: Spool::new(memory), limit, since: now })
    }

    pub fn done(&self) -> bool {
        match &self.coding {
            Coding::Left(left) => *left == 0,
            Coding::Chunks(chunks) => chunks.done(),
        }
    }

    /// How many bytes may be read without taking any of the next request.
    pub fn room(&self, most: usize) -> usize {
        match &self.coding {
            Coding::Left(left) => usize::try_from(*left).map_or(most, |left| left.min(most)),
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

    /// The deadline moves with what has arrived, so dripping bytes buys no time.
    pub fn deadline(&self, limits: &Limits) -> Instant {
        self.since + limits.body_time + at_slowest(self.spool.len(), limits)
    }

    pub fn finish(self) -> (Head, Body) {
        (self.head, self.spool.finish())
    }
}

pub fn at_slowest(bytes: u64, limits: &Limits) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / limits.slowest.max(1))
}

fn keep(spool: &mut Spool, bytes: &[u8]) -> Result<(), Refusal> {
    spool.write_all(bytes).map_err(|error| {
        // What the system says about our temporary files is not for the client.
        log::error!("a body could not be kept: {error}");
        refuse(507, "we have no room for this")
    })
}
