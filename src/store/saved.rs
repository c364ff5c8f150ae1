//! Saved views.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json, word};
use super::{Error, Result, Tx};
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::filter::Part;
use crate::domain::saved::Saved;

fn read(row: &Row<'_>) -> rusqlite::Result<Saved> {
    let filter: Option<Part> = json(row, "filter")?;
    Ok(Saved {
        id: row.get("id")?,
        name: row.get("name")?,
        owner: row.get("owner_id")?,
        shared: row.get("shared")?,
        filter: filter.unwrap_or(Part::All(Vec::new())),
        sort: word(row, "sort")?,
        created_at: row.get("created_at")?,
    })
}

/// The view with this id.
pub fn get(connection: &Connection, id: Id<Saved>) -> Result<Option<Saved>> {
    let mut statement = connection.prepare_cached("SELECT * FROM saved_view WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The views that this agent has among the inboxes: the own ones and what others share, by name.
pub fn of(connection: &Connection, agent: Id<Agent>) -> Result<Vec<Saved>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM saved_view WHERE owner_id = ?1 OR shared = 1 ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([agent], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Keeps a view as it is now: adds it where its id is 0, and otherwise writes it back. Returns its id.
pub fn put(tx: &Tx<'_>, saved: &Saved) -> Result<Id<Saved>> {
    let filter = to_json(&saved.filter).map_err(Error::from)?;
    if saved.id.get() != 0 {
        tx.prepare_cached(
            "UPDATE saved_view SET name = ?2, shared = ?3, filter = ?4, sort = ?5 WHERE id = ?1",
        )?
        .execute((saved.id, &saved.name, saved.shared, filter, saved.sort.as_str()))?;
        return Ok(saved.id);
    }
    tx.prepare_cached(
        "INSERT INTO saved_view (owner_id, name, shared, filter, sort, created_at)
         VALUES (:owner, :name, :shared, :filter, :sort, :now)",
    )?
    .execute(named_params! {
        ":owner": saved.owner, ":name": saved.name, ":shared": saved.shared, ":filter": filter,
        ":sort": saved.sort.as_str(), ":now": saved.created_at,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Takes a view away.
pub fn delete(tx: &Tx<'_>, id: Id<Saved>) -> Result<()> {
    tx.prepare_cached("DELETE FROM saved_view WHERE id = ?1")?.execute([id])?;
    Ok(())
}
