//! What is announced to the people of the team, and who has read it.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::unknown;
use super::{Result, Tx};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::announcement::{Announcement, Audience};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Announcement> {
    let word: String = row.get("audience")?;
    let audience = Audience::of(&word, row.get("queue_id")?).ok_or_else(|| unknown("audience", &word))?;
    Ok(Announcement {
        id: row.get("id")?,
        text: row.get("text")?,
        audience,
        starts_at: row.get("starts_at")?,
        ends_at: row.get("ends_at")?,
        by: row.get("by_id")?,
        created_at: row.get("created_at")?,
    })
}

/// The announcement with this id.
pub fn get(connection: &Connection, id: Id<Announcement>) -> Result<Option<Announcement>> {
    let mut statement = connection.prepare_cached("SELECT * FROM announcement WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Up to `most` with a number below `before`, the newest first.
pub fn before(connection: &Connection, before: i64, most: u32) -> Result<Vec<Announcement>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM announcement WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?;
    Ok(statement.query_map((before, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// What is announced to this person now and not read yet, the oldest first.
pub fn unread(connection: &Connection, viewer: &Viewer, now: Timestamp) -> Result<Vec<Announcement>> {
    let mut statement = connection.prepare_cached(
        "SELECT a.* FROM announcement a
         WHERE a.over = 0 AND a.starts_at <= :now AND (a.ends_at IS NULL OR a.ends_at > :now)
             AND NOT EXISTS (SELECT 1 FROM announcement_read r
                             WHERE r.announcement_id = a.id AND r.agent_id = :me)
         ORDER BY a.starts_at, a.id",
    )?;
    let current: Vec<Announcement> = statement
        .query_map(named_params! { ":now": now, ":me": viewer.agent }, read)?
        .collect::<rusqlite::Result<_>>()?;
    let mine = |one: &Announcement| one.audience.means(viewer.role, |queue| viewer.queues.contains(&queue));
    Ok(current.into_iter().filter(mine).collect())
}

/// Adds an announcement.
pub fn insert(tx: &Tx<'_>, new: &Announcement) -> Result<Id<Announcement>> {
    let (audience, queue) = new.audience.parts();
    tx.prepare_cached(
        "INSERT INTO announcement (text, audience, queue_id, starts_at, ends_at, by_id, created_at)
         VALUES (:text, :audience, :queue, :starts, :ends, :by, :now)",
    )?
    .execute(named_params! {
        ":text": new.text, ":audience": audience, ":queue": queue, ":starts": new.starts_at,
        ":ends": new.ends_at, ":by": new.by, ":now": new.created_at,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Ends it at this moment.
pub fn end(tx: &Tx<'_>, id: Id<Announcement>, at: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE announcement SET ends_at = ?2, over = 1 WHERE id = ?1")?.execute((id, at))?;
    Ok(())
}

/// Notes that somebody has read it; says whether that is new.
pub fn receipt(tx: &Tx<'_>, id: Id<Announcement>, agent: Id<Agent>, at: Timestamp) -> Result<bool> {
    let added = tx
        .prepare_cached(
            "INSERT INTO announcement_read (announcement_id, agent_id, read_at) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )?
        .execute((id, agent, at))?;
    Ok(added > 0)
}

/// Who has read it, and when.
pub fn receipts(connection: &Connection, id: Id<Announcement>) -> Result<Vec<(Id<Agent>, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT agent_id, read_at FROM announcement_read WHERE announcement_id = ?1 ORDER BY agent_id",
    )?;
    Ok(statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// The announcements that begin or end at this moment and of which open pages were not told yet; tells the store that
/// they are.
pub fn turn(tx: &Tx<'_>, now: Timestamp) -> Result<usize> {
    let begun = tx
        .prepare_cached("UPDATE announcement SET begun = 1 WHERE begun = 0 AND over = 0 AND starts_at <= ?1")?
        .execute([now])?;
    let over = tx
        .prepare_cached("UPDATE announcement SET over = 1 WHERE over = 0 AND ends_at <= ?1")?
        .execute([now])?;
    Ok(begun + over)
}

/// Whether any begins or ends by this moment.
pub fn turns(connection: &Connection, now: Timestamp) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM announcement
                        WHERE over = 0 AND ((begun = 0 AND starts_at <= ?1) OR ends_at <= ?1))",
    )?;
    Ok(statement.query_row([now], |row| row.get(0))?)
}
