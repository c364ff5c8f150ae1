//! What is put aside: spam, and the mails of senders whom the team does not want to hear.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Result, Tx, conversation as threads};
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Timestamp};

/// Puts a conversation aside; `why` is `spam` or `blocked`.
pub fn put(tx: &Tx<'_>, conversation: Id<Conversation>, why: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO aside (conversation_id, why, at) VALUES (?1, ?2, ?3)")?
        .execute((conversation, why, now))?;
    Ok(())
}

/// Takes a conversation back from there. `false`: it was not aside.
pub fn release(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<bool> {
    let gone = tx.prepare_cached("DELETE FROM aside WHERE conversation_id = ?1")?.execute([conversation])?;
    Ok(gone == 1)
}

/// Why a conversation lies aside; `None` where it does not.
pub fn of(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT why FROM aside WHERE conversation_id = ?1")?;
    Ok(statement.query_row([conversation], |row| row.get(0)).optional()?)
}

/// A conversation that lies aside.
pub struct Aside {
    pub conversation: Conversation,
    pub why: String,
    pub at: Timestamp,
}

/// The newest `most` of them from before `before`.
pub fn newest(connection: &Connection, before: Timestamp, most: u32) -> Result<Vec<Aside>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.*, a.why, a.at FROM aside a CROSS JOIN conversation c ON c.id = a.conversation_id
         WHERE a.at < ?1 ORDER BY a.at DESC, a.conversation_id DESC LIMIT ?2",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Aside { conversation: threads::read(row)?, why: row.get("why")?, at: row.get("at")? })
    };
    Ok(statement.query_map((before, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// A sender whom the team does not want to hear.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocked {
    /// An address in lower case, or `@` and a domain.
    pub sender: String,
    /// Who added it; empty where that person has gone.
    pub by: String,
    pub at: Timestamp,
}

/// Adds a sender. `false`: it stands there already.
pub fn block(tx: &Tx<'_>, sender: &str, by: Option<Id<Agent>>, now: Timestamp) -> Result<bool> {
    let new = tx
        .prepare_cached(
            "INSERT INTO blocked_sender (sender, agent_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute((sender, by, now))?;
    Ok(new == 1)
}

/// Takes a sender off the list. `false`: it does not stand there.
pub fn unblock(tx: &Tx<'_>, sender: &str) -> Result<bool> {
    let gone = tx.prepare_cached("DELETE FROM blocked_sender WHERE sender = ?1")?.execute([sender])?;
    Ok(gone == 1)
}

/// The list from `after` on, in the order of the alphabet.
pub fn blocked(connection: &Connection, after: &str, most: u32) -> Result<Vec<Blocked>> {
    let mut statement = connection.prepare_cached(
        "SELECT b.sender, ifnull(a.name, '') AS name, b.at FROM blocked_sender b
         LEFT JOIN agent a ON a.id = b.agent_id WHERE b.sender > ?1 ORDER BY b.sender LIMIT ?2",
    )?;
    let read =
        |row: &Row<'_>| Ok(Blocked { sender: row.get("sender")?, by: row.get("name")?, at: row.get("at")? });
    Ok(statement.query_map((after, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether this address stands on the list, or a domain that it lies in.
pub fn is_blocked(connection: &Connection, address: &str) -> Result<bool> {
    let mut asked = vec![address.to_owned()];
    let mut domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    while !domain.is_empty() && asked.len() < 20 {
        asked.push(format!("@{domain}"));
        domain = domain.split_once('.').map_or("", |(_, rest)| rest);
    }
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM json_each(?1) j CROSS JOIN blocked_sender b ON b.sender = j.value LIMIT 1",
    )?;
    let list = serde_json::to_string(&asked).unwrap_or_default();
    Ok(statement.query_row([list], |_| Ok(())).optional()?.is_some())
}
