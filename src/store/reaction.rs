//! Reactions of ours on their way to a provider.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// The topic on which the sender of reactions waits.
pub const TOPIC: &str = "reaction";

/// A reaction on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    pub message: Id<Message>,
    /// Empty: what is there is taken back.
    pub emoji: String,
    /// What the customer sees until then; empty: nothing.
    pub before: String,
    /// How many attempts have begun.
    pub attempt: i64,
    pub created_at: Timestamp,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        message: row.get("message_id")?,
        emoji: row.get("emoji")?,
        before: row.get("before")?,
        attempt: row.get("attempt")?,
        created_at: row.get("created_at")?,
    })
}

/// The reaction to this message, while it is on its way.
pub fn get(connection: &Connection, message: Id<Message>) -> Result<Option<Waiting>> {
    let mut statement = connection.prepare_cached("SELECT * FROM reaction WHERE message_id = ?1")?;
    Ok(statement.query_row([message], read).optional()?)
}

/// Sends a reaction on its way, instead of one that is on its way to the same message.
pub fn put(
    tx: &Tx<'_>,
    message: Id<Message>,
    channel: Id<Channel>,
    (emoji, before): (&str, &str),
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO reaction (message_id, channel_id, emoji, before, due_at, created_at)
         VALUES (:message, :channel, :emoji, :before, :now, :now)
         ON CONFLICT DO UPDATE SET emoji = excluded.emoji, attempt = 0, due_at = excluded.due_at,
             created_at = excluded.created_at",
    )?
    .execute(named_params! {
        ":message": message, ":channel": channel, ":emoji": emoji, ":before": before, ":now": now,
    })?;
    tx.touch(TOPIC);
    Ok(())
}

/// The channels that have a reaction to bring now.
pub fn channels_due(connection: &Connection, now: Timestamp) -> Result<Vec<Id<Channel>>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id FROM channel c WHERE c.state = 'enabled'
         AND EXISTS (SELECT 1 FROM reaction r WHERE r.channel_id = c.id AND r.due_at <= ?1)",
    )?;
    Ok(statement.query_map([now], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What a channel has to bring next.
pub fn next_of(connection: &Connection, channel: Id<Channel>, now: Timestamp) -> Result<Option<Waiting>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM reaction WHERE channel_id = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT 1",
    )?;
    Ok(statement.query_row((channel, now), read).optional()?)
}

/// When the next one falls due after `now`.
pub fn due_after(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached("SELECT min(due_at) FROM reaction WHERE due_at > ?1")?;
    Ok(statement.query_row([now], |row| row.get(0))?)
}

/// An attempt begins; if nothing is heard of it, the next one is at `due`.
pub fn begin(tx: &Tx<'_>, message: Id<Message>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE reaction SET attempt = attempt + 1, due_at = ?2 WHERE message_id = ?1")?
        .execute((message, due))?;
    Ok(())
}

/// Another attempt at `due`.
pub fn again(tx: &Tx<'_>, message: Id<Message>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE reaction SET due_at = ?2 WHERE message_id = ?1")?.execute((message, due))?;
    tx.touch(TOPIC);
    Ok(())
}

/// The customer sees this one now, while another is on its way.
pub fn reached(tx: &Tx<'_>, message: Id<Message>, emoji: &str) -> Result<()> {
    tx.prepare_cached("UPDATE reaction SET before = ?2 WHERE message_id = ?1")?.execute((message, emoji))?;
    Ok(())
}

/// It is no longer on its way.
pub fn delete(tx: &Tx<'_>, message: Id<Message>) -> Result<()> {
    tx.prepare_cached("DELETE FROM reaction WHERE message_id = ?1")?.execute([message])?;
    Ok(())
}
