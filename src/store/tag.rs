//! Tags and the conversations that have them.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::{id_list, word};
use super::{Result, Tx};
use crate::domain::conversation::Conversation;
use crate::domain::tag::{Colour, Tag};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Tag> {
    Ok(Tag {
        id: row.get("id")?,
        name: row.get("name")?,
        colour: word(row, "colour")?,
        created_at: row.get("created_at")?,
    })
}

/// Every tag, by name.
pub fn all(connection: &Connection) -> Result<Vec<Tag>> {
    let mut statement = connection.prepare_cached("SELECT * FROM tag ORDER BY key")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The tag with this id.
pub fn get(connection: &Connection, id: Id<Tag>) -> Result<Option<Tag>> {
    let mut statement = connection.prepare_cached("SELECT * FROM tag WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The tag whose folded name this is.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Tag>> {
    let mut statement = connection.prepare_cached("SELECT * FROM tag WHERE key = ?1")?;
    Ok(statement.query_row([key], read).optional()?)
}

/// Adds a tag; its folded name must be free.
pub fn insert(tx: &Tx<'_>, name: &str, key: &str, colour: Colour, now: Timestamp) -> Result<Id<Tag>> {
    tx.prepare_cached("INSERT INTO tag (name, key, colour, created_at) VALUES (?1, ?2, ?3, ?4)")?
        .execute((name, key, colour.as_str(), now))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Changes name and colour.
pub fn change(tx: &Tx<'_>, id: Id<Tag>, name: &str, key: &str, colour: Colour) -> Result<()> {
    tx.prepare_cached("UPDATE tag SET name = ?2, key = ?3, colour = ?4 WHERE id = ?1")?.execute((
        id,
        name,
        key,
        colour.as_str(),
    ))?;
    Ok(())
}

/// Takes a tag away, also from the conversations that have it.
pub fn delete(tx: &Tx<'_>, id: Id<Tag>) -> Result<()> {
    tx.prepare_cached("DELETE FROM tag WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The tags of a conversation, by name.
pub fn of(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Tag>> {
    let mut found = of_many(connection, &[conversation])?;
    Ok(found.remove(&conversation).unwrap_or_default())
}

/// The tags of these conversations, by name.
pub fn of_many(
    connection: &Connection,
    conversations: &[Id<Conversation>],
) -> Result<BTreeMap<Id<Conversation>, Vec<Tag>>> {
    let mut statement = connection.prepare_cached(
        "SELECT w.conversation_id, t.* FROM json_each(?1) j
         CROSS JOIN conversation_tag w ON w.conversation_id = j.value CROSS JOIN tag t ON t.id = w.tag_id",
    )?;
    let mut rows = statement.query([id_list(conversations)])?;
    let mut found: BTreeMap<Id<Conversation>, Vec<Tag>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.entry(row.get("conversation_id")?).or_default().push(read(row)?);
    }
    for tags in found.values_mut() {
        tags.sort_by_cached_key(|tag| crate::domain::tag::key(&tag.name));
    }
    Ok(found)
}

/// Puts a tag on a conversation; says whether it was not there before.
pub fn put(tx: &Tx<'_>, conversation: &Conversation, tag: Id<Tag>) -> Result<bool> {
    let added = tx
        .prepare_cached(
            "INSERT INTO conversation_tag (conversation_id, tag_id, status, last_message_at)
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute((conversation.id, tag, conversation.status.as_str(), conversation.last_message_at))?;
    Ok(added > 0)
}

/// Takes a tag off a conversation; says whether it was there.
pub fn take(tx: &Tx<'_>, conversation: Id<Conversation>, tag: Id<Tag>) -> Result<bool> {
    let taken = tx
        .prepare_cached("DELETE FROM conversation_tag WHERE conversation_id = ?1 AND tag_id = ?2")?
        .execute((conversation, tag))?;
    Ok(taken > 0)
}
