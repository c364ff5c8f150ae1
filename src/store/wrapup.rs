//! Wrap-up: the reasons, who is asked for them, and what was named.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::word;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::queue::Queue;
use crate::domain::wrapup::{After, Reason, WrapUp};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Reason> {
    Ok(Reason { id: row.get("id")?, name: row.get("name")?, queue: row.get("queue_id")? })
}

/// Every reason that is still offered, by name.
pub fn all(connection: &Connection) -> Result<Vec<Reason>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM wrapup_reason WHERE archived_at IS NULL ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The reason with this id, while it is not archived.
pub fn get(connection: &Connection, id: Id<Reason>) -> Result<Option<Reason>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM wrapup_reason WHERE id = ?1 AND archived_at IS NULL")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The reasons that are offered where a conversation of this queue is closed, by name.
pub fn offered(connection: &Connection, queue: Option<Id<Queue>>) -> Result<Vec<Reason>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM wrapup_reason WHERE archived_at IS NULL AND (queue_id IS NULL OR queue_id = ?1)
         ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([queue], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Gives an open period of a conversation a reason, once.
pub fn attach(
    tx: &Tx<'_>,
    (conversation, episode): (Id<Conversation>, i64),
    reason: Id<Reason>,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO episode_wrapup (conversation_id, number, reason_id) VALUES (?1, ?2, ?3)
         ON CONFLICT DO NOTHING",
    )?
    .execute((conversation, episode, reason))?;
    Ok(())
}

/// Adds a reason.
pub fn insert(tx: &Tx<'_>, name: &str, queue: Option<Id<Queue>>, now: Timestamp) -> Result<Id<Reason>> {
    tx.prepare_cached("INSERT INTO wrapup_reason (name, queue_id, created_at) VALUES (?1, ?2, ?3)")?
        .execute((name, queue, now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Stops offering a reason; what was closed with it keeps it.
pub fn archive(tx: &Tx<'_>, id: Id<Reason>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE wrapup_reason SET archived_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}

fn read_wrapup(row: &Row<'_>) -> rusqlite::Result<WrapUp> {
    Ok(WrapUp {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        conversation: row.get("conversation_id")?,
        episode: row.get("number")?,
        queue: row.get("queue_id")?,
        after: word(row, "cause")?,
        since: row.get("since")?,
        due_at: row.get("due_at")?,
        done_at: row.get("done_at")?,
        automatic: row.get("automatic")?,
    })
}

/// Asks an agent why the work ended. `false`: that agent is asked about this open period already.
pub fn ask(
    tx: &Tx<'_>,
    agent: Id<Agent>,
    conversation: &Conversation,
    (after, due_at): (After, Option<Timestamp>),
    now: Timestamp,
) -> Result<bool> {
    let (id, episode, queue) = (conversation.id, conversation.episode, conversation.queue);
    let added = tx
        .prepare_cached(
            "INSERT INTO wrapup (agent_id, conversation_id, number, queue_id, cause, since, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        )?
        .execute((agent, id, episode, queue, after.as_str(), now, due_at))?;
    Ok(added > 0)
}

/// The question or the answer with this id.
pub fn asked(connection: &Connection, id: Id<WrapUp>) -> Result<Option<WrapUp>> {
    let mut statement = connection.prepare_cached("SELECT * FROM wrapup WHERE id = ?1")?;
    Ok(statement.query_row([id], read_wrapup).optional()?)
}

/// What an agent is asked, the oldest first, up to fifty.
pub fn asked_of(connection: &Connection, agent: Id<Agent>) -> Result<Vec<WrapUp>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM wrapup INDEXED BY wrapup_own WHERE agent_id = ?1 AND done_at IS NULL ORDER BY id LIMIT 50",
    )?;
    Ok(statement.query_map([agent], read_wrapup)?.collect::<rusqlite::Result<_>>()?)
}

/// What an agent is asked about the present open period of a conversation.
pub fn asked_in(
    connection: &Connection,
    conversation: &Conversation,
    agent: Id<Agent>,
) -> Result<Option<WrapUp>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM wrapup WHERE conversation_id = ?1 AND number = ?2 AND agent_id = ?3 AND done_at IS NULL",
    )?;
    Ok(statement.query_row((conversation.id, conversation.episode, agent), read_wrapup).optional()?)
}

/// The questions whose time has come, the longest overdue first.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Id<WrapUp>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM wrapup WHERE done_at IS NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2",
    )?;
    Ok(statement.query_map((now, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Lets a question wait for its agent, however long.
pub fn stop(tx: &Tx<'_>, id: Id<WrapUp>) -> Result<()> {
    tx.prepare_cached("UPDATE wrapup SET due_at = NULL WHERE id = ?1 AND done_at IS NULL")?.execute([id])?;
    Ok(())
}

/// Notes what was named, in place of what the countdown may have taken before.
pub fn answer(
    tx: &Tx<'_>,
    wrapup: &WrapUp,
    (reasons, note, automatic): (&[Id<Reason>], &str, bool),
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached("UPDATE wrapup SET done_at = ?2, automatic = ?3, note = ?4 WHERE id = ?1")?
        .execute((wrapup.id, now, automatic, note))?;
    tx.prepare_cached("DELETE FROM wrapup_said WHERE wrapup_id = ?1")?.execute([wrapup.id])?;
    for reason in reasons {
        tx.prepare_cached("INSERT INTO wrapup_said (wrapup_id, reason_id) VALUES (?1, ?2)")?
            .execute((wrapup.id, reason))?;
        attach(tx, (wrapup.conversation, wrapup.episode), *reason)?;
    }
    if wrapup.automatic { unnamed(tx, (wrapup.conversation, wrapup.episode)) } else { Ok(()) }
}

/// Takes from an open period the reasons that nobody names any more.
pub fn unnamed(tx: &Tx<'_>, (conversation, episode): (Id<Conversation>, i64)) -> Result<()> {
    tx.prepare_cached(
        "DELETE FROM episode_wrapup WHERE conversation_id = ?1 AND number = ?2 AND reason_id NOT IN
         (SELECT s.reason_id FROM wrapup w JOIN wrapup_said s ON s.wrapup_id = w.id
          WHERE w.conversation_id = ?1 AND w.number = ?2)",
    )?
    .execute((conversation, episode))?;
    Ok(())
}

/// Asks no longer what was asked because of `after`, where that happened at `since` or later.
pub fn withdraw(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (after, since): (After, Timestamp),
) -> Result<bool> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM wrapup WHERE conversation_id = ?1 AND number = ?2 AND cause = ?3 AND since >= ?4
             AND done_at IS NULL",
        )?
        .execute((conversation.id, conversation.episode, after.as_str(), since))?;
    Ok(gone > 0)
}

/// Forgets what was asked and named since the open period was closed, because it was not.
pub fn unclosed(tx: &Tx<'_>, conversation: &Conversation) -> Result<()> {
    tx.prepare_cached(
        "DELETE FROM wrapup WHERE conversation_id = ?1 AND number = ?2 AND ifnull(done_at, since) >=
         (SELECT closed_at FROM episode WHERE conversation_id = ?1 AND number = ?2)",
    )?
    .execute((conversation.id, conversation.episode))?;
    unnamed(tx, (conversation.id, conversation.episode))
}

/// Whether any queue asks for reasons, or the house where there is none.
pub fn any_asks(connection: &Connection) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM queue WHERE rules ->> '$.wrap_up.asked' OR rules ->> '$.wrap_up.required')",
    )?;
    let any: bool = statement.query_row([], |row| row.get(0))?;
    Ok(any || super::queue::rules(connection, None)?.wrap_up.asks())
}
