//! What a poll brought is kept, with the place where the next poll goes on; and what keeps a poll from its work.

use std::collections::BTreeMap;

use super::{Result, dispatch};
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::inbound::Body;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, inbound};

/// What a poll brought.
pub struct News<'a> {
    /// Where the poll had begun.
    pub from: &'a str,
    /// Each with the provider's own id.
    pub deliveries: &'a [(String, Body)],
    /// Where the next one begins, once these are kept.
    pub cursor: &'a str,
}

/// Keeps it, all or nothing. A channel that was switched off or read further meanwhile keeps nothing: the
/// provider tells it again from where the channel stands.
pub fn keep(tx: &Tx<'_>, channel: Id<Channel>, news: &News<'_>, now: Timestamp) -> Result<()> {
    let Some(mut row) = store::channel::get(tx, channel)? else { return Ok(()) };
    if row.state != ChannelState::Enabled || store::channel::cursor(tx, channel)? != news.from {
        return Ok(());
    }
    let headers = BTreeMap::new();
    let mut is_new = false;
    for (key, body) in news.deliveries {
        is_new |=
            inbound::insert(tx, &inbound::New { channel, dedupe_key: key, headers: &headers, body }, now)?;
    }
    // What is here already says nothing of how the channel does.
    if is_new {
        store::channel::received(tx, channel, now)?;
    }
    if row.problem.take().is_some() {
        store::channel::update(tx, &row)?;
    }
    Ok(store::channel::set_cursor(tx, channel, news.cursor)?)
}

/// The poll comes to nothing at present; the channel goes on trying and says why.
pub fn trouble(tx: &Tx<'_>, channel: Id<Channel>, problem: &str) -> Result<()> {
    let Some(mut row) = store::channel::get(tx, channel)? else { return Ok(()) };
    if row.state == ChannelState::Enabled && row.problem.as_deref() != Some(problem) {
        row.problem = Some(problem.to_owned());
        store::channel::update(tx, &row)?;
    }
    Ok(())
}

/// The provider refuses the account: the channel stops until it is reconnected.
pub fn refused(tx: &Tx<'_>, channel: Id<Channel>, problem: &str, now: Timestamp) -> Result<()> {
    match store::channel::get(tx, channel)? {
        Some(row) => dispatch::broken(tx, row, problem, now),
        None => Ok(()),
    }
}
