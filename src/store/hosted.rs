//! Small pictures inside letters of ours, which their readers fetch here.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// A picture.
pub struct Hosted {
    /// The unguessable word in its address.
    pub key: String,
    /// Who put it in.
    pub agent: Id<Agent>,
    /// The letter that it stands in; `None` while that is being written.
    pub message: Option<Id<Message>>,
    /// As its bytes tell.
    pub media_type: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    pub bytes: Vec<u8>,
    /// When it is thrown away.
    pub until: Timestamp,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Hosted> {
    Ok(Hosted {
        key: row.get("key")?,
        agent: row.get("agent_id")?,
        message: row.get("message_id")?,
        media_type: row.get("media_type")?,
        width: row.get("width")?,
        height: row.get("height")?,
        bytes: row.get("bytes")?,
        until: row.get("until")?,
    })
}

/// The picture with this word.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Hosted>> {
    let mut statement = connection.prepare_cached("SELECT * FROM hosted WHERE key = ?1")?;
    Ok(statement.query_row([key], read).optional()?)
}

/// The words of the pictures inside a letter.
pub fn of_message(connection: &Connection, message: Id<Message>) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT key FROM hosted WHERE message_id = ?1")?;
    Ok(statement.query_map([message], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Keeps a picture.
pub fn insert(tx: &Tx<'_>, new: &Hosted, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO hosted (key, agent_id, message_id, media_type, width, height, bytes, until, created_at)
         VALUES (:key, :agent, :message, :type, :width, :height, :bytes, :until, :now)",
    )?
    .execute(named_params! {
        ":key": new.key, ":agent": new.agent, ":message": new.message, ":type": new.media_type,
        ":width": new.width, ":height": new.height, ":bytes": new.bytes, ":until": new.until, ":now": now,
    })?;
    Ok(())
}

/// Says how long a picture is kept that stands in no letter yet.
pub fn keep(tx: &Tx<'_>, key: &str, until: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE hosted SET until = ?2 WHERE key = ?1 AND message_id IS NULL")?
        .execute((key, until))?;
    Ok(())
}

/// Puts a picture into a letter, with which it is kept until this moment.
pub fn give(tx: &Tx<'_>, key: &str, message: Id<Message>, until: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE hosted SET message_id = ?2, until = ?3 WHERE key = ?1")?
        .execute((key, message, until))?;
    Ok(())
}

/// Takes the pictures of a letter back out of it, before it is thrown away.
pub fn release(tx: &Tx<'_>, message: Id<Message>, until: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE hosted SET message_id = NULL, until = ?2 WHERE message_id = ?1")?
        .execute((message, until))?;
    Ok(())
}

/// Throws away up to `most` pictures whose time is over.
pub fn tidy(tx: &Tx<'_>, now: Timestamp, most: u32) -> Result<usize> {
    Ok(tx
        .prepare_cached("DELETE FROM hosted WHERE id IN (SELECT id FROM hosted WHERE until <= ?1 LIMIT ?2)")?
        .execute((now, most))?)
}
