//! Two contacts become one: what belonged to the one that goes, moves.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::{json, to_json};
use super::{Result, Tx, contact};
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
use crate::domain::merger::Merger;
use crate::domain::{Id, Timestamp};

/// What moved from one contact to another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Moved {
    pub addresses: Vec<Id<Address>>,
    pub conversations: Vec<Id<Conversation>>,
}

/// Gives everything of `from` to `to`, and takes `from` away.
pub fn merge(tx: &Tx<'_>, from: Id<Contact>, to: Id<Contact>) -> Result<Moved> {
    let moved = Moved {
        addresses: ids(tx, "SELECT id FROM address WHERE contact_id = ?1 ORDER BY id", from)?,
        conversations: ids(tx, "SELECT id FROM conversation WHERE contact_id = ?1 ORDER BY id", from)?,
    };
    tx.prepare_cached("UPDATE address SET contact_id = ?2 WHERE contact_id = ?1")?.execute((from, to))?;
    tx.prepare_cached("UPDATE conversation SET contact_id = ?2 WHERE contact_id = ?1")?
        .execute((from, to))?;
    super::likeness::merged(tx, from, to)?;
    tx.prepare_cached("DELETE FROM contact WHERE id = ?1")?.execute([from])?;
    contact::index(tx, from)?;
    contact::index(tx, to)?;
    Ok(moved)
}

/// A merger that can still be taken back.
pub struct Kept {
    pub event: Id<Event>,
    pub at: Timestamp,
    pub merger: Merger,
}

/// Keeps what would undo the merger that this entry of the log tells of.
pub fn keep(
    tx: &Tx<'_>,
    (event, contact): (Id<Event>, Id<Contact>),
    merger: &Merger,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO merger (event_id, contact_id, other_id, at, kept) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((event, contact, merger.other, now, to_json(merger)?))?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Option<Kept>> {
    let merger: Option<Merger> = json(row, "kept")?;
    let (event, at) = (row.get("event_id")?, row.get("at")?);
    Ok(merger.map(|merger| Kept { event, at, merger }))
}

/// The mergers into a contact since then, the latest first, up to ten.
pub fn into(connection: &Connection, id: Id<Contact>, since: Timestamp) -> Result<Vec<Kept>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM merger WHERE contact_id = ?1 AND at >= ?2 ORDER BY event_id DESC LIMIT 10",
    )?;
    let found: Vec<Option<Kept>> =
        statement.query_map((id, since), read)?.collect::<rusqlite::Result<_>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The merger into a contact that this entry of the log tells of, if it was since then.
pub fn kept(
    connection: &Connection,
    (contact, event): (Id<Contact>, Id<Event>),
    since: Timestamp,
) -> Result<Option<Kept>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM merger WHERE event_id = ?1 AND contact_id = ?2 AND at >= ?3")?;
    Ok(statement.query_row((event, contact, since), read).optional()?.flatten())
}

/// Forgets what would undo a merger.
pub fn forget(tx: &Tx<'_>, event: Id<Event>) -> Result<()> {
    tx.prepare_cached("DELETE FROM merger WHERE event_id = ?1")?.execute([event])?;
    Ok(())
}

/// Forgets who became this contact, and who had become them before.
pub fn erased(tx: &Tx<'_>, contact: Id<Contact>) -> Result<()> {
    let mut into = vec![contact];
    while let Some(contact) = into.pop() {
        let mut gone = tx.prepare_cached("DELETE FROM merger WHERE contact_id = ?1 RETURNING other_id")?;
        for other in gone.query_map([contact], |row| row.get(0))? {
            into.push(other?);
        }
    }
    Ok(())
}

/// Forgets up to `most` mergers from before `before`: they are not taken back any more.
pub fn tidy(tx: &Tx<'_>, before: Timestamp, most: u32) -> Result<usize> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM merger WHERE event_id IN (SELECT event_id FROM merger WHERE at < ?1 LIMIT ?2)",
        )?
        .execute((before, most))?;
    Ok(gone)
}

/// Puts a contact back under its old number, with these addresses, and with what was said on them and in these
/// conversations.
pub fn part(tx: &Tx<'_>, contact: &Contact, moved: &Moved, from: Id<Contact>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO contact (id, name, language, about, dedicated_id, blocked_at, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        contact.id,
        &contact.name,
        &contact.language,
        &contact.about,
        contact.dedicated,
        contact.blocked_at,
        contact.created_at,
        contact.updated_at,
    ))?;
    for address in &moved.addresses {
        tx.prepare_cached("UPDATE address SET contact_id = ?2 WHERE id = ?1")?
            .execute((address, contact.id))?;
        tx.prepare_cached("UPDATE conversation SET contact_id = ?2 WHERE address_id = ?1")?
            .execute((address, contact.id))?;
    }
    for conversation in &moved.conversations {
        tx.prepare_cached("UPDATE conversation SET contact_id = ?3 WHERE id = ?1 AND contact_id = ?2")?
            .execute((conversation, from, contact.id))?;
    }
    contact::index(tx, from)?;
    contact::index(tx, contact.id)
}

/// The conversations of a contact that are not closed.
pub fn unfinished(connection: &Connection, id: Id<Contact>) -> Result<Vec<Id<Conversation>>> {
    ids(
        connection,
        "SELECT id FROM conversation WHERE contact_id = ?1 AND status <> 'closed' ORDER BY id",
        id,
    )
}

fn ids<T>(connection: &Connection, sql: &str, contact: Id<Contact>) -> Result<Vec<Id<T>>> {
    let number = |row: &Row<'_>| row.get(0);
    Ok(connection.prepare_cached(sql)?.query_map([contact], number)?.collect::<rusqlite::Result<_>>()?)
}
