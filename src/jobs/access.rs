//! Asks providers how long they let us in, and renews what can be renewed before it ends: tokens that a provider
//! lengthens, and the access that a person gave on a provider's page.

use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, checkup};
use crate::channels::{self, Account, Provider};
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::store;

/// Nobody tells this topic but the end.
pub const TOPIC: &str = "access";

/// How often one looks what runs out. An access to a mailbox lasts an hour.
const PULSE: Duration = Duration::from_secs(30);

/// Asks until it is told to stop. Nothing else is done on this thread, so that a slow provider of another kind of
/// question lets no access run out.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(TOPIC);
        for id in due(desk) {
            if stop.is_set() {
                return;
            }
            one(desk, id);
        }
        desk.live.wait(TOPIC, seen, PULSE);
    }
}

/// Asks for every channel that is due, and returns how many were asked.
pub fn drain(desk: &Desk) -> usize {
    let due = due(desk);
    for id in &due {
        one(desk, *id);
    }
    due.len()
}

fn due(desk: &Desk) -> Vec<Id<Channel>> {
    let now = desk.clock.now();
    let due = desk.readers.read::<_, store::Error>(|c| store::checkup::access_due(c, now));
    due.unwrap_or_else(|fault| {
        log::error!("whose access is to be asked for cannot be read: {fault}");
        Vec::new()
    })
}

/// A channel that can be asked, with its secrets as they lie in the file.
struct Asked {
    account: Account,
    provider: &'static dyn Provider,
    sealed: Vec<u8>,
}

fn asked(desk: &Desk, id: Id<Channel>) -> Option<Asked> {
    let found = desk.readers.read::<_, store::Error>(|c| {
        let (Some(channel), Some(sealed)) = (store::channel::get(c, id)?, store::channel::secrets(c, id)?)
        else {
            return Ok(None);
        };
        // Under a foreign key file there is nothing to ask with.
        let Some(secrets) = desk.secrets(c, &channel)? else { return Ok(None) };
        let public_url = desk.options.public_url.clone();
        Ok(Some((Account { channel, secrets, public_url }, sealed)))
    });
    let (account, sealed) = found.ok().flatten()?;
    let provider = channels::provider(account.channel.kind)?;
    Some(Asked { account, provider, sealed })
}

fn one(desk: &Desk, id: Id<Channel>) {
    let asked = asked(desk, id);
    let answer = asked
        .as_ref()
        .and_then(|asked| asked.provider.access(&asked.account, &desk.client, desk.clock.now()));
    let now = desk.clock.now();
    let kept: actions::Result<()> = match (asked, answer) {
        (Some(asked), Some(Ok(told))) => {
            let mut secrets = asked.account.secrets.clone();
            secrets.extend(told.secrets.clone());
            let renewed = (!told.secrets.is_empty()).then(|| desk.seal(&asked.account.channel, &secrets));
            let told =
                checkup::Access { asked_with: asked.sealed, renewed, until: told.until, again: told.again };
            desk.writer.write(move |tx| checkup::access(tx, id, &told, now))
        }
        (asked, answer) => {
            let is_given = asked.is_some_and(|asked| asked.provider.consent(&asked.account).is_some());
            let failure = answer.and_then(Result::err);
            desk.writer.write(move |tx| checkup::access_failed(tx, id, failure.as_ref(), is_given, now))
        }
    };
    if let Err(fault) = kept {
        log::error!("the access of channel {id} could not be kept: {fault:?}");
    }
}
