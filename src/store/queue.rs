//! The shares of the work.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::Result;
use crate::domain::Id;
use crate::domain::queue::Queue;

fn read(row: &Row<'_>) -> rusqlite::Result<Queue> {
    Ok(Queue { id: row.get("id")?, name: row.get("name")?, created_at: row.get("created_at")? })
}

/// The queue with this id.
pub fn get(connection: &Connection, id: Id<Queue>) -> Result<Option<Queue>> {
    let mut statement = connection.prepare_cached("SELECT * FROM queue WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}
