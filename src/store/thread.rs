//! What the page of a conversation reads beside its messages.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::Result;
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Kind, Message};
use crate::domain::{Id, Timestamp};

/// The names of everybody who works or worked here.
pub fn names(connection: &Connection) -> Result<BTreeMap<Id<Agent>, String>> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM agent")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The messages of this conversation that others answer, for the quotes above the answers.
pub fn quoted(
    connection: &Connection,
    conversation: Id<Conversation>,
    ids: &[Id<Message>],
) -> Result<Vec<Message>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached(
        "SELECT m.* FROM json_each(?1) j CROSS JOIN message m ON m.id = j.value WHERE m.conversation_id = ?2",
    )?;
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    let list = serde_json::to_string(&ids).unwrap_or_default();
    Ok(statement.query_map((list, conversation), super::message::read)?.collect::<rusqlite::Result<_>>()?)
}

/// When the customer last wrote in this conversation.
pub fn last_wrote(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached(
        "SELECT at FROM message WHERE conversation_id = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, Kind::Inbound.as_str()), |row| row.get(0)).optional()?)
}
