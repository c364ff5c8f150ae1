//! Wrap-up reasons.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Result, Tx};
use crate::domain::conversation::Conversation;
use crate::domain::queue::Queue;
use crate::domain::wrapup::Reason;
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Reason> {
    Ok(Reason { id: row.get("id")?, name: row.get("name")?, queue: row.get("queue_id")? })
}

/// Every reason that is still offered, by name.
pub fn all(connection: &Connection) -> Result<Vec<Reason>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM wrapup_reason WHERE archived_at IS NULL ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The reason with this id, while it is not archived.
pub fn get(connection: &Connection, id: Id<Reason>) -> Result<Option<Reason>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM wrapup_reason WHERE id = ?1 AND archived_at IS NULL")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The reasons that are offered where a conversation of this queue is closed, by name.
pub fn offered(connection: &Connection, queue: Option<Id<Queue>>) -> Result<Vec<Reason>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM wrapup_reason WHERE archived_at IS NULL AND (queue_id IS NULL OR queue_id = ?1)
         ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([queue], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Gives the present open period of a conversation a reason, once.
pub fn attach(tx: &Tx<'_>, conversation: &Conversation, reason: Id<Reason>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO episode_wrapup (conversation_id, number, reason_id) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
    )?
    .execute((conversation.id, conversation.episode, reason))?;
    Ok(())
}

/// Adds a reason.
pub fn insert(tx: &Tx<'_>, name: &str, queue: Option<Id<Queue>>, now: Timestamp) -> Result<Id<Reason>> {
    tx.prepare_cached("INSERT INTO wrapup_reason (name, queue_id, created_at) VALUES (?1, ?2, ?3)")?
        .execute((name, queue, now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Stops offering a reason; what was closed with it keeps it.
pub fn archive(tx: &Tx<'_>, id: Id<Reason>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE wrapup_reason SET archived_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}
