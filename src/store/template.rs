//! Prepared texts.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json, word};
use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::template::{Status, Template};
use crate::domain::{Id, Timestamp};

/// Reads a row that holds every column of `template`.
pub fn read(row: &Row<'_>) -> rusqlite::Result<Template> {
    Ok(Template {
        id: row.get("id")?,
        channel: row.get("channel_id")?,
        name: row.get("name")?,
        language: row.get("language")?,
        category: row.get("category")?,
        body: row.get("body")?,
        components: json(row, "components")?,
        status: word(row, "status")?,
        reason: row.get("reason")?,
        locked: row.get("locked")?,
        synced_at: row.get("synced_at")?,
    })
}

/// The template with this id.
pub fn get(connection: &Connection, id: Id<Template>) -> Result<Option<Template>> {
    let mut statement = connection.prepare_cached("SELECT * FROM template WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The saved replies of the team, by name.
pub fn own(connection: &Connection) -> Result<Vec<Template>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM template WHERE status = 'own' ORDER BY name COLLATE NOCASE, language, id LIMIT 2000",
    )?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// What the provider of a channel has approved or is looking at, by name.
pub fn of_channel(connection: &Connection, channel: Id<Channel>) -> Result<Vec<Template>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM template WHERE channel_id = ?1 AND status <> 'own' ORDER BY name, language LIMIT 2000",
    )?;
    Ok(statement.query_map([channel], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The template that the provider of this channel, or the team, calls so in this language.
pub fn by_name(
    connection: &Connection,
    channel: Option<Id<Channel>>,
    name: &str,
    language: &str,
) -> Result<Option<Template>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM template WHERE ifnull(channel_id, 0) = ?1 AND name = ?2 AND language = ?3",
    )?;
    let scope = channel.map_or(0, Id::get);
    Ok(statement.query_row((scope, name, language), read).optional()?)
}

/// What can be used on this channel: its approved templates, and the saved replies that belong to it or to all.
pub fn usable(connection: &Connection, channel: Id<Channel>) -> Result<Vec<Template>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM template WHERE (channel_id = ?1 AND status IN ('approved', 'own'))
             OR (channel_id IS NULL AND status = 'own')
         ORDER BY name COLLATE NOCASE, language, id",
    )?;
    Ok(statement.query_map([channel], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Adds a template; its `id` is given anew.
pub fn insert(tx: &Tx<'_>, template: &Template, now: Timestamp) -> Result<Id<Template>> {
    tx.prepare_cached(
        "INSERT INTO template (channel_id, name, language, category, body, components, status, reason, locked,
             synced_at, created_at)
         VALUES (:channel, :name, :language, :category, :body, :components, :status, :reason, :locked, :synced, :now)",
    )?
    .execute(named_params! {
        ":channel": template.channel, ":name": template.name, ":language": template.language,
        ":category": template.category, ":body": template.body, ":components": to_json(&template.components)?,
        ":status": template.status.as_str(), ":reason": template.reason, ":locked": template.locked,
        ":synced": template.synced_at, ":now": now,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back everything of a template.
pub fn update(tx: &Tx<'_>, template: &Template) -> Result<()> {
    tx.prepare_cached(
        "UPDATE template SET channel_id = :channel, name = :name, language = :language, category = :category,
             body = :body, components = :components, status = :status, reason = :reason, locked = :locked,
             synced_at = :synced WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": template.id, ":channel": template.channel, ":name": template.name,
        ":language": template.language, ":category": template.category, ":body": template.body,
        ":components": to_json(&template.components)?, ":status": template.status.as_str(),
        ":reason": template.reason, ":locked": template.locked, ":synced": template.synced_at,
    })?;
    Ok(())
}

/// Notes what the provider now thinks of a template.
pub fn set_status(tx: &Tx<'_>, id: Id<Template>, status: Status, reason: Option<&str>) -> Result<()> {
    tx.prepare_cached("UPDATE template SET status = :status, reason = :reason WHERE id = :id")?
        .execute(named_params! { ":id": id, ":status": status.as_str(), ":reason": reason })?;
    Ok(())
}

/// Takes a template away.
pub fn delete(tx: &Tx<'_>, id: Id<Template>) -> Result<()> {
    tx.prepare_cached("DELETE FROM template WHERE id = ?1")?.execute([id])?;
    Ok(())
}
