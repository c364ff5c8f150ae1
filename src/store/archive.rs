//! Conversations in the order in which an archive lists them.

use rusqlite::{Connection, Row};

use super::values::word;
use super::{Error, Result};
use crate::domain::archive::Told;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Timestamp};

/// What is read of each conversation.
const TOLD: &str = "SELECT v.id, v.contact_id, c.name, h.name, h.kind, v.subject, v.status, v.snippet,
    v.created_at, v.last_message_at, g.name, v.address_id,
    (SELECT count(*) FROM message m WHERE m.conversation_id = v.id AND m.kind <> 'event')
FROM conversation v JOIN contact c ON c.id = v.contact_id JOIN channel h ON h.id = v.channel_id
LEFT JOIN agent g ON g.id = v.assignee_id";

fn read(row: &Row<'_>) -> rusqlite::Result<Told> {
    Ok(Told {
        id: row.get(0)?,
        contact: row.get(1)?,
        name: row.get(2)?,
        channel: row.get(3)?,
        kind: word(row, "kind")?,
        subject: row.get(5)?,
        status: word(row, "status")?,
        snippet: row.get(7)?,
        created_at: row.get(8)?,
        last_at: row.get(9)?,
        assignee: row.get(10)?,
        address: row.get(11)?,
        messages: row.get(12)?,
    })
}

/// Hands every conversation to `each`, in the order of their numbers.
pub fn conversations<E: From<Error>>(
    connection: &Connection,
    each: &mut dyn FnMut(Told) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    walk(connection, &format!("{TOLD} ORDER BY v.id"), each)
}

/// The same, the latest first.
pub fn latest<E: From<Error>>(
    connection: &Connection,
    each: &mut dyn FnMut(Told) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    walk(connection, &format!("{TOLD} ORDER BY v.last_message_at DESC, v.id DESC"), each)
}

fn walk<E: From<Error>>(
    connection: &Connection,
    sql: &str,
    each: &mut dyn FnMut(Told) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut statement = connection.prepare(sql).map_err(Error::from)?;
    let mut rows = statement.query([]).map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        each(read(row).map_err(Error::from)?)?;
    }
    Ok(())
}

/// The conversations of these contacts, the latest first.
pub fn of_contacts(connection: &Connection, contacts: &[Id<Contact>]) -> Result<Vec<Told>> {
    let sql = format!(
        "{TOLD} WHERE v.contact_id IN (SELECT value FROM json_each(?1)) ORDER BY v.last_message_at DESC, v.id DESC"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([super::values::id_list(contacts)], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Up to `most` contacts after number `after`, oldest first.
pub fn contacts(connection: &Connection, after: Id<Contact>, most: u32) -> Result<Vec<Contact>> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM contact WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let ids: Vec<Id<Contact>> =
        statement.query_map((after, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut found = super::contact::many(connection, &ids)?;
    found.sort_unstable_by_key(|contact| contact.id);
    Ok(found)
}

/// When the newest and the oldest conversation had their last message.
pub fn bounds(connection: &Connection) -> Result<Option<(Timestamp, Timestamp)>> {
    let sql = "SELECT min(last_message_at), max(last_message_at) FROM conversation";
    let (first, last) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Option::zip(first, last))
}

/// The value of an address.
pub fn value_of(connection: &Connection, id: Id<Address>) -> Result<String> {
    Ok(super::contact::address(connection, id)?.map(|address| address.value).unwrap_or_default())
}

/// The highest number of a conversation, for a line of progress.
pub fn newest(connection: &Connection) -> Result<Id<Conversation>> {
    let newest = "SELECT ifnull(max(id), 0) FROM conversation";
    Ok(connection.query_row(newest, [], |row| row.get(0))?)
}
