//! Which account at a provider of identities belongs to whom.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Timestamp};

/// To whom an account at a provider belongs.
pub fn find(connection: &Connection, issuer: &str, subject: &str) -> Result<Option<Id<Agent>>> {
    let mut statement =
        connection.prepare_cached("SELECT agent_id FROM identity WHERE issuer = ?1 AND subject = ?2")?;
    Ok(statement.query_row((issuer, subject), |row| row.get(0)).optional()?)
}

/// Since when somebody has an account at this provider; none: there is no tie.
pub fn since(connection: &Connection, agent: Id<Agent>, issuer: &str) -> Result<Option<Timestamp>> {
    let mut statement =
        connection.prepare_cached("SELECT tied_at FROM identity WHERE agent_id = ?1 AND issuer = ?2")?;
    Ok(statement.query_row((agent, issuer), |row| row.get(0)).optional()?)
}

/// Ties an account at a provider to somebody, for good.
pub fn tie(tx: &Tx<'_>, issuer: &str, subject: &str, agent: Id<Agent>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("INSERT INTO identity (issuer, subject, agent_id, tied_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((issuer, subject, agent, now))?;
    Ok(())
}

/// Loosens every such tie of somebody; says whether there was one.
pub fn loosen(tx: &Tx<'_>, agent: Id<Agent>) -> Result<bool> {
    Ok(tx.prepare_cached("DELETE FROM identity WHERE agent_id = ?1")?.execute([agent])? > 0)
}
