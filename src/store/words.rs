//! The words by which messages are found, kept beside them: text, subject, names of files, and marks.
//!
//! A message is indexed once a commit, after everything that the commit did with it: the index then gets one piece a
//! commit, not one a message. What changes or goes is taken out before it does, because the index keeps no copy of the
//! text and has to be told what to take out.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::words::{self, Mark};
use crate::domain::{Id, Timestamp, search};

/// Up to this rank a word may have lost its last message, so that looking is worth it.
const RARE: i64 = 3;

/// A message that was just added: to be indexed with this commit.
pub fn added(tx: &Tx<'_>, id: Id<Message>) {
    tx.reword(id);
}

/// Call before anything that stands in the index changes: the text, what is revoked, the files, the row itself.
pub fn changing(tx: &Tx<'_>, id: Id<Message>) -> Result<()> {
    if tx.reword(id) { forget(tx, &[id]) } else { Ok(()) }
}

/// Call before the subject of a conversation changes. It is found with the first message.
pub fn subject_changing(tx: &Tx<'_>, conversation: Id<Conversation>, new: &str) -> Result<()> {
    let old: Option<String> = tx
        .prepare_cached("SELECT subject FROM conversation WHERE id = ?1")?
        .query_row([conversation], |row| row.get(0))
        .optional()?;
    if old.is_none_or(|old| old == new) {
        return Ok(());
    }
    match first(tx, conversation, Id::new(0))? {
        Some(first) => changing(tx, first),
        None => Ok(()),
    }
}

/// Call before a message is taken back: the one after it may carry the subject from then on.
pub fn deleting(tx: &Tx<'_>, id: Id<Message>) -> Result<()> {
    let conversation: Option<Id<Conversation>> = tx
        .prepare_cached("SELECT conversation_id FROM message WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(conversation) = conversation else { return Ok(()) };
    if let Some(next) = first(tx, conversation, id)? {
        changing(tx, next)?;
    }
    changing(tx, id)
}

/// The first message of a thread behind number `after`.
fn first(
    connection: &Connection,
    conversation: Id<Conversation>,
    after: Id<Message>,
) -> Result<Option<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND id > ?2 AND kind <> 'event' ORDER BY id LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, after), |row| row.get(0)).optional()?)
}

/// Whether this is the message with which the subject of its conversation is found.
pub fn is_first(
    connection: &Connection,
    conversation: Id<Conversation>,
    message: Id<Message>,
) -> Result<bool> {
    Ok(first(connection, conversation, Id::new(0))? == Some(message))
}

/// Call before a contact is erased with everything that was said.
pub fn erasing(tx: &Tx<'_>, contact: Id<Contact>) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT m.id FROM conversation v JOIN message m ON m.conversation_id = v.id
         WHERE v.contact_id = ?1 AND m.kind <> 'event'",
    )?;
    let all: Vec<Id<Message>> =
        statement.query_map([contact], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let indexed: Vec<Id<Message>> = all.into_iter().filter(|id| tx.reword(*id)).collect();
    forget(tx, &indexed)
}

/// Takes messages out of the index, as they stand now, and forgets words that nobody else has said.
fn forget(tx: &Tx<'_>, ids: &[Id<Message>]) -> Result<()> {
    let mut said = BTreeSet::new();
    for id in ids {
        let Some(words) = of(tx, *id)? else { continue };
        let taken = tx
            .prepare_cached(
                "INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', ?1, ?2)",
            )?
            .execute((id, joined(&words)));
        match taken {
            Err(fault) if is_out_of_step(&fault) => {
                // Whoever changes a message must not be stopped by a search that has lost track of it.
                log::error!(
                    "the search does not know message {id} as it stands: transom check --repair mends it"
                );
            }
            other => drop(other?),
        }
        said.extend(words);
    }
    for word in said {
        let rank: Option<i64> = rank(tx, &word)?;
        if rank.is_some_and(|rank| rank <= RARE) && !is_said(tx, &word)? {
            tx.prepare_cached("DELETE FROM term WHERE word = ?1")?.execute([&word])?;
        }
    }
    Ok(())
}

/// The index was told to take out what it does not hold. Nothing was changed by it.
fn is_out_of_step(fault: &rusqlite::Error) -> bool {
    fault.sqlite_error().is_some_and(|fault| fault.extended_code == rusqlite::ffi::SQLITE_CORRUPT_VTAB)
}

fn is_said(connection: &Connection, word: &str) -> Result<bool> {
    let mut statement = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM message_words WHERE message_words MATCH ?1)")?;
    Ok(statement.query_row([search::quoted(word)], |row| row.get(0))?)
}

fn rank(connection: &Connection, word: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT rank FROM term WHERE word = ?1")?;
    Ok(statement.query_row([word], |row| row.get(0)).optional()?)
}

/// Indexes what a commit added or changed.
pub fn index(connection: &Connection, ids: &BTreeSet<Id<Message>>) -> Result<()> {
    for id in ids {
        let Some(words) = of(connection, *id)? else { continue };
        connection
            .prepare_cached("INSERT INTO message_words (rowid, text) VALUES (?1, ?2)")?
            .execute((id, joined(&words)))?;
        for word in words.iter().filter(|word| !words::is_mark(word)) {
            count(connection, *id, word)?;
        }
    }
    Ok(())
}

/// Notes that a word was said once more.
fn count(connection: &Connection, id: Id<Message>, word: &str) -> Result<()> {
    let Some(rank) = rank(connection, word)? else {
        connection.prepare_cached("INSERT INTO term (word, rank) VALUES (?1, 1)")?.execute([word])?;
        return Ok(());
    };
    let mut seed = DefaultHasher::new();
    (id.get(), word).hash(&mut seed);
    if words::raises(rank, seed.finish()) {
        connection.prepare_cached("UPDATE term SET rank = rank + 1 WHERE word = ?1")?.execute([word])?;
    }
    Ok(())
}

fn joined(words: &BTreeSet<String>) -> String {
    let mut text = String::with_capacity(words.len() * 8);
    for word in words {
        text.push_str(word);
        text.push(' ');
    }
    text
}

/// Everything by which a message is found; nothing for lines of the desk and for what is not there.
pub fn of(connection: &Connection, id: Id<Message>) -> Result<Option<BTreeSet<String>>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.kind, m.author_id, m.at, m.body, v.channel_id,
             iif(v.subject = '' OR EXISTS (SELECT 1 FROM message p WHERE p.conversation_id = m.conversation_id
                 AND p.id < m.id AND p.kind <> 'event'), '', v.subject),
             m.revoked_at IS NOT NULL
         FROM message m JOIN conversation v ON v.id = m.conversation_id WHERE m.id = ?1 AND m.kind <> 'event'",
    )?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let text = |place| -> rusqlite::Result<&str> { Ok(row.get_ref(place)?.as_str()?) };
    let kind = text(0)?.chars().next().unwrap_or_default();
    let mut found = marks(kind, row.get(1)?, Timestamp(row.get(2)?), row.get(4)?);
    found.insert(Mark::Block(id.get() / words::BLOCK).word());
    words::of_text(text(5)?, &mut found);
    if row.get(6)? {
        // What was taken back is found by nothing that it held.
        return Ok(Some(found));
    }
    words::of_text(text(3)?, &mut found);
    let mut files = connection.prepare_cached("SELECT name FROM attachment WHERE message_id = ?1")?;
    let mut files = files.query([id])?;
    while let Some(file) = files.next()? {
        found.insert(Mark::File.word());
        words::of_text(file.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?, &mut found);
    }
    Ok(Some(found))
}

fn marks(kind: char, author: Option<i64>, at: Timestamp, channel: i64) -> BTreeSet<String> {
    let (year, month) = words::month(at);
    let always = [Mark::Kind(kind), Mark::Channel(channel), Mark::Month(year, month), Mark::Year(year)];
    always.into_iter().chain(author.map(Mark::Author)).map(Mark::word).collect()
}

/// The number of the newest message.
pub fn newest(connection: &Connection) -> Result<i64> {
    let mut statement = connection.prepare_cached("SELECT ifnull(max(id), 0) FROM message")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// How many messages are put into the index between two words about how far it is.
const STEP: i64 = 1000;

fn after(connection: &Connection, last: Id<Message>) -> Result<Vec<Id<Message>>> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM message WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    Ok(statement.query_map((last, STEP), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Puts every message into an empty index. `progress` hears up to which number it is done.
pub fn rebuild(connection: &Connection, progress: &mut dyn FnMut(i64)) -> Result<()> {
    connection.execute_batch(
        "INSERT INTO message_words (message_words) VALUES ('delete-all');
         INSERT INTO message_words (message_words, rank) VALUES ('hashsize', 67108864); DELETE FROM term",
    )?;
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut last = Id::new(0);
    loop {
        let ids = after(connection, last)?;
        let Some(end) = ids.last() else { break };
        last = *end;
        for id in ids {
            let Some(words) = of(connection, id)? else { continue };
            connection
                .prepare_cached("INSERT INTO message_words (rowid, text) VALUES (?1, ?2)")?
                .execute((id, joined(&words)))?;
            for word in words.into_iter().filter(|word| !words::is_mark(word)) {
                let times = seen.entry(word).or_default();
                *times = times.saturating_add(1);
            }
        }
        progress(last.get());
    }
    let mut term = connection.prepare("INSERT INTO term (word, rank) VALUES (?1, ?2)")?;
    let mut all: Vec<(String, u32)> = seen.into_iter().collect();
    all.sort_unstable();
    for (word, times) in all {
        term.execute((word, words::rank(times)))?;
    }
    connection.execute_batch(
        "INSERT INTO message_words (message_words) VALUES ('optimize');
         INSERT INTO message_words (message_words, rank) VALUES ('hashsize', 1048576)",
    )?;
    Ok(())
}
