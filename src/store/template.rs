//! Prepared texts.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json, word};
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::channel::{Channel, Kind};
use crate::domain::queue::Queue;
use crate::domain::template::{Status, Template, Version};
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
        stage: word(row, "stage")?,
        kind: row.get::<_, Option<String>>("kind")?.and_then(|kind| kind.parse().ok()),
        queue: row.get("queue_id")?,
        guarded: row.get("guarded")?,
        fills: json(row, "fills")?,
        version: row.get("version")?,
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

/// What can be used on this channel in this queue: its approved templates, and the saved replies for it or for all.
pub fn usable(connection: &Connection, channel: &Channel, queue: Option<Id<Queue>>) -> Result<Vec<Template>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM template WHERE (channel_id = ?1 AND status IN ('approved', 'own'))
             OR (channel_id IS NULL AND status = 'own')
         ORDER BY name COLLATE NOCASE, language, id",
    )?;
    let mut found: Vec<Template> =
        statement.query_map([channel.id], read)?.collect::<rusqlite::Result<_>>()?;
    found.retain(|template| template.fits(channel, queue));
    Ok(found)
}

/// The categories that are in use, by name.
pub fn categories(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT category FROM template WHERE category <> '' ORDER BY category COLLATE NOCASE LIMIT 500",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What a template has said, the newest first.
pub fn versions(connection: &Connection, id: Id<Template>) -> Result<Vec<Version>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM template_version WHERE template_id = ?1 ORDER BY number DESC LIMIT 200",
    )?;
    Ok(statement.query_map([id], read_version)?.collect::<rusqlite::Result<_>>()?)
}

/// One of them.
pub fn version(connection: &Connection, id: Id<Template>, number: u32) -> Result<Option<Version>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM template_version WHERE template_id = ?1 AND number = ?2")?;
    Ok(statement.query_row((id, number), read_version).optional()?)
}

fn read_version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        number: row.get("number")?,
        agent: row.get("agent_id")?,
        name: row.get("name")?,
        language: row.get("language")?,
        category: row.get("category")?,
        stage: word(row, "stage")?,
        body: row.get("body")?,
        locked: row.get("locked")?,
        at: row.get("created_at")?,
    })
}

/// Keeps what a template says as its version of this number.
pub fn keep_version(
    tx: &Tx<'_>,
    (id, template): (Id<Template>, &Template),
    agent: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO template_version (template_id, number, agent_id, name, language, category, stage, body, locked,
             created_at)
         VALUES (:id, :number, :agent, :name, :language, :category, :stage, :body, :locked, :now)",
    )?
    .execute(named_params! {
        ":id": id, ":number": template.version, ":agent": agent, ":name": template.name,
        ":language": template.language, ":category": template.category, ":stage": template.stage.as_str(),
        ":body": template.body, ":locked": template.locked, ":now": now,
    })?;
    Ok(())
}

/// Adds a template; its `id` is given anew.
pub fn insert(tx: &Tx<'_>, template: &Template, now: Timestamp) -> Result<Id<Template>> {
    tx.prepare_cached(
        "INSERT INTO template (channel_id, name, language, category, body, components, status, reason, locked,
             synced_at, created_at, stage, kind, queue_id, guarded, fills, version)
         VALUES (:channel, :name, :language, :category, :body, :components, :status, :reason, :locked, :synced, :now,
             :stage, :kind, :queue, :guarded, :fills, :version)",
    )?
    .execute(named_params! {
        ":channel": template.channel, ":name": template.name, ":language": template.language,
        ":category": template.category, ":body": template.body, ":components": to_json(&template.components)?,
        ":status": template.status.as_str(), ":reason": template.reason, ":locked": template.locked,
        ":synced": template.synced_at, ":now": now, ":stage": template.stage.as_str(),
        ":kind": template.kind.map(Kind::as_str), ":queue": template.queue, ":guarded": template.guarded,
        ":fills": to_json(&template.fills)?, ":version": template.version,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back everything of a template.
pub fn update(tx: &Tx<'_>, template: &Template) -> Result<()> {
    tx.prepare_cached(
        "UPDATE template SET channel_id = :channel, name = :name, language = :language, category = :category,
             body = :body, components = :components, status = :status, reason = :reason, locked = :locked,
             synced_at = :synced, stage = :stage, kind = :kind, queue_id = :queue, guarded = :guarded, fills = :fills,
             version = :version WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": template.id, ":channel": template.channel, ":name": template.name,
        ":language": template.language, ":category": template.category, ":body": template.body,
        ":components": to_json(&template.components)?, ":status": template.status.as_str(),
        ":reason": template.reason, ":locked": template.locked, ":synced": template.synced_at,
        ":stage": template.stage.as_str(), ":kind": template.kind.map(Kind::as_str), ":queue": template.queue,
        ":guarded": template.guarded, ":fills": to_json(&template.fills)?, ":version": template.version,
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
