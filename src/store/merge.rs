//! Two contacts become one: what belonged to the one that goes, moves.

use rusqlite::{Connection, Row};

use super::{Result, Tx, contact, event};
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
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

/// What the log tells of mergers into a contact since then, the latest first, up to ten.
pub fn into(connection: &Connection, id: Id<Contact>, since: Timestamp) -> Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM event WHERE contact_id = ?1 AND kind = 'contact.merged' AND at >= ?2
         ORDER BY id DESC LIMIT 10",
    )?;
    Ok(statement.query_map((id, since), event::read)?.collect::<rusqlite::Result<_>>()?)
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
