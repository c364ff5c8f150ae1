//! How long is kept what was said on an entry point, and what has lain there longer.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx, message};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Attachment, Message};
use crate::domain::retention::Rule;
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Rule> {
    Ok(Rule { conversations: row.get("conversations")?, files: row.get("files")? })
}

/// The rule of this channel; by itself everything is kept.
pub fn get(connection: &Connection, channel: Id<Channel>) -> Result<Rule> {
    let mut statement = connection.prepare_cached("SELECT * FROM retention WHERE channel_id = ?1")?;
    Ok(statement.query_row([channel], read).optional()?.unwrap_or_default())
}

/// Every channel that has a rule.
pub fn all(connection: &Connection) -> Result<Vec<(Id<Channel>, Rule)>> {
    let mut statement = connection.prepare_cached("SELECT * FROM retention ORDER BY channel_id")?;
    let rows = statement.query_map([], |row| Ok((row.get("channel_id")?, read(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sets the rule. Files are looked through from the first on again.
pub fn set(tx: &Tx<'_>, channel: Id<Channel>, rule: Rule) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO retention (channel_id, conversations, files) VALUES (:channel, :conversations, :files)
         ON CONFLICT DO UPDATE SET conversations = :conversations, files = :files, files_seen = 0",
    )?
    .execute(named_params! {
        ":channel": channel, ":conversations": rule.conversations, ":files": rule.files,
    })?;
    Ok(())
}

/// Closed conversations in which nothing was said since `before`, the longest silent first.
pub fn silent(
    connection: &Connection,
    channel: Id<Channel>,
    before: Timestamp,
    most: u32,
) -> Result<Vec<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM conversation WHERE channel_id = ?1 AND status = 'closed' AND last_message_at < ?2
         ORDER BY last_message_at, id LIMIT ?3",
    )?;
    let rows = statement.query_map((channel, before, most), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How far the files of this channel have been looked through.
pub fn seen(connection: &Connection, channel: Id<Channel>) -> Result<i64> {
    let mut statement =
        connection.prepare_cached("SELECT files_seen FROM retention WHERE channel_id = ?1")?;
    Ok(statement.query_row([channel], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Notes how far.
pub fn see(tx: &Tx<'_>, channel: Id<Channel>, seen: i64) -> Result<()> {
    tx.prepare_cached("UPDATE retention SET files_seen = ?2 WHERE channel_id = ?1")?
        .execute((channel, seen))?;
    Ok(())
}

/// A file on the way from the oldest to the newest.
pub struct Passed {
    pub id: Id<Attachment>,
    pub at: Timestamp,
    /// It has bytes, and belongs to a message of the channel.
    pub counts: bool,
}

/// The next files of the desk after number `after`, in the order in which they came.
pub fn files(connection: &Connection, channel: Id<Channel>, after: i64, most: u32) -> Result<Vec<Passed>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.id, a.created_at, a.state = 'stored' AND ifnull(v.channel_id = ?1, 0) AS counts
         FROM attachment a LEFT JOIN message m ON m.id = a.message_id
         LEFT JOIN conversation v ON v.id = m.conversation_id
         WHERE a.id > ?2 ORDER BY a.id LIMIT ?3",
    )?;
    let rows = statement.query_map((channel, after, most), |row| {
        Ok(Passed { id: row.get(0)?, at: row.get(1)?, counts: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes the bytes of a file away; that it was there stays.
pub fn remove_file(tx: &Tx<'_>, id: Id<Attachment>) -> Result<()> {
    super::attachment::clear(tx, id)?;
    tx.prepare_cached("UPDATE attachment SET state = 'removed', source = NULL WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// Takes a conversation away with everything that was said in it. What the log says of it stays, without details.
pub fn remove_conversation(tx: &Tx<'_>, id: Id<Conversation>) -> Result<()> {
    tx.prepare_cached("UPDATE event SET data = NULL WHERE data IS NOT NULL AND conversation_id = ?1")?
        .execute([id])?;
    tx.prepare_cached("UPDATE conversation SET previous_id = NULL WHERE previous_id = ?1")?.execute([id])?;
    tx.prepare_cached("UPDATE conversation SET side_of_id = NULL WHERE side_of_id = ?1")?.execute([id])?;
    let messages: Vec<Id<Message>> = tx
        .prepare_cached("SELECT id FROM message WHERE conversation_id = ?1")?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for one in messages {
        // One by one, so that whatever else is kept of a message goes with it.
        message::delete(tx, one)?;
    }
    tx.prepare_cached("DELETE FROM conversation WHERE id = ?1")?.execute([id])?;
    Ok(())
}
