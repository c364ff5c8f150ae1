//! Contacts who may be one person: what channels hinted at, what numbers and names tell, and what people said of it.
//!
//! Each is found when an address or a name comes, and kept. A name that many have tells nothing.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Result, Tx, contact};
use crate::domain::contact::{Address, Contact, full_name};
use crate::domain::{Id, Timestamp};

/// Whom somebody with a full name is held against at most: where more have it, it is no sign.
const NAMESAKES: u32 = 3;

/// Two who may be one person, and what says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Likeness {
    /// Grows with each that is found.
    pub id: i64,
    pub pair: (Id<Contact>, Id<Contact>),
    /// The address that says so; `None`: they have the same full name.
    pub address: Option<Id<Address>>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Likeness> {
    Ok(Likeness {
        id: row.get("id")?,
        pair: (row.get("contact_id")?, row.get("other_id")?),
        address: row.get("address_id")?,
    })
}

/// The contacts who may be the same person as this one, each with the address that says so; without one it is the
/// name. Those of whom somebody said that they are not, are left out.
pub fn of(connection: &Connection, id: Id<Contact>) -> Result<Vec<(Id<Contact>, Option<Address>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT other_id, address_id FROM likeness WHERE contact_id = ?1 AND dismissed_at IS NULL
         UNION ALL
         SELECT contact_id, address_id FROM likeness WHERE other_id = ?1 AND dismissed_at IS NULL LIMIT 50",
    )?;
    let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut found = Vec::new();
    for row in rows {
        let (other, address): (Id<Contact>, Option<Id<Address>>) = row?;
        let address = address.map(|id| contact::address(connection, id)).transpose()?.flatten();
        found.push((other, address));
    }
    Ok(found)
}

/// A page of all that nobody has judged yet, the newest first: those before this one.
pub fn page(connection: &Connection, before: Option<i64>, most: u32) -> Result<Vec<Likeness>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, contact_id, other_id, address_id FROM likeness WHERE dismissed_at IS NULL AND id < ?1
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((before.unwrap_or(i64::MAX), most), read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn pair(one: Id<Contact>, other: Id<Contact>) -> (Id<Contact>, Id<Contact>) {
    if one.get() < other.get() { (one, other) } else { (other, one) }
}

/// A channel named `theirs`, which belongs to somebody else, as an address of `one`. What people said before
/// stays.
pub fn noticed(tx: &Tx<'_>, one: Id<Contact>, theirs: &Address) -> Result<()> {
    note(tx, one, theirs.contact, Some(theirs.id))
}

/// An address says more than a name.
fn note(tx: &Tx<'_>, one: Id<Contact>, other: Id<Contact>, address: Option<Id<Address>>) -> Result<()> {
    if one == other {
        return Ok(());
    }
    let (low, high) = pair(one, other);
    tx.prepare_cached(
        "INSERT INTO likeness (contact_id, other_id, address_id) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET address_id = excluded.address_id
         WHERE address_id IS NULL AND excluded.address_id IS NOT NULL AND dismissed_at IS NULL",
    )?
    .execute((low, high, address))?;
    Ok(())
}

/// Looks for whom this contact may be the same person as, by its addresses and its name as they are now.
pub(super) fn look(tx: &Tx<'_>, id: Id<Contact>) -> Result<()> {
    let name = keep_name(tx, id)?;
    for address in contact::addresses(tx, id)? {
        let Some(kind) = address.kind.alike() else { continue };
        // Kinds that are alike mean the same everywhere, so no channel gives them a scope.
        if let Some(theirs) = contact::find_address(tx, kind, Id::new(0), &address.value)? {
            noticed(tx, id, &theirs)?;
        }
    }
    let Some(name) = name else { return Ok(()) };
    let mut statement =
        tx.prepare_cached("SELECT contact_id FROM namesake WHERE name = ?1 AND contact_id <> ?2 LIMIT ?3")?;
    let rows = statement.query_map((name, id, NAMESAKES + 1), |row| row.get(0))?;
    let others: Vec<Id<Contact>> = rows.collect::<rusqlite::Result<_>>()?;
    if others.len() <= NAMESAKES as usize {
        for other in others {
            note(tx, id, other, None)?;
        }
    }
    Ok(())
}

/// Keeps the full name by which a contact is held against others, and returns it. What another name said before goes.
pub(super) fn keep_name(connection: &Connection, id: Id<Contact>) -> Result<Option<String>> {
    let name = contact::get(connection, id)?.and_then(|contact| full_name(&contact.name));
    let before: Option<String> = connection
        .prepare_cached("SELECT name FROM namesake WHERE contact_id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if name == before {
        return Ok(name);
    }
    connection
        .prepare_cached(
            "DELETE FROM likeness WHERE (contact_id = ?1 OR other_id = ?1) AND address_id IS NULL
             AND dismissed_at IS NULL",
        )?
        .execute([id])?;
    match &name {
        Some(name) => connection
            .prepare_cached(
                "INSERT INTO namesake (contact_id, name) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET name = excluded.name",
            )?
            .execute((id, name))?,
        None => connection.prepare_cached("DELETE FROM namesake WHERE contact_id = ?1")?.execute([id])?,
    };
    Ok(name)
}

/// This value is an address of its contact no more, so it makes nobody alike.
pub(super) fn address_goes(tx: &Tx<'_>, address: &Address) -> Result<()> {
    let theirs = match address.kind.alike() {
        Some(kind) => contact::find_address(tx, kind, Id::new(0), &address.value)?,
        None => None,
    };
    for id in [Some(address.id), theirs.map(|theirs| theirs.id)].into_iter().flatten() {
        tx.prepare_cached(
            "DELETE FROM likeness WHERE address_id = ?1 AND ?2 IN (contact_id, other_id)
             AND dismissed_at IS NULL",
        )?
        .execute((id, address.contact))?;
    }
    Ok(())
}

/// `from` is about to become `to`: what was said or found of the one holds for the other.
pub(super) fn merged(tx: &Tx<'_>, from: Id<Contact>, to: Id<Contact>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO likeness (contact_id, other_id, address_id, dismissed_at)
         SELECT min(other, ?2), max(other, ?2), address_id, dismissed_at FROM (
             SELECT other_id AS other, address_id, dismissed_at FROM likeness WHERE contact_id = ?1
             UNION ALL
             SELECT contact_id, address_id, dismissed_at FROM likeness WHERE other_id = ?1)
         WHERE other <> ?2 AND (address_id IS NOT NULL OR dismissed_at IS NOT NULL)
         ON CONFLICT DO UPDATE SET dismissed_at = ifnull(dismissed_at, excluded.dismissed_at)",
    )?
    .execute((from, to))?;
    Ok(())
}

/// Somebody said that these two are two people. That holds longer than the address that made them alike.
pub fn dismiss(tx: &Tx<'_>, one: Id<Contact>, other: Id<Contact>, now: Timestamp) -> Result<()> {
    let (low, high) = pair(one, other);
    tx.prepare_cached(
        "UPDATE likeness SET dismissed_at = ?3, address_id = NULL WHERE contact_id = ?1 AND other_id = ?2",
    )?
    .execute((low, high, now))?;
    Ok(())
}
