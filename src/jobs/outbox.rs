//! Sends what waits. One thread a channel while it has work, so that a slow provider holds up only its own.

use std::sync::Arc;
use std::time::Duration;

use super::lanes::{Lanes, Lap};
use super::{Stop, sending};
use crate::actions::{self, dispatch};
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::domain::{Id, Span, Timestamp};
use crate::random;
use crate::store::throttle::{self, Of};
use crate::store::{self, outbox};

/// Sends until it is told to stop. What is on its way then is waited for.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    recover(desk);
    let lanes = Lanes {
        desk,
        topic: outbox::TOPIC,
        due: &|now| due(desk, now),
        next: &|now| desk.readers.read::<_, store::Error>(|c| outbox::due_after(c, now)).ok().flatten(),
        work: &|channel| send_all(desk, channel, &|| stop.is_set(), &|| rest(desk, channel)),
    };
    lanes.run(stop);
}

/// Sends what is due, on this thread, and returns how many attempts were made.
pub fn drain(desk: &Arc<Desk>) -> usize {
    let mut attempts = 0;
    loop {
        let before = attempts;
        for channel in due(desk, desk.clock.now()) {
            attempts += send_all(desk, channel, &|| false, &|| false).done;
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

/// For how long a lane stays with a channel that its provider would find too fast.
const PATIENCE: Span = Span::seconds(1);

/// Waits until the channel may go on, if that is soon. `false`: it has nothing to wait for, or others need the lane.
fn rest(desk: &Desk, channel: Id<Channel>) -> bool {
    let bucket = desk.readers.read::<_, store::Error>(|c| throttle::get(c, channel, Of::Account));
    let Ok(Some(bucket)) = bucket else { return false };
    let wait = bucket.from_at.since(desk.clock.now());
    let is_soon = wait > Span(0) && wait <= PATIENCE;
    if is_soon {
        std::thread::sleep(Duration::from_millis(wait.0.unsigned_abs()));
    }
    is_soon
}

/// Sends what one channel has, one after the other and as fast as its provider takes it.
fn send_all(
    desk: &Arc<Desk>,
    channel: Id<Channel>,
    stopped: &dyn Fn() -> bool,
    rest: &dyn Fn() -> bool,
) -> Lap {
    Lap::of(
        stopped,
        || Ok(send_next(desk, channel)? || rest()),
        |fault| log::error!("the outbox of channel {channel} is stuck: {fault:?}"),
    )
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
