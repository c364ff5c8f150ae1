//! Workflows, and their versions as they were published.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json};
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::workflow::{Flow, Version, Workflow};
use crate::domain::{Id, Timestamp};

const COLUMNS: &str = "id, name, draft, published_id, cursor, changed_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Workflow> {
    Ok(Workflow {
        id: row.get("id")?,
        name: row.get("name")?,
        draft: json(row, "draft")?,
        published: row.get("published_id")?,
        cursor: row.get("cursor")?,
        changed_at: row.get("changed_at")?,
    })
}

fn read_version(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        id: row.get("id")?,
        workflow: row.get("workflow_id")?,
        name: row.get("name")?,
        number: row.get("number")?,
        flow: json(row, "flow")?,
        by: row.get("agent_id")?,
        at: row.get("at")?,
    })
}

/// Every workflow, by name.
pub fn all(connection: &Connection) -> Result<Vec<Workflow>> {
    let sql = format!("SELECT {COLUMNS} FROM workflow ORDER BY name COLLATE NOCASE, id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The workflow with this id.
pub fn get(connection: &Connection, id: Id<Workflow>) -> Result<Option<Workflow>> {
    let sql = format!("SELECT {COLUMNS} FROM workflow WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
}

/// The workflow with this name.
pub fn by_name(connection: &Connection, name: &str) -> Result<Option<Id<Workflow>>> {
    let mut statement = connection.prepare_cached("SELECT id FROM workflow WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Adds a workflow with nothing in it.
pub fn insert(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<Id<Workflow>> {
    tx.prepare_cached("INSERT INTO workflow (name, draft, changed_at, created_at) VALUES (?1, ?2, ?3, ?3)")?
        .execute((name, to_json(&Flow::default())?, now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back its name, its draft, and what of it can be started.
pub fn update(tx: &Tx<'_>, workflow: &Workflow) -> Result<()> {
    tx.prepare_cached(
        "UPDATE workflow SET name = :name, draft = :draft, published_id = :published, cursor = :cursor,
             changed_at = :changed WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": workflow.id, ":name": workflow.name, ":draft": to_json(&workflow.draft)?,
        ":published": workflow.published, ":cursor": workflow.cursor, ":changed": workflow.changed_at,
    })?;
    Ok(())
}

/// Takes a workflow away, with its versions and what ran of it. What happened stands in the threads.
pub fn delete(tx: &Tx<'_>, id: Id<Workflow>) -> Result<()> {
    tx.prepare_cached("UPDATE workflow SET published_id = NULL WHERE id = ?1")?.execute([id])?;
    tx.prepare_cached("DELETE FROM workflow WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The sealed secret that its calls are signed with.
pub fn secret(connection: &Connection, id: Id<Workflow>) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT secret FROM workflow WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.flatten())
}

/// Keeps the sealed secret that its calls are signed with.
pub fn set_secret(tx: &Tx<'_>, id: Id<Workflow>, sealed: &[u8]) -> Result<()> {
    tx.prepare_cached("UPDATE workflow SET secret = ?2 WHERE id = ?1")?.execute((id, sealed))?;
    Ok(())
}

/// Keeps a version under the next number.
pub fn publish(
    tx: &Tx<'_>,
    workflow: &Workflow,
    by: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<Id<Version>> {
    tx.prepare_cached(
        "INSERT INTO workflow_version (workflow_id, number, name, flow, agent_id, at)
         VALUES (:id, (SELECT ifnull(max(number), 0) + 1 FROM workflow_version WHERE workflow_id = :id),
             :name, :flow, :by, :now)",
    )?
    .execute(named_params! {
        ":id": workflow.id, ":name": workflow.name, ":flow": to_json(&workflow.draft)?, ":by": by, ":now": now,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// The version with this id.
pub fn version(connection: &Connection, id: Id<Version>) -> Result<Option<Version>> {
    let mut statement = connection.prepare_cached("SELECT * FROM workflow_version WHERE id = ?1")?;
    Ok(statement.query_row([id], read_version).optional()?)
}

/// The latest versions of a workflow, the newest first.
pub fn versions(connection: &Connection, id: Id<Workflow>, most: u32) -> Result<Vec<Version>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM workflow_version WHERE workflow_id = ?1 ORDER BY number DESC LIMIT ?2",
    )?;
    Ok(statement.query_map((id, most), read_version)?.collect::<rusqlite::Result<_>>()?)
}

/// Whatever is published now, by name.
pub fn published(connection: &Connection) -> Result<Vec<Version>> {
    let mut statement = connection.prepare_cached(
        "SELECT v.* FROM workflow JOIN workflow_version v ON v.id = workflow.published_id
         ORDER BY workflow.name COLLATE NOCASE, workflow.id",
    )?;
    Ok(statement.query_map([], read_version)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether anything can be started by hand or begins by itself.
pub fn any_published(connection: &Connection) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM workflow WHERE published_id IS NOT NULL)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}
