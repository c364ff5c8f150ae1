//! Signed-in browsers.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Span, Timestamp};

/// A session that nobody uses ends after this.
pub const IDLE: Span = Span::days(14);
/// Every session ends after this.
pub const ABSOLUTE: Span = Span::days(90);
/// How long the token before the last one is still good, once the new one was seen.
pub const OVERLAP: Span = Span::minutes(1);

/// A good session, by one of its tokens.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: i64,
    pub agent: Id<Agent>,
    pub created_at: Timestamp,
    pub rotated_at: Timestamp,
    pub used_at: Timestamp,
    /// The browser has shown the present token.
    pub confirmed_at: Option<Timestamp>,
    /// What forms of this session carry; `None`: what is derived from its first token.
    pub form_token: Option<String>,
    pub peer: String,
    pub user_agent: String,
    /// It was begun by the provider of identities.
    pub provider: bool,
    /// It was begun on a browser on which this person had not signed in before.
    pub strange: bool,
    /// The newest session of a strange browser that this one was told of.
    pub told: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        created_at: row.get("created_at")?,
        rotated_at: row.get("rotated_at")?,
        used_at: row.get("used_at")?,
        confirmed_at: row.get("confirmed_at")?,
        form_token: row.get("form_token")?,
        peer: row.get("peer")?,
        user_agent: row.get("user_agent")?,
        provider: row.get("provider")?,
        strange: row.get("strange")?,
        told: row.get("told")?,
    })
}

/// The session whose present token this is, while it is good.
pub fn find(connection: &Connection, token_hash: &[u8], now: Timestamp) -> Result<Option<Session>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM session WHERE token_hash = ?1 AND used_at > ?2 AND created_at > ?3")?;
    Ok(statement.query_row((token_hash, now - IDLE, now - ABSOLUTE), read).optional()?)
}

/// The session whose token before the last rotation this is: good until the browser has shown the new
/// one, which an answer that was lost on the way did not bring, and a moment longer.
pub fn find_by_previous(connection: &Connection, hash: &[u8], now: Timestamp) -> Result<Option<Session>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM session WHERE previous_hash = ?1 AND used_at > ?2 AND created_at > ?3
             AND (confirmed_at IS NULL OR confirmed_at > ?4)",
    )?;
    let limits = (hash, now - IDLE, now - ABSOLUTE, now - OVERLAP);
    Ok(statement.query_row(limits, read).optional()?)
}

/// The good sessions of an agent, the one used last first.
pub fn of_agent(connection: &Connection, agent: Id<Agent>, now: Timestamp) -> Result<Vec<Session>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM session WHERE agent_id = ?1 AND used_at > ?2 AND created_at > ?3
         ORDER BY used_at DESC, id DESC LIMIT 100",
    )?;
    Ok(statement.query_map((agent, now - IDLE, now - ABSOLUTE), read)?.collect::<rusqlite::Result<_>>()?)
}

/// A new session.
pub struct New<'a> {
    pub token_hash: &'a [u8],
    pub agent: Id<Agent>,
    pub peer: &'a str,
    pub user_agent: &'a str,
    /// By the provider of identities.
    pub provider: bool,
    /// On a browser on which this person had not signed in before.
    pub strange: bool,
}

/// Begins a session.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<i64> {
    tx.prepare_cached(
        "INSERT INTO session (token_hash, agent_id, created_at, rotated_at, used_at, confirmed_at, peer, user_agent,
             provider, strange)
         VALUES (:hash, :agent, :now, :now, :now, :now, :peer, :browser, :provider, :strange)",
    )?
    .execute(named_params! {
        ":hash": new.token_hash, ":agent": new.agent, ":now": now, ":peer": new.peer, ":browser": new.user_agent,
        ":provider": new.provider, ":strange": new.strange,
    })?;
    Ok(tx.last_insert_rowid())
}

/// The newest session that somebody began on a strange browser after `session`, and of which `session` was not
/// told yet; as number, with what is known of the browser.
pub fn stranger(connection: &Connection, session: &Session, now: Timestamp) -> Result<Option<Session>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM session WHERE agent_id = ?1 AND id > ?2 AND strange = 1 AND used_at > ?3 AND created_at > ?4
         ORDER BY id DESC LIMIT 1",
    )?;
    let newest = session.id.max(session.told);
    Ok(statement.query_row((session.agent, newest, now - IDLE, now - ABSOLUTE), read).optional()?)
}

/// Notes that a session was told of the strange browsers up to `newest`.
pub fn told(tx: &Tx<'_>, id: i64, agent: Id<Agent>, newest: i64) -> Result<()> {
    tx.prepare_cached("UPDATE session SET told = max(told, ?3) WHERE id = ?1 AND agent_id = ?2")?
        .execute((id, agent, newest))?;
    Ok(())
}

/// Whether somebody has any session that is good.
pub fn any(connection: &Connection, agent: Id<Agent>, now: Timestamp) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM session WHERE agent_id = ?1 AND used_at > ?2 AND created_at > ?3 LIMIT 1",
    )?;
    Ok(statement.query_row((agent, now - IDLE, now - ABSOLUTE), |_| Ok(())).optional()?.is_some())
}

/// Notes that the session was used.
pub fn used(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE session SET used_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}

/// Notes that the browser has shown the present token.
pub fn confirm(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE session SET confirmed_at = ?2 WHERE id = ?1 AND confirmed_at IS NULL")?
        .execute((id, now))?;
    Ok(())
}

/// A session that gets a new token.
pub struct Rotation<'a> {
    pub id: i64,
    /// The token that the browser showed.
    pub shown: &'a [u8],
    pub next: &'a [u8],
    /// Stays the same while the session lives, so that forms that are open go on working.
    pub form_token: &'a str,
}

/// Gives a session a new token; the shown one becomes the previous. `false`: another request did it.
pub fn rotate(tx: &Tx<'_>, rotation: &Rotation<'_>, before: Timestamp, now: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE session SET token_hash = :next, previous_hash = :shown, rotated_at = :now, used_at = :now,
                 confirmed_at = NULL, form_token = ifnull(form_token, :form)
             WHERE id = :id AND (token_hash = :shown OR previous_hash = :shown) AND rotated_at = :before",
        )?
        .execute(named_params! {
            ":id": rotation.id, ":shown": rotation.shown, ":next": rotation.next, ":form": rotation.form_token,
            ":before": before, ":now": now,
        })?;
    Ok(rows == 1)
}

/// Gives a session a token besides which none is worth anything any more. Forms that are open go on working: a form token
/// alone opens nothing.
pub fn renew(tx: &Tx<'_>, id: i64, next: &[u8], form_token: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE session SET token_hash = ?2, previous_hash = NULL, rotated_at = ?4, used_at = ?4, confirmed_at = ?4,
             form_token = ifnull(form_token, ?3)
         WHERE id = ?1",
    )?
    .execute((id, next, form_token, now))?;
    Ok(())
}

/// Ends one session of an agent. `false`: there is none with this number.
pub fn delete(tx: &Tx<'_>, id: i64, agent: Id<Agent>) -> Result<bool> {
    let rows =
        tx.prepare_cached("DELETE FROM session WHERE id = ?1 AND agent_id = ?2")?.execute((id, agent))?;
    Ok(rows == 1)
}

/// Ends every session of an agent but `keep`; says how many.
pub fn delete_others(tx: &Tx<'_>, agent: Id<Agent>, keep: Option<i64>) -> Result<usize> {
    let mut statement = tx.prepare_cached("DELETE FROM session WHERE agent_id = ?1 AND id IS NOT ?2")?;
    Ok(statement.execute((agent, keep))?)
}

/// Clears away what has ended.
pub fn tidy(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("DELETE FROM session WHERE used_at <= ?1 OR created_at <= ?2")?
        .execute((now - IDLE, now - ABSOLUTE))?;
    tx.prepare_cached("DELETE FROM device WHERE used_at <= ?1")?.execute([now - super::device::KEPT])?;
    Ok(())
}
