//! Messages that went from one conversation to another: what was split off and what was merged, so that it can be
//! undone, and so that what still names the old place finds the new one.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::word;
use super::{Result, Tx, event, words};
use crate::domain::agent::Agent;
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// How often a conversation may have been merged on before its trace is lost.
const CHAIN: usize = 20;

/// One move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Move {
    pub id: i64,
    /// All of it went, and the old conversation is empty; otherwise a new one was split off.
    pub whole: bool,
    pub from: Id<Conversation>,
    pub to: Id<Conversation>,
    pub at: Timestamp,
    /// What the old conversation was before, how many were unread in it, and since when its customer waited.
    pub was: Status,
    pub unread: i64,
    pub waiting_since: Option<Timestamp>,
    pub undone_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Move> {
    Ok(Move {
        id: row.get("id")?,
        whole: row.get("whole")?,
        from: row.get("from_id")?,
        to: row.get("to_id")?,
        at: row.get("at")?,
        was: word(row, "was")?,
        unread: row.get("unread")?,
        waiting_since: row.get("waiting_since")?,
        undone_at: row.get("undone_at")?,
    })
}

/// A move to be noted.
pub struct New<'a> {
    pub whole: bool,
    /// The old conversation, as it stands before.
    pub from: &'a Conversation,
    pub to: Id<Conversation>,
    pub by: Option<Id<Agent>>,
}

/// Moves what was said from `first` on, and notes it; events stay where they happened. The number of the move.
pub fn carry(tx: &Tx<'_>, new: &New<'_>, first: Id<Message>, now: Timestamp) -> Result<i64> {
    tx.prepare_cached(
        "INSERT INTO move (whole, from_id, to_id, was, unread, waiting_since, agent_id, at, log)
         VALUES (:whole, :from, :to, :was, :unread, :waiting, :by, :now, :log)",
    )?
    .execute(named_params! {
        ":whole": new.whole, ":from": new.from.id, ":to": new.to, ":was": new.from.status.as_str(),
        ":unread": new.from.unread, ":waiting": new.from.waiting_since, ":by": new.by, ":now": now,
        ":log": event::latest(tx)?,
    })?;
    let id = tx.last_insert_rowid();
    tx.prepare_cached(
        "INSERT INTO moved (move_id, message_id)
         SELECT ?1, id FROM message WHERE conversation_id = ?2 AND id >= ?3 AND kind <> 'event'",
    )?
    .execute((id, new.from.id, first))?;
    put(tx, id, new.to)?;
    Ok(id)
}

/// Puts the messages of a move into this conversation.
fn put(tx: &Tx<'_>, id: i64, to: Id<Conversation>) -> Result<()> {
    reword(tx, id, to)?;
    for sql in [
        "UPDATE message SET conversation_id = ?2 WHERE id IN (SELECT message_id FROM moved WHERE move_id = ?1)",
        "UPDATE outbox SET conversation_id = ?2 WHERE message_id IN (SELECT message_id FROM moved WHERE move_id = ?1)",
    ] {
        tx.prepare_cached(sql)?.execute((id, to))?;
    }
    Ok(())
}

/// Brings back what a move took away, with everything that was said in a new conversation since.
pub fn bring_back(tx: &Tx<'_>, done: &Move, now: Timestamp) -> Result<()> {
    if !done.whole {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO moved (move_id, message_id)
             SELECT ?1, id FROM message WHERE conversation_id = ?2 AND kind <> 'event'",
        )?
        .execute((done.id, done.to))?;
    }
    put(tx, done.id, done.from)?;
    tx.prepare_cached("UPDATE move SET undone_at = ?2, undone_log = ?3 WHERE id = ?1")?.execute((
        done.id,
        now,
        event::latest(tx)?,
    ))?;
    Ok(())
}

/// Whether all that a move carried lies where it was carried to.
pub fn lies_there(connection: &Connection, done: &Move) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT NOT EXISTS (SELECT 1 FROM moved d JOIN message m ON m.id = d.message_id
             WHERE d.move_id = ?1 AND m.conversation_id <> ?2)",
    )?;
    Ok(statement.query_row((done.id, done.to), |row| row.get(0))?)
}

/// Where what a move carried lies now.
pub fn lies_in(connection: &Connection, id: i64) -> Result<BTreeSet<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.conversation_id FROM moved d JOIN message m ON m.id = d.message_id WHERE d.move_id = ?1",
    )?;
    Ok(statement.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Tells the search what becomes of it when the messages of a move go into this conversation: a subject is found with the
/// first mail, which may be another one then, here and where they came from.
fn reword(tx: &Tx<'_>, id: i64, to: Id<Conversation>) -> Result<()> {
    let mut carried = tx.prepare_cached("SELECT message_id FROM moved WHERE move_id = ?1")?;
    let mut found: Vec<Id<Message>> =
        carried.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut first = tx.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND kind <> 'event'
             AND id NOT IN (SELECT message_id FROM moved WHERE move_id = ?2) ORDER BY id LIMIT 1",
    )?;
    let mut places = lies_in(tx, id)?;
    places.insert(to);
    for place in places {
        found.extend(first.query_row((place, id), |row| row.get::<_, Id<Message>>(0)).optional()?);
    }
    found.into_iter().try_for_each(|message| words::changing(tx, message))
}

/// The mergers that brought what was said with this person together with what was said with others, the newest first.
pub fn between(connection: &Connection, contact: Id<Contact>) -> Result<Vec<Move>> {
    let mut found: Vec<Move> = Vec::new();
    for sql in [
        "SELECT m.* FROM conversation v JOIN move m ON m.from_id = v.id JOIN conversation o ON o.id = m.to_id
         WHERE v.contact_id = ?1 AND o.contact_id <> ?1 AND m.whole = 1 AND m.undone_at IS NULL",
        "SELECT m.* FROM conversation v JOIN move m ON m.to_id = v.id JOIN conversation o ON o.id = m.from_id
         WHERE v.contact_id = ?1 AND o.contact_id <> ?1 AND m.whole = 1 AND m.undone_at IS NULL",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        for one in statement.query_map([contact], read)? {
            found.push(one?);
        }
    }
    found.sort_unstable_by_key(|done| std::cmp::Reverse(done.id));
    Ok(found)
}

/// How many messages of the customer a conversation has, up to `most`.
pub fn inbound(connection: &Connection, conversation: Id<Conversation>, most: i64) -> Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE conversation_id = ?1 AND kind = 'inbound' LIMIT ?2)",
    )?;
    Ok(statement.query_row((conversation, most), |row| row.get(0))?)
}

/// The move of this number.
pub fn get(connection: &Connection, id: i64) -> Result<Option<Move>> {
    let mut statement = connection.prepare_cached("SELECT * FROM move WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The latest moves out of and into a conversation since `since` that nobody took back, the newest first.
pub fn recent(
    connection: &Connection,
    conversation: Id<Conversation>,
    since: Timestamp,
) -> Result<Vec<Move>> {
    let mut found: Vec<Move> = Vec::new();
    for sql in [
        "SELECT * FROM move WHERE from_id = ?1 AND at >= ?2 AND undone_at IS NULL ORDER BY at DESC, id DESC LIMIT 10",
        "SELECT * FROM move WHERE to_id = ?1 AND at >= ?2 AND undone_at IS NULL ORDER BY at DESC, id DESC LIMIT 10",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        for one in statement.query_map((conversation, since), read)? {
            found.push(one?);
        }
    }
    found.sort_unstable_by_key(|done| std::cmp::Reverse(done.id));
    Ok(found)
}

/// Where what was said in this conversation lies now: itself, unless it was merged into another, or split off and
/// brought back.
pub fn now_in(connection: &Connection, conversation: Id<Conversation>) -> Result<Id<Conversation>> {
    let mut merged = connection.prepare_cached(
        "SELECT to_id FROM move WHERE from_id = ?1 AND whole = 1 AND undone_at IS NULL
         ORDER BY at DESC, id DESC LIMIT 1",
    )?;
    let mut returned = connection.prepare_cached(
        "SELECT from_id FROM move WHERE to_id = ?1 AND whole = 0 AND undone_at IS NOT NULL
         ORDER BY at DESC, id DESC LIMIT 1",
    )?;
    let mut found = conversation;
    for _ in 0..CHAIN {
        let next = match merged.query_row([found], |row| row.get(0)).optional()? {
            Some(next) => Some(next),
            None => returned.query_row([found], |row| row.get(0)).optional()?,
        };
        match next {
            Some(next) => found = next,
            None => break,
        }
    }
    Ok(found)
}

/// The first message of either side in a conversation.
pub fn first_said(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND kind IN ('inbound', 'outbound') ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row([conversation], |row| row.get(0)).optional()?)
}

/// How many of our messages in a conversation failed or are unsure.
pub fn trouble(connection: &Connection, conversation: Id<Conversation>) -> Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM message WHERE conversation_id = ?1 AND state IN ('failed', 'unsure')",
    )?;
    Ok(statement.query_row([conversation], |row| row.get(0))?)
}
