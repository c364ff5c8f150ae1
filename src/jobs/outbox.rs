//! Sends what waits. One thread a channel while it has work, so that a slow provider holds up only its own.

use std::sync::Arc;
use std::time::Duration;

use super::lanes::Lanes;
use super::{Stop, sending};
use crate::actions::{self, dispatch};
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::domain::{Id, Timestamp};
use crate::random;
use crate::store::{self, outbox};

/// Sends until it is told to stop. What is on its way then is waited for.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    recover(desk);
    let lanes = Lanes {
        desk,
        topic: outbox::TOPIC,
        due: &|now| due(desk, now),
        next: &|now| desk.readers.read::<_, store::Error>(|c| outbox::due_after(c, now)).ok().flatten(),
        work: &|channel| {
            let mut pace = Pace::default();
            send_all(desk, channel, &|| stop.is_set(), &mut |now| pace.step(now));
        },
    };
    lanes.run(stop);
}

/// Sends what is due, on this thread, and returns how many attempts were made.
pub fn drain(desk: &Arc<Desk>) -> usize {
    let mut attempts = 0;
    loop {
        let before = attempts;
        for channel in due(desk, desk.clock.now()) {
            attempts += send_all(desk, channel, &|| false, &mut |_| Duration::ZERO);
        }
        if attempts == before {
            return attempts;
        }
    }
}

/// Puts in order what was on its way when the program ended. To be called before anything is sent.
pub fn recover(desk: &Desk) {
    let now = desk.clock.now();
    match desk.writer.write(move |tx| dispatch::recover(tx, now)) {
        Ok(0) => {}
        Ok(count) => log::warn!("{count} messages were on their way when the program ended"),
        Err(fault) => log::error!("the outbox could not be put in order: {fault:?}"),
    }
}

fn due(desk: &Desk, now: Timestamp) -> Vec<Id<Channel>> {
    let found = desk.readers.read::<_, store::Error>(|connection| outbox::channels_due(connection, now));
    found.unwrap_or_else(|fault| {
        log::error!("the outbox cannot be read: {fault}");
        Vec::new()
    })
}

/// How many messages a channel sends in a second. Providers allow more; a burst of ours is no reason for
/// them to think us a robot.
const PER_SECOND: u32 = 40;

/// Counts what was sent in the present second.
#[derive(Default)]
struct Pace {
    second: i64,
    sent: u32,
}

impl Pace {
    /// How long to wait before the next one.
    fn step(&mut self, now: Timestamp) -> Duration {
        if now.seconds() != self.second {
            *self = Pace { second: now.seconds(), sent: 0 };
        }
        self.sent += 1;
        if self.sent <= PER_SECOND {
            return Duration::ZERO;
        }
        let left = 1000 - now.0.rem_euclid(1000);
        Duration::from_millis(left.unsigned_abs())
    }
}

/// Sends what one channel has, one after the other, and returns how many attempts were made.
fn send_all(
    desk: &Arc<Desk>,
    channel: Id<Channel>,
    stopped: &dyn Fn() -> bool,
    pace: &mut dyn FnMut(Timestamp) -> Duration,
) -> usize {
    let mut attempts = 0;
    while !stopped() {
        std::thread::sleep(pace(desk.clock.now()));
        match send_next(desk, channel) {
            Ok(true) => attempts += 1,
            Ok(false) => break,
            Err(fault) => {
                log::error!("the outbox of channel {channel} is stuck: {fault:?}");
                break;
            }
        }
    }
    attempts
}

/// Claims one message, sends it outside every transaction, and writes down what came of it.
fn send_next(desk: &Arc<Desk>, channel: Id<Channel>) -> actions::Result<bool> {
    let now = desk.clock.now();
    let Some(claimed) = desk.writer.write(move |tx| dispatch::claim(tx, channel, now))? else {
        return Ok(false);
    };
    let outcome = sending::send(desk, &claimed);
    let attempt = dispatch::Attempt { dispatch: claimed.dispatch, outcome, dice: random::number() };
    let now = desk.clock.now();
    desk.writer.write(move |tx| dispatch::record(tx, &attempt, now))?;
    Ok(true)
}
