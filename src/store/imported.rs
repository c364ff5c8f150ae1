//! What was taken over from another program, by its numbers there: so that nothing is taken twice, and a broken import
//! goes on where it broke.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::{Result, Tx};
use crate::domain::Id;
use crate::domain::tag::Tag;

/// What it is of which a number tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    Channel,
    Contact,
    Conversation,
    Message,
    File,
}

impl What {
    const fn as_str(self) -> &'static str {
        match self {
            What::Channel => "channel",
            What::Contact => "contact",
            What::Conversation => "conversation",
            What::Message => "message",
            What::File => "file",
        }
    }
}

/// What became of something of theirs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Our number; what it named may be gone since.
    pub ours: i64,
    /// As of which state of theirs it is here; empty: it has not come to its end.
    pub mark: String,
}

/// What became of their number `theirs`; `None`: it was never here.
pub fn get(connection: &Connection, source: &str, what: What, theirs: &str) -> Result<Option<Taken>> {
    let mut statement = connection.prepare_cached(
        "SELECT our_id, mark FROM imported WHERE source = ?1 AND kind = ?2 AND their_id = ?3",
    )?;
    let row = statement.query_row((source, what.as_str(), theirs), |row| {
        Ok(Taken { ours: row.get("our_id")?, mark: row.get("mark")? })
    });
    Ok(row.optional()?)
}

/// Notes what became of it, over what stood there.
pub fn put(tx: &Tx<'_>, source: &str, (what, theirs): (What, &str), taken: &Taken) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO imported (source, kind, their_id, our_id, mark) VALUES (:source, :kind, :theirs, :ours, :mark)
         ON CONFLICT DO UPDATE SET our_id = excluded.our_id, mark = excluded.mark",
    )?
    .execute(named_params! {
        ":source": source, ":kind": what.as_str(), ":theirs": theirs, ":ours": taken.ours, ":mark": taken.mark,
    })?;
    Ok(())
}

/// The tags that were put on their conversation `theirs` because it has them there.
pub fn tags(connection: &Connection, source: &str, theirs: &str) -> Result<Vec<Id<Tag>>> {
    let mut statement =
        connection.prepare_cached("SELECT tag_id FROM imported_tag WHERE source = ?1 AND their_id = ?2")?;
    Ok(statement.query_map((source, theirs), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Notes that a tag was put on because it is there.
pub fn put_tag(tx: &Tx<'_>, source: &str, theirs: &str, tag: Id<Tag>) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO imported_tag (source, their_id, tag_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?
    .execute((source, theirs, tag))?;
    Ok(())
}

/// Forgets that: it is not there any more.
pub fn take_tag(tx: &Tx<'_>, source: &str, theirs: &str, tag: Id<Tag>) -> Result<()> {
    tx.prepare_cached("DELETE FROM imported_tag WHERE source = ?1 AND their_id = ?2 AND tag_id = ?3")?
        .execute((source, theirs, tag))?;
    Ok(())
}
