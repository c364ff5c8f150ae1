//! Renews the access that people gave on a provider's page, before it runs out. Tokens that a provider lengthens by
//! itself are the business of [`super::access`].

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, polled};
use crate::channels;
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::outbox::{Failure, Next};
use crate::store;

/// Told when a channel was changed, and when the job is to end.
pub const TOPIC: &str = "permits";

/// How often one looks what runs out.
const PULSE: Duration = Duration::from_secs(30);

/// Renews until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(TOPIC);
        drain(desk);
        desk.live.wait(TOPIC, seen, PULSE);
    }
}

/// Renews what is due, and returns how many accesses were asked for.
pub fn drain(desk: &Arc<Desk>) -> usize {
    let all = desk.readers.read::<_, store::Error>(store::channel::all).unwrap_or_else(|fault| {
        log::error!("the channels cannot be read: {fault}");
        Vec::new()
    });
    let enabled = all.into_iter().filter(|channel| channel.state == ChannelState::Enabled);
    enabled.filter(|channel| renew(desk, channel).is_some()).count()
}

/// Renews the access of one channel, if it is due.
pub fn renew(desk: &Arc<Desk>, channel: &Channel) -> Option<Result<(), Failure>> {
    let account =
        desk.readers.read::<_, store::Error>(|connection| desk.account(connection, channel.clone())).ok()?;
    let consent = channels::provider(channel.kind)?.consent(&account)?;
    let renewed = consent.renew(&account, &desk.client, desk.clock.now())?;
    let outcome = renewed.and_then(|given| {
        desk.keep_permit(channel.id, given, None).map_err(|fault| {
            log::error!("the renewed access of channel {} could not be kept: {fault:?}", channel.id);
            Failure::later(crate::domain::outbox::Cause::Transient, "", None)
        })
    });
    if let Err(failure) = &outcome {
        note(desk, channel.id, failure);
    }
    Some(outcome)
}

fn note(desk: &Desk, channel: Id<Channel>, failure: &Failure) {
    let (failure, now) = (failure.clone(), desk.clock.now());
    let written: actions::Result<()> = desk.writer.write(move |tx| match failure.next {
        Next::Reconnect => polled::refused(tx, channel, &failure.message, now),
        _ => polled::trouble(tx, channel, &failure.message),
    });
    if let Err(fault) = written {
        log::error!("the problem of channel {channel} could not be noted: {fault:?}");
    }
}
