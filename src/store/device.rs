//! Browsers on which somebody has signed in before. They still get in while strangers guess at the account.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Span, Timestamp};

/// A browser is forgotten when nobody has signed in on it for this long.
pub const KEPT: Span = Span::days(180);

/// Whether the agent has signed in on the browser with this token.
pub fn knows(connection: &Connection, token_hash: &[u8], agent: Id<Agent>, now: Timestamp) -> Result<bool> {
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM device WHERE token_hash = ?1 AND agent_id = ?2 AND used_at > ?3")?;
    Ok(statement.query_row((token_hash, agent, now - KEPT), |_| Ok(())).optional()?.is_some())
}

/// Whether anybody has signed in on the browser with this token.
pub fn exists(connection: &Connection, token_hash: &[u8]) -> Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM device WHERE token_hash = ?1 LIMIT 1")?;
    Ok(statement.query_row([token_hash], |_| Ok(())).optional()?.is_some())
}

/// Whether somebody has signed in on any browser that is not forgotten.
pub fn any(connection: &Connection, agent: Id<Agent>) -> Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM device WHERE agent_id = ?1 LIMIT 1")?;
    Ok(statement.query_row([agent], |_| Ok(())).optional()?.is_some())
}

/// Remembers that the agent signed in on this browser.
pub fn remember(tx: &Tx<'_>, token_hash: &[u8], agent: Id<Agent>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO device (token_hash, agent_id, used_at) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET used_at = ?3",
    )?
    .execute((token_hash, agent, now))?;
    Ok(())
}

/// Asks for no code on this browser until then.
pub fn trust(tx: &Tx<'_>, token_hash: &[u8], agent: Id<Agent>, until: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE device SET trusted_until = ?3 WHERE token_hash = ?1 AND agent_id = ?2")?
        .execute((token_hash, agent, until))?;
    Ok(())
}

/// Whether no code is asked for on this browser.
pub fn is_trusted(connection: &Connection, hash: &[u8], agent: Id<Agent>, now: Timestamp) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM device WHERE token_hash = ?1 AND agent_id = ?2 AND trusted_until > ?3",
    )?;
    Ok(statement.query_row((hash, agent, now), |_| Ok(())).optional()?.is_some())
}

/// Forgets every browser of an agent but the one with the token `keep`.
pub fn forget(tx: &Tx<'_>, agent: Id<Agent>, keep: Option<&[u8]>) -> Result<()> {
    tx.prepare_cached("DELETE FROM device WHERE agent_id = ?1 AND token_hash IS NOT ?2")?
        .execute((agent, keep))?;
    Ok(())
}
