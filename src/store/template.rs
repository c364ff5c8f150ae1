//! Prepared texts: saved replies of our own, and what providers have approved.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, word};
use super::{Result, Tx};
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::domain::template::{Status, Template};

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

/// Notes what the provider now thinks of a template.
pub fn set_status(tx: &Tx<'_>, id: Id<Template>, status: Status, reason: Option<&str>) -> Result<()> {
    tx.prepare_cached("UPDATE template SET status = :status, reason = :reason WHERE id = :id")?
        .execute(named_params! { ":id": id, ":status": status.as_str(), ":reason": reason })?;
    Ok(())
}
