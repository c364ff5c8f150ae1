//! What an auditor asks for: the entries of the log that concern security, each holding the hash of the one before.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use sha2::{Digest as _, Sha256};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::{Id, Timestamp};

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: i64,
    pub at: Timestamp,
    pub kind: String,
    pub agent: Option<Id<Agent>>,
    /// The number of the contact that it was about, and nothing else of that person.
    pub contact: Option<i64>,
    /// JSON with sorted keys; empty where there is nothing to add.
    pub data: String,
    /// The hash of the entry before; empty for the first.
    pub previous: Vec<u8>,
    pub hash: Vec<u8>,
}

impl Entry {
    /// The hash that this entry must have after `previous`.
    pub fn sealed(&self, previous: &[u8]) -> [u8; 32] {
        let words = serde_json::json!([
            self.id,
            self.at.0,
            self.kind,
            self.agent.map(Id::get),
            self.contact,
            self.data
        ]);
        let mut sum = Sha256::new();
        sum.update(previous);
        sum.update(words.to_string());
        sum.finalize().into()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        agent: row.get("agent_id")?,
        contact: row.get("contact_id")?,
        data: row.get("data")?,
        previous: row.get("previous")?,
        hash: row.get("hash")?,
    })
}

/// A new entry.
pub struct New<'a> {
    pub kind: &'a str,
    pub agent: Option<Id<Agent>>,
    pub contact: Option<i64>,
    pub data: String,
}

/// Adds an entry behind the last one.
pub fn append(tx: &Tx<'_>, new: New<'_>, at: Timestamp) -> Result<()> {
    let last: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT id, hash FROM audit WHERE id = (SELECT max(id) FROM audit)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (id, previous) = last.map_or((1, Vec::new()), |(id, hash)| (id + 1, hash));
    let (kind, data) = (new.kind.to_owned(), new.data);
    let entry =
        Entry { id, at, kind, agent: new.agent, contact: new.contact, data, previous, hash: Vec::new() };
    tx.prepare_cached(
        "INSERT INTO audit (id, at, kind, agent_id, contact_id, data, previous, hash)
         VALUES (:id, :at, :kind, :agent, :contact, :data, :previous, :hash)",
    )?
    .execute(named_params! {
        ":id": entry.id, ":at": entry.at, ":kind": entry.kind, ":agent": entry.agent, ":contact": entry.contact,
        ":data": entry.data, ":previous": entry.previous, ":hash": entry.sealed(&entry.previous),
    })?;
    Ok(())
}

/// Up to `most` entries before number `before`, newest first; of one kind, or of all.
pub fn before(connection: &Connection, before: i64, kind: Option<&str>, most: u32) -> Result<Vec<Entry>> {
    let found = match kind {
        Some(kind) => connection
            .prepare_cached("SELECT * FROM audit WHERE kind = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")?
            .query_map((kind, before, most), read)?
            .collect::<rusqlite::Result<_>>()?,
        None => connection
            .prepare_cached("SELECT * FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?
            .query_map((before, most), read)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(found)
}

/// Up to `most` entries after number `after`, oldest first.
pub fn after(connection: &Connection, after: i64, most: u32) -> Result<Vec<Entry>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    Ok(statement.query_map((after, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The highest number that an entry ever had.
fn counted(connection: &Connection) -> Result<i64> {
    let mut statement = connection.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Follows the chain from its beginning; says where it breaks, if it does.
pub fn broken(connection: &Connection) -> Result<Option<String>> {
    let (mut last, mut hash) = (0, Vec::new());
    loop {
        let part = after(connection, last, 1000)?;
        for entry in &part {
            if entry.id != last + 1 {
                return Ok(Some(format!("entries are missing between {last} and {}", entry.id)));
            }
            if entry.previous != hash || entry.hash != entry.sealed(&hash) {
                return Ok(Some(format!("entry {} of {} was changed", entry.id, entry.at.rfc3339())));
            }
            (last, hash) = (entry.id, entry.hash.clone());
        }
        if part.is_empty() {
            break;
        }
    }
    let counted = counted(connection)?;
    Ok((counted != last).then(|| format!("entries are missing after {last}: there were {counted}")))
}
