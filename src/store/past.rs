//! What the log says of one conversation up to a moment, and after it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::event::read;
use super::{Result, past_said};
use crate::domain::agent::Agent;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
use crate::domain::message::{Message, State};
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};

/// How many entries are looked at beside a moment, in either direction.
pub const MOST: u32 = 2000;

/// The entry at this number, or the last one of the conversation before it.
pub fn at(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Option<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM log WHERE conversation_id = ?1 AND id <= ?2 ORDER BY id DESC LIMIT 1",
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
        "SELECT * FROM log WHERE conversation_id = ?1 AND at <= ?2 ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, time), read).optional()?)
}

/// The first entry of a conversation.
pub fn first(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Event>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM log WHERE conversation_id = ?1 ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([conversation], read).optional()?)
}

/// The last entry up to this one that tells how the conversation stood.
pub fn stood(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Option<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM log WHERE conversation_id = ?1 AND id <= ?2 AND data ->> '$.after' IS NOT NULL
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
        "SELECT * FROM log WHERE conversation_id = ?1 AND id <= ?2 AND kind <> 'conversation.read'
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
        "SELECT * FROM log WHERE conversation_id = ?1 AND id > ?2 AND kind <> 'conversation.read'
         AND kind NOT LIKE 'offer.%' ORDER BY id LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The numbers of the moments that are worth a look up to this one, oldest first, the latest [`MOST`] of them.
pub fn stops(connection: &Connection, conversation: Id<Conversation>, newest: i64) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM log WHERE conversation_id = ?1 AND id <= ?2 AND kind <> 'conversation.read'
         AND kind NOT LIKE 'offer.%' ORDER BY id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((conversation, newest, MOST), |row| row.get(0))?;
    let mut stops: Vec<i64> = rows.collect::<rusqlite::Result<_>>()?;
    stops.reverse();
    Ok(stops)
}

/// What whoever a conversation was with was called at this entry of the log, where it was another contact then, or was not
/// called so any more later.
pub fn name(connection: &Connection, conversation: &Conversation, event: i64) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM earlier_person WHERE conversation_id = ?1 AND event_id >= ?2 ORDER BY event_id LIMIT 1",
    )?;
    match statement.query_row((conversation.id, event), |row| row.get(0)).optional()? {
        Some(other) => Ok(Some(other)),
        None => renamed(connection, conversation.contact, event),
    }
}

fn renamed(connection: &Connection, contact: Id<Contact>, event: i64) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM earlier_name WHERE contact_id = ?1 AND event_id >= ?2 ORDER BY event_id LIMIT 1",
    )?;
    Ok(statement.query_row((contact, event), |row| row.get(0)).optional()?)
}

/// What everybody who works or worked here was called at this entry of the log.
pub fn names(connection: &Connection, event: i64) -> Result<BTreeMap<Id<Agent>, String>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, ifnull((SELECT e.name FROM earlier_label e WHERE e.kind = 'agent' AND e.of_id = agent.id
             AND e.event_id >= ?1 ORDER BY e.event_id LIMIT 1), name) FROM agent",
    )?;
    let rows = statement.query_map([event], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What a queue was called at this entry of the log, also one that is gone since.
pub fn queue(connection: &Connection, queue: Id<Queue>, event: i64) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM earlier_label WHERE kind = 'queue' AND of_id = ?1 AND event_id >= ?2
         ORDER BY event_id LIMIT 1",
    )?;
    match statement.query_row((queue, event), |row| row.get(0)).optional()? {
        Some(earlier) => Ok(Some(earlier)),
        None => Ok(super::queue::get(connection, queue)?.map(|queue| queue.name)),
    }
}

/// Where what the log says of this conversation is not how it stands, in words; nothing when all agrees. `last` is the
/// last entry that tells how it stood.
pub fn differs(
    connection: &Connection,
    conversation: &Conversation,
    last: Option<&Event>,
) -> Result<Option<String>> {
    use crate::domain::past::{Stand, state};
    if let Some(mut told) = last.and_then(Stand::told) {
        // A queue that is gone left its conversations without a word in their logs.
        told.queue = super::queue::of(connection, told.queue)?.map(|queue| queue.id);
        // A tag that is gone left its conversations in the same way.
        told.tags.clear();
        let now = Stand::of(conversation);
        if told != now {
            return Ok(Some(format!(
                "conversation {} stands as {now:?}, its log says {told:?}",
                conversation.id
            )));
        }
    }
    let mut looked: Vec<Id<Message>> = Vec::new();
    for event in past_said::states(connection, conversation.id, i64::MAX)? {
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
