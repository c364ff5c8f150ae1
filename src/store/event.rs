//! The append-only log.

use rusqlite::{Connection, Row, named_params};
use serde_json::Value;

use super::values::{json_at, one_of};
use super::{Result, Tx, audit};
use crate::domain::agent::Agent;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, IMPORTED, kind};
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// The topic of everything that agents' pages show.
pub const DESK: &str = "desk";

/// The topic of what the visitor of a website behind this address sees.
pub fn chat(address: Id<Address>) -> String {
    format!("chat:{address}")
}

/// A new entry; `Default` fills what does not apply.
#[derive(Default)]
pub struct New {
    pub kind: &'static str,
    pub agent: Option<Id<Agent>>,
    pub conversation: Option<Id<Conversation>>,
    pub contact: Option<Id<Contact>>,
    pub message: Option<Id<Message>>,
    pub data: Value,
}

/// An entry as it stands in a row of `log`.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        at: row.get(1)?,
        kind: one_of(row, (2, "kind_no"), kind::ALL)?,
        conversation: row.get(3)?,
        contact: row.get(4)?,
        message: row.get(5)?,
        agent: row.get(6)?,
        data: json_at(row, 7, "data")?,
    })
}

/// How the log tells of a message that comes: what the message itself says is not written twice.
pub struct First {
    pub kind: &'static str,
    pub data: Value,
}

impl First {
    /// An entry that says no more than its message, or of which more is known later; see [`complete`].
    pub const fn of(kind: &'static str) -> First {
        First { kind, data: Value::Null }
    }
}

/// Adds the first entry of a message that comes, and wakes the pages. Returns the number of both.
pub(super) fn begin(tx: &Tx<'_>, first: &First) -> Result<i64> {
    tx.prepare_cached("INSERT INTO event (id, kind_no, data) VALUES (?1, ?2, ?3)")?.execute((
        next(tx)?,
        kind::number(first.kind),
        data(tx, &first.data),
    ))?;
    tx.touch(DESK);
    Ok(tx.last_insert_rowid())
}

/// The next number that neither an entry nor a message has had.
pub(super) fn next(connection: &Connection) -> Result<i64> {
    let mut newest = connection.prepare_cached(
        "SELECT ifnull(max(seq), 0) + 1 FROM sqlite_sequence WHERE name IN ('event', 'message')",
    )?;
    Ok(newest.query_row([], |row| row.get(0))?)
}

/// Says in the first entry of a message what was not known yet when that was begun.
pub fn complete(tx: &Tx<'_>, message: Id<Message>, of: &Value) -> Result<()> {
    let mut complete = tx.prepare_cached("UPDATE event SET data = ?2 WHERE id = ?1 AND at IS NULL")?;
    complete.execute((message, data(tx, of)))?;
    Ok(())
}

/// Adds an entry and wakes the pages.
pub fn append(tx: &Tx<'_>, new: &New, now: Timestamp) -> Result<Id<Event>> {
    let data = data(tx, &new.data);
    tx.prepare_cached(
        "INSERT INTO event (at, kind_no, agent_id, conversation_id, contact_id, message_id, data)
         VALUES (:at, :kind, :agent, :conversation, :contact, :message, :data)",
    )?
    .execute(named_params! {
        ":at": now, ":kind": kind::number(new.kind), ":agent": new.agent, ":conversation": new.conversation,
        ":contact": new.contact, ":message": new.message, ":data": data,
    })?;
    tx.touch(DESK);
    let id = Id::new(tx.last_insert_rowid());
    if kind::is_audited(new.kind) {
        audited(tx, new, data, now)?;
    }
    Ok(id)
}

/// The data as it is kept. What an import does is marked, by which nobody is told of it.
fn data(tx: &Tx<'_>, told: &Value) -> Option<String> {
    if !tx.is_quiet() {
        return (!told.is_null()).then(|| told.to_string());
    }
    let mut marked = told.as_object().cloned().unwrap_or_default();
    marked.insert(IMPORTED.to_owned(), Value::Bool(true));
    Some(Value::Object(marked).to_string())
}

/// Puts the entry into the chain as well. What is erased leaves its number there and not a word.
fn audited(tx: &Tx<'_>, new: &New, data: Option<String>, now: Timestamp) -> Result<()> {
    let data = data.filter(|_| new.contact.is_none()).unwrap_or_default();
    let entry = audit::New { kind: new.kind, agent: new.agent, contact: new.contact.map(Id::get), data };
    audit::append(tx, entry, now)
}

/// Writes into the first entries of a conversation's messages what they leave to these, so that they stand by themselves.
pub fn part(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<()> {
    let mut part = tx.prepare_cached(
        "UPDATE event SET (at, conversation_id, contact_id, message_id, agent_id, data) =
             (SELECT at, conversation_id, contact_id, message_id, agent_id, data FROM log WHERE log.id = event.id)
         WHERE at IS NULL AND id IN (SELECT id FROM message WHERE conversation_id = ?1)",
    )?;
    part.execute([conversation])?;
    Ok(())
}

/// Takes away what the entries of a conversation tell beside the numbers of what they are about.
pub fn blank(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<()> {
    part(tx, conversation)?;
    tx.prepare_cached("UPDATE event SET data = NULL WHERE data IS NOT NULL AND conversation_id = ?1")?
        .execute([conversation])?;
    Ok(())
}

/// The newest entry's number; 0 in an empty log.
pub fn latest(connection: &Connection) -> Result<i64> {
    let mut statement = connection.prepare_cached("SELECT ifnull(max(id), 0) FROM event")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Up to `most` entries after number `after`, oldest first.
pub fn after(connection: &Connection, after: i64, most: u32) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached("SELECT * FROM log WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    Ok(statement.query_map((after, most), read)?.collect::<rusqlite::Result<_>>()?)
}
