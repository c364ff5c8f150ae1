//! What was done a while ago and can still be taken back.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::{json, to_json, word};
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::deed::{Before, Deed, Since, Skipped, Verb};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Deed> {
    Ok(Deed {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        verb: word(row, "verb")?,
        done: row.get("done")?,
        skipped: json(row, "skipped")?,
        at: row.get("at")?,
        undone_at: row.get("undone_at")?,
    })
}

/// The deed with this id.
pub fn get(connection: &Connection, id: Id<Deed>) -> Result<Option<Deed>> {
    let mut statement = connection.prepare_cached("SELECT * FROM deed WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Begins a deed, to which steps are added.
pub fn begin(tx: &Tx<'_>, agent: Id<Agent>, verb: Verb, now: Timestamp) -> Result<Id<Deed>> {
    tx.prepare_cached("INSERT INTO deed (agent_id, verb, at) VALUES (?1, ?2, ?3)")?.execute((
        agent,
        verb.as_str(),
        now,
    ))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Notes how a conversation stood before, and the newest entry of the log after.
pub fn step(
    tx: &Tx<'_>,
    deed: Id<Deed>,
    conversation: Id<Conversation>,
    before: &Before,
    event: i64,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO deed_step (deed_id, conversation_id, before, event_id) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((deed, conversation, to_json(before)?, event))?;
    Ok(())
}

/// Ends a deed with its result.
pub fn end(tx: &Tx<'_>, deed: Id<Deed>, done: i64, skipped: &[Skipped]) -> Result<()> {
    tx.prepare_cached("UPDATE deed SET done = ?2, skipped = ?3 WHERE id = ?1")?.execute((
        deed,
        done,
        to_json(&skipped)?,
    ))?;
    Ok(())
}

/// Notes that it was taken back, and with what result.
pub fn undone(tx: &Tx<'_>, deed: Id<Deed>, (done, skipped): (i64, &[Skipped]), now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE deed SET undone_at = ?2 WHERE id = ?1")?.execute((deed, now))?;
    end(tx, deed, done, skipped)
}

/// A conversation of a deed.
pub struct Step {
    pub conversation: Id<Conversation>,
    pub before: Before,
    pub event: i64,
}

/// The conversations of a deed.
pub fn steps(connection: &Connection, deed: Id<Deed>) -> Result<Vec<Step>> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation_id, before, event_id FROM deed_step WHERE deed_id = ?1 ORDER BY conversation_id",
    )?;
    let rows = statement.query_map([deed], |row| {
        let before: Option<Before> = json(row, "before")?;
        Ok((row.get(0)?, before, row.get(2)?))
    })?;
    let mut steps = Vec::new();
    for row in rows {
        if let (conversation, Some(before), event) = row? {
            steps.push(Step { conversation, before, event });
        }
    }
    Ok(steps)
}

/// What happened to a conversation after this entry of the log, up to two hundred entries.
pub fn since(connection: &Connection, conversation: Id<Conversation>, event: i64) -> Result<Vec<Since>> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, ifnull(data ->> '$.tag', ''), data ->> '$.undone', id FROM log
         WHERE conversation_id = ?1 AND id > ?2 ORDER BY id LIMIT 200",
    )?;
    let read = |row: &Row<'_>| {
        let undone: Option<String> = row.get(2)?;
        Ok(Since { kind: row.get(0)?, tag: row.get(1)?, undone: undone.and_then(|verb| verb.parse().ok()) })
    };
    Ok(statement.query_map((conversation, event), read)?.collect::<rusqlite::Result<_>>()?)
}

/// Opens the present open period again, as if it had not been closed.
pub fn reopen_episode(tx: &Tx<'_>, conversation: &Conversation) -> Result<()> {
    super::wrapup::unclosed(tx, conversation)?;
    tx.prepare_cached(
        "UPDATE episode SET closed_at = NULL, closed_by = NULL, assignee_id = NULL, wrapup_note = ''
         WHERE conversation_id = ?1 AND number = ?2",
    )?
    .execute((conversation.id, conversation.episode))?;
    Ok(())
}

/// Forgets up to `most` deeds from before `before`.
pub fn tidy(tx: &Tx<'_>, before: Timestamp, most: u32) -> Result<usize> {
    let gone = tx
        .prepare_cached("DELETE FROM deed WHERE id IN (SELECT id FROM deed WHERE at < ?1 LIMIT ?2)")?
        .execute((before, most))?;
    Ok(gone)
}
