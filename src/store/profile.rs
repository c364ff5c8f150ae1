//! Multimedia profiles: how much of which work somebody takes.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json, word};
use super::{Result, Tx, setting};
use crate::domain::agent::Agent;
use crate::domain::channel::Kind;
use crate::domain::profile::Profile;
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Profile> {
    let outbound: Vec<String> = json(row, "outbound")?;
    Ok(Profile {
        id: Some(row.get("id")?),
        name: row.get("name")?,
        blend: word(row, "blend")?,
        capacity: json(row, "capacity")?,
        outbound: outbound.iter().filter_map(|kind| kind.parse().ok()).collect(),
        outbound_most: row.get("outbound_most")?,
    })
}

/// Every profile, by name.
pub fn all(connection: &Connection) -> Result<Vec<Profile>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM profile ORDER BY name COLLATE NOCASE, id")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The profile with this id.
pub fn get(connection: &Connection, id: Id<Profile>) -> Result<Option<Profile>> {
    let mut statement = connection.prepare_cached("SELECT * FROM profile WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The profile that holds for an agent: their own, else the team's, else the one that every desk has.
pub fn of(connection: &Connection, agent: Id<Agent>) -> Result<Profile> {
    let own = own(connection, agent)?;
    let id = match own {
        Some(id) => Some(id),
        None => setting::get(connection, setting::key::PROFILE)?.and_then(|id| id.parse().ok()),
    };
    let found = match id {
        Some(id) => get(connection, id)?,
        None => None,
    };
    Ok(found.unwrap_or_default())
}

/// The profile that an agent was given in person.
pub fn own(connection: &Connection, agent: Id<Agent>) -> Result<Option<Id<Profile>>> {
    let mut statement =
        connection.prepare_cached("SELECT profile_id FROM agent_profile WHERE agent_id = ?1")?;
    Ok(statement.query_row([agent], |row| row.get(0)).optional()?)
}

/// Gives an agent a profile, or (`None`) the team's again.
pub fn give(tx: &Tx<'_>, agent: Id<Agent>, profile: Option<Id<Profile>>) -> Result<()> {
    match profile {
        Some(profile) => tx
            .prepare_cached(
                "INSERT INTO agent_profile (agent_id, profile_id) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET profile_id = excluded.profile_id",
            )?
            .execute((agent, profile))?,
        None => tx.prepare_cached("DELETE FROM agent_profile WHERE agent_id = ?1")?.execute([agent])?,
    };
    Ok(())
}

/// Adds a profile (one without an id) or writes one back.
pub fn put(tx: &Tx<'_>, profile: &Profile, now: Timestamp) -> Result<Id<Profile>> {
    let outbound: Vec<&str> = profile.outbound.iter().map(|kind: &Kind| kind.as_str()).collect();
    tx.prepare_cached(
        "INSERT INTO profile (id, name, blend, capacity, outbound, outbound_most, created_at)
         VALUES (:id, :name, :blend, :capacity, :outbound, :most, :now)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, blend = excluded.blend,
             capacity = excluded.capacity, outbound = excluded.outbound, outbound_most = excluded.outbound_most",
    )?
    .execute(named_params! {
        ":id": profile.id, ":name": profile.name, ":blend": profile.blend.as_str(),
        ":capacity": to_json(&profile.capacity)?, ":outbound": to_json(&outbound)?,
        ":most": profile.outbound_most, ":now": now,
    })?;
    Ok(profile.id.unwrap_or_else(|| Id::new(tx.last_insert_rowid())))
}

/// Takes a profile away; who had it has the team's.
pub fn delete(tx: &Tx<'_>, id: Id<Profile>) -> Result<()> {
    tx.prepare_cached("DELETE FROM profile WHERE id = ?1")?.execute([id])?;
    Ok(())
}
