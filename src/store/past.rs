//! What the log says of one conversation up to a moment, and after it.

use rusqlite::{Connection, OptionalExtension as _};

use super::Result;
use super::event::read;
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
use crate::domain::message::{Message, State};
use crate::domain::{Id, Timestamp, past};

/// How many entries are looked at beside a moment, in either direction.
pub const MOST: u32 = 2000;

/// The entry at this number, or the last one of the conversation before it.
pub fn at(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Option<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, event), read).optional()?)
}

/// The last entry of a conversation up to this time; `None`: it had not begun.
pub fn at_time(
    connection: &Connection,
    conversation: Id<Conversation>,
    time: Timestamp,
) -> Result<Option<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND at <= ?2 ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, time), read).optional()?)
}

/// The newest messages that were there at this entry, oldest first, before what became of them later.
pub fn messages(
    connection: &Connection,
    conversation: Id<Conversation>,
    at: &Event,
    most: u32,
) -> Result<Vec<Message>> {
    let end = next_message(connection, conversation, at)?;
    let thread = super::message::entries(connection, conversation, end, most)?;
    let states = states(connection, conversation, at.id.get())?;
    let changes = changes(connection, conversation, at.id.get())?;
    // What one commit wrote has one time; what came after the entry in it was not there yet.
    let later =
        |message: &Message| at.message.is_some_and(|here| message.id > here && message.created_at == at.at);
    let there = thread.into_iter().filter(|message| !later(message));
    let were = there.map(|message| {
        let of: Vec<&Event> = changes.iter().filter(|change| change.message == Some(message.id)).collect();
        let last = states.iter().find(|event| event.message == Some(message.id));
        past::before(message, &of, last.and_then(past::state))
    });
    Ok(were.collect())
}

/// The first entry of a conversation.
pub fn first(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Event>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM event WHERE conversation_id = ?1 ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([conversation], read).optional()?)
}

/// The last entry up to this one that tells how the conversation stood.
pub fn stood(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Option<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND id <= ?2 AND data ->> '$.after' IS NOT NULL
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, event), read).optional()?)
}

/// Up to `most` moments that are worth a look, this one and those before it, newest first.
pub fn before(
    connection: &Connection,
    conversation: Id<Conversation>,
    event: i64,
    most: u32,
) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND id <= ?2 AND kind <> 'conversation.read'
         AND kind NOT LIKE 'offer.%' ORDER BY id DESC LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The same for those after it, oldest first.
pub fn after(
    connection: &Connection,
    conversation: Id<Conversation>,
    event: i64,
    most: u32,
) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND id > ?2 AND kind <> 'conversation.read'
         AND kind NOT LIKE 'offer.%' ORDER BY id LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// What the log says of the states of messages up to this entry, newest first.
pub fn states(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND id <= ?2
         AND kind IN ('message.queued', 'message.state') ORDER BY id DESC LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, MOST), read)?.collect::<rusqlite::Result<_>>()?)
}

/// What was done to messages after this entry, oldest first.
pub fn changes(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE conversation_id = ?1 AND id > ?2 AND kind = 'message.changed'
         ORDER BY id LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, MOST), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The first message that the log names after this entry for the first time: what was here by then is older.
pub fn next_message(
    connection: &Connection,
    conversation: Id<Conversation>,
    event: &Event,
) -> Result<Option<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND created_at > ?2 ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, event.at), |row| row.get(0)).optional()?)
}

/// Where what the log says of this conversation is not how it stands, in words; nothing when all agrees.
pub fn differs(connection: &Connection, conversation: &Conversation) -> Result<Option<String>> {
    use crate::domain::past::{Stand, state};
    let last = stood(connection, conversation.id, i64::MAX)?;
    if let Some(mut told) = last.as_ref().and_then(Stand::told) {
        // A queue that is gone left its conversations without a word in their logs.
        told.queue = super::queue::of(connection, told.queue)?.map(|queue| queue.id);
        let now = Stand::of(conversation);
        if told != now {
            return Ok(Some(format!(
                "conversation {} stands as {now:?}, its log says {told:?}",
                conversation.id
            )));
        }
    }
    let mut looked: Vec<Id<Message>> = Vec::new();
    for event in states(connection, conversation.id, i64::MAX)? {
        let (Some(id), Some(told)) = (event.message, state(&event)) else { continue };
        if looked.contains(&id) {
            continue;
        }
        looked.push(id);
        let Some(message) = super::message::get(connection, id)? else { continue };
        // That a message is under way now is no entry of the log; what became of it will be one.
        let under_way = message.state == State::Sending && told == State::Queued;
        if message.state != told && !under_way {
            let (now, told) = (message.state.as_str(), told.as_str());
            return Ok(Some(format!("message {id} is {now}, its log says {told}")));
        }
    }
    Ok(None)
}
