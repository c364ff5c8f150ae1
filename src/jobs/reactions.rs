//! Brings reactions to providers. One thread a channel while it has some, so that a slow provider holds up only its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Stop;
use super::lanes::{Lanes, Lap};
use crate::actions::react::{self, Claimed};
use crate::channels::{self, Reacting};
use crate::desk::Desk;
use crate::domain::channel::Channel;
use crate::domain::outbox::{Cause, Failure};
use crate::domain::{Id, Timestamp};
use crate::random;
use crate::store::{self, reaction};

/// Brings them until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let lanes = Lanes {
        desk,
        topic: reaction::TOPIC,
        due: &|now| due(desk, now),
        next: &|now| desk.readers.read::<_, store::Error>(|c| reaction::due_after(c, now)).ok().flatten(),
        work: &|channel| all(desk, channel, &|| stop.is_set()),
    };
    lanes.run(stop);
}

/// Brings what is due, on this thread, and returns how many attempts were made.
pub fn drain(desk: &Arc<Desk>) -> usize {
    due(desk, desk.clock.now()).into_iter().map(|channel| all(desk, channel, &|| false).done).sum()
}

fn due(desk: &Desk, now: Timestamp) -> Vec<Id<Channel>> {
    let found = desk.readers.read::<_, store::Error>(|connection| reaction::channels_due(connection, now));
    found.unwrap_or_else(|fault| {
        log::error!("which reactions wait cannot be read: {fault}");
        Vec::new()
    })
}

fn all(desk: &Arc<Desk>, channel: Id<Channel>, stopped: &dyn Fn() -> bool) -> Lap {
    Lap::of(
        stopped,
        || next(desk, channel),
        |fault| log::error!("a reaction of channel {channel} is stuck: {fault:?}"),
    )
}

fn next(desk: &Arc<Desk>, channel: Id<Channel>) -> crate::actions::Result<bool> {
    let now = desk.clock.now();
    let Some(claimed) = desk.writer.write(move |tx| react::claim(tx, channel, now))? else {
        return Ok(false);
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| bring(desk, &claimed)));
    let outcome = outcome.unwrap_or_else(|_| Err(Failure::never(Cause::Unknown, "")));
    let (dice, now) = (random::number(), desk.clock.now());
    desk.writer.write(move |tx| react::record(tx, &claimed, &outcome, dice, now))?;
    Ok(true)
}

fn bring(desk: &Desk, claimed: &Claimed) -> Result<(), Failure> {
    let channel = claimed.channel.clone();
    let unknown = || Failure::never(Cause::Policy, "this channel takes no reactions");
    let provider = channels::provider(channel.kind).ok_or_else(unknown)?;
    let account = desk
        .readers
        .read::<_, store::Error>(|connection| desk.account(connection, channel))
        .map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
    let reacting = Reacting {
        to: (claimed.address.kind, &claimed.address.value),
        message: &claimed.provider_id,
        emoji: &claimed.waiting.emoji,
    };
    provider.react(&account, &desk.client, &reacting)
}
