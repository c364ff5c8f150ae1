//! Who takes work of which type, and the reasons for not taking any.

use rusqlite::{Connection, Row, named_params};

use super::values::word;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::availability::{Availability, IdleReason, Media, State};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Availability> {
    Ok(Availability {
        agent: row.get("agent_id")?,
        media: word(row, "media")?,
        state: state(&row.get::<_, String>("state")?, row.get("reason_id")?),
        since: row.get("since")?,
        wanted: row.get::<_, Option<String>>("wanted")?.map(|word| state(&word, None)).map(|wanted| {
            match wanted {
                State::Idle(_) => State::Idle(row.get("wanted_reason_id").ok().flatten()),
                other => other,
            }
        }),
    })
}

fn state(word: &str, reason: Option<Id<IdleReason>>) -> State {
    match word {
        "available" => State::Available,
        "rona" => State::Rona,
        _ => State::Idle(reason),
    }
}

const fn reason(state: State) -> Option<Id<IdleReason>> {
    match state {
        State::Idle(reason) => reason,
        State::Available | State::Rona => None,
    }
}

/// What is known of one agent; a type that is missing is idle.
pub fn of(connection: &Connection, agent: Id<Agent>) -> Result<Vec<Availability>> {
    let mut statement = connection.prepare_cached("SELECT * FROM availability WHERE agent_id = ?1")?;
    Ok(statement.query_map([agent], read)?.collect::<rusqlite::Result<_>>()?)
}

/// What is known of everybody.
pub fn all(connection: &Connection) -> Result<Vec<Availability>> {
    let mut statement = connection.prepare_cached("SELECT * FROM availability ORDER BY agent_id, media")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Writes down whether somebody takes work of a type.
pub fn put(tx: &Tx<'_>, availability: &Availability) -> Result<()> {
    let wanted = availability.wanted;
    tx.prepare_cached(
        "INSERT INTO availability (agent_id, media, state, reason_id, since, wanted, wanted_reason_id)
         VALUES (:agent, :media, :state, :reason, :since, :wanted, :wanted_reason)
         ON CONFLICT DO UPDATE SET state = excluded.state, reason_id = excluded.reason_id,
             since = excluded.since, wanted = excluded.wanted, wanted_reason_id = excluded.wanted_reason_id",
    )?
    .execute(named_params! {
        ":agent": availability.agent, ":media": availability.media.as_str(),
        ":state": availability.state.as_str(), ":reason": reason(availability.state),
        ":since": availability.since, ":wanted": wanted.map(State::as_str),
        ":wanted_reason": wanted.and_then(reason),
    })?;
    Ok(())
}

/// The state of one agent for one type; idle where nothing is known.
pub fn get(connection: &Connection, agent: Id<Agent>, media: Media) -> Result<Availability> {
    let known = of(connection, agent)?.into_iter().find(|known| known.media == media);
    let idle = Availability { agent, media, state: State::Idle(None), since: Timestamp(0), wanted: None };
    Ok(known.unwrap_or(idle))
}

/// The reasons that are still offered, by name.
pub fn reasons(connection: &Connection) -> Result<Vec<IdleReason>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name FROM idle_reason WHERE archived_at IS NULL ORDER BY name COLLATE NOCASE, id",
    )?;
    let read = |row: &Row<'_>| Ok(IdleReason { id: row.get(0)?, name: row.get(1)? });
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Adds a reason, or offers an archived one of that name again.
pub fn add_reason(tx: &Tx<'_>, name: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO idle_reason (name, created_at) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET archived_at = NULL",
    )?
    .execute((name, now))?;
    Ok(())
}

/// Stops offering a reason; who is idle for it stays so.
pub fn archive_reason(tx: &Tx<'_>, id: Id<IdleReason>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE idle_reason SET archived_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}
