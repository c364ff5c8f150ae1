//! Whether the file is whole: SQLite's own checks, and that what is kept twice still agrees.

use rusqlite::Connection;

use super::{Error, Result, conversation, migrate, past};
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::{Id, search};

/// How many contacts are looked up in the search tables.
const SAMPLE: i64 = 500;

/// After how many steps of SQLite's machine it is asked whether to go on.
const STEPS: i32 = 10_000;

/// One kind of check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Pages, indexes and search tables are well formed.
    Structure,
    /// Every reference has its row.
    References,
    /// The kept folder counts are the real ones, and what conversations keep of their messages is so.
    Counts,
    /// Contacts are found by their names and addresses, messages by their words.
    Search,
    /// What the log says of conversations leads to how they stand.
    Replay,
    /// The chain of what concerns security holds.
    Audit,
}

impl Step {
    pub const ALL: [Step; 6] =
        [Step::Structure, Step::References, Step::Counts, Step::Search, Step::Replay, Step::Audit];

    /// Whether the file is spoilt where this finds something. Otherwise what is kept twice does not agree, which a copy takes
    /// along and `transom check --repair` mends: no reason to have no copy.
    pub const fn spoils(self) -> bool {
        matches!(self, Step::Structure | Step::References | Step::Audit)
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Structure => "structure",
            Step::References => "references",
            Step::Counts => "kept counts",
            Step::Search => "search index",
            Step::Replay => "event replay",
            Step::Audit => "audit log",
        }
    }
}

/// Refuses a file that is not a desk of ours, or one that only a newer program understands.
pub fn ours(connection: &Connection, path: &std::path::Path) -> Result<()> {
    super::open::claimed(connection, path)?;
    // What a later schema means cannot be judged here.
    let (found, known) =
        (migrate::schema(connection)?, i64::try_from(migrate::STEPS.len()).unwrap_or(i64::MAX));
    if found > known {
        return Err(Error::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// What one check finds wrong, in sentences; nothing when all is well.
pub fn run(connection: &Connection, step: Step) -> Result<Vec<String>> {
    match step {
        Step::Structure => structure(connection),
        Step::References => references(connection),
        Step::Counts => {
            let mut wrong = counts(connection)?;
            wrong.extend(kept(connection)?);
            Ok(wrong)
        }
        Step::Search => search_tables(connection),
        Step::Replay => Ok(replay(connection)?.wrong),
        Step::Audit => Ok(super::audit::broken(connection)?.into_iter().collect()),
    }
}

fn structure(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
}

/// The tables whose pages can be looked at for themselves.
pub fn tables(connection: &Connection) -> Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What is wrong with the pages of one table, in SQLite's words: each is read once, and entries of indexes are not
/// compared with their rows. `given_up` is asked meanwhile, and ends it with an error.
pub fn sound(
    connection: &mut Connection,
    table: &str,
    given_up: impl FnMut() -> bool + Send + 'static,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    connection.progress_handler(STEPS, Some(given_up))?;
    connection.pragma(None, "quick_check", table, |row| {
        found.push(row.get::<_, String>(0)?);
        Ok(())
    })?;
    found.retain(|line| line != "ok");
    Ok(found)
}

/// The tables of files and letters: nearly all of a large desk, in rows of up to 256 KB.
pub const PARTS: [&str; 2] = ["attachment_part", "mail_part"];
/// How many of their rows are read in one go: some megabytes.
const PIECE: u32 = 64;

/// Reads the next rows of one of [`PARTS`] behind row `after` with all of their bytes, and gives the number of the last;
/// `None`: there are no more. A page that is not as it was written makes it fail. In pieces, because nothing can move out
/// of the log past what a reader sees, and to read twenty gigabytes takes minutes.
pub fn read_parts(connection: &Connection, table: &str, after: i64) -> Result<Option<i64>> {
    let mut statement = connection.prepare(&format!(
        "SELECT rowid, bytes FROM {table} WHERE rowid > ?1 ORDER BY rowid LIMIT {PIECE}"
    ))?;
    let (mut rows, mut last) = (statement.query([after])?, None);
    while let Some(row) = rows.next()? {
        // Asked for, so that every page of it is read.
        row.get_ref("bytes")?;
        last = Some(row.get("rowid")?);
    }
    Ok(last)
}

fn references(connection: &Connection) -> Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 20")?;
    let found = statement.query_map([], |row| {
        let (table, id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("{table} {} points at a row of {parent} that is not there", id.unwrap_or_default()))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn counts(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare(
        "WITH real AS (SELECT ifnull(assignee_id, 0) AS assignee, ifnull(queue_id, 0) AS queue, sum(status = 'open') AS open,
                           sum(status = 'snoozed') AS snoozed, sum(status = 'closed') AS closed
                       FROM conversation GROUP BY 1, 2)
         SELECT ifnull(r.assignee, k.assignee_id), ifnull(r.queue, k.queue_id),
                format('%d open, %d snoozed, %d closed', k.open, k.snoozed, k.closed),
                format('%d open, %d snoozed, %d closed', r.open, r.snoozed, r.closed)
         FROM real r FULL JOIN folder_count k ON k.assignee_id = r.assignee AND k.queue_id = r.queue
         WHERE (ifnull(k.open, 0), ifnull(k.snoozed, 0), ifnull(k.closed, 0))
            <> (ifnull(r.open, 0), ifnull(r.snoozed, 0), ifnull(r.closed, 0)) LIMIT 20",
    )?;
    let found = statement.query_map([], |row| {
        let (assignee, queue): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (kept, real): (String, String) = (row.get(2)?, row.get(3)?);
        Ok(format!("folder of agent {assignee} in queue {queue}: {kept} kept; {real} counted"))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What conversations keep of their messages and of their logs, and contacts of their addresses, for all of them: each
/// question is one walk, with a look into an index for each row.
fn kept(connection: &Connection) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (what, sql, sentence) in KEPT {
        let mut statement = connection.prepare(sql)?;
        let ids = statement.query_map([], |row| row.get::<_, i64>(0))?;
        for id in ids {
            wrong.push(format!("{what} {} {sentence}", id?));
        }
    }
    Ok(wrong)
}

/// What must not be, of what, and how it is told.
const KEPT: [(&str, &str, &str); 4] = [
    (
        "contact",
        "SELECT c.id FROM contact c JOIN picture_of p ON p.contact_id = c.id WHERE c.picture IS NOT p.key LIMIT 20",
        "shows another picture than its addresses have",
    ),
    (
        "conversation",
        "SELECT v.id FROM conversation v LEFT JOIN message m ON m.id = v.last_message_id
         WHERE v.last_message_id IS NOT NULL AND m.conversation_id IS NOT v.id LIMIT 20",
        "names a last message that is not in it",
    ),
    (
        "conversation",
        "SELECT v.id FROM conversation v WHERE v.unread <> 0 AND v.unread NOT BETWEEN 0 AND
         (SELECT count(*) FROM message m WHERE m.conversation_id = v.id AND m.kind = 'inbound') LIMIT 20",
        "counts more unread messages than have come",
    ),
    (
        "conversation",
        "SELECT v.id FROM conversation v
         WHERE NOT EXISTS (SELECT 1 FROM log e WHERE e.conversation_id = v.id) LIMIT 20",
        "has no entry in the log",
    ),
];

/// Counts anew what is kept beside conversations.
pub fn recount(connection: &Connection) -> Result<()> {
    connection.execute_batch(
        "DELETE FROM folder_count;
         INSERT INTO folder_count (assignee_id, queue_id, open, snoozed, closed)
         SELECT ifnull(assignee_id, 0), ifnull(queue_id, 0), sum(status = 'open'), sum(status = 'snoozed'),
             sum(status = 'closed') FROM conversation GROUP BY 1, 2;
         UPDATE conversation SET unread = (SELECT count(*) FROM message m
             WHERE m.conversation_id = conversation.id AND m.kind = 'inbound')
         WHERE unread <> 0 AND unread NOT BETWEEN 0 AND (SELECT count(*) FROM message m
             WHERE m.conversation_id = conversation.id AND m.kind = 'inbound');
         UPDATE conversation SET snippet = '', last_message_id = (SELECT max(m.id) FROM message m
             WHERE m.conversation_id = conversation.id AND m.kind IN ('inbound', 'outbound'))
         WHERE last_message_id IS NOT NULL AND id IS NOT
             (SELECT m.conversation_id FROM message m WHERE m.id = conversation.last_message_id);
         UPDATE contact SET picture = (SELECT p.key FROM picture_of p WHERE p.contact_id = contact.id)
         WHERE EXISTS (SELECT 1 FROM picture_of p WHERE p.contact_id = contact.id AND p.key IS NOT contact.picture)",
    )?;
    Ok(())
}

/// As many entries as contacts, and a sample of contacts is found by the first word that it is known by.
fn search_tables(connection: &Connection) -> Result<Vec<String>> {
    let count = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, [], |row| row.get(0))?) };
    let contacts = count("SELECT count(*) FROM contact")?;
    let mut wrong = Vec::new();
    for (name, table) in [
        ("contact_text", "contact_text"),
        ("contact_words", "contact_words_docsize"),
        ("contact_parts", "contact_parts_docsize"),
    ] {
        let entries = count(&format!("SELECT count(*) FROM {table}"))?;
        if entries != contacts {
            wrong.push(format!("{name} holds {entries} entries for {contacts} contacts"));
        }
    }
    let mut sample = connection.prepare("SELECT id FROM contact WHERE id % max(1, ?1 / ?2) = 0 LIMIT ?2")?;
    let newest = count("SELECT ifnull(max(id), 0) FROM contact")?;
    let ids: Vec<Id<Contact>> =
        sample.query_map((newest, SAMPLE), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for id in ids {
        if !is_found(connection, id)? {
            wrong.push(format!("contact {id} is not found by its name"));
        }
    }
    wrong.extend(messages(connection)?);
    Ok(wrong)
}

/// A sample of messages, and the newest ones, are found by everything that they say.
fn messages(connection: &Connection) -> Result<Vec<String>> {
    let mut sample = connection
        .prepare("SELECT id FROM message WHERE id % max(1, ?1 / ?2) = 0 OR id > ?1 - 50 LIMIT ?2 + 50")?;
    let newest: i64 = connection.query_row("SELECT ifnull(max(id), 0) FROM message", [], |row| row.get(0))?;
    let ids: Vec<Id<Message>> =
        sample.query_map((newest, SAMPLE), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut wrong = Vec::new();
    for id in ids {
        let Some(words) = super::words::of(connection, id)? else { continue };
        let all: Vec<String> = words.iter().map(|word| search::quoted(word)).collect();
        let mut statement = connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM message_words WHERE message_words MATCH ?1 AND rowid = ?2)",
        )?;
        let found: bool = statement.query_row((all.join(" AND "), id), |row| row.get(0))?;
        if !found && wrong.len() < 20 {
            wrong
                .push(format!("message {id} is not found by its words; `transom check --repair` mends that"));
        }
    }
    Ok(wrong)
}

/// A sample of conversations, and the newest ones, stand as their logs say.
pub fn replay(connection: &Connection) -> Result<Replayed> {
    let mut sample = connection.prepare(
        "SELECT id FROM conversation WHERE id % max(1, ?1 / ?2) = 0 OR id > ?1 - 50 LIMIT ?2 + 50",
    )?;
    let newest = newest(connection)?;
    let ids: Vec<Id<Conversation>> =
        sample.query_map((newest, SAMPLE), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut replayed = Replayed::default();
    replayed.take(connection, &ids)?;
    Ok(replayed)
}

fn newest(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("SELECT ifnull(max(id), 0) FROM conversation", [], |row| row.get(0))?)
}

/// What came of comparing conversations with their logs.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Where they do not agree, in sentences; the first twenty.
    pub wrong: Vec<String>,
    /// How many were looked at.
    pub conversations: u64,
    /// For how many of these the log does not tell how they stand: what was said in them was deleted by a rule, or
    /// they were made by a program for trials.
    pub untold: u64,
}

impl Replayed {
    fn take(&mut self, connection: &Connection, ids: &[Id<Conversation>]) -> Result<()> {
        for one in conversation::many(connection, ids)? {
            self.conversations += 1;
            let last = past::stood(connection, one.id, i64::MAX)?;
            self.untold += u64::from(last.is_none());
            let differs = past::differs(connection, &one, last.as_ref())?;
            self.wrong.extend(differs.filter(|_| self.wrong.len() < 20));
        }
        Ok(())
    }
}

/// Compares every conversation with its log; `progress` hears the number of the last one and of the newest.
pub fn replay_all(connection: &Connection, progress: &mut dyn FnMut(i64, i64)) -> Result<Replayed> {
    let newest = newest(connection)?;
    let mut replayed = Replayed::default();
    let mut next = connection.prepare("SELECT id FROM conversation WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut after = 0;
    loop {
        let ids: Vec<Id<Conversation>> =
            next.query_map((after, SAMPLE), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let Some(last) = ids.last() else { return Ok(replayed) };
        after = last.get();
        replayed.take(connection, &ids)?;
        progress(after, newest);
    }
}

fn is_found(connection: &Connection, id: Id<Contact>) -> Result<bool> {
    let text = super::contact::text_of(connection, id)?.unwrap_or_default();
    if !super::contact::is_known_as(connection, id, |known| known == text)? {
        return Ok(false);
    }
    let Some(word) = search::tokens(&text).into_iter().next() else { return Ok(true) };
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM contact_words WHERE contact_words MATCH ?1 AND rowid = ?2)",
    )?;
    Ok(statement.query_row((search::quoted(&word), id), |row| row.get(0))?)
}
