//! The append-only log.

use rusqlite::{Connection, Row, named_params};
use serde_json::Value;

use super::values::{json_at, one_of};
use super::{Result, Tx, audit};
use crate::domain::agent::Agent;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, IMPORTED, kind};
use crate::domain::message::{Message, State};
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

/// How the log tells of a message that comes: the message is its own entry.
pub struct Coming {
    pub kind: &'static str,
    pub data: Value,
}

impl Coming {
    /// An entry that says no more than its message, or of which more is known later; see [`complete`].
    pub const fn of(kind: &'static str) -> Coming {
        Coming { kind, data: Value::Null }
    }

    /// Of a message of ours that is out already when the desk hears of it.
    pub fn sent() -> Coming {
        Coming { kind: kind::MESSAGE_STATE, data: serde_json::json!({ "state": State::Sent.as_str() }) }
    }

    /// What the message keeps of it: the number of its kind, and its data.
    pub(super) fn kept(&self, tx: &Tx<'_>) -> (Option<i64>, Option<String>) {
        tx.touch(DESK);
        (kind::number(self.kind), data(tx, &self.data))
    }
}

/// The next number of the log, which neither an entry nor a message has had.
pub(super) fn next(connection: &Connection) -> Result<i64> {
    Ok(latest(connection)? + 1)
}

/// Says in the entry of a message what was not known yet when it came.
pub fn complete(tx: &Tx<'_>, message: Id<Message>, of: &Value) -> Result<()> {
    tx.prepare_cached("UPDATE message SET told = ?2 WHERE id = ?1")?.execute((message, data(tx, of)))?;
    Ok(())
}

/// Adds an entry and wakes the pages.
pub fn append(tx: &Tx<'_>, new: &New, now: Timestamp) -> Result<Id<Event>> {
    let data = data(tx, &new.data);
    tx.prepare_cached(
        "INSERT INTO event (id, at, kind_no, agent_id, conversation_id, contact_id, message_id, data)
         VALUES (:id, :at, :kind, :agent, :conversation, :contact, :message, :data)",
    )?
    .execute(named_params! {
        ":id": next(tx)?, ":at": now, ":kind": kind::number(new.kind), ":agent": new.agent,
        ":conversation": new.conversation, ":contact": new.contact, ":message": new.message, ":data": data,
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

/// Has the entries of a conversation's messages stand by themselves.
pub fn part(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<()> {
    for sql in [
        "INSERT OR IGNORE INTO event (id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data)
         SELECT id, at, kind_no, conversation_id, contact_id, message_id, agent_id, data FROM log
         WHERE conversation_id = ?1 AND message_id = id AND id IN (SELECT id FROM message WHERE conversation_id = ?1)",
        "UPDATE message SET entry_no = NULL, told = NULL,
             body = iif(kind_no = 3, (SELECT word FROM event_kind WHERE no = entry_no), body)
         WHERE conversation_id = ?1 AND entry_no IS NOT NULL",
    ] {
        tx.prepare_cached(sql)?.execute([conversation])?;
    }
    Ok(())
}

/// Takes away what the entries of a conversation tell beside the numbers of what they are about.
pub fn blank(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<()> {
    part(tx, conversation)?;
    tx.prepare_cached("UPDATE event SET data = NULL WHERE data IS NOT NULL AND conversation_id = ?1")?
        .execute([conversation])?;
    Ok(())
}

/// The newest number of the log, of an entry or of a message that is none; 0 in an empty one.
pub fn latest(connection: &Connection) -> Result<i64> {
    // What the view `newest` says; by itself SQLite would put it into a table first.
    let mut statement = connection.prepare_cached(
        "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name IN ('event', 'message')",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Up to `most` entries after number `after`, oldest first.
pub fn after(connection: &Connection, after: i64, most: u32) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached("SELECT * FROM log WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    Ok(statement.query_map((after, most), read)?.collect::<rusqlite::Result<_>>()?)
}
