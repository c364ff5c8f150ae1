//! Leave to write: what customers did that opened a window.

use rusqlite::{Connection, Row, named_params};

use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::contact::Address;
use crate::domain::message::Message;
use crate::domain::window::{Grant, Opener};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        opened_at: row.get("opened_at")?,
        closes_at: row.get("closes_at")?,
        person_until: row.get("person_until")?,
        sends_left: row.get("sends_left")?,
    })
}

/// The grants of a person on an entry point.
pub fn of(connection: &Connection, address: Id<Address>, channel: Id<Channel>) -> Result<Vec<Grant>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM window_grant WHERE address_id = ?1 AND channel_id = ?2")?;
    Ok(statement.query_map((address, channel), read)?.collect::<rusqlite::Result<_>>()?)
}

/// Who gave leave, and where.
#[derive(Clone, Copy)]
pub struct Place {
    pub address: Id<Address>,
    pub channel: Id<Channel>,
}

/// Keeps a grant. One that was opened earlier than the one already kept changes nothing: deliveries come late
/// and in any order.
pub fn keep(
    tx: &Tx<'_>,
    place: Place,
    opener: Opener,
    grant: &Grant,
    message: Option<Id<Message>>,
) -> Result<()> {
    let kind = match opener {
        Opener::Message => "message",
        Opener::Lasting { .. } => "lasting",
    };
    tx.prepare_cached(
        "INSERT INTO window_grant (address_id, channel_id, kind, opened_at, closes_at, person_until, sends_left,
             sends, message_id)
         VALUES (:address, :channel, :kind, :opened, :closes, :person, :left, :left, :message)
         ON CONFLICT DO UPDATE SET opened_at = excluded.opened_at, closes_at = excluded.closes_at,
             person_until = excluded.person_until, sends_left = excluded.sends_left,
             sends = excluded.sends, message_id = excluded.message_id
         WHERE excluded.opened_at > opened_at",
    )?
    .execute(named_params! {
        ":address": place.address, ":channel": place.channel, ":kind": kind, ":opened": grant.opened_at,
        ":closes": grant.closes_at, ":person": grant.person_until, ":left": grant.sends_left, ":message": message,
    })?;
    Ok(())
}

/// Uses up one message of every counted grant that is open at `now`.
pub fn spend(tx: &Tx<'_>, place: Place, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE window_grant SET sends_left = sends_left - 1
         WHERE address_id = ?1 AND channel_id = ?2 AND sends_left > 0 AND closes_at > ?3",
    )?
    .execute((place.address, place.channel, now))?;
    Ok(())
}

/// Gives back one message of every counted grant that was open at `spent_at`: it was taken back, or never
/// left. No grant gets more than it began with.
pub fn refund(tx: &Tx<'_>, place: Place, spent_at: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE window_grant SET sends_left = min(sends_left + 1, sends)
         WHERE address_id = ?1 AND channel_id = ?2 AND sends_left IS NOT NULL
             AND opened_at <= ?3 AND closes_at > ?3",
    )?
    .execute((place.address, place.channel, spent_at))?;
    Ok(())
}

/// The provider says that nothing may be sent: no grant from before `now` reaches beyond it.
pub fn close(tx: &Tx<'_>, place: Place, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE window_grant SET closes_at = min(closes_at, ?3), person_until = min(person_until, ?3)
         WHERE address_id = ?1 AND channel_id = ?2 AND opened_at <= ?3",
    )?
    .execute((place.address, place.channel, now))?;
    Ok(())
}

/// The provider says that the free window is closed; what a person may answer by hand stays.
pub fn close_free(tx: &Tx<'_>, place: Place, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE window_grant SET closes_at = min(closes_at, ?3)
         WHERE address_id = ?1 AND channel_id = ?2 AND opened_at <= ?3",
    )?
    .execute((place.address, place.channel, now))?;
    Ok(())
}
