//! Attempts to sign in, counted so that guessing is slow, also over a restart.

use rusqlite::OptionalExtension as _;

use super::{Result, Tx};
use crate::domain::{Span, Timestamp};

/// How long attempts are counted together.
pub const PERIOD: Span = Span::minutes(15);
/// Of two requests the one that began first may be counted last: only what began later than this was written under a
/// clock that was put back since.
const SKEW: Span = Span::minutes(1);

/// Attempts under one key since `first_at`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempts {
    pub count: i64,
    pub first_at: Timestamp,
}

/// The attempts under this key in the present period; `None` when there were none.
pub fn get(tx: &Tx<'_>, key: &str, now: Timestamp) -> Result<Option<Attempts>> {
    let mut statement = tx.prepare_cached(
        "SELECT failures, first_at FROM attempt WHERE key = ?1 AND first_at BETWEEN ?2 + 1 AND ?3",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok(Attempts { count: row.get(0)?, first_at: row.get(1)? });
    Ok(statement.query_row((key, now - PERIOD, now + SKEW), read).optional()?)
}

/// Counts one more, and clears away the periods that are over, and those of a clock that was put back since.
pub fn count(tx: &Tx<'_>, key: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached("DELETE FROM attempt WHERE first_at <= ?1 OR first_at > ?2")?
        .execute((now - PERIOD, now + SKEW))?;
    tx.prepare_cached(
        "INSERT INTO attempt (key, failures, first_at, last_at) VALUES (?1, 1, ?2, ?2)
         ON CONFLICT DO UPDATE SET failures = failures + 1, last_at = ?2",
    )?
    .execute((key, now))?;
    Ok(())
}

/// Takes one back: it was no failure.
pub fn forgive(tx: &Tx<'_>, key: &str) -> Result<()> {
    tx.prepare_cached("UPDATE attempt SET failures = failures - 1 WHERE key = ?1 AND failures > 0")?
        .execute([key])?;
    Ok(())
}

/// Forgets all that was counted under this key.
pub fn clear(tx: &Tx<'_>, key: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM attempt WHERE key = ?1")?.execute([key])?;
    Ok(())
}
