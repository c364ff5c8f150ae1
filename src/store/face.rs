//! What channels tell of people: the name that they gave, and a picture small enough for a row.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, Contact};
use crate::domain::{Id, Timestamp};

/// The topic on which the asker of profiles waits.
pub const TOPIC: &str = "face";

/// A profile that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due {
    pub address: Id<Address>,
    /// The provider's id of the person.
    pub value: String,
    /// How often it was asked for in vain.
    pub attempts: i64,
}

/// A picture, ready to be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Has the profile of an address asked for: at once when it never was, and again when it was before `stale`. `true`:
/// it is due now and was not before.
pub fn wanted(
    tx: &Tx<'_>,
    address: Id<Address>,
    channel: Id<Channel>,
    stale: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "INSERT INTO face (address_id, channel_id, due_at) VALUES (:address, :channel, :now)
             ON CONFLICT DO UPDATE SET channel_id = :channel, due_at = :now, attempts = 0
             WHERE due_at IS NULL AND asked_at < :stale",
        )?
        .execute(named_params! {
            ":address": address, ":channel": channel, ":stale": stale, ":now": now,
        })?;
    if rows > 0 {
        tx.touch(TOPIC);
    }
    Ok(rows > 0)
}

/// The channels that have somebody to ask for now.
pub fn channels_due(connection: &Connection, now: Timestamp) -> Result<Vec<Id<Channel>>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id FROM channel c WHERE c.state = 'enabled' AND EXISTS (
             SELECT 1 FROM face p WHERE p.channel_id = c.id AND p.due_at <= ?1)",
    )?;
    Ok(statement.query_map([now], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Whom a channel is to be asked for next.
pub fn next_of(connection: &Connection, channel: Id<Channel>, now: Timestamp) -> Result<Option<Due>> {
    let mut statement = connection.prepare_cached(
        "SELECT p.address_id, p.attempts, a.value FROM face p JOIN address a ON a.id = p.address_id
         WHERE p.channel_id = ?1 AND p.due_at <= ?2 ORDER BY p.due_at LIMIT 1",
    )?;
    let due = |row: &rusqlite::Row<'_>| {
        Ok(Due { address: row.get("address_id")?, value: row.get("value")?, attempts: row.get("attempts")? })
    };
    Ok(statement.query_row((channel, now), due).optional()?)
}

/// The provider has answered, or there is nothing to ask: the next question comes when the person writes again.
pub fn settled(tx: &Tx<'_>, address: Id<Address>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE face SET asked_at = ?2, attempts = 0, due_at = NULL WHERE address_id = ?1")?
        .execute((address, now))?;
    Ok(())
}

/// Asks for this one again at `due`.
pub fn later(tx: &Tx<'_>, address: Id<Address>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE face SET attempts = attempts + 1, due_at = ?2 WHERE address_id = ?1")?
        .execute((address, due))?;
    Ok(())
}

/// The provider wants to be left alone: nobody of this channel is asked for before `due`.
pub fn hold(tx: &Tx<'_>, channel: Id<Channel>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE face SET due_at = ?2 WHERE channel_id = ?1 AND due_at < ?2")?
        .execute((channel, due))?;
    Ok(())
}

/// The name that this profile gave to its contact; empty where people gave it.
pub fn gave(connection: &Connection, address: Id<Address>) -> Result<String> {
    let mut statement = connection.prepare_cached("SELECT gave FROM face WHERE address_id = ?1")?;
    Ok(statement.query_row([address], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Notes that the contact has its name from this profile.
pub fn set_gave(tx: &Tx<'_>, address: Id<Address>, name: &str) -> Result<()> {
    tx.prepare_cached("UPDATE face SET gave = ?2 WHERE address_id = ?1")?.execute((address, name))?;
    Ok(())
}

/// A person of the team named the contact: from now on no channel does.
pub fn named_by_people(tx: &Tx<'_>, contact: Id<Contact>) -> Result<()> {
    tx.prepare_cached(
        "UPDATE face SET gave = '' WHERE address_id IN (SELECT id FROM address WHERE contact_id = ?1)",
    )?
    .execute([contact])?;
    Ok(())
}

/// Keeps a picture under a new word.
pub fn set_picture(tx: &Tx<'_>, address: Id<Address>, key: &str, picture: &Picture) -> Result<()> {
    tx.prepare_cached("UPDATE face SET key = ?2, media_type = ?3, picture = ?4 WHERE address_id = ?1")?
        .execute((address, key, &picture.media_type, &picture.bytes))?;
    Ok(())
}

/// The person has no picture any more.
pub fn clear_picture(tx: &Tx<'_>, address: Id<Address>) -> Result<()> {
    tx.prepare_cached("UPDATE face SET key = NULL, media_type = NULL, picture = NULL WHERE address_id = ?1")?
        .execute([address])?;
    Ok(())
}

/// The picture of an address.
pub fn of(connection: &Connection, address: Id<Address>) -> Result<Option<Picture>> {
    let mut statement = connection.prepare_cached(
        "SELECT media_type, picture FROM face WHERE address_id = ?1 AND picture IS NOT NULL",
    )?;
    Ok(statement.query_row([address], picture).optional()?)
}

/// The picture whose URL holds this word.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Picture>> {
    let mut statement = connection.prepare_cached("SELECT media_type, picture FROM face WHERE key = ?1")?;
    Ok(statement.query_row([key], picture).optional()?)
}

fn picture(row: &rusqlite::Row<'_>) -> rusqlite::Result<Picture> {
    Ok(Picture { media_type: row.get("media_type")?, bytes: row.get("picture")? })
}
