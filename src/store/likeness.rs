//! Contacts who may be one person: what channels hinted at, what addresses tell, and what people said of it.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx, contact};
use crate::domain::contact::{Address, Contact};
use crate::domain::{Id, Timestamp};

/// The contacts who may be the same person as this one, each with the address that says so. Those of whom
/// somebody said that they are not, are left out.
pub fn of(connection: &Connection, id: Id<Contact>) -> Result<Vec<(Id<Contact>, Address)>> {
    let mut found = hinted(connection, id)?;
    for address in contact::addresses(connection, id)? {
        let Some(kind) = address.kind.alike() else { continue };
        // Kinds that are alike mean the same everywhere, so no channel gives them a scope.
        let theirs = contact::find_address(connection, kind, Id::new(0), &address.value)?;
        if let Some(theirs) = theirs.filter(|theirs| theirs.contact != id)
            && !found.iter().any(|(other, _)| *other == theirs.contact)
            && !is_dismissed(connection, id, theirs.contact)?
        {
            found.push((theirs.contact, theirs));
        }
    }
    Ok(found)
}

fn hinted(connection: &Connection, id: Id<Contact>) -> Result<Vec<(Id<Contact>, Address)>> {
    let mut statement = connection.prepare_cached(
        "SELECT other_id, address_id FROM likeness WHERE contact_id = ?1 AND dismissed_at IS NULL
         UNION ALL
         SELECT contact_id, address_id FROM likeness WHERE other_id = ?1 AND dismissed_at IS NULL",
    )?;
    let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut found = Vec::new();
    for (other, address) in rows.collect::<rusqlite::Result<Vec<(Id<Contact>, Id<Address>)>>>()? {
        if let Some(address) = contact::address(connection, address)? {
            found.push((other, address));
        }
    }
    Ok(found)
}

fn is_dismissed(connection: &Connection, one: Id<Contact>, other: Id<Contact>) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT dismissed_at IS NOT NULL FROM likeness WHERE contact_id = ?1 AND other_id = ?2",
    )?;
    Ok(statement.query_row(pair(one, other), |row| row.get(0)).optional()?.unwrap_or(false))
}

fn pair(one: Id<Contact>, other: Id<Contact>) -> (Id<Contact>, Id<Contact>) {
    if one.get() < other.get() { (one, other) } else { (other, one) }
}

/// A channel named `theirs`, which belongs to somebody else, as an address of `one`. What people said before
/// stays.
pub fn noticed(tx: &Tx<'_>, one: Id<Contact>, theirs: &Address) -> Result<()> {
    if one == theirs.contact {
        return Ok(());
    }
    let (low, high) = pair(one, theirs.contact);
    tx.prepare_cached(
        "INSERT INTO likeness (contact_id, other_id, address_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute((low, high, theirs.id))?;
    Ok(())
}

/// Somebody said that these two, who share this address, are two people.
pub fn dismiss(
    tx: &Tx<'_>,
    one: Id<Contact>,
    (other, shared): (Id<Contact>, Id<Address>),
    now: Timestamp,
) -> Result<()> {
    let (low, high) = pair(one, other);
    tx.prepare_cached(
        "INSERT INTO likeness (contact_id, other_id, address_id, dismissed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET dismissed_at = excluded.dismissed_at",
    )?
    .execute((low, high, shared, now))?;
    Ok(())
}
