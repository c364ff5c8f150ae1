//! What came in from a channel happens at the desk: one event, one transaction, the same however often it comes.
//!
//! An event that speaks of a message which is not here (yet) is [`Error::NotFound`]: a status can overtake
//! our own note of the provider's id, and an edit the message. Whoever reads deliveries tries it again.

mod bounce;
mod change;
mod echo;
mod mail;
mod message;
mod party;
mod person;
mod receipt;
pub(in crate::actions) mod sent;
mod threading;

pub(in crate::actions) use message::shut;

use super::{Error, Result};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::inbound::{Event, Party};
use crate::domain::window::Opener;
use crate::store::grant::{self, Place};
use crate::store::{self, Tx};

/// Lets one event happen.
pub fn receive(tx: &Tx<'_>, channel: &Channel, event: &Event, now: Timestamp) -> Result<()> {
    match event {
        Event::Message(incoming) => {
            let covered = super::restricted::covered(tx, incoming)?;
            let incoming = covered.as_ref().unwrap_or(incoming);
            match incoming.letter.as_deref() {
                Some(letter) => mail::incoming(tx, channel, (incoming, letter), now),
                None => message::incoming(tx, channel, incoming, now),
            }
        }
        Event::Echo { to, message } => echo::echo(tx, channel, to, message, now),
        Event::Receipt(receipt) => receipt::receipt(tx, channel, receipt, now),
        Event::Watermark { from, state, until } => {
            receipt::watermark(tx, channel, (from, *state, *until), now)
        }
        Event::Reaction { from, provider_id, emoji, at, opener } => {
            let known = change::reaction(tx, channel, (provider_id, emoji), now)?;
            match opener {
                Some(opener) => opened(tx, channel, from, (*opener, *at), now),
                None if known => Ok(()),
                None => Err(Error::NotFound),
            }
        }
        Event::Edited { provider_id, body, at } => change::edited(tx, channel, (provider_id, body, *at), now),
        Event::Revoked { provider_id, at } => change::revoked(tx, channel, provider_id, *at, now),
        Event::Opened { from, opener, at } => opened(tx, channel, from, (*opener, *at), now),
        Event::Moved { from, to } => person::moved(tx, channel, from, to, now),
        Event::Consent { from, allowed, at } => person::consent(tx, channel, from, (*allowed, *at), now),
        Event::Left { from, at } => person::left(tx, channel, from, *at, now),
        Event::Template { name, language, status, reason } => {
            person::template(tx, channel, (name, language), (status, reason.as_deref()), now)
        }
        Event::Ignored { .. } => Ok(()),
    }
}

/// The window was opened by something that is no message.
fn opened(
    tx: &Tx<'_>,
    channel: &Channel,
    from: &Party,
    (opener, at): (Opener, Timestamp),
    now: Timestamp,
) -> Result<()> {
    let address = party::person(tx, channel, from, now)?;
    keep_grant(tx, channel, Place { address: address.id, channel: channel.id }, (opener, at.min(now)), None)?;
    if let Some(mut conversation) = store::conversation::newest(tx, address.id, channel.id)? {
        super::window::refresh(tx, channel, &mut conversation, now)?;
        store::conversation::update(tx, &conversation)?;
        tx.touch(store::event::DESK);
    }
    Ok(())
}

/// Keeps the leave to write that an event gives. `at` is the provider's time, but never in the future, so that
/// a wrong clock elsewhere cannot hold a window open.
fn keep_grant(
    tx: &Tx<'_>,
    channel: &Channel,
    place: Place,
    (opener, at): (Opener, Timestamp),
    message: Option<crate::domain::Id<crate::domain::message::Message>>,
) -> Result<()> {
    if let Some(grant) = channel.card.window.grant(opener, at) {
        grant::keep(tx, place, opener, &grant, message)?;
    }
    Ok(())
}

/// The conversation of a message, which is always there.
fn thread_of(tx: &Tx<'_>, message: &crate::domain::message::Message) -> Result<Conversation> {
    store::conversation::get(tx, message.conversation)?.ok_or(Error::NotFound)
}
