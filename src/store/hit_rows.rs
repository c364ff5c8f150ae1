//! What a search reads of messages, and where it takes its candidates from: the index of words, newest first.

use rusqlite::{Connection, Row};

use super::values::{id_list, word_at};
use super::{Result, expression::Expression};
use crate::domain::Id;
use crate::domain::conversation::Conversation;
use crate::domain::hit::Facts;
use crate::domain::message::Message;
use crate::domain::words;

/// Up to about so many steps through the index are taken at once; what may take more is read in pieces.
const STEPS: i64 = 10_000;

/// The next messages before number `before` that the expression finds, at most `most`, and where to go on: `None`
/// when everything was seen. What may take many steps is looked for in the newest `blocks` blocks of messages only.
pub fn by_words(
    connection: &Connection,
    expression: &Expression,
    before: i64,
    (most, blocks): (u32, i64),
) -> Result<(Vec<Id<Message>>, Option<i64>)> {
    let before = before.min(super::words::newest(connection)? + 1);
    // Words that are common and may seldom stand together are read in pieces.
    let (from, text) = match expression.cost {
        Some(cost) if cost > STEPS => {
            // Whole blocks, so that none is walked twice.
            let from = ((before - 1) / words::BLOCK - blocks + 1).max(0) * words::BLOCK;
            (from, expression.text_within(from, before))
        }
        _ => (0, expression.text()),
    };
    let mut statement = connection.prepare_cached(
        "SELECT rowid FROM message_words WHERE message_words MATCH ?1 AND rowid < ?2 AND rowid >= ?3
         ORDER BY rowid DESC LIMIT ?4",
    )?;
    let rows = statement.query_map((text, before, from, most), |row| row.get(0))?;
    let found: Vec<Id<Message>> = rows.collect::<rusqlite::Result<_>>()?;
    let next = match found.last() {
        Some(last) if found.len() == most as usize => Some(last.get()),
        _ => (from > 0).then_some(from),
    };
    Ok((found, next))
}

/// Whether the expression finds this message.
pub fn is_by_words(connection: &Connection, expression: &Expression, id: Id<Message>) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message_words WHERE message_words MATCH ?1 AND rowid = ?2)",
    )?;
    Ok(statement.query_row((expression.text_within(id.get(), id.get() + 1), id), |row| row.get(0))?)
}

/// Messages of a conversation from one number to before another, the first ones.
pub fn within(
    connection: &Connection,
    conversation: Id<Conversation>,
    (from, to): (i64, i64),
    most: u32,
) -> Result<Vec<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND id >= ?2 AND id < ?3 ORDER BY id LIMIT ?4",
    )?;
    let rows = statement.query_map((conversation, from, to, most), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What is known of these messages, in their order. Lines of the desk are left out.
pub fn facts(connection: &Connection, ids: &[Id<Message>], with: Need) -> Result<Vec<Facts>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.id, v.id, m.kind, m.author_id, m.at, v.status, v.assignee_id, v.queue_id, v.channel_id, v.contact_id,
             v.unread > 0, v.waiting_since IS NOT NULL, v.window_closes_at,
             iif(?2 AND m.revoked_at IS NULL, m.body, ''), iif(?2, v.subject, ''),
             iif(?3, (SELECT json_group_array(tag_id) FROM conversation_tag t WHERE t.conversation_id = v.id), '[]'),
             iif(?4 AND m.revoked_at IS NULL, (SELECT json_group_array(name) FROM attachment a WHERE a.message_id = m.id), '[]')
         FROM json_each(?1) j CROSS JOIN message m ON m.id = j.value
             CROSS JOIN conversation v ON v.id = m.conversation_id WHERE m.kind <> 'event'",
    )?;
    let rows = statement.query_map((id_list(ids), with.texts, with.tags, with.files), read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What costs more than the rows themselves, and is read only where it is asked for.
#[derive(Clone, Copy, Default, Debug)]
pub struct Need {
    pub texts: bool,
    pub tags: bool,
    pub files: bool,
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Facts> {
    let list = |place| -> rusqlite::Result<serde_json::Value> {
        Ok(serde_json::from_str(row.get_ref(place)?.as_str()?).unwrap_or_default())
    };
    let (tags, files) = (list(15)?, list(16)?);
    let files = files.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut texts: Vec<String> = vec![row.get(13)?, row.get(14)?];
    texts.extend(files.iter().filter_map(|name| name.as_str().map(str::to_owned)));
    let tags = tags.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Facts {
        message: row.get(0)?,
        conversation: row.get(1)?,
        kind: word_at(row, 2, "kind")?,
        author: row.get(3)?,
        at: row.get(4)?,
        status: word_at(row, 5, "status")?,
        assignee: row.get(6)?,
        queue: row.get(7)?,
        channel: row.get(8)?,
        contact: row.get(9)?,
        unread: row.get(10)?,
        waiting: row.get(11)?,
        window_closes_at: row.get(12)?,
        has_file: !files.is_empty(),
        tags: tags.iter().filter_map(serde_json::Value::as_i64).collect(),
        texts,
    })
}

/// The tags of the team. There are few.
pub fn tags(connection: &Connection) -> Result<Vec<(i64, String)>> {
    let mut statement = connection.prepare_cached("SELECT id, name FROM tag ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// From where a thread is shown so that a message stands in it with what followed: the number of a later message, or
/// `None` when the newest page holds it.
pub fn shown_before(
    connection: &Connection,
    conversation: Id<Conversation>,
    message: Id<Message>,
) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND id > ?2 ORDER BY id LIMIT 40",
    )?;
    let rows = statement.query_map((conversation, message), |row| row.get(0))?;
    let later: Vec<i64> = rows.collect::<rusqlite::Result<_>>()?;
    Ok((later.len() == 40).then(|| later[20]))
}
