//! Sheets of people that were given by a page: their rows wait here until they are taken, so that a stop of the desk
//! loses none and takes none twice.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json, word};
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::roster::{Column, Counts, Roster, Wrong};
use crate::domain::{Id, Timestamp};

/// Told when a sheet is to be gone on with.
pub const TOPIC: &str = "roster";

fn read(row: &Row<'_>) -> rusqlite::Result<Roster> {
    let counts = Counts {
        made: row.get("made")?,
        changed: row.get("changed")?,
        same: row.get("same")?,
        wrong: row.get("wrong")?,
    };
    Ok(Roster {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        name: row.get("name")?,
        heads: json(row, "heads")?,
        columns: json(row, "columns")?,
        state: word(row, "state")?,
        rows: row.get("rows")?,
        at: row.get("at")?,
        counts,
        created_at: row.get("created_at")?,
    })
}

/// The sheet with this number.
pub fn get(connection: &Connection, id: Id<Roster>) -> Result<Option<Roster>> {
    let mut statement = connection.prepare_cached("SELECT * FROM roster WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Every sheet that is still here, the newest first.
pub fn all(connection: &Connection) -> Result<Vec<Roster>> {
    let mut statement = connection.prepare_cached("SELECT * FROM roster ORDER BY id DESC")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The oldest sheet that goes on by itself.
pub fn at_work(connection: &Connection) -> Result<Option<Roster>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM roster WHERE state IN ('trying', 'taking') ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([], read).optional()?)
}

/// Adds a sheet without rows.
pub fn insert(
    tx: &Tx<'_>,
    agent: Id<Agent>,
    name: &str,
    heads: &[String],
    columns: &[Option<Column>],
    now: Timestamp,
) -> Result<Id<Roster>> {
    tx.prepare_cached(
        "INSERT INTO roster (agent_id, name, heads, columns, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((agent, name, to_json(&heads)?, to_json(&columns)?, now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Puts a row of it down.
pub fn add_row(tx: &Tx<'_>, id: Id<Roster>, number: u32, cells: &[String]) -> Result<()> {
    tx.prepare_cached("INSERT INTO roster_row (roster_id, number, cells) VALUES (?1, ?2, ?3)")?.execute((
        id,
        number,
        to_json(&cells)?,
    ))?;
    Ok(())
}

/// Keeps what changed of it.
pub fn update(tx: &Tx<'_>, roster: &Roster) -> Result<()> {
    tx.prepare_cached(
        "UPDATE roster SET agent_id = :agent, columns = :columns, state = :state, rows = :rows, at = :at, made = :made,
             changed = :changed, same = :same, wrong = :wrong WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": roster.id,
        ":agent": roster.agent,
        ":columns": to_json(&roster.columns)?,
        ":state": roster.state.as_str(),
        ":rows": roster.rows,
        ":at": roster.at,
        ":made": roster.counts.made,
        ":changed": roster.counts.changed,
        ":same": roster.counts.same,
        ":wrong": roster.counts.wrong,
    })?;
    tx.touch(TOPIC);
    Ok(())
}

/// A row that waits.
pub struct Waiting {
    pub number: u32,
    pub cells: Vec<String>,
}

/// The next rows after this number.
pub fn rows(connection: &Connection, id: Id<Roster>, after: u32, most: u32) -> Result<Vec<Waiting>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, cells FROM roster_row WHERE roster_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
    )?;
    let rows = statement.query_map((id, after, most), |row| {
        Ok(Waiting { number: row.get("number")?, cells: json(row, "cells")? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The row was taken and is needed no more.
pub fn taken(tx: &Tx<'_>, id: Id<Roster>, number: u32) -> Result<()> {
    tx.prepare_cached("DELETE FROM roster_row WHERE roster_id = ?1 AND number = ?2")?
        .execute((id, number))?;
    Ok(())
}

/// Notes what is wrong with a row, or that nothing is.
pub fn judge(tx: &Tx<'_>, id: Id<Roster>, number: u32, why: Option<&Wrong>) -> Result<()> {
    let why = why.map(to_json).transpose()?;
    tx.prepare_cached(
        "UPDATE roster_row SET why = ?3 WHERE roster_id = ?1 AND number = ?2 AND why IS NOT ?3",
    )?
    .execute((id, number, why))?;
    Ok(())
}

/// A row that cannot be taken.
pub struct Judged {
    pub number: u32,
    pub cells: Vec<String>,
    pub why: Wrong,
}

/// The next rows after this number that cannot be taken.
pub fn wrong(connection: &Connection, id: Id<Roster>, after: u32, most: u32) -> Result<Vec<Judged>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, cells, why FROM roster_row
         WHERE roster_id = ?1 AND number > ?2 AND why IS NOT NULL ORDER BY number LIMIT ?3",
    )?;
    let rows = statement.query_map((id, after, most), |row| {
        let why: String = row.get("why")?;
        let why = serde_json::from_str(&why).unwrap_or(Wrong::Refused);
        Ok(Judged { number: row.get("number")?, cells: json(row, "cells")?, why })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes up to `most` rows of a sheet away, and in the end the sheet. Whether it is gone.
pub fn remove(tx: &Tx<'_>, id: Id<Roster>, most: u32) -> Result<bool> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM roster_row WHERE roster_id = ?1 AND number IN
                 (SELECT number FROM roster_row WHERE roster_id = ?1 ORDER BY number LIMIT ?2)",
        )?
        .execute((id, most))?;
    if gone == usize::try_from(most).unwrap_or(usize::MAX) {
        return Ok(false);
    }
    tx.prepare_cached("DELETE FROM roster WHERE id = ?1")?.execute([id])?;
    Ok(true)
}

/// A sheet that was given before this moment.
pub fn old(connection: &Connection, before: Timestamp) -> Result<Option<Id<Roster>>> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM roster WHERE created_at < ?1 ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([before], |row| row.get(0)).optional()?)
}
