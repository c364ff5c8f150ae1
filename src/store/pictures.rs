//! Whose mails show the pictures that lie elsewhere, and which mails have their letter kept.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::values::id_list;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// Those of these senders whose pictures are shown.
pub fn shown_of(connection: &Connection, senders: &[&str]) -> Result<BTreeSet<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT sender FROM picture_sender WHERE sender IN (SELECT value FROM json_each(?1))",
    )?;
    let list = serde_json::to_string(senders).unwrap_or_default();
    Ok(statement.query_map([list], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Notes that the pictures of this sender are shown.
pub fn show(tx: &Tx<'_>, sender: &str, agent: Option<Id<Agent>>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO picture_sender (sender, agent_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute((sender, agent, now))?;
    Ok(())
}

/// Takes that back.
pub fn hide(tx: &Tx<'_>, sender: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM picture_sender WHERE sender = ?1")?.execute([sender])?;
    Ok(())
}

/// Those of these messages whose letter is kept as it came.
pub fn with_letter(connection: &Connection, ids: &[Id<Message>]) -> Result<BTreeSet<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT message_id FROM mail WHERE message_id IN (SELECT value FROM json_each(?1)) AND size > 0",
    )?;
    Ok(statement.query_map([id_list(ids)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The first thing that the customer wrote in a conversation.
pub fn first_of_customer(
    connection: &Connection,
    conversation: Id<Conversation>,
) -> Result<Option<Id<Message>>> {
    use rusqlite::OptionalExtension as _;
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND kind = 'inbound' ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row([conversation], |row| row.get(0)).optional()?)
}
