//! How channels do: the rhythm in which something comes, and what the last check found wrong.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json_at, to_json};
use super::{Result, Tx};
use crate::domain::channel::{Channel, Kind};
use crate::domain::checkup::{Checkup, Wrong, rhythm};
use crate::domain::{Id, Span, Timestamp};

/// By their places in `SELECT`: every page of an administrator asks how all channels do.
fn read(row: &Row<'_>) -> rusqlite::Result<Checkup> {
    Ok(Checkup {
        channel: row.get(0)?,
        name: row.get(1)?,
        works: row.get(2)?,
        is_fed: row.get(3)?,
        received_at: row.get(4)?,
        silence: row.get::<_, Option<i64>>(5)?.map(Span),
        failures: row.get(6)?,
        wrong: json_at(row, 7, "wrong")?,
        is_proved: row.get(8)?,
        access_until: row.get(9)?,
    })
}

const SELECT: &str =
    "SELECT c.id, c.name, c.state = 'enabled', c.kind <> 'simulator', c.received_at, k.silence,
        ifnull(k.failures, 0), ifnull(k.wrong, '[]'),
        c.received_at IS NOT NULL OR c.sent_at IS NOT NULL
            OR (k.checked_at IS NOT NULL AND k.failures = 0), k.access_until
     FROM channel c LEFT JOIN checkup k ON k.channel_id = c.id";

/// Every channel, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<Checkup>> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} ORDER BY c.id"))?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// How this channel does.
pub fn of(connection: &Connection, id: Id<Channel>) -> Result<Option<Checkup>> {
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE c.id = ?1"))?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Learns from a delivery at `now` how long silences are, if one came before.
pub fn heard(tx: &Tx<'_>, id: Id<Channel>, now: Timestamp) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT c.received_at, k.silence FROM channel c LEFT JOIN checkup k ON k.channel_id = c.id
         WHERE c.id = ?1",
    )?;
    type Known = (Option<Timestamp>, Option<i64>);
    let known: Option<Known> = statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((Some(before), silence)) = known else { return Ok(()) };
    let silence = rhythm(silence.map(Span), now.since(before));
    tx.prepare_cached(
        "INSERT INTO checkup (channel_id, silence) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET silence = excluded.silence",
    )?
    .execute((id, silence.0))?;
    Ok(())
}

/// When the provider of a channel was last asked how it does.
pub struct Asked {
    pub channel: Id<Channel>,
    pub kind: Kind,
    /// One that was never asked counts from when it was connected.
    pub at: Timestamp,
    /// Something was wrong then.
    pub is_ill: bool,
}

/// The channels with secrets that are switched on.
pub fn asked(connection: &Connection) -> Result<Vec<Asked>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id, c.kind, ifnull(k.checked_at, c.created_at) AS at, ifnull(k.failures, 0) > 0 AS is_ill
         FROM channel c LEFT JOIN checkup k ON k.channel_id = c.id
         WHERE c.state = 'enabled' AND c.secrets IS NOT NULL ORDER BY c.id",
    )?;
    let found = statement.query_map([], |row| {
        let (channel, kind) = (row.get("id")?, super::values::word(row, "kind")?);
        Ok(Asked { channel, kind, at: row.get("at")?, is_ill: row.get("is_ill")? })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Keeps what a check at `now` found wrong; nothing ends the row of failures.
pub fn checked(tx: &Tx<'_>, id: Id<Channel>, wrong: &[Wrong], now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO checkup (channel_id, checked_at, failures, wrong) VALUES (:id, :now, :bad, :wrong)
         ON CONFLICT DO UPDATE SET checked_at = :now, failures = iif(:bad, failures + 1, 0), wrong = :wrong",
    )?
    .execute(named_params! {
        ":id": id,
        ":now": now,
        ":bad": !wrong.is_empty(),
        ":wrong": to_json(&wrong)?,
    })?;
    Ok(())
}

/// The channels with secrets whose provider is to be asked now how long it lets us in. One that it refuses is asked
/// as well: a renewed token may mend that.
pub fn access_due(connection: &Connection, now: Timestamp) -> Result<Vec<Id<Channel>>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id FROM channel c LEFT JOIN checkup k ON k.channel_id = c.id
         WHERE c.state <> 'disabled' AND c.secrets IS NOT NULL AND ifnull(k.access_due, 0) <= ?1
         ORDER BY c.id",
    )?;
    Ok(statement.query_map([now], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Keeps when our access ends, and when to ask again.
pub fn set_access(tx: &Tx<'_>, id: Id<Channel>, until: Option<Timestamp>, due: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO checkup (channel_id, access_until, access_due) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET access_until = excluded.access_until, access_due = excluded.access_due",
    )?
    .execute((id, until, due))?;
    Ok(())
}

/// The question came to nothing: it is asked again at `due`, and what is known stays.
pub fn access_later(tx: &Tx<'_>, id: Id<Channel>, due: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO checkup (channel_id, access_due) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET access_due = excluded.access_due",
    )?
    .execute((id, due))?;
    Ok(())
}

/// The secrets are new, so nothing is known of their end.
pub fn forget_access(tx: &Tx<'_>, id: Id<Channel>) -> Result<()> {
    tx.prepare_cached("UPDATE checkup SET access_until = NULL, access_due = NULL WHERE channel_id = ?1")?
        .execute([id])?;
    Ok(())
}
