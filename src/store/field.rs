//! The team's own fields of contacts, and what stands in them.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::{id_list, json, to_json, word};
use super::{Result, Tx};
use crate::domain::contact::Contact;
use crate::domain::field::{Field, Kind};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Field> {
    Ok(Field {
        id: row.get("id")?,
        name: row.get("name")?,
        kind: word(row, "kind")?,
        choices: json(row, "choices")?,
        created_at: row.get("created_at")?,
    })
}

/// Every field, in the order in which they were made.
pub fn all(connection: &Connection) -> Result<Vec<Field>> {
    let mut statement = connection.prepare_cached("SELECT * FROM field ORDER BY id")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The field with this id.
pub fn get(connection: &Connection, id: Id<Field>) -> Result<Option<Field>> {
    let mut statement = connection.prepare_cached("SELECT * FROM field WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Adds a field.
pub fn insert(tx: &Tx<'_>, name: &str, kind: Kind, choices: &[String], now: Timestamp) -> Result<Id<Field>> {
    tx.prepare_cached("INSERT INTO field (name, kind, choices, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((name, kind.as_str(), to_json(&choices)?, now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Changes the name and the choices of a field.
pub fn change(tx: &Tx<'_>, id: Id<Field>, name: &str, choices: &[String]) -> Result<()> {
    tx.prepare_cached("UPDATE field SET name = ?2, choices = ?3 WHERE id = ?1")?.execute((
        id,
        name,
        to_json(&choices)?,
    ))?;
    Ok(())
}

/// Takes a field away, with what stands in it.
pub fn delete(tx: &Tx<'_>, id: Id<Field>) -> Result<()> {
    tx.prepare_cached("DELETE FROM field WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// What stands in the fields of these contacts.
pub type Values = BTreeMap<Id<Contact>, BTreeMap<Id<Field>, String>>;

/// The values of these contacts.
pub fn values(connection: &Connection, contacts: &[Id<Contact>]) -> Result<Values> {
    let mut statement = connection.prepare_cached(
        "SELECT contact_id, field_id, value FROM field_value
         WHERE contact_id IN (SELECT value FROM json_each(?1))",
    )?;
    let mut values = Values::new();
    let mut rows = statement.query([id_list(contacts)])?;
    while let Some(row) = rows.next()? {
        values.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get(2)?);
    }
    Ok(values)
}

/// The values of one contact.
pub fn of(connection: &Connection, contact: Id<Contact>) -> Result<BTreeMap<Id<Field>, String>> {
    Ok(values(connection, &[contact])?.remove(&contact).unwrap_or_default())
}

/// Puts a value, in its normal form, into a field of a contact; an empty one empties it.
pub fn set(tx: &Tx<'_>, contact: Id<Contact>, field: &Field, value: &str) -> Result<()> {
    if value.is_empty() {
        tx.prepare_cached("DELETE FROM field_value WHERE contact_id = ?1 AND field_id = ?2")?
            .execute((contact, field.id))?;
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO field_value (contact_id, field_id, value, sought) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET value = excluded.value, sought = excluded.sought",
    )?
    .execute((contact, field.id, value, field.sought(value)))?;
    Ok(())
}

/// The newest contacts before number `before` in one of whose fields exactly this stands; `sought` is folded.
pub fn holders(connection: &Connection, sought: &str, before: i64, most: u32) -> Result<Vec<Id<Contact>>> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT contact_id FROM field_value WHERE sought = ?1 AND contact_id < ?2
         ORDER BY contact_id DESC LIMIT ?3",
    )?;
    Ok(statement.query_map((sought, before, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Whether exactly this stands in one of the contact's fields.
pub fn holds(connection: &Connection, sought: &str, contact: Id<Contact>) -> Result<bool> {
    let mut statement = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM field_value WHERE sought = ?1 AND contact_id = ?2)")?;
    Ok(statement.query_row((sought, contact), |row| row.get(0))?)
}
