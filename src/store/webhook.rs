//! Programs that want to be told, and what they last answered.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{id_list, json, to_json};
use super::{Result, Tx};
use crate::domain::event::Event;
use crate::domain::webhook::{Answer, Webhook};
use crate::domain::{Id, Timestamp};

const COLUMNS: &str = "id, url, kinds, cursor, attempt, due_at, disabled_at, created_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Webhook> {
    Ok(Webhook {
        id: row.get("id")?,
        url: row.get("url")?,
        kinds: json(row, "kinds")?,
        cursor: row.get("cursor")?,
        attempt: row.get("attempt")?,
        due_at: row.get("due_at")?,
        disabled_at: row.get("disabled_at")?,
        created_at: row.get("created_at")?,
    })
}

/// The webhook with this id.
pub fn get(connection: &Connection, id: Id<Webhook>) -> Result<Option<Webhook>> {
    let sql = format!("SELECT {COLUMNS} FROM webhook WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
}

/// Every webhook, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<Webhook>> {
    let sql = format!("SELECT {COLUMNS} FROM webhook ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The sealed secret that deliveries are signed with.
pub fn secret(connection: &Connection, id: Id<Webhook>) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT secret FROM webhook WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// A new webhook.
pub struct New<'a> {
    pub url: &'a str,
    pub kinds: &'a [String],
    pub sealed: &'a [u8],
    /// Told of what comes after this entry.
    pub cursor: Id<Event>,
}

/// Adds a webhook.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Webhook>> {
    tx.prepare_cached(
        "INSERT INTO webhook (url, secret, kinds, cursor, created_at)
         VALUES (:url, :secret, :kinds, :cursor, :now)",
    )?
    .execute(named_params! {
        ":url": new.url, ":secret": new.sealed, ":kinds": to_json(&new.kinds)?, ":cursor": new.cursor, ":now": now,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back which kinds a webhook is told of, how far it is, and whether it is switched on.
pub fn update(tx: &Tx<'_>, webhook: &Webhook) -> Result<()> {
    tx.prepare_cached(
        "UPDATE webhook SET kinds = :kinds, cursor = :cursor, attempt = :attempt, due_at = :due,
             disabled_at = :disabled WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": webhook.id, ":kinds": to_json(&webhook.kinds)?, ":cursor": webhook.cursor,
        ":attempt": webhook.attempt, ":due": webhook.due_at, ":disabled": webhook.disabled_at,
    })?;
    Ok(())
}

/// The webhooks that can be told something now.
pub fn due(connection: &Connection, now: Timestamp) -> Result<Vec<Id<Webhook>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM webhook WHERE disabled_at IS NULL AND due_at <= ?1
             AND EXISTS (SELECT 1 FROM log WHERE log.id > webhook.cursor)",
    )?;
    Ok(statement.query_map([now], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Keeps what a webhook said, and of what it said before only the last `most`.
pub fn keep_answer(tx: &Tx<'_>, answer: &Answer, most: u32) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO webhook_answer (webhook_id, event_id, at, status, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((answer.webhook, answer.event, answer.at, answer.status, &answer.detail))?;
    tx.prepare_cached(
        "DELETE FROM webhook_answer WHERE webhook_id = ?1 AND id <=
             (SELECT id FROM webhook_answer WHERE webhook_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute((answer.webhook, most))?;
    Ok(())
}

/// Takes a webhook away, with what it answered.
pub fn delete(tx: &Tx<'_>, id: Id<Webhook>) -> Result<()> {
    tx.prepare_cached("DELETE FROM webhook WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The last answers of these webhooks, at most `most` of each, newest first.
pub fn answers(connection: &Connection, ids: &[Id<Webhook>], most: u32) -> Result<Vec<Answer>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.* FROM json_each(?1) w JOIN webhook_answer a ON a.id IN
             (SELECT id FROM webhook_answer WHERE webhook_id = w.value ORDER BY id DESC LIMIT ?2)
         ORDER BY a.id DESC",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Answer {
            webhook: row.get("webhook_id")?,
            event: row.get("event_id")?,
            at: row.get("at")?,
            status: row.get("status")?,
            detail: row.get("detail")?,
        })
    };
    Ok(statement.query_map((id_list(ids), most), read)?.collect::<rusqlite::Result<_>>()?)
}
