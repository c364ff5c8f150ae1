//! Second factors: the sealed secrets of authenticator apps, recovery codes, and sign-ins that wait for a code.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Span, Timestamp};

/// How long a sign-in waits for its code, and a fresh secret for its first one.
pub const WAITS: Span = Span::minutes(15);

/// The sealed secret of somebody who uses it.
pub fn secret(connection: &Connection, agent: Id<Agent>) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached(
        "SELECT secret FROM second_factor WHERE agent_id = ?1 AND confirmed_at IS NOT NULL",
    )?;
    Ok(statement.query_row([agent], |row| row.get(0)).optional()?)
}

/// Whether somebody uses a second factor.
pub fn is_on(connection: &Connection, agent: Id<Agent>) -> Result<bool> {
    Ok(secret(connection, agent)?.is_some())
}

/// The sealed secret that somebody is about to confirm.
pub fn begun(connection: &Connection, agent: Id<Agent>, now: Timestamp) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached(
        "SELECT secret FROM second_factor WHERE agent_id = ?1 AND confirmed_at IS NULL AND begun_at > ?2",
    )?;
    Ok(statement.query_row((agent, now - WAITS), |row| row.get(0)).optional()?)
}

/// Keeps a fresh secret until it is confirmed. `false`: one is in use, which stays.
pub fn begin(tx: &Tx<'_>, agent: Id<Agent>, sealed: &[u8], now: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "INSERT INTO second_factor (agent_id, secret, begun_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (agent_id) DO UPDATE SET secret = ?2, begun_at = ?3 WHERE confirmed_at IS NULL",
        )?
        .execute((agent, sealed, now))?;
    Ok(rows == 1)
}

/// The first code was right: from now on it is asked for. `false`: another secret was made meanwhile.
pub fn confirm(tx: &Tx<'_>, agent: Id<Agent>, sealed: &[u8], step: i64, now: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE second_factor SET confirmed_at = ?4, last_step = ?3
             WHERE agent_id = ?1 AND secret = ?2 AND confirmed_at IS NULL",
        )?
        .execute((agent, sealed, step, now))?;
    Ok(rows == 1)
}

/// Spends the code of a step. `false`: it, or a later one, was used before.
pub fn spend_step(tx: &Tx<'_>, agent: Id<Agent>, step: i64) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE second_factor SET last_step = ?2
             WHERE agent_id = ?1 AND last_step < ?2 AND confirmed_at IS NOT NULL",
        )?
        .execute((agent, step))?;
    Ok(rows == 1)
}

/// Spends a recovery code. `false`: there is none such, or it was used before.
pub fn spend_code(tx: &Tx<'_>, agent: Id<Agent>, hash: &[u8], now: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE recovery_code SET used_at = ?3 WHERE agent_id = ?1 AND code_hash = ?2 AND used_at IS NULL",
        )?
        .execute((agent, hash, now))?;
    Ok(rows == 1)
}

/// How many recovery codes somebody has left.
pub fn codes_left(connection: &Connection, agent: Id<Agent>) -> Result<i64> {
    let mut statement = connection
        .prepare_cached("SELECT count(*) FROM recovery_code WHERE agent_id = ?1 AND used_at IS NULL")?;
    Ok(statement.query_row([agent], |row| row.get(0))?)
}

/// Puts new recovery codes in the place of all there were.
pub fn replace_codes(tx: &Tx<'_>, agent: Id<Agent>, hashes: &[[u8; 32]]) -> Result<()> {
    tx.prepare_cached("DELETE FROM recovery_code WHERE agent_id = ?1")?.execute([agent])?;
    for hash in hashes {
        tx.prepare_cached("INSERT INTO recovery_code (agent_id, code_hash) VALUES (?1, ?2)")?
            .execute((agent, hash))?;
    }
    Ok(())
}

/// Takes a second factor away, with its recovery codes. `false`: there was none.
pub fn delete(tx: &Tx<'_>, agent: Id<Agent>) -> Result<bool> {
    replace_codes(tx, agent, &[])?;
    tx.prepare_cached("DELETE FROM half_sign_in WHERE agent_id = ?1")?.execute([agent])?;
    Ok(tx.prepare_cached("DELETE FROM second_factor WHERE agent_id = ?1")?.execute([agent])? == 1)
}

/// Somebody whose password was right and whose code is still asked for.
#[derive(Clone, Debug)]
pub struct Half {
    pub agent: Id<Agent>,
    /// The hash that the password was checked against.
    pub checked: String,
    /// The provider of identities has proved who it is, instead of a password.
    pub provider: bool,
}

/// Remembers a sign-in that waits for its code, and clears away those that waited too long.
pub fn wait(tx: &Tx<'_>, token_hash: &[u8], half: &Half, now: Timestamp) -> Result<()> {
    tx.prepare_cached("DELETE FROM half_sign_in WHERE begun_at <= ?1")?.execute([now - WAITS])?;
    tx.prepare_cached(
        "INSERT INTO half_sign_in (token_hash, agent_id, checked, begun_at, provider) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((token_hash, half.agent, &half.checked, now, half.provider))?;
    Ok(())
}

/// The sign-in that waits under this token.
pub fn waiting(connection: &Connection, token_hash: &[u8], now: Timestamp) -> Result<Option<Half>> {
    let mut statement = connection.prepare_cached(
        "SELECT agent_id, checked, provider FROM half_sign_in WHERE token_hash = ?1 AND begun_at > ?2",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Half { agent: row.get(0)?, checked: row.get(1)?, provider: row.get(2)? })
    };
    Ok(statement.query_row((token_hash, now - WAITS), read).optional()?)
}

/// The sign-in waits no longer.
pub fn done(tx: &Tx<'_>, token_hash: &[u8]) -> Result<()> {
    tx.prepare_cached("DELETE FROM half_sign_in WHERE token_hash = ?1")?.execute([token_hash])?;
    Ok(())
}
