//! Work in lanes: one after the other within a lane, and no lane waits for another.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

use super::Stop;
use crate::actions::{Error, Result};
use crate::desk::Desk;
use crate::domain::Timestamp;
use crate::locks::hold;

/// How many lanes are busy at the same time.
const MOST: usize = 16;
/// How long a lane rests in which the work broke, so that work which always breaks takes no core.
const BROKEN: Duration = Duration::from_millis(500);
/// How long a lane rests when what came of its work could not be kept. It is due still, and without a rest the same would
/// be done thousands of times a second while the disk is full.
const STUCK: Duration = Duration::from_secs(1);
/// How often one looks even if nobody called: a channel that was switched on again, a clock that was moved.
pub(super) const PULSE: Duration = Duration::from_secs(1);

/// Work that falls due in lanes named by `K`.
pub(super) struct Lanes<'a, K> {
    pub desk: &'a Desk,
    /// What is told when there may be work.
    pub topic: &'static str,
    /// The lanes that have work now.
    pub due: &'a dyn Fn(Timestamp) -> Vec<K>,
    /// When the next work falls due, if nobody calls before.
    pub next: &'a dyn Fn(Timestamp) -> Option<Timestamp>,
    /// Does what one lane has.
    pub work: &'a (dyn Fn(K) -> Lap + Sync),
}

/// How the work of a lane went.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lap {
    /// How much was done.
    pub done: usize,
    /// What came of it could not be kept, so that it is due still.
    pub stuck: bool,
}

impl Lap {
    /// Does one after the other, until `next` has no more (`false`) or cannot keep what came of it, which `tell` is told, or
    /// until it is to stop.
    pub fn of(
        stopped: &dyn Fn() -> bool,
        mut next: impl FnMut() -> Result<bool>,
        tell: impl FnOnce(&Error),
    ) -> Lap {
        let mut done = 0;
        while !stopped() {
            match next() {
                Ok(true) => done += 1,
                Ok(false) => break,
                Err(fault) => {
                    tell(&fault);
                    return Lap { done, stuck: true };
                }
            }
        }
        Lap { done, stuck: false }
    }
}

impl<K: Ord + Copy + Send> Lanes<'_, K> {
    /// Works until it is told to stop. What is in hand then is finished.
    pub fn run(&self, stop: &Stop) {
        let busy = Mutex::new(BTreeSet::new());
        let (desk, topic, work) = (self.desk, self.topic, self.work);
        std::thread::scope(|threads| {
            while !stop.is_set() {
                let seen = desk.live.count(topic);
                let now = desk.clock.now();
                for lane in self.due_now(now) {
                    if !enter(&busy, lane) {
                        continue;
                    }
                    let busy = &busy;
                    threads.spawn(move || {
                        // A lane that rests is free again after a moment; the others have not waited for it.
                        match catch_unwind(AssertUnwindSafe(|| work(lane))) {
                            Ok(lap) if lap.stuck => std::thread::sleep(STUCK),
                            Ok(_) => {}
                            Err(_) => {
                                log::error!("work of {topic} broke and begins again");
                                std::thread::sleep(BROKEN);
                            }
                        }
                        leave(busy, lane);
                        // Something may have fallen due between the last look and here.
                        let _ = catch_unwind(AssertUnwindSafe(|| {
                            desk.live.tell(&BTreeSet::from([topic.to_owned()]));
                        }));
                    });
                }
                stop.wait(desk, topic, seen, self.until_next(now));
            }
        });
    }

    /// Nothing is due while nothing can be written: what came of the work could not be kept, and it would be done
    /// again and again.
    fn due_now(&self, now: Timestamp) -> Vec<K> {
        if self.desk.writer.halt().is_some() { Vec::new() } else { (self.due)(now) }
    }

    fn until_next(&self, now: Timestamp) -> Duration {
        if self.desk.writer.halt().is_some() {
            return PULSE;
        }
        let next = (self.next)(now).map(|next| next.since(now).0.max(1).unsigned_abs());
        next.map_or(PULSE, |wait| PULSE.min(Duration::from_millis(wait)))
    }
}

fn enter<K: Ord + Copy>(busy: &Mutex<BTreeSet<K>>, lane: K) -> bool {
    let mut busy = hold(busy);
    busy.len() < MOST && busy.insert(lane)
}

fn leave<K: Ord>(busy: &Mutex<BTreeSet<K>>, lane: K) {
    hold(busy).remove(&lane);
}
