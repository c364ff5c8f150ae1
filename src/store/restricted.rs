//! Words that the team neither sends nor shows, what covered messages said, and where such words were found.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::word as parsed;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::restricted::{Find, Held, Original, Word};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Word> {
    Ok(Word {
        id: row.get("id")?,
        text: row.get("text")?,
        held: parsed(row, "held")?,
        created_at: row.get("created_at")?,
    })
}

/// Every word, in the order of the alphabet.
pub fn all(connection: &Connection) -> Result<Vec<Word>> {
    let mut statement = connection.prepare_cached("SELECT * FROM restricted_word ORDER BY key")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Adds a word, or says anew where it is held back.
pub fn put(tx: &Tx<'_>, (text, key): (&str, &str), held: Held, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO restricted_word (text, key, held, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (key) DO UPDATE SET text = ?1, held = ?3",
    )?
    .execute((text, key, held.as_str(), now))?;
    Ok(())
}

/// Takes a word off the list; says whether it was there.
pub fn delete(tx: &Tx<'_>, id: Id<Word>) -> Result<bool> {
    Ok(tx.prepare_cached("DELETE FROM restricted_word WHERE id = ?1")?.execute([id])? > 0)
}

/// Keeps what a message said before it was covered; the first words stay.
pub fn keep(tx: &Tx<'_>, message: Id<Message>, original: &Original) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO covered_message (message_id, subject, body, html) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET body = ?3, html = ?4",
    )?
    .execute((message, &original.subject, &original.body, &original.html))?;
    Ok(())
}

/// What a covered message said; `None` for one that is not covered.
pub fn original(connection: &Connection, message: Id<Message>) -> Result<Option<Original>> {
    let mut statement =
        connection.prepare_cached("SELECT subject, body, html FROM covered_message WHERE message_id = ?1")?;
    let read = |row: &Row<'_>| {
        Ok(Original { subject: row.get(0)?, body: row.get(1)?, html: row.get(2)?, words: Vec::new() })
    };
    Ok(statement.query_row([message], read).optional()?)
}

/// Forgets what it said.
pub fn forget(tx: &Tx<'_>, message: Id<Message>) -> Result<()> {
    tx.prepare_cached("DELETE FROM covered_message WHERE message_id = ?1")?.execute([message])?;
    Ok(())
}

/// Notes that a word was found.
pub fn note(tx: &Tx<'_>, find: &Find) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO restricted_find (at, word, way, agent_id, conversation_id) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((find.at, &find.word, find.way.as_str(), find.agent, find.conversation))?;
    Ok(())
}

/// Up to `most` finds since this moment, the newest first.
pub fn finds(connection: &Connection, since: Timestamp, most: u32) -> Result<Vec<Find>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM restricted_find WHERE at >= ?1 ORDER BY at DESC, id DESC LIMIT ?2")?;
    let rows = statement.query_map((since, most), |row| {
        Ok(Find {
            at: row.get("at")?,
            word: row.get("word")?,
            way: parsed(row, "way")?,
            agent: row.get::<_, Option<Id<Agent>>>("agent_id")?,
            conversation: row.get::<_, Option<Id<Conversation>>>("conversation_id")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets up to `most` finds from before this moment; says how many.
pub fn tidy(tx: &Tx<'_>, before: Timestamp, most: u32) -> Result<usize> {
    let mut statement = tx.prepare_cached(
        "DELETE FROM restricted_find WHERE id IN
             (SELECT id FROM restricted_find WHERE at < ?1 ORDER BY at LIMIT ?2)",
    )?;
    Ok(statement.execute((before, most))?)
}
