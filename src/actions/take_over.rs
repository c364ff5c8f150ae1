//! What another program kept becomes part of this desk: at its own time, once, and without a sound.

use super::receive::{self, sent};
use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::kind;
use crate::domain::inbound::{Event, Incoming};
use crate::domain::message::{Kind, Message};
use crate::domain::{Id, Timestamp};
use crate::store::{Connection, Tx, conversation as threads, mail, message, past, words};

/// What became of a letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    New,
    /// It was here before.
    Known,
    /// It has neither a sender nor a recipient whom it could belong to.
    Nobodys,
}

/// How many entries a letter makes at most: itself, and lines about what it did.
const ENTRIES: u32 = 8;

/// Takes a letter into the thread that it belongs to, as of the moment `at` at which it was written. A letter from the
/// channel's own address is one of ours. What a letter opens is closed by [`rest`]: it was dealt with elsewhere.
///
/// Returns the conversation with it, where the letter opened it.
pub fn letter(
    tx: &Tx<'_>,
    by: &Viewer,
    (channel, event): (&Channel, &Event),
    at: Timestamp,
) -> Result<(Taken, Option<Id<Conversation>>)> {
    by.must_be(Role::Admin)?;
    let Event::Message(incoming) = event else { return Ok((Taken::Nobodys, None)) };
    let Some(letter) = incoming.letter.as_deref() else { return Ok((Taken::Nobodys, None)) };
    let before = words::newest(tx)?;
    let own = channel.settings.get("address").map(|own| own.trim().to_lowercase());
    let ours = own.as_deref() == Some(incoming.from.value.as_str());
    // It is old: neither colleagues nor programs are told.
    tx.quietly(|tx| match ours {
        true => sent::sent(tx, channel, (incoming, letter), at),
        false => receive::receive(tx, channel, event, at),
    })?;
    match here(tx, channel, incoming)? {
        None => Ok((Taken::Nobodys, None)),
        Some(message) if message.id.get() > before => {
            let thread = message::thread(tx, message.conversation, None, ENTRIES)?;
            let opened = |entry: &Message| {
                let opens = [kind::CONVERSATION_OPENED, kind::CONVERSATION_REOPENED];
                entry.id.get() > before && entry.kind == Kind::Event && opens.contains(&entry.body.as_str())
            };
            Ok((Taken::New, thread.iter().any(opened).then_some(message.conversation)))
        }
        Some(message) => Ok((Taken::Known, left_open(tx, &message)?)),
    }
}

fn here(connection: &Connection, channel: &Channel, incoming: &Incoming) -> Result<Option<Message>> {
    let named = [incoming.provider_id.clone()];
    match mail::by_identifiers(connection, channel.id, &named)? {
        Some(id) => Ok(message::get(connection, id)?),
        None => Ok(None),
    }
}

/// The conversation of a letter that an import took and then broke off, before it came to rest. Whatever happened there
/// since has another time than the letter. What came by itself stays as it is: somebody waits for an answer there.
fn left_open(connection: &Connection, message: &Message) -> Result<Option<Id<Conversation>>> {
    let found = threads::get(connection, message.conversation)?.ok_or(Error::NotFound)?;
    let untouched = found.status == Status::Open && found.updated_at == message.created_at;
    let last = if untouched { past::at(connection, found.id, i64::MAX)? } else { None };
    Ok(last.is_some_and(|last| last.is_imported()).then_some(found.id))
}

/// Closes a conversation that letters opened, as read and answered, at the time of its last one.
pub fn rest(tx: &Tx<'_>, by: &Viewer, id: Id<Conversation>) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut found = threads::get(tx, id)?.ok_or(Error::NotFound)?;
    let at = found.last_message_at;
    if found.status != Status::Open {
        return Ok(());
    }
    tx.quietly(|tx| receive::shut(tx, &mut found, at))?;
    (found.unread, found.waiting_since) = (0, None);
    Ok(threads::update(tx, &found)?)
}
