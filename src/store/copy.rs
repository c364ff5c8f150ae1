//! The copies that the desk has made of its file.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::setting::{self, key};
use super::{Result, Tx};
use crate::domain::copies::{Made, Rota};
use crate::domain::{Id, Timestamp};

/// How many are remembered, beside the files themselves.
const REMEMBERED: i64 = 100;

fn read(row: &Row<'_>) -> rusqlite::Result<Made> {
    Ok(Made {
        id: row.get("id")?,
        at: row.get("at")?,
        name: row.get("name")?,
        bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
        wrong: row.get("wrong")?,
    })
}

/// Remembers a copy, and forgets the oldest beyond a hundred.
pub fn insert(tx: &Tx<'_>, at: Timestamp, name: &str, bytes: u64, wrong: Option<&str>) -> Result<()> {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    tx.prepare_cached("INSERT INTO copy (at, name, bytes, wrong) VALUES (?1, ?2, ?3, ?4)")?
        .execute((at, name, bytes, wrong))?;
    let newest = tx.last_insert_rowid();
    tx.prepare_cached("DELETE FROM copy WHERE id <= ?1")?.execute([newest - REMEMBERED])?;
    Ok(())
}

/// The newest, up to `most`.
pub fn newest(connection: &Connection, most: u32) -> Result<Vec<Made>> {
    let mut statement = connection.prepare_cached("SELECT * FROM copy ORDER BY id DESC LIMIT ?1")?;
    Ok(statement.query_map([most], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The one with this number.
pub fn get(connection: &Connection, id: Id<Made>) -> Result<Option<Made>> {
    let mut statement = connection.prepare_cached("SELECT * FROM copy WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Since when there is something to copy: when the first person came; `None` on a desk without people.
pub fn since(connection: &Connection) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached("SELECT created_at FROM agent ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?)
}

/// When copies are made, as the team has set it.
pub fn rota(connection: &Connection) -> Result<Rota> {
    let number = |name: &str| -> Result<Option<u32>> {
        Ok(setting::get(connection, name)?.and_then(|text| text.parse().ok()))
    };
    let usual = Rota::USUAL;
    let count = |found: Option<u32>, usual| found.map_or(usual, |n| usize::try_from(n).unwrap_or(usual));
    Ok(Rota {
        hour: number(key::COPIES_HOUR)?.and_then(|n| i8::try_from(n).ok()).unwrap_or(usual.hour),
        daily: count(number(key::COPIES_DAILY)?, usual.daily),
        weekly: count(number(key::COPIES_WEEKLY)?, usual.weekly),
    })
}
