//! What programs sign in with.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Timestamp};

/// A token of a program. It may do what its agent may do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub id: Id<Token>,
    pub agent: Id<Agent>,
    /// What it is for, in the words of who made it.
    pub name: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        name: row.get("name")?,
        created_at: row.get("created_at")?,
        used_at: row.get("used_at")?,
    })
}

/// The token with this hash, unless it was revoked.
pub fn find(connection: &Connection, token_hash: &[u8]) -> Result<Option<Token>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM api_token WHERE token_hash = ?1 AND revoked_at IS NULL")?;
    Ok(statement.query_row([token_hash], read).optional()?)
}

/// The token with this number, unless it was revoked.
pub fn get(connection: &Connection, id: Id<Token>) -> Result<Option<Token>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM api_token WHERE id = ?1 AND revoked_at IS NULL")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Every token that is good, newest first.
pub fn all(connection: &Connection) -> Result<Vec<Token>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM api_token WHERE revoked_at IS NULL ORDER BY id DESC LIMIT 500")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Keeps a new token.
pub fn insert(
    tx: &Tx<'_>,
    agent: Id<Agent>,
    name: &str,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Id<Token>> {
    tx.prepare_cached(
        "INSERT INTO api_token (agent_id, name, token_hash, created_at) VALUES (:agent, :name, :hash, :now)",
    )?
    .execute(named_params! { ":agent": agent, ":name": name, ":hash": token_hash, ":now": now })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Notes that a program used it.
pub fn used(tx: &Tx<'_>, id: Id<Token>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE api_token SET used_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}

/// Makes it useless.
pub fn revoke(tx: &Tx<'_>, id: Id<Token>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE api_token SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?
        .execute((id, now))?;
    Ok(())
}
