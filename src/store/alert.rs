//! Mails to people of the team about their account: what is to be sent, and what was of late.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::word;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::alert::{Alert, Of};
use crate::domain::{Id, Timestamp};

/// The topic on which the sender waits.
pub const TOPIC: &str = "alert";

fn read(row: &Row<'_>) -> rusqlite::Result<Alert> {
    Ok(Alert {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        of: word(row, "kind")?,
        peer: row.get("peer")?,
        browser: row.get("browser")?,
        at: row.get("created_at")?,
        key: row.get("key")?,
        attempt: row.get("attempt")?,
    })
}

/// A new mail.
pub struct New<'a> {
    pub agent: Id<Agent>,
    pub of: Of,
    pub peer: &'a str,
    pub browser: &'a str,
    pub key: &'a str,
}

/// Keeps a mail and wakes the sender.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO alert (agent_id, kind, peer, browser, key, due_at, created_at)
         VALUES (:agent, :kind, :peer, :browser, :key, :now, :now)",
    )?
    .execute(named_params! {
        ":agent": new.agent, ":kind": new.of.as_str(), ":peer": new.peer, ":browser": new.browser,
        ":key": new.key, ":now": now,
    })?;
    tx.touch(TOPIC);
    Ok(())
}

/// Whether somebody was told of the same since then.
pub fn since(connection: &Connection, agent: Id<Agent>, of: Of, then: Timestamp) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM alert WHERE agent_id = ?1 AND kind = ?2 AND created_at > ?3 LIMIT 1",
    )?;
    Ok(statement.query_row((agent, of.as_str(), then), |_| Ok(())).optional()?.is_some())
}

/// The mail that has been due longest.
pub fn next(connection: &Connection, now: Timestamp) -> Result<Option<Alert>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM alert WHERE ended_at IS NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT 1",
    )?;
    Ok(statement.query_row([now], read).optional()?)
}

/// Another attempt at `due`.
pub fn again(tx: &Tx<'_>, id: Id<Alert>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE alert SET attempt = attempt + 1, due_at = ?2 WHERE id = ?1")?
        .execute((id, due))?;
    Ok(())
}

/// A mail was sent, or is of no use any more.
pub fn end(tx: &Tx<'_>, id: Id<Alert>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE alert SET ended_at = ?2, peer = '', browser = '' WHERE id = ?1")?
        .execute((id, now))?;
    Ok(())
}

/// Nothing that waits is sent any more.
pub fn end_all(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE alert SET ended_at = ?1, peer = '', browser = '' WHERE ended_at IS NULL")?
        .execute([now])?;
    Ok(())
}

/// Clears away what ended before then.
pub fn tidy(tx: &Tx<'_>, then: Timestamp) -> Result<()> {
    tx.prepare_cached("DELETE FROM alert WHERE ended_at <= ?1")?.execute([then])?;
    Ok(())
}
