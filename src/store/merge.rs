//! Two contacts become one: what belonged to the one that goes, moves.

use rusqlite::{Connection, Row};

use super::{Result, Tx, contact};
use crate::domain::Id;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;

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
    tx.prepare_cached("DELETE FROM contact WHERE id = ?1")?.execute([from])?;
    contact::index(tx, from)?;
    contact::index(tx, to)?;
    Ok(moved)
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
