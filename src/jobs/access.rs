//! Renews access that runs out, before it does.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, access, polled};
use crate::channels::{self, ACCESS_UNTIL, Access};
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::outbox::{Failure, Next};
use crate::store;

/// Told when a channel was changed, and when the job is to end.
pub const TOPIC: &str = "access";

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
        keep(desk, channel.id, given).map_err(|fault| {
            log::error!("the renewed access of channel {} could not be kept: {fault:?}", channel.id);
            Failure::later(crate::domain::outbox::Cause::Transient, "", None)
        })
    });
    if let Err(failure) = &outcome {
        note(desk, channel.id, failure);
    }
    Some(outcome)
}

/// Keeps an access that was given, over what is kept now: in one transaction, so that nothing else is lost and a
/// token that was turned is never forgotten.
pub fn keep(desk: &Arc<Desk>, id: Id<Channel>, given: Access) -> actions::Result<()> {
    let now = desk.clock.now();
    let until = now + given.lasts;
    let vault = desk.clone();
    desk.writer.write(move |tx| {
        let Some(channel) = store::channel::get(tx, id)? else { return Ok(()) };
        let mut secrets = vault.secrets(tx, &channel)?.unwrap_or_default();
        secrets.extend(given.secrets.clone());
        secrets.insert(ACCESS_UNTIL.to_owned(), until.0.to_string());
        access::keep(tx, id, &vault.seal(&channel, &secrets))
    })
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
