//! Queues and who is in them.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::{json, word};
use super::{Result, Tx, setting};
use crate::domain::agent::Agent;
use crate::domain::queue::{Mode, Queue, Rules};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Queue> {
    Ok(Queue {
        id: row.get("id")?,
        name: row.get("name")?,
        mode: word(row, "mode")?,
        rules: json(row, "rules")?,
        created_at: row.get("created_at")?,
    })
}

/// The queue with this id.
pub fn get(connection: &Connection, id: Id<Queue>) -> Result<Option<Queue>> {
    let mut statement = connection.prepare_cached("SELECT * FROM queue WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The queue of something that may be in none.
pub fn of(connection: &Connection, id: Option<Id<Queue>>) -> Result<Option<Queue>> {
    Ok(id.map(|id| get(connection, id)).transpose()?.flatten())
}

/// The rules of a queue, or those of what lies in none.
pub fn rules(connection: &Connection, id: Option<Id<Queue>>) -> Result<Rules> {
    if id.is_some() {
        return Ok(of(connection, id)?.map(|queue| queue.rules).unwrap_or_default());
    }
    let kept = setting::get(connection, setting::key::ENDINGS)?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// The queue with this name.
pub fn by_name(connection: &Connection, name: &str) -> Result<Option<Queue>> {
    let mut statement = connection.prepare_cached("SELECT * FROM queue WHERE name = ?1")?;
    Ok(statement.query_row([name], read).optional()?)
}

/// Every queue, by name.
pub fn all(connection: &Connection) -> Result<Vec<Queue>> {
    let mut statement = connection.prepare_cached("SELECT * FROM queue ORDER BY name COLLATE NOCASE, id")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Who is in which queue, as pairs.
pub fn memberships(connection: &Connection) -> Result<Vec<(Id<Queue>, Id<Agent>)>> {
    let mut statement = connection
        .prepare_cached("SELECT queue_id, agent_id FROM queue_member ORDER BY queue_id, agent_id")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// Whether any queue hands its work out.
pub fn any_deals(connection: &Connection) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM queue WHERE mode <> 'shared')")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// How many open conversations each queue has: with nobody, and with somebody. From the kept counts, without those in
/// which an assistant still speaks: nobody is awaited there.
pub fn open_counts(connection: &Connection) -> Result<Vec<(Id<Queue>, i64, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT queue_id, sum(iif(assignee_id = 0, open, 0)), sum(iif(assignee_id = 0, 0, open))
         FROM folder_count WHERE queue_id <> 0 GROUP BY queue_id",
    )?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let mut counts: Vec<(Id<Queue>, i64, i64)> =
        statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    for held in super::greeting::queues(connection)? {
        if let Some((_, nobody, _)) = counts.iter_mut().find(|(queue, ..)| *queue == held) {
            *nobody = (*nobody - 1).max(0);
        }
    }
    Ok(counts)
}

/// Since when the one waits that has waited longest in a queue with nobody.
pub fn longest(connection: &Connection, id: Id<Queue>) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached(
        "SELECT ifnull(waiting_since, last_message_at) FROM conversation INDEXED BY conversation_undealt
         WHERE queue_id = ?1 AND status = 'open' AND assignee_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM greeting g WHERE g.conversation_id = conversation.id AND g.due_at IS NOT NULL)
         ORDER BY ifnull(waiting_since, last_message_at), id LIMIT 1",
    )?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// Whether a conversation lies in the queue, from the kept counts.
pub fn in_use(connection: &Connection, id: Id<Queue>) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT ifnull(sum(open + snoozed + closed), 0) > 0 FROM folder_count WHERE queue_id = ?1",
    )?;
    Ok(statement.query_row([id], |row| row.get(0))?)
}

/// Adds a queue; the name must be free.
pub fn insert(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<Id<Queue>> {
    tx.prepare_cached("INSERT INTO queue (name, created_at) VALUES (?1, ?2)")?.execute((name, now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Gives a queue another name.
pub fn rename(tx: &Tx<'_>, id: Id<Queue>, name: &str) -> Result<()> {
    tx.prepare_cached("UPDATE queue SET name = ?2 WHERE id = ?1")?.execute((id, name))?;
    Ok(())
}

/// Changes how a queue works.
pub fn set_rules(tx: &Tx<'_>, id: Id<Queue>, mode: Mode, rules: &Rules) -> Result<()> {
    let rules = serde_json::to_string(rules).unwrap_or_default();
    tx.prepare_cached("UPDATE queue SET mode = ?2, rules = ?3 WHERE id = ?1")?.execute((
        id,
        mode.as_str(),
        rules,
    ))?;
    Ok(())
}

/// Takes a queue away.
pub fn delete(tx: &Tx<'_>, id: Id<Queue>) -> Result<()> {
    tx.prepare_cached("DELETE FROM queue WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Sets who is in the queue.
pub fn set_members(tx: &Tx<'_>, id: Id<Queue>, members: &[Id<Agent>]) -> Result<()> {
    tx.prepare_cached("DELETE FROM queue_member WHERE queue_id = ?1")?.execute([id])?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO queue_member (queue_id, agent_id) SELECT ?1, id FROM agent WHERE id = ?2 ON CONFLICT DO NOTHING",
    )?;
    for member in members {
        statement.execute((id, *member))?;
    }
    Ok(())
}
