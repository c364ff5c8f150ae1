//! Files of messages, kept in parts so that a large one is never in memory whole.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde_json::Value;

use super::values::{to_json, unknown, word};
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::message::{Attachment, Message};
use crate::domain::{Id, Timestamp};

/// The topic on which the fetcher of files waits.
pub const TOPIC: &str = "media";

/// The length of every part but the last.
pub const PART: usize = 256 * 1024;

/// Reads a row that holds every column of `attachment`.
pub fn read(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    let source: Option<String> = row.get("source")?;
    let source = source.map(|text| serde_json::from_str(&text).map_err(|_| unknown("source", &text)));
    Ok(Attachment {
        id: row.get("id")?,
        message: row.get("message_id")?,
        agent: row.get("agent_id")?,
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        size: row.get::<_, i64>("size")?.unsigned_abs(),
        state: word(row, "state")?,
        source: source.transpose()?,
        key: row.get("key")?,
    })
}

/// The attachment with this id.
pub fn get(connection: &Connection, id: Id<Attachment>) -> Result<Option<Attachment>> {
    let mut statement = connection.prepare_cached("SELECT * FROM attachment WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The attachment whose URL holds this word.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Attachment>> {
    let mut statement = connection.prepare_cached("SELECT * FROM attachment WHERE key = ?1")?;
    Ok(statement.query_row([key], read).optional()?)
}

/// The files of one message, in their order.
pub fn of_message(connection: &Connection, message: Id<Message>) -> Result<Vec<Attachment>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM attachment WHERE message_id = ?1 ORDER BY id")?;
    Ok(statement.query_map([message], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The files of several messages in one query, in their order.
pub fn of_messages(connection: &Connection, messages: &[Id<Message>]) -> Result<Vec<Attachment>> {
    let ids: Vec<i64> = messages.iter().map(|id| id.get()).collect();
    let mut statement = connection.prepare_cached(
        "SELECT * FROM attachment WHERE message_id IN (SELECT value FROM json_each(?1)) ORDER BY id",
    )?;
    Ok(statement.query_map([to_json(&ids)?], read)?.collect::<rusqlite::Result<_>>()?)
}

/// One part of the bytes, from number 0; `None` after the last.
pub fn part(connection: &Connection, id: Id<Attachment>, number: u32) -> Result<Option<Vec<u8>>> {
    let mut statement = connection
        .prepare_cached("SELECT bytes FROM attachment_part WHERE attachment_id = ?1 AND number = ?2")?;
    Ok(statement.query_row((id, number), |row| row.get(0)).optional()?)
}

/// A new file.
pub struct New<'a> {
    /// `None` while it is uploaded and not yet sent.
    pub message: Option<Id<Message>>,
    pub agent: Option<Id<Agent>>,
    pub name: &'a str,
    pub media_type: &'a str,
    /// The unguessable word in its URL.
    pub key: &'a str,
    /// How the channel fetches the bytes; without it they are put in part by part.
    pub source: Option<&'a Value>,
}

/// Adds a file whose bytes are not here yet. One with a source is due to be fetched at once.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Attachment>> {
    if let Some(message) = new.message {
        super::words::changing(tx, message)?;
    }
    tx.prepare_cached(
        "INSERT INTO attachment (message_id, agent_id, name, media_type, size, state, source, due_at, key, created_at)
         VALUES (:message, :agent, :name, :type, 0, 'pending', :source, :due, :key, :now)",
    )?
    .execute(named_params! {
        ":message": new.message, ":agent": new.agent, ":name": new.name, ":type": new.media_type,
        ":source": new.source.map(Value::to_string), ":due": new.source.map(|_| now), ":key": new.key,
        ":now": now,
    })?;
    let id = Id::new(tx.last_insert_rowid());
    if new.source.is_some() {
        tx.touch(TOPIC);
    }
    Ok(id)
}

/// Puts bytes behind those that are there. Give whole parts of [`PART`] bytes until the last.
pub fn append(tx: &Tx<'_>, id: Id<Attachment>, bytes: &[u8]) -> Result<()> {
    let next: i64 = tx
        .prepare_cached("SELECT ifnull(max(number) + 1, 0) FROM attachment_part WHERE attachment_id = ?1")?
        .query_row([id], |row| row.get(0))?;
    let mut insert =
        tx.prepare_cached("INSERT INTO attachment_part (attachment_id, number, bytes) VALUES (?1, ?2, ?3)")?;
    for (number, part) in (next..).zip(bytes.chunks(PART)) {
        insert.execute((id, number, part))?;
    }
    Ok(())
}

/// The bytes are complete: from now on the file can be seen and sent.
pub fn complete(tx: &Tx<'_>, id: Id<Attachment>, media_type: &str) -> Result<()> {
    tx.prepare_cached(
        "UPDATE attachment SET state = 'stored', media_type = ?2, source = NULL, due_at = NULL,
             size = (SELECT ifnull(sum(length(bytes)), 0) FROM attachment_part WHERE attachment_id = ?1)
         WHERE id = ?1",
    )?
    .execute((id, media_type))?;
    Ok(())
}

/// The bytes will never be here; what came of them is thrown away.
pub fn fail(tx: &Tx<'_>, id: Id<Attachment>) -> Result<()> {
    clear(tx, id)?;
    tx.prepare_cached("UPDATE attachment SET state = 'failed', due_at = NULL WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// Throws away the bytes that are there, before they are fetched anew.
pub fn clear(tx: &Tx<'_>, id: Id<Attachment>) -> Result<()> {
    tx.prepare_cached("DELETE FROM attachment_part WHERE attachment_id = ?1")?.execute([id])?;
    Ok(())
}

/// The files that are to be fetched now, with the number of tries so far; the longest due first.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<(Attachment, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM attachment WHERE state = 'pending' AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2",
    )?;
    let rows = statement.query_map((now, most), |row| Ok((read(row)?, row.get("attempts")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Another try at `due`.
pub fn later(tx: &Tx<'_>, id: Id<Attachment>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE attachment SET attempts = attempts + 1, due_at = ?2 WHERE id = ?1")?
        .execute((id, due))?;
    Ok(())
}

/// Gives an uploaded file to the message with which it leaves, or (`None`) takes it back from there.
pub fn give(tx: &Tx<'_>, id: Id<Attachment>, message: Option<Id<Message>>) -> Result<()> {
    let had: Option<Id<Message>> = tx
        .prepare_cached("SELECT message_id FROM attachment WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .flatten();
    for message in [had, message].into_iter().flatten() {
        super::words::changing(tx, message)?;
    }
    tx.prepare_cached("UPDATE attachment SET message_id = ?2 WHERE id = ?1")?.execute((id, message))?;
    Ok(())
}

/// Throws away up to `most` uploads from before `before` that were never sent.
pub fn tidy(tx: &Tx<'_>, before: Timestamp, most: u32) -> Result<usize> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM attachment WHERE id IN (SELECT id FROM attachment INDEXED BY attachment_unsent
                 WHERE message_id IS NULL AND later_id IS NULL AND created_at < ?1 LIMIT ?2)",
        )?
        .execute((before, most))?;
    Ok(gone)
}

/// Copies a file for a message that passes it on; `None` where its bytes are not here.
pub fn copy(
    tx: &Tx<'_>,
    id: Id<Attachment>,
    agent: Option<Id<Agent>>,
    key: &str,
    now: Timestamp,
) -> Result<Option<Id<Attachment>>> {
    let made = tx
        .prepare_cached(
            "INSERT INTO attachment (message_id, agent_id, name, media_type, size, state, key, created_at)
             SELECT NULL, :agent, name, media_type, size, state, :key, :now FROM attachment
             WHERE id = :id AND state = 'stored'",
        )?
        .execute(named_params! { ":id": id, ":agent": agent, ":key": key, ":now": now })?;
    if made == 0 {
        return Ok(None);
    }
    let copy = Id::new(tx.last_insert_rowid());
    tx.prepare_cached(
        "INSERT INTO attachment_part (attachment_id, number, bytes)
         SELECT ?2, number, bytes FROM attachment_part WHERE attachment_id = ?1",
    )?
    .execute((id, copy))?;
    Ok(Some(copy))
}
