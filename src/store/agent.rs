//! The people who sign in.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::queue::Queue;
use crate::domain::window::Sender;
use crate::domain::{Id, Timestamp};

const COLUMNS: &str =
    "id, email, name, role, language, time_zone, theme, keys, keymap, enter_sends, disabled_at, created_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Agent> {
    Ok(Agent {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role: super::values::word_at(row, 3, "role")?,
        language: row.get(4)?,
        time_zone: row.get(5)?,
        theme: super::values::word_at(row, 6, "theme")?,
        keys: row.get(7)?,
        keymap: super::values::json_at(row, 8, "keymap")?,
        enter_sends: row.get(9)?,
        disabled_at: row.get(10)?,
        created_at: row.get(11)?,
    })
}

/// The agent with this id.
pub fn get(connection: &Connection, id: Id<Agent>) -> Result<Option<Agent>> {
    let sql = format!("SELECT {COLUMNS} FROM agent WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
}

/// The agent who signs in with this address (lower case).
pub fn by_email(connection: &Connection, email: &str) -> Result<Option<Agent>> {
    let sql = format!("SELECT {COLUMNS} FROM agent WHERE email = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([email], read).optional()?)
}

/// Everybody, by name.
pub fn all(connection: &Connection) -> Result<Vec<Agent>> {
    let sql = format!("SELECT {COLUMNS} FROM agent ORDER BY name COLLATE NOCASE, id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Everybody who works here now, by name: what a menu of people needs.
pub fn working(connection: &Connection) -> Result<Vec<(Id<Agent>, String)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name FROM agent WHERE disabled_at IS NULL ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// The stored password hash; empty when the agent cannot sign in by password.
pub fn password_hash(connection: &Connection, id: Id<Agent>) -> Result<String> {
    let mut statement = connection.prepare_cached("SELECT password_hash FROM agent WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// What decides over an agent's rights.
pub fn viewer(connection: &Connection, agent: &Agent) -> Result<Viewer> {
    let mut statement = connection.prepare_cached("SELECT queue_id FROM queue_member WHERE agent_id = ?1")?;
    let queues: BTreeSet<Id<Queue>> =
        statement.query_map([agent.id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(Viewer {
        agent: agent.id,
        name: agent.name.clone(),
        role: agent.role,
        queues,
        sender: Sender::Person,
        writer: String::new(),
    })
}

/// A new agent.
pub struct New<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub role: Role,
    pub password_hash: &'a str,
}

/// Adds an agent; the e-mail address must be free.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Agent>> {
    tx.prepare_cached(
        "INSERT INTO agent (email, name, role, password_hash, created_at)
         VALUES (:email, :name, :role, :hash, :now)",
    )?
    .execute(named_params! {
        ":email": new.email, ":name": new.name, ":role": new.role.as_str(),
        ":hash": new.password_hash, ":now": now,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back everything of an agent but the password.
pub fn update(tx: &Tx<'_>, agent: &Agent) -> Result<()> {
    tx.prepare_cached(
        "UPDATE agent SET email = :email, name = :name, role = :role, language = :language, time_zone = :zone,
             theme = :theme, keys = :keys, keymap = :keymap, enter_sends = :enter, disabled_at = :disabled WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": agent.id, ":email": agent.email, ":name": agent.name, ":role": agent.role.as_str(),
        ":language": agent.language, ":zone": agent.time_zone, ":theme": agent.theme.as_str(),
        ":keys": agent.keys, ":keymap": super::values::to_json(&agent.keymap)?, ":enter": agent.enter_sends, ":disabled": agent.disabled_at,
    })?;
    Ok(())
}

/// Sets a new password hash.
pub fn set_password_hash(tx: &Tx<'_>, id: Id<Agent>, hash: &str) -> Result<()> {
    tx.prepare_cached("UPDATE agent SET password_hash = ?2 WHERE id = ?1")?.execute((id, hash))?;
    Ok(())
}

/// Whether anybody has been added yet.
pub fn any(connection: &Connection) -> Result<bool> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM agent)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Whether there is an administrator besides this one who can act.
pub fn other_admin(connection: &Connection, id: Id<Agent>) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM agent WHERE role = 'admin' AND disabled_at IS NULL AND id <> ?1)",
    )?;
    Ok(statement.query_row([id], |row| row.get(0))?)
}
