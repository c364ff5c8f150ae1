//! Visitors of website chats: who comes back, and what they may read of their own thread.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx, attachment, message};
use crate::domain::channel::Channel;
use crate::domain::contact::Address;
use crate::domain::message::{Attachment, Message, State};
use crate::domain::{Id, Timestamp};

/// The address of the visitor whose browser keeps the token with this hash.
pub fn address(
    connection: &Connection,
    channel: Id<Channel>,
    token_hash: &[u8],
) -> Result<Option<Id<Address>>> {
    let mut statement = connection
        .prepare_cached("SELECT address_id FROM visitor WHERE token_hash = ?1 AND channel_id = ?2")?;
    Ok(statement.query_row((token_hash, channel), |row| row.get(0)).optional()?)
}

/// Remembers which address belongs to a token.
pub fn insert(
    tx: &Tx<'_>,
    token_hash: &[u8],
    channel: Id<Channel>,
    address: Id<Address>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO visitor (token_hash, channel_id, address_id, created_at, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?4)",
    )?
    .execute((token_hash, channel, address, now))?;
    Ok(())
}

/// Notes that the visitor wrote again.
pub fn seen(tx: &Tx<'_>, token_hash: &[u8], now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE visitor SET seen_at = ?2 WHERE token_hash = ?1")?.execute((token_hash, now))?;
    Ok(())
}

/// A thread as its visitor may read it.
#[derive(Debug)]
pub struct Line {
    pub message: Message,
    /// The name of the agent who wrote or did it.
    pub author: Option<String>,
    pub files: Vec<Attachment>,
}

/// Whether a message in this state is with the visitor. What has not left yet may still be taken back.
pub const fn has_left(state: State) -> bool {
    !matches!(state, State::Queued | State::Sending | State::Failed | State::Unsure)
}

/// The last `most` lines between this address and this entry point, oldest first, over the latest few
/// conversations. Notes never leave the desk, and what has not left yet may still be taken back.
pub fn thread(
    connection: &Connection,
    address: Id<Address>,
    channel: Id<Channel>,
    most: u32,
) -> Result<Vec<Line>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.*, g.name AS author_name FROM message m LEFT JOIN agent g ON g.id = m.author_id
         WHERE m.conversation_id IN (SELECT id FROM conversation WHERE address_id = ?1 AND channel_id = ?2
                                     ORDER BY id DESC LIMIT 5)
             AND m.kind IN ('inbound', 'outbound', 'event')
             AND m.state NOT IN ('queued', 'sending', 'failed', 'unsure')
         ORDER BY m.id DESC LIMIT ?3",
    )?;
    let lines = statement.query_map((address, channel, most), |row| {
        Ok(Line { message: message::read(row)?, author: row.get("author_name")?, files: Vec::new() })
    })?;
    let mut lines: Vec<Line> = lines.collect::<rusqlite::Result<_>>()?;
    lines.reverse();
    let ids: Vec<Id<Message>> = lines.iter().map(|line| line.message.id).collect();
    for file in attachment::of_messages(connection, &ids)? {
        if let Some(line) = lines.iter_mut().find(|line| Some(line.message.id) == file.message) {
            line.files.push(file);
        }
    }
    Ok(lines)
}

/// A message of the visitor that is safe here and not yet in the thread.
#[derive(Debug)]
pub struct Waiting {
    pub dedupe_key: String,
    pub body: Vec<u8>,
    pub received_at: Timestamp,
}

/// What this visitor sent that nobody has read in yet, oldest first.
pub fn waiting(connection: &Connection, address: Id<Address>, channel: Id<Channel>) -> Result<Vec<Waiting>> {
    let mut statement = connection.prepare_cached(
        "SELECT dedupe_key, body, received_at FROM inbound
         WHERE channel_id = ?1 AND dedupe_key >= ?2 AND dedupe_key < ?3 AND state IN ('new', 'failed')
         ORDER BY id",
    )?;
    // ';' follows ':' in the order of bytes, so this is every key that begins so.
    let waiting = statement
        .query_map((channel, dedupe_key(address, ""), format!("chat:{address};")), |row| {
            Ok(Waiting { dedupe_key: row.get(0)?, body: row.get(1)?, received_at: row.get(2)? })
        })?;
    Ok(waiting.collect::<rusqlite::Result<_>>()?)
}

/// Under which key a delivery of this visitor is kept: unique over visitors, so that nobody can take
/// the place of another's message by guessing its id.
pub fn dedupe_key(address: Id<Address>, word: &str) -> String {
    format!("chat:{address}:{word}")
}

/// The newest entry of the log about this visitor's conversations; 0 when there is none.
pub fn latest_event(connection: &Connection, address: Id<Address>, channel: Id<Channel>) -> Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT ifnull(max((SELECT e.id FROM log e WHERE e.conversation_id = v.id ORDER BY e.id DESC LIMIT 1)), 0)
         FROM conversation v WHERE v.address_id = ?1 AND v.channel_id = ?2",
    )?;
    Ok(statement.query_row((address, channel), |row| row.get(0))?)
}
