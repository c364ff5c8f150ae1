//! Contacts and their addresses, with the search tables that follow them.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{word, word_at};
use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind, Consent, Contact};
use crate::domain::{Id, Timestamp, search};

const COLUMNS: &str = "id, name, language, about, dedicated_id, blocked_at, created_at, updated_at, picture";

fn read(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: row.get("id")?,
        name: row.get("name")?,
        language: row.get("language")?,
        about: row.get("about")?,
        dedicated: row.get("dedicated_id")?,
        blocked_at: row.get("blocked_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        picture: row.get("picture")?,
    })
}

fn read_address(row: &Row<'_>) -> rusqlite::Result<Address> {
    let scope: i64 = row.get("scope")?;
    let (ended, agreed): (Option<Timestamp>, Option<Timestamp>) =
        (row.get("opted_out_at")?, row.get("agreed_at")?);
    Ok(Address {
        id: row.get("id")?,
        contact: row.get("contact_id")?,
        kind: word(row, "kind")?,
        scope: (scope != 0).then(|| Id::new(scope)),
        value: row.get("value")?,
        verified: row.get("verified")?,
        allowed: ended.or(agreed).map(|_| ended.is_none()),
        created_at: row.get("created_at")?,
    })
}

/// The contact with this id.
pub fn get(connection: &Connection, id: Id<Contact>) -> Result<Option<Contact>> {
    let sql = format!("SELECT {COLUMNS} FROM contact WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
}

/// The addresses of a contact, oldest first.
pub fn addresses(connection: &Connection, id: Id<Contact>) -> Result<Vec<Address>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM address WHERE contact_id = ?1 ORDER BY id")?;
    Ok(statement.query_map([id], read_address)?.collect::<rusqlite::Result<_>>()?)
}

/// A page of all contacts, the newest first: those older than `before`.
pub fn page(connection: &Connection, before: Option<Id<Contact>>, most: u32) -> Result<Vec<Contact>> {
    let sql = format!("SELECT {COLUMNS} FROM contact WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let before = before.map_or(i64::MAX, Id::get);
    Ok(statement.query_map((before, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// These contacts, in no order.
pub fn many(connection: &Connection, ids: &[Id<Contact>]) -> Result<Vec<Contact>> {
    let sql = format!("SELECT {COLUMNS} FROM contact WHERE id IN (SELECT value FROM json_each(?1))");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([super::values::id_list(ids)], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The addresses of these contacts, oldest first.
pub fn addresses_of(connection: &Connection, ids: &[Id<Contact>]) -> Result<Vec<Address>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM address WHERE contact_id IN (SELECT value FROM json_each(?1)) ORDER BY id",
    )?;
    Ok(statement.query_map([super::values::id_list(ids)], read_address)?.collect::<rusqlite::Result<_>>()?)
}

/// The address with this id.
pub fn address(connection: &Connection, id: Id<Address>) -> Result<Option<Address>> {
    let mut statement = connection.prepare_cached("SELECT * FROM address WHERE id = ?1")?;
    Ok(statement.query_row([id], read_address).optional()?)
}

/// The address with this value; `channel` gives the scope for kinds that have one.
pub fn find_address(
    connection: &Connection,
    kind: AddressKind,
    channel: Id<Channel>,
    value: &str,
) -> Result<Option<Address>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM address WHERE kind = ?1 AND scope = ?2 AND value = ?3")?;
    Ok(statement.query_row((kind.as_str(), scope(kind, channel), value), read_address).optional()?)
}

fn scope(kind: AddressKind, channel: Id<Channel>) -> i64 {
    if kind.is_scoped() { channel.get() } else { 0 }
}

/// Adds a contact.
pub fn insert(tx: &Tx<'_>, name: &str, language: Option<&str>, now: Timestamp) -> Result<Id<Contact>> {
    tx.prepare_cached(
        "INSERT INTO contact (name, language, created_at, updated_at) VALUES (:name, :language, :now, :now)",
    )?
    .execute(named_params! { ":name": name, ":language": language, ":now": now })?;
    let id = Id::new(tx.last_insert_rowid());
    index(tx, id)?;
    Ok(id)
}

/// Writes back a contact and its place in the search.
pub fn update(tx: &Tx<'_>, contact: &Contact) -> Result<()> {
    tx.prepare_cached(
        "UPDATE contact SET name = :name, language = :language, about = :about, dedicated_id = :dedicated,
             blocked_at = :blocked, updated_at = :updated WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": contact.id, ":name": contact.name, ":language": contact.language, ":about": contact.about,
        ":dedicated": contact.dedicated, ":blocked": contact.blocked_at, ":updated": contact.updated_at,
    })?;
    index(tx, contact.id)
}

/// A new address of a contact.
pub struct NewAddress<'a> {
    pub contact: Id<Contact>,
    pub kind: AddressKind,
    /// Gives the scope for kinds that have one.
    pub channel: Id<Channel>,
    /// In its normal form.
    pub value: &'a str,
    pub verified: bool,
}

/// Adds an address, which must be free.
pub fn insert_address(tx: &Tx<'_>, new: &NewAddress<'_>, now: Timestamp) -> Result<Id<Address>> {
    tx.prepare_cached(
        "INSERT INTO address (contact_id, kind, scope, value, verified, created_at)
         VALUES (:contact, :kind, :scope, :value, :verified, :now)",
    )?
    .execute(named_params! {
        ":contact": new.contact, ":kind": new.kind.as_str(), ":scope": scope(new.kind, new.channel),
        ":value": new.value, ":verified": new.verified, ":now": now,
    })?;
    let id = Id::new(tx.last_insert_rowid());
    index(tx, new.contact)?;
    Ok(id)
}

/// Changes the value of an address, as when a number moves.
pub fn move_address(tx: &Tx<'_>, address: &Address, value: &str) -> Result<()> {
    super::likeness::address_goes(tx, address)?;
    tx.prepare_cached("UPDATE address SET value = ?2 WHERE id = ?1")?.execute((address.id, value))?;
    index(tx, address.contact)
}

/// Takes an address away.
pub fn delete_address(tx: &Tx<'_>, address: &Address) -> Result<()> {
    super::likeness::address_goes(tx, address)?;
    tx.prepare_cached("DELETE FROM address WHERE id = ?1")?.execute([address.id])?;
    index(tx, address.contact)
}

/// When the person behind the address asked not to be written to.
pub fn opted_out(connection: &Connection, id: Id<Address>) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached("SELECT opted_out_at FROM address WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.flatten())
}

/// The addresses of these contacts at which somebody asked not to be written to.
pub fn opted_out_among(connection: &Connection, ids: &[Id<Contact>]) -> Result<Vec<Id<Address>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM address WHERE contact_id IN (SELECT value FROM json_each(?1))
         AND opted_out_at IS NOT NULL",
    )?;
    let ids = super::values::id_list(ids);
    Ok(statement.query_map([ids], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Notes what was said about writing to an address: when somebody allowed it or asked for an end, and who says so.
pub fn set_consent(tx: &Tx<'_>, id: Id<Address>, consent: &Consent) -> Result<()> {
    let (agreed, ended) = if consent.allowed { (Some(consent.at), None) } else { (None, Some(consent.at)) };
    tx.prepare_cached(
        "UPDATE address SET opted_out_at = ?2, agreed_at = ?3, consent_source = ?4 WHERE id = ?1",
    )?
    .execute((id, ended, agreed, &consent.source))?;
    Ok(())
}

/// What was last said about writing to the addresses of a contact; one of which nobody said anything is left out.
pub fn consents(connection: &Connection, id: Id<Contact>) -> Result<Vec<(Id<Address>, Consent)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, opted_out_at, agreed_at, consent_source FROM address WHERE contact_id = ?1
         AND (opted_out_at IS NOT NULL OR agreed_at IS NOT NULL)",
    )?;
    let rows = statement.query_map([id], |row| {
        let (ended, agreed): (Option<Timestamp>, Option<Timestamp>) = (row.get(1)?, row.get(2)?);
        let at = ended.or(agreed).unwrap_or(Timestamp(0));
        Ok((row.get(0)?, Consent { allowed: ended.is_none(), at, source: row.get(3)? }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Puts a contact in its place in the search: its name and its addresses, folded.
pub fn index(tx: &Tx<'_>, id: Id<Contact>) -> Result<()> {
    tx.prepare_cached("DELETE FROM contact_text WHERE contact_id = ?1")?.execute([id])?;
    tx.prepare_cached("DELETE FROM contact_words WHERE rowid = ?1")?.execute([id])?;
    tx.prepare_cached("DELETE FROM contact_parts WHERE rowid = ?1")?.execute([id])?;
    super::likeness::look(tx, id)?;
    put(tx, id)
}

/// Adds a contact to the search that is not in it.
pub(super) fn put(connection: &Connection, id: Id<Contact>) -> Result<()> {
    let Some(text) = text_of(connection, id)? else { return Ok(()) };
    debug_assert_eq!(text, search::fold(&text), "what is indexed is folded");
    connection
        .prepare_cached("INSERT INTO contact_text (contact_id, text) VALUES (?1, ?2)")?
        .execute((id, &text))?;
    connection
        .prepare_cached("INSERT INTO contact_words (rowid, text) VALUES (?1, ?2)")?
        .execute((id, search::tokens(&text).join(" ")))?;
    connection
        .prepare_cached("INSERT INTO contact_parts (rowid, text) VALUES (?1, ?2)")?
        .execute((id, &text))?;
    Ok(())
}

/// Puts every contact into its place in the search anew.
pub fn rebuild(tx: &Tx<'_>) -> Result<()> {
    tx.execute_batch(
        "INSERT INTO contact_words (contact_words) VALUES ('delete-all');
         INSERT INTO contact_parts (contact_parts) VALUES ('delete-all')",
    )?;
    let mut last = Id::new(0);
    let mut statement = tx.prepare("SELECT id FROM contact WHERE id > ?1 ORDER BY id LIMIT 1000")?;
    loop {
        let rows = statement.query_map([last], |row| row.get(0))?;
        let ids: Vec<Id<Contact>> = rows.collect::<rusqlite::Result<_>>()?;
        for id in &ids {
            index(tx, *id)?;
        }
        match ids.last() {
            Some(id) => last = *id,
            None => return Ok(()),
        }
    }
}

/// Whether what the search knows of a contact is such a text; of somebody who is gone it knows nothing.
pub fn is_known_as(connection: &Connection, id: Id<Contact>, is: impl Fn(&str) -> bool) -> Result<bool> {
    let mut statement = connection.prepare_cached("SELECT text FROM contact_text WHERE contact_id = ?1")?;
    let known = statement.query_row([id], |row| Ok(is(row.get_ref(0)?.as_str()?))).optional()?;
    Ok(known.unwrap_or(false))
}

/// What the search has to know of a contact. Ids of visitors and providers mean nothing to people and stay out.
pub fn text_of(connection: &Connection, id: Id<Contact>) -> Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM contact WHERE id = ?1")?;
    let name: Option<String> = statement.query_row([id], |row| row.get(0)).optional()?;
    let Some(name) = name else { return Ok(None) };
    let mut statement =
        connection.prepare_cached("SELECT kind, value FROM address WHERE contact_id = ?1 ORDER BY id")?;
    let mut rows = statement.query([id])?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        if !word_at::<AddressKind>(row, 0, "address.kind")?.is_scoped() {
            values.push(search::fold(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?));
        }
    }
    Ok(Some(search::of_contact(&search::fold(&name), &values)))
}
