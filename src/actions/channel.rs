//! Channels: connected, changed, switched off and on.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::event::kind;
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, channel, checkup, event, queue};

/// Connects a channel. `draft` is complete but for its number; the secrets are sealed.
pub fn add(
    tx: &Tx<'_>,
    by: &Viewer,
    draft: &Channel,
    sealed: Option<&[u8]>,
    now: Timestamp,
) -> Result<Id<Channel>> {
    by.must_be(Role::Admin)?;
    let mut new = draft.clone();
    new.name = normal_name(&draft.name)?;
    new.created_at = now;
    known_queue(tx, &new)?;
    let id = channel::insert(tx, &new)?;
    channel::set_secrets(tx, id, sealed)?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// Changes the name, the settings, what follows from them, and where conversations go.
pub fn change(tx: &Tx<'_>, by: &Viewer, changed: &Channel, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut row = channel::get(tx, changed.id)?.ok_or(Error::NotFound)?;
    row.name = normal_name(&changed.name)?;
    row.settings.clone_from(&changed.settings);
    row.card.clone_from(&changed.card);
    (row.queue, row.on_close, row.on_return) = (changed.queue, changed.on_close, changed.on_return);
    known_queue(tx, &row)?;
    channel::update(tx, &row)?;
    log(tx, by, row.id, now)
}

/// Keeps new secrets. A channel that its provider refused gets another chance with them.
pub fn set_secrets(tx: &Tx<'_>, by: &Viewer, id: Id<Channel>, sealed: &[u8], now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let row = channel::get(tx, id)?.ok_or(Error::NotFound)?;
    channel::set_secrets(tx, id, Some(sealed))?;
    checkup::forget_access(tx, id)?;
    if row.state == ChannelState::Broken {
        return enable(tx, by, id, now);
    }
    log(tx, by, id, now)
}

/// Switches a channel off: nothing goes in or out, what waits to be sent stays waiting.
pub fn disable(tx: &Tx<'_>, by: &Viewer, id: Id<Channel>, now: Timestamp) -> Result<()> {
    switch(tx, by, id, ChannelState::Disabled, now)
}

/// Switches a channel on; what waited to be sent goes out.
pub fn enable(tx: &Tx<'_>, by: &Viewer, id: Id<Channel>, now: Timestamp) -> Result<()> {
    switch(tx, by, id, ChannelState::Enabled, now)
}

fn switch(tx: &Tx<'_>, by: &Viewer, id: Id<Channel>, to: ChannelState, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut row = channel::get(tx, id)?.ok_or(Error::NotFound)?;
    (row.state, row.problem) = (to, None);
    channel::update(tx, &row)?;
    tx.touch(crate::store::outbox::TOPIC);
    tx.touch(crate::store::inbound::TOPIC);
    log(tx, by, id, now)
}

fn known_queue(tx: &Tx<'_>, row: &Channel) -> Result<()> {
    match row.queue {
        Some(id) => queue::get(tx, id)?.map(|_| ()).ok_or(Error::NotFound),
        None => Ok(()),
    }
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Channel>, now: Timestamp) -> Result<()> {
    let data = json!({ "channel": id.get() });
    let new = event::New { kind: kind::CHANNEL_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
