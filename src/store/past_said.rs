//! What had been said in a conversation by a moment of its log, also where mails were split off or merged since.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::event::read;
use super::past::MOST;
use super::{Result, message};
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
use crate::domain::message::Message;
use crate::domain::{Id, past};

/// How many moves of mails are looked at, in either direction.
const MOVES: u32 = 100;

/// Messages went elsewhere, or came from there, after a moment.
struct Left {
    id: i64,
    /// The entry of the log before it.
    log: i64,
}

/// The newest messages that were there at this entry, up to `most` with numbers below `before`, oldest first, before
/// what became of them later.
pub fn messages(
    connection: &Connection,
    conversation: Id<Conversation>,
    at: &Event,
    (before, most): (Option<Id<Message>>, u32),
) -> Result<Vec<Message>> {
    let before = before.map_or(i64::MAX, Id::get);
    let end = next_message(connection, conversation, at)?.map_or(before, |next| before.min(next.get()));
    let mut there = stayed(connection, conversation, at, (end, most))?;
    for left in left(connection, conversation, at)? {
        there.extend(gone(connection, &left, at, (before, most))?);
    }
    there.sort_unstable_by_key(|message| std::cmp::Reverse(message.id));
    there.truncate(most as usize);
    there.reverse();
    let (mut states, mut changes) = (Vec::new(), Vec::new());
    for one in family(connection, conversation)? {
        states.extend(self::states(connection, one, at.id.get())?);
        changes.extend(self::changes(connection, one, at.id.get())?);
    }
    states.sort_unstable_by_key(|event| std::cmp::Reverse(event.id));
    changes.sort_unstable_by_key(|event| event.id);
    let were = there.into_iter().map(|message| {
        let of: Vec<&Event> = changes.iter().filter(|change| change.message == Some(message.id)).collect();
        let last = states.iter().find(|event| event.message == Some(message.id));
        past::before(message, &of, last.and_then(past::state))
    });
    Ok(were.collect())
}

/// What one commit wrote has one time; what came in it behind this number was not there yet.
fn last_of_commit(at: &Event) -> i64 {
    at.message.map_or(i64::MAX, Id::get)
}

/// What is here now and did not come from elsewhere since.
fn stayed(
    connection: &Connection,
    conversation: Id<Conversation>,
    at: &Event,
    (end, most): (i64, u32),
) -> Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, conversation_id, kind_no, state_no, author_id, at, later, entry_no, kind, state, created_at, body,
             channel_id, provider_id, told, key, extra, reply_to_id, error, edited_at, revoked_at,
             iif(typeof(html) = 'null', NULL, '') AS html
         FROM message WHERE conversation_id = ?1 AND id < ?2
         AND (created_at < ?5 OR created_at = ?5 AND id <= ?6) AND NOT EXISTS (
             SELECT 1 FROM moved d JOIN move v ON v.id = d.move_id
             WHERE d.message_id = message.id AND (v.log >= ?3 OR v.undone_log >= ?3))
         ORDER BY id DESC LIMIT ?4",
    )?;
    let parameters = (conversation, end, at.id, most, at.at, last_of_commit(at));
    Ok(statement.query_map(parameters, message::read)?.collect::<rusqlite::Result<_>>()?)
}

/// The moves after this entry by which messages left this conversation: carried away, or brought back from here.
fn left(connection: &Connection, conversation: Id<Conversation>, at: &Event) -> Result<Vec<Left>> {
    let mut found = Vec::new();
    for sql in [
        "SELECT id, log FROM move WHERE from_id = ?1 AND log >= ?2 LIMIT ?3",
        "SELECT id, undone_log FROM move WHERE to_id = ?1 AND undone_log >= ?2 LIMIT ?3",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement
            .query_map((conversation, at.id, MOVES), |row| Ok(Left { id: row.get(0)?, log: row.get(1)? }))?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}

/// What left by this move, if no other had taken it before.
fn gone(
    connection: &Connection,
    left: &Left,
    at: &Event,
    (before, most): (i64, u32),
) -> Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.id, m.conversation_id, m.kind_no, m.state_no, m.author_id, m.at, m.later, m.entry_no, m.kind, m.state,
             m.created_at, m.body, m.channel_id, m.provider_id, m.told, m.key, m.extra, m.reply_to_id,
             m.error, m.edited_at, m.revoked_at,
             iif(typeof(m.html) = 'null', NULL, '') AS html
         FROM moved g CROSS JOIN message m ON m.id = g.message_id
         WHERE g.move_id = ?1 AND g.message_id < ?2
         AND (m.created_at < ?3 OR m.created_at = ?3 AND m.id <= ?7) AND NOT EXISTS (
             SELECT 1 FROM moved d JOIN move v ON v.id = d.move_id WHERE d.message_id = g.message_id
             AND ((v.log >= ?4 AND v.log < ?5) OR (v.undone_log >= ?4 AND v.undone_log < ?5)))
         ORDER BY g.message_id DESC LIMIT ?6",
    )?;
    let parameters = (left.id, before, at.at, at.id, left.log, most, last_of_commit(at));
    Ok(statement.query_map(parameters, message::read)?.collect::<rusqlite::Result<_>>()?)
}

/// The conversation, and those with which it exchanged mails: what became of a mail stands in the log of the one in
/// which it lay then.
fn family(connection: &Connection, conversation: Id<Conversation>) -> Result<BTreeSet<Id<Conversation>>> {
    let mut family = BTreeSet::from([conversation]);
    for sql in [
        "SELECT to_id FROM move WHERE from_id = ?1 LIMIT ?2",
        "SELECT from_id FROM move WHERE to_id = ?1 LIMIT ?2",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        for row in statement.query_map((conversation, MOVES), |row| row.get(0))? {
            family.insert(row?);
        }
    }
    Ok(family)
}

/// What the log says of the states of messages up to this entry, newest first.
pub fn states(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM log WHERE conversation_id = ?1 AND id <= ?2
         AND kind IN ('message.queued', 'message.state') ORDER BY id DESC LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, MOST), read)?.collect::<rusqlite::Result<_>>()?)
}

/// What was done to messages after this entry, oldest first.
fn changes(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM log WHERE conversation_id = ?1 AND id > ?2 AND kind = 'message.changed'
         ORDER BY id LIMIT ?3",
    )?;
    Ok(statement.query_map((conversation, event, MOST), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The first message that came after this entry: what was here by then is older.
fn next_message(
    connection: &Connection,
    conversation: Id<Conversation>,
    event: &Event,
) -> Result<Option<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND created_at > ?2 ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, event.at), |row| row.get(0)).optional()?)
}
