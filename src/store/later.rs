//! Messages that wait for a moment or for a window.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::word;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::later::{Later, When, Why};
use crate::domain::message::{Attachment, Message};
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Later> {
    let at: Option<Timestamp> = row.get("at")?;
    let choice: bool = row.get("choice")?;
    let held: Option<String> = row.get("held")?;
    Ok(Later {
        id: row.get("id")?,
        conversation: row.get("conversation_id")?,
        agent: row.get("agent_id")?,
        body: row.get("body")?,
        when: match at {
            Some(at) => When::At { at, alone: choice },
            None => When::Window { by_itself: choice },
        },
        until: row.get("until")?,
        seen: row.get("seen_id")?,
        episode: row.get("episode")?,
        held: if held.is_some() { Some(word::<Why>(row, "held")?) } else { None },
        mail: row.get::<_, Option<String>>("mail")?.and_then(|mail| serde_json::from_str(&mail).ok()),
        created_at: row.get("created_at")?,
    })
}

/// The waiting message with this id.
pub fn get(connection: &Connection, id: Id<Later>) -> Result<Option<Later>> {
    let mut statement = connection.prepare_cached("SELECT * FROM later WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The waiting message that was planned under this one-time key.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Later>> {
    let mut statement = connection.prepare_cached("SELECT * FROM later WHERE key = ?1")?;
    Ok(statement.query_row([key], read).optional()?)
}

/// What waits in a conversation, in the order in which it was written.
pub fn of(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Later>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM later WHERE conversation_id = ?1 ORDER BY id LIMIT 100")?;
    Ok(statement.query_map([conversation], read)?.collect::<rusqlite::Result<_>>()?)
}

/// What an agent has waiting, in the order in which it was written; up to `most`.
pub fn of_agent(connection: &Connection, agent: Id<Agent>, most: u32) -> Result<Vec<Later>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM later WHERE agent_id = ?1 ORDER BY id LIMIT ?2")?;
    Ok(statement.query_map((agent, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// How many of an agent's messages wait for the agent; stops counting at a hundred.
pub fn held(connection: &Connection, agent: Id<Agent>) -> Result<usize> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM later INDEXED BY later_held WHERE agent_id = ?1 AND held IS NOT NULL LIMIT 100",
    )?;
    let mut rows = statement.query([agent])?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// A message that is to wait.
pub struct New<'a> {
    pub later: &'a Later,
    pub key: &'a str,
    pub files: &'a [Attachment],
}

/// Adds a waiting message with its files. The id in it counts for nothing.
pub fn insert(tx: &Tx<'_>, new: &New<'_>) -> Result<Id<Later>> {
    let later = new.later;
    let (at, choice) = match later.when {
        When::At { at, alone } => (Some(at), alone),
        When::Window { by_itself } => (None, by_itself),
    };
    tx.prepare_cached(
        "INSERT INTO later (conversation_id, agent_id, body, at, choice, until, seen_id, episode, mail, key,
             created_at)
         VALUES (:conversation, :agent, :body, :at, :choice, :until, :seen, :episode, :mail, :key, :now)",
    )?
    .execute(named_params! {
        ":conversation": later.conversation, ":agent": later.agent, ":body": later.body, ":at": at,
        ":choice": choice, ":until": later.until, ":seen": later.seen, ":episode": later.episode,
        ":mail": later.mail.as_ref().map(super::values::to_json).transpose()?,
        ":key": new.key, ":now": later.created_at,
    })?;
    let id = Id::new(tx.last_insert_rowid());
    for file in new.files {
        tx.prepare_cached("UPDATE attachment SET later_id = ?2 WHERE id = ?1")?.execute((file.id, id))?;
    }
    Ok(id)
}

/// The files of a waiting message, in their order.
pub fn files(connection: &Connection, id: Id<Later>) -> Result<Vec<Attachment>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM attachment WHERE later_id = ?1 ORDER BY id")?;
    Ok(statement.query_map([id], super::attachment::read)?.collect::<rusqlite::Result<_>>()?)
}

/// Has it wait for its owner.
pub fn hold(tx: &Tx<'_>, id: Id<Later>, why: Why) -> Result<()> {
    tx.prepare_cached("UPDATE later SET held = ?2 WHERE id = ?1")?.execute((id, why.as_str()))?;
    Ok(())
}

/// Has it wait in the conversation that it names, in its present period.
pub fn carry(tx: &Tx<'_>, later: &Later) -> Result<()> {
    tx.prepare_cached("UPDATE later SET conversation_id = ?2, episode = ?3, seen_id = ?4 WHERE id = ?1")?
        .execute((later.id, later.conversation, later.episode, later.seen))?;
    Ok(())
}

/// Gives its files to the agent whom it names.
pub fn pass(tx: &Tx<'_>, later: &Later) -> Result<()> {
    tx.prepare_cached("UPDATE attachment SET agent_id = ?2 WHERE later_id = ?1")?
        .execute((later.id, later.agent))?;
    Ok(())
}

/// What was held because a conversation had moved on waits by itself again, until it is looked at once more.
pub fn stayed(tx: &Tx<'_>, conversation: Id<Conversation>) -> Result<()> {
    tx.prepare_cached("UPDATE later SET held = NULL WHERE conversation_id = ?1 AND held = ?2")?
        .execute((conversation, Why::Moved.as_str()))?;
    Ok(())
}

/// Has it wait by itself again.
pub fn release(tx: &Tx<'_>, id: Id<Later>) -> Result<()> {
    tx.prepare_cached("UPDATE later SET held = NULL WHERE id = ?1 AND held IS NOT NULL")?.execute([id])?;
    Ok(())
}

/// Has everything that waits by itself wait for its owners; returns how many there were.
pub fn hold_all(tx: &Tx<'_>, why: Why) -> Result<usize> {
    let timed = tx
        .prepare_cached("UPDATE later SET held = ?1 WHERE held IS NULL AND at IS NOT NULL")?
        .execute([why.as_str()])?;
    let rest = tx
        .prepare_cached("UPDATE later SET held = ?1 WHERE held IS NULL AND at IS NULL")?
        .execute([why.as_str()])?;
    Ok(timed + rest)
}

/// Whether anything waits by itself.
pub fn any(connection: &Connection) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM later INDEXED BY later_due WHERE held IS NULL AND at IS NOT NULL)
             OR EXISTS (SELECT 1 FROM later INDEXED BY later_window WHERE held IS NULL AND at IS NULL)",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Forgets it. Its files are free again.
pub fn delete(tx: &Tx<'_>, id: Id<Later>) -> Result<()> {
    tx.prepare_cached("UPDATE attachment SET later_id = NULL WHERE later_id = ?1")?.execute([id])?;
    tx.prepare_cached("DELETE FROM later WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The messages whose moment has come, or whose window may be open, or whose validity has ended; and those that one
/// click would send, where that may be true no longer.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Id<Later>>> {
    let mut found: Vec<Id<Later>> = Vec::new();
    for sql in [
        "SELECT id FROM later INDEXED BY later_due
         WHERE held IS NULL AND at IS NOT NULL AND at <= ?1 ORDER BY at LIMIT ?2",
        "SELECT id FROM later INDEXED BY later_until
         WHERE held IS NULL AND until IS NOT NULL AND until <= ?1 ORDER BY until LIMIT ?2",
        // Only as many are walked as wait for a window.
        "SELECT l.id FROM later l INDEXED BY later_window CROSS JOIN conversation v ON v.id = l.conversation_id
         WHERE l.held IS NULL AND l.at IS NULL AND EXISTS (SELECT 1 FROM window_grant g
             WHERE g.address_id = v.address_id AND g.channel_id = v.channel_id AND g.closes_at > ?1) LIMIT ?2",
        // Only as many are walked as could go with one click.
        "SELECT l.id FROM later l INDEXED BY later_ready CROSS JOIN conversation v ON v.id = l.conversation_id
         WHERE l.held = 'ready' AND (l.until <= ?1 OR v.episode + (v.status = 'closed') > l.episode
             OR NOT EXISTS (SELECT 1 FROM window_grant g
                 WHERE g.address_id = v.address_id AND g.channel_id = v.channel_id AND g.sends_left IS NOT 0
                     AND max(g.closes_at, ifnull(g.person_until, 0)) > ?1)
             OR EXISTS (SELECT 1 FROM conversation next WHERE next.previous_id = v.id)
             OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = v.id AND m.id > ifnull(l.seen_id, 0)
                 AND m.kind = 'outbound' AND m.author_id IS NOT l.agent_id)) LIMIT ?2",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map((now, most), |row| row.get(0))?;
        for id in rows {
            let id = id?;
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    Ok(found)
}

/// Whether somebody of us other than `me` has written to the customer since.
pub fn answered_by_others(
    connection: &Connection,
    conversation: Id<Conversation>,
    since: Id<Message>,
    me: Id<Agent>,
) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message WHERE conversation_id = ?1 AND id > ?2
             AND kind = 'outbound' AND author_id IS NOT ?3)",
    )?;
    Ok(statement.query_row((conversation, since, me), |row| row.get(0))?)
}

/// The newest message of either side in a conversation that is no note.
pub fn newest(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Id<Message>>> {
    Ok(super::message::newest_said(connection, conversation)?.map(|message| message.id))
}
