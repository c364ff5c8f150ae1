//! The append-only log.

use rusqlite::{Connection, Row, named_params};
use serde_json::Value;

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

/// An entry as it stands in a row.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        agent: row.get("agent_id")?,
        conversation: row.get("conversation_id")?,
        contact: row.get("contact_id")?,
        message: row.get("message_id")?,
        data: super::values::json(row, "data")?,
    })
}

/// Adds an entry and wakes the pages.
pub fn append(tx: &Tx<'_>, new: &New, now: Timestamp) -> Result<Id<Event>> {
    let data = data(tx, new);
    tx.prepare_cached(
        "INSERT INTO event (at, kind, agent_id, conversation_id, contact_id, message_id, data)
         VALUES (:at, :kind, :agent, :conversation, :contact, :message, :data)",
    )?
    .execute(named_params! {
        ":at": now, ":kind": new.kind, ":agent": new.agent, ":conversation": new.conversation,
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
fn data(tx: &Tx<'_>, new: &New) -> Option<String> {
    if !tx.is_quiet() {
        return (!new.data.is_null()).then(|| new.data.to_string());
    }
    let mut marked = new.data.as_object().cloned().unwrap_or_default();
    marked.insert(IMPORTED.to_owned(), Value::Bool(true));
    Some(Value::Object(marked).to_string())
}

/// Puts the entry into the chain as well. What is erased leaves its number there and not a word.
fn audited(tx: &Tx<'_>, new: &New, data: Option<String>, now: Timestamp) -> Result<()> {
    let data = data.filter(|_| new.contact.is_none()).unwrap_or_default();
    let entry = audit::New { kind: new.kind, agent: new.agent, contact: new.contact.map(Id::get), data };
    audit::append(tx, entry, now)
}

/// The newest entry's number; 0 in an empty log.
pub fn latest(connection: &Connection) -> Result<i64> {
    let mut statement = connection.prepare_cached("SELECT ifnull(max(id), 0) FROM event")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Up to `most` entries after number `after`, oldest first.
pub fn after(connection: &Connection, after: i64, most: u32) -> Result<Vec<Event>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM event WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    Ok(statement.query_map((after, most), read)?.collect::<rusqlite::Result<_>>()?)
}
