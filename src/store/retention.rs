//! How long is kept what was said on an entry point, and what has lain there longer.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx, message};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Attachment, Message};
use crate::domain::retention::{Rule, TEXT_REMOVED};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Rule> {
    Ok(Rule {
        conversations: row.get("conversations")?,
        files: row.get("files")?,
        letters: row.get("letters")?,
        texts: row.get("texts")?,
    })
}

/// The rule of this channel; by itself everything is kept.
pub fn get(connection: &Connection, channel: Id<Channel>) -> Result<Rule> {
    let mut statement = connection.prepare_cached("SELECT * FROM retention WHERE channel_id = ?1")?;
    Ok(statement.query_row([channel], read).optional()?.unwrap_or_default())
}

/// Every channel that has a rule.
pub fn all(connection: &Connection) -> Result<Vec<(Id<Channel>, Rule)>> {
    let mut statement = connection.prepare_cached("SELECT * FROM retention ORDER BY channel_id")?;
    let rows = statement.query_map([], |row| Ok((row.get("channel_id")?, read(row)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sets the rule. Everything is looked through from the first on again.
pub fn set(tx: &Tx<'_>, channel: Id<Channel>, rule: Rule) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO retention (channel_id, conversations, files, letters, texts)
         VALUES (:channel, :conversations, :files, :letters, :texts)
         ON CONFLICT DO UPDATE SET conversations = :conversations, files = :files, letters = :letters, texts = :texts,
             files_seen = 0, letters_seen = 0, texts_seen = 0",
    )?
    .execute(named_params! {
        ":channel": channel, ":conversations": rule.conversations, ":files": rule.files,
        ":letters": rule.letters, ":texts": rule.texts,
    })?;
    Ok(())
}

/// Closed conversations in which nothing was said since `before`, the longest silent first.
pub fn silent(
    connection: &Connection,
    channel: Id<Channel>,
    before: Timestamp,
    most: u32,
) -> Result<Vec<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM conversation WHERE channel_id = ?1 AND status = 'closed' AND last_message_at < ?2
         ORDER BY last_message_at, id LIMIT ?3",
    )?;
    let rows = statement.query_map((channel, before, most), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How far the files, letters and texts of a channel have been looked through: the number of the last of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    pub files: i64,
    pub letters: i64,
    pub texts: i64,
}

/// How far this channel has been looked through.
pub fn seen(connection: &Connection, channel: Id<Channel>) -> Result<Seen> {
    let mut statement = connection
        .prepare_cached("SELECT files_seen, letters_seen, texts_seen FROM retention WHERE channel_id = ?1")?;
    let read = |row: &Row<'_>| Ok(Seen { files: row.get(0)?, letters: row.get(1)?, texts: row.get(2)? });
    Ok(statement.query_row([channel], read).optional()?.unwrap_or_default())
}

/// Notes how far.
pub fn see(tx: &Tx<'_>, channel: Id<Channel>, seen: Seen) -> Result<()> {
    tx.prepare_cached(
        "UPDATE retention SET files_seen = ?2, letters_seen = ?3, texts_seen = ?4 WHERE channel_id = ?1",
    )?
    .execute((channel, seen.files, seen.letters, seen.texts))?;
    Ok(())
}

/// Something on the way from the oldest to the newest.
pub struct Passed<T> {
    pub id: Id<T>,
    pub at: Timestamp,
    /// It belongs to the channel, and there is still something of it to go.
    pub counts: bool,
}

fn passed<T>(row: &Row<'_>) -> rusqlite::Result<Passed<T>> {
    Ok(Passed { id: row.get(0)?, at: row.get(1)?, counts: row.get(2)? })
}

/// The next files of the desk after number `after`, in the order in which they came.
pub fn files(
    connection: &Connection,
    channel: Id<Channel>,
    after: i64,
    most: u32,
) -> Result<Vec<Passed<Attachment>>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.id, a.created_at, a.state = 'stored' AND ifnull(v.channel_id = ?1, 0) AS counts
         FROM attachment a LEFT JOIN message m ON m.id = a.message_id
         LEFT JOIN conversation v ON v.id = m.conversation_id
         WHERE a.id > ?2 ORDER BY a.id LIMIT ?3",
    )?;
    let rows = statement.query_map((channel, after, most), passed)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The same for letters, by the numbers of their messages.
pub fn letters(
    connection: &Connection,
    channel: Id<Channel>,
    after: i64,
    most: u32,
) -> Result<Vec<Passed<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT l.message_id, m.created_at, l.channel_id = ?1 AND l.size > 0
         FROM mail l JOIN message m ON m.id = l.message_id
         WHERE l.message_id > ?2 ORDER BY l.message_id LIMIT ?3",
    )?;
    let rows = statement.query_map((channel, after, most), passed)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The same for what was said in messages and notes. What still leaves is left alone.
pub fn texts(
    connection: &Connection,
    channel: Id<Channel>,
    after: i64,
    most: u32,
) -> Result<Vec<Passed<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.id, m.created_at, v.channel_id = ?1 AND m.kind <> 'event' AND m.body <> ''
             AND m.state NOT IN ('queued', 'sending')
         FROM message m JOIN conversation v ON v.id = m.conversation_id
         WHERE m.id > ?2 ORDER BY m.id LIMIT ?3",
    )?;
    let rows = statement.query_map((channel, after, most), passed)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes the bytes of a file away; that it was there stays.
pub fn remove_file(tx: &Tx<'_>, id: Id<Attachment>) -> Result<()> {
    super::attachment::clear(tx, id)?;
    tx.prepare_cached("UPDATE attachment SET state = 'removed', source = NULL WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// Takes a letter away, as it came; what is shown of it stays.
pub fn remove_letter(tx: &Tx<'_>, id: Id<Message>) -> Result<()> {
    tx.prepare_cached("DELETE FROM mail_part WHERE message_id = ?1")?.execute([id])?;
    tx.prepare_cached("UPDATE mail SET size = 0 WHERE message_id = ?1")?.execute([id])?;
    Ok(())
}

/// Takes away what was said in a message, wherever it stands: in the message, in the letter that it came by, in earlier
/// versions, in the search, and in the line that the list shows.
pub fn remove_text(tx: &Tx<'_>, id: Id<Message>) -> Result<()> {
    let Some(mut message) = message::get(tx, id)? else { return Ok(()) };
    message.body.clear();
    message.extra.earlier.clear();
    message.extra.typed = None;
    message.extra.covered = false;
    message.extra.label = Some(TEXT_REMOVED.to_owned());
    message::update(tx, &message)?;
    tx.prepare_cached("UPDATE message SET html = NULL WHERE id = ?1")?.execute([id])?;
    tx.prepare_cached("UPDATE conversation SET snippet = '' WHERE id = ?1 AND last_message_id = ?2")?
        .execute((message.conversation, id))?;
    super::restricted::forget(tx, id)?;
    remove_letter(tx, id)
}

/// Takes a conversation away with everything that was said in it. What the log says of it stays, without details.
pub fn remove_conversation(tx: &Tx<'_>, id: Id<Conversation>) -> Result<()> {
    super::event::blank(tx, id)?;
    tx.prepare_cached("UPDATE conversation SET previous_id = NULL WHERE previous_id = ?1")?.execute([id])?;
    tx.prepare_cached("UPDATE conversation SET side_of_id = NULL WHERE side_of_id = ?1")?.execute([id])?;
    let messages: Vec<Id<Message>> = tx
        .prepare_cached("SELECT id FROM message WHERE conversation_id = ?1")?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for one in messages {
        // One by one, so that whatever else is kept of a message goes with it.
        message::delete(tx, one)?;
    }
    tx.prepare_cached("DELETE FROM conversation WHERE id = ?1")?.execute([id])?;
    Ok(())
}
