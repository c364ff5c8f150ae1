//! Whether the file is whole: SQLite's own checks, and that what is kept twice still agrees.

use rusqlite::Connection;

use super::contact::indexed_text;
use super::{Error, Result};
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::{Id, search};

/// How many contacts are looked up in the search tables.
const SAMPLE: i64 = 500;

/// One kind of check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Pages, indexes and search tables are well formed.
    Structure,
    /// Every reference has its row.
    References,
    /// The kept folder counts are the real ones.
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

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Structure => "structure",
            Step::References => "references",
            Step::Counts => "folder counts",
            Step::Search => "search index",
            Step::Replay => "event replay",
            Step::Audit => "audit log",
        }
    }
}

/// Refuses a file that is not a desk of ours.
pub fn ours(connection: &Connection, path: &std::path::Path) -> Result<()> {
    let not_ours = |why: String| Error::NotOurs { path: path.to_owned(), why };
    let owner: i64 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|fault| not_ours(fault.to_string()))?;
    if owner == super::open::APPLICATION {
        return Ok(());
    }
    Err(not_ours("it is a SQLite database of some other program".into()))
}

/// What one check finds wrong, in sentences; nothing when all is well.
pub fn run(connection: &Connection, step: Step) -> Result<Vec<String>> {
    match step {
        Step::Structure => structure(connection),
        Step::References => references(connection),
        Step::Counts => counts(connection),
        Step::Search => search_tables(connection),
        Step::Replay => replay(connection),
        Step::Audit => Ok(super::audit::broken(connection)?.into_iter().collect()),
    }
}

fn structure(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(found.into_iter().filter(|line| line != "ok").collect())
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
        "WITH real AS (SELECT ifnull(assignee_id, 0) AS assignee, ifnull(queue_id, 0) AS queue, status,
                           count(*) AS total, sum(unread > 0) AS unread FROM conversation GROUP BY 1, 2, 3)
         SELECT ifnull(r.assignee, k.assignee_id), ifnull(r.queue, k.queue_id), ifnull(r.status, k.status),
                ifnull(k.total, 0), ifnull(k.unread, 0), ifnull(r.total, 0), ifnull(r.unread, 0)
         FROM real r FULL JOIN folder_count k ON k.assignee_id = r.assignee AND k.queue_id = r.queue AND k.status = r.status
         WHERE ifnull(k.total, 0) <> ifnull(r.total, 0) OR ifnull(k.unread, 0) <> ifnull(r.unread, 0) LIMIT 20",
    )?;
    let found = statement.query_map([], |row| {
        let (assignee, queue, status): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (kept, unread): (i64, i64) = (row.get(3)?, row.get(4)?);
        let (real, really_unread): (i64, i64) = (row.get(5)?, row.get(6)?);
        Ok(format!(
            "folder {status} of agent {assignee} in queue {queue}: {kept} kept ({unread} unread), \
             {real} counted ({really_unread} unread)"
        ))
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// As many entries as contacts, and a sample of contacts is found by the first word that it is known by.
fn search_tables(connection: &Connection) -> Result<Vec<String>> {
    let count = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, [], |row| row.get(0))?) };
    let contacts = count("SELECT count(*) FROM contact")?;
    let mut wrong = Vec::new();
    for table in ["contact_words", "contact_parts"] {
        let entries = count(&format!("SELECT count(*) FROM {table}_docsize"))?;
        if entries != contacts {
            wrong.push(format!("{table} holds {entries} entries for {contacts} contacts"));
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
fn replay(connection: &Connection) -> Result<Vec<String>> {
    let mut sample = connection.prepare(
        "SELECT id FROM conversation WHERE id % max(1, ?1 / ?2) = 0 OR id > ?1 - 50 LIMIT ?2 + 50",
    )?;
    let newest: i64 =
        connection.query_row("SELECT ifnull(max(id), 0) FROM conversation", [], |row| row.get(0))?;
    let ids: Vec<Id<Conversation>> =
        sample.query_map((newest, SAMPLE), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut wrong = Vec::new();
    for one in super::conversation::many(connection, &ids)? {
        wrong.extend(super::past::differs(connection, &one)?);
    }
    wrong.truncate(20);
    Ok(wrong)
}

fn is_found(connection: &Connection, id: Id<Contact>) -> Result<bool> {
    let text = indexed_text(connection, id)?.unwrap_or_default();
    let Some(word) = search::tokens(&text).into_iter().next() else { return Ok(true) };
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM contact_words WHERE contact_words MATCH ?1 AND rowid = ?2)",
    )?;
    Ok(statement.query_row((search::quoted(&word), id), |row| row.get(0))?)
}
