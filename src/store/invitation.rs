//! Links with which somebody sets a password: an invitation, or a way back in. At most one a person.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Timestamp};

/// The agent for whom the link with this token is good, and until when.
pub fn find(
    connection: &Connection,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<(Id<Agent>, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT agent_id, expires_at FROM invitation WHERE token_hash = ?1 AND expires_at > ?2",
    )?;
    Ok(statement.query_row((token_hash, now), |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// When the open link of an agent ends.
pub fn of_agent(connection: &Connection, agent: Id<Agent>, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut statement = connection
        .prepare_cached("SELECT expires_at FROM invitation WHERE agent_id = ?1 AND expires_at > ?2")?;
    Ok(statement.query_row((agent, now), |row| row.get(0)).optional()?)
}

/// Keeps a new link; the one before stops working.
pub fn insert(tx: &Tx<'_>, agent: Id<Agent>, token_hash: &[u8], expires_at: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO invitation (agent_id, token_hash, expires_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (agent_id) DO UPDATE SET token_hash = ?2, expires_at = ?3",
    )?
    .execute((agent, token_hash, expires_at))?;
    Ok(())
}

/// Takes the link of an agent away.
pub fn delete(tx: &Tx<'_>, agent: Id<Agent>) -> Result<()> {
    tx.prepare_cached("DELETE FROM invitation WHERE agent_id = ?1")?.execute([agent])?;
    Ok(())
}
