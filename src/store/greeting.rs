//! Virtual assistants: what each was told to say, and how far it has come in which conversation.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{id_list, json, to_json};
use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::greeter::{Greeter, Talk};
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};

/// What an administrator decided for an entry point, and whether it works; `None`: nobody decided anything.
pub fn of(connection: &Connection, channel: Id<Channel>) -> Result<Option<(bool, Greeter)>> {
    let mut statement =
        connection.prepare_cached("SELECT works, rules FROM greeter WHERE channel_id = ?1")?;
    let read = |row: &Row<'_>| Ok((row.get("works")?, json(row, "rules")?));
    Ok(statement.query_row([channel], read).optional()?)
}

/// Keeps what was decided.
pub fn set(tx: &Tx<'_>, channel: Id<Channel>, (works, greeter): (bool, &Greeter)) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO greeter (channel_id, works, rules) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET works = excluded.works, rules = excluded.rules",
    )?
    .execute((channel, works, to_json(greeter)?))?;
    Ok(())
}

/// How far an assistant has come in one conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Greeting {
    pub conversation: Id<Conversation>,
    /// The open period in which it speaks or last spoke.
    pub episode: i64,
    /// Under which name.
    pub label: String,
    pub talk: Talk,
    /// When it stops waiting for the customer; `None`: it has handed over.
    pub due_at: Option<Timestamp>,
    /// Since when its messages are counted, and how many there were.
    pub hour_at: Timestamp,
    pub hour_said: u32,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Greeting> {
    Ok(Greeting {
        conversation: row.get("conversation_id")?,
        episode: row.get("episode")?,
        label: row.get("label")?,
        talk: json(row, "talk")?,
        due_at: row.get("due_at")?,
        hour_at: row.get("hour_at")?,
        hour_said: row.get("hour_said")?,
    })
}

/// Where an assistant speaks or has spoken in this conversation.
pub fn get(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Greeting>> {
    let mut statement = connection.prepare_cached("SELECT * FROM greeting WHERE conversation_id = ?1")?;
    Ok(statement.query_row([conversation], read).optional()?)
}

/// Keeps how far it has come.
pub fn keep(tx: &Tx<'_>, greeting: &Greeting) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO greeting (conversation_id, episode, label, talk, due_at, hour_at, hour_said)
         VALUES (:conversation, :episode, :label, :talk, :due, :hour, :said)
         ON CONFLICT DO UPDATE SET episode = :episode, label = :label, talk = :talk, due_at = :due, hour_at = :hour,
             hour_said = :said",
    )?
    .execute(named_params! {
        ":conversation": greeting.conversation, ":episode": greeting.episode, ":label": greeting.label,
        ":talk": to_json(&greeting.talk)?, ":due": greeting.due_at, ":hour": greeting.hour_at,
        ":said": greeting.hour_said,
    })?;
    Ok(())
}

/// Under which name an assistant speaks now in which of these conversations.
pub fn held(
    connection: &Connection,
    conversations: &[Id<Conversation>],
) -> Result<BTreeMap<Id<Conversation>, String>> {
    let mut statement = connection.prepare_cached(
        "SELECT g.conversation_id, g.label FROM json_each(?1) j
         CROSS JOIN greeting g ON g.conversation_id = j.value WHERE g.due_at IS NOT NULL",
    )?;
    let rows = statement.query_map([id_list(conversations)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The queues of the conversations in which an assistant speaks now, one for each.
pub fn queues(connection: &Connection) -> Result<Vec<Id<Queue>>> {
    let mut statement = connection.prepare_cached(
        "SELECT v.queue_id FROM greeting g INDEXED BY greeting_due JOIN conversation v ON v.id = g.conversation_id
         WHERE g.due_at IS NOT NULL AND v.queue_id IS NOT NULL",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The conversations in which the customer has been silent for long enough.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Id<Conversation>>> {
    let mut statement = connection
        .prepare_cached("SELECT conversation_id FROM greeting WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2")?;
    Ok(statement.query_map((now, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Lets every conversation of an entry point in which its assistant speaks be due.
pub fn hurry(tx: &Tx<'_>, channel: Id<Channel>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE greeting SET due_at = ?2 WHERE due_at IS NOT NULL
             AND (SELECT v.channel_id FROM conversation v WHERE v.id = greeting.conversation_id) = ?1",
    )?
    .execute((channel, now))?;
    Ok(())
}
