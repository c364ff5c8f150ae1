//! Which conversations close by themselves, and when.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Timestamp};

/// Notes that one of us said something at `since`, and when the conversation closes by it.
pub fn plan(
    tx: &Tx<'_>,
    conversation: Id<Conversation>,
    (since, close_at): (Timestamp, Timestamp),
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO auto_close (conversation_id, since, close_at) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET since = excluded.since, close_at = excluded.close_at",
    )?
    .execute((conversation, since, close_at))?;
    Ok(())
}

/// It does not close by itself.
pub fn forget(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<()> {
    tx.prepare_cached("DELETE FROM auto_close WHERE conversation_id = ?1")?.execute([conversation])?;
    Ok(())
}

/// When one of us last said something in a conversation that closes by itself.
pub fn since(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Timestamp>> {
    let mut statement =
        connection.prepare_cached("SELECT since FROM auto_close WHERE conversation_id = ?1")?;
    Ok(statement.query_row([conversation], |row| row.get(0)).optional()?)
}

/// The conversations whose time has come.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation_id FROM auto_close WHERE close_at <= ?1 ORDER BY close_at LIMIT ?2",
    )?;
    Ok(statement.query_map((now, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
