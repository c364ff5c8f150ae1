//! What a check of a channel came to.

use super::{Result, polled};
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::checkup::Wrong;
use crate::domain::event::kind;
use crate::domain::outbox::{Failure, Next};
use crate::domain::{Id, Span, Timestamp};
use crate::store::{self, Tx, event, outbox};

/// Keeps what the provider found wrong with a channel; an empty list ends the warnings about it.
pub fn record(tx: &Tx<'_>, id: Id<Channel>, wrong: &[Wrong], now: Timestamp) -> Result<()> {
    // The channel may have gone while its provider was asked.
    if store::channel::get(tx, id)?.is_some() {
        store::checkup::checked(tx, id, wrong, now)?;
    }
    Ok(())
}

/// What a provider said of how long it lets us in.
pub struct Access {
    /// The sealed secrets with which it was asked.
    pub asked_with: Vec<u8>,
    /// Those that take their place; `None`: they stay.
    pub renewed: Option<Vec<u8>>,
    /// When our access ends; `None`: never, or not known.
    pub until: Option<Timestamp>,
    /// When to ask again.
    pub again: Timestamp,
}

/// Keeps it, with the renewed secrets in the same transaction. A channel that was refused works again with them.
/// Secrets that somebody typed meanwhile stay, and are asked about anew.
pub fn access(tx: &Tx<'_>, id: Id<Channel>, told: &Access, now: Timestamp) -> Result<()> {
    let Some(mut row) = store::channel::get(tx, id)? else { return Ok(()) };
    if store::channel::secrets(tx, id)?.as_ref() != Some(&told.asked_with) {
        return Ok(store::checkup::access_later(tx, id, now)?);
    }
    store::checkup::set_access(tx, id, told.until, told.again.max(now + SOONEST))?;
    let Some(renewed) = &told.renewed else { return Ok(()) };
    store::channel::set_secrets(tx, id, Some(renewed))?;
    if row.state == ChannelState::Broken {
        (row.state, row.problem) = (ChannelState::Enabled, None);
        store::channel::update(tx, &row)?;
        let data = serde_json::json!({ "channel": id.get(), "renewed": true });
        event::append(tx, &event::New { kind: kind::CHANNEL_CHANGED, data, ..event::New::default() }, now)?;
    }
    tx.touch(outbox::TOPIC);
    Ok(())
}

/// The provider could not be asked, or would not say. `is_given`: a person gave the access on the provider's page, so
/// that it lasts no longer than an hour or so, and a refusal means that it was taken back there.
pub fn access_failed(
    tx: &Tx<'_>,
    id: Id<Channel>,
    failure: Option<&Failure>,
    is_given: bool,
    now: Timestamp,
) -> Result<()> {
    let wait = match failure.map(|failure| failure.next) {
        Some(Next::Later { after }) => after.unwrap_or(BUSY).max(SOONEST),
        Some(Next::Knock) => BUSY,
        Some(_) => REFUSED,
        None => NOTHING,
    };
    if store::channel::get(tx, id)?.is_some() {
        store::checkup::access_later(tx, id, now + wait)?;
    }
    match failure.filter(|_| is_given) {
        Some(Failure { next: Next::Reconnect, message, .. }) => polled::refused(tx, id, message, now),
        Some(Failure { message, .. }) => polled::trouble(tx, id, message),
        None => Ok(()),
    }
}

/// However short a token lives, its provider is not asked more often than this.
const SOONEST: Span = Span::minutes(1);
/// How long to wait when the provider is busy or away, refuses, or has tokens without an end.
const BUSY: Span = Span::minutes(10);
const REFUSED: Span = Span::hours(6);
const NOTHING: Span = Span::days(1);
