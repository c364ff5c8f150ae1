//! Signed-in browsers.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Span, Timestamp};

/// A session that nobody uses ends after this.
pub const IDLE: Span = Span::days(14);
/// Every session ends after this.
pub const ABSOLUTE: Span = Span::days(90);

/// The number and the agent of the session with this token, while it is good.
pub fn find(connection: &Connection, token_hash: &[u8], now: Timestamp) -> Result<Option<(i64, Id<Agent>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, agent_id FROM session WHERE token_hash = ?1 AND used_at > ?2 AND created_at > ?3",
    )?;
    let row = statement
        .query_row((token_hash, now - IDLE, now - ABSOLUTE), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row)
}

/// Begins a session.
pub fn insert(tx: &Tx<'_>, token_hash: &[u8], agent: Id<Agent>, peer: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO session (token_hash, agent_id, created_at, rotated_at, used_at, peer)
         VALUES (?1, ?2, ?3, ?3, ?3, ?4)",
    )?
    .execute((token_hash, agent, now, peer))?;
    Ok(())
}
