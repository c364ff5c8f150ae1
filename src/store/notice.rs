//! What people of the team are told personally, who follows what, and which windows were told of.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::word;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::message::Message;
use crate::domain::notice::{Choice, Kind, Notice, Unseen};
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};

fn read(row: &Row<'_>) -> rusqlite::Result<Notice> {
    let seen: Option<Timestamp> = row.get("seen_at")?;
    Ok(Notice {
        id: row.get("id")?,
        agent: row.get("agent_id")?,
        kind: word(row, "kind")?,
        conversation: row.get("conversation_id")?,
        message: row.get("message_id")?,
        by: row.get("by_id")?,
        at: row.get("at")?,
        seen: seen.is_some(),
    })
}

/// Something to tell.
pub struct New {
    pub agent: Id<Agent>,
    pub kind: Kind,
    pub conversation: Id<Conversation>,
    pub message: Option<Id<Message>>,
    pub by: Option<Id<Agent>>,
}

/// Tells it. What was told of the same conversation for the same reason and not seen yet gives way, so that a
/// customer who writes ten times stands in the list once. Mentions stay, each is a word of its own.
pub fn insert(tx: &Tx<'_>, new: &New, now: Timestamp) -> Result<()> {
    if new.kind != Kind::Mention {
        tx.prepare_cached(
            "DELETE FROM notice WHERE agent_id = ?1 AND conversation_id = ?2 AND kind = ?3 AND seen_at IS NULL",
        )?
        .execute((new.agent, new.conversation, new.kind.as_str()))?;
    }
    tx.prepare_cached(
        "INSERT INTO notice (agent_id, kind, conversation_id, message_id, by_id, at)
         VALUES (:agent, :kind, :conversation, :message, :by, :now)",
    )?
    .execute(named_params! {
        ":agent": new.agent, ":kind": new.kind.as_str(), ":conversation": new.conversation,
        ":message": new.message, ":by": new.by, ":now": now,
    })?;
    Ok(())
}

/// What an agent was told before the notice `before`, newest first, up to `most`; of one kind, or of all.
pub fn page(
    connection: &Connection,
    agent: Id<Agent>,
    (kind, before): (Option<Kind>, Option<Id<Notice>>),
    most: u32,
) -> Result<Vec<Notice>> {
    let before = before.map_or(i64::MAX, Id::get);
    let rows = match kind {
        None => connection
            .prepare_cached(
                "SELECT * FROM notice INDEXED BY notice_agent WHERE agent_id = ?1 AND id < ?2
                 ORDER BY id DESC LIMIT ?3",
            )?
            .query_map((agent, before, most), read)?
            .collect::<rusqlite::Result<_>>()?,
        Some(kind) => connection
            .prepare_cached(
                "SELECT * FROM notice INDEXED BY notice_kind WHERE agent_id = ?1 AND kind = ?4 AND id < ?2
                 ORDER BY id DESC LIMIT ?3",
            )?
            .query_map((agent, before, most, kind.as_str()), read)?
            .collect::<rusqlite::Result<_>>()?,
    };
    Ok(rows)
}

/// What an agent has not seen: the kept numbers, and the newest.
pub fn unseen(connection: &Connection, agent: Id<Agent>) -> Result<Unseen> {
    let mut statement = connection
        .prepare_cached("SELECT kind, unseen FROM notice_count WHERE agent_id = ?1 AND unseen > 0")?;
    let counts: Vec<(Kind, u32)> = statement
        .query_map([agent], |row| Ok((word(row, "kind")?, row.get("unseen")?)))?
        .collect::<rusqlite::Result<_>>()?;
    if counts.is_empty() {
        return Ok(Unseen::default());
    }
    let mut statement = connection.prepare_cached(
        "SELECT * FROM notice INDEXED BY notice_unseen WHERE agent_id = ?1 AND seen_at IS NULL
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(Unseen { counts, newest: statement.query_row([agent], read).optional()? })
}

/// Marks what an agent was told of this conversation as seen; returns whether there was anything.
pub fn seen(tx: &Tx<'_>, agent: Id<Agent>, conversation: Id<Conversation>, now: Timestamp) -> Result<bool> {
    let done = tx
        .prepare_cached(
            "UPDATE notice SET seen_at = ?3 WHERE agent_id = ?1 AND conversation_id = ?2 AND seen_at IS NULL",
        )?
        .execute((agent, conversation, now))?;
    Ok(done > 0)
}

/// Marks what anybody was told of the window of this conversation as seen; returns whether there was anything.
pub fn window_seen(tx: &Tx<'_>, conversation: Id<Conversation>, now: Timestamp) -> Result<bool> {
    let done = tx
        .prepare_cached(
            "UPDATE notice INDEXED BY notice_conversation SET seen_at = ?2
             WHERE conversation_id = ?1 AND kind = 'window' AND seen_at IS NULL",
        )?
        .execute((conversation, now))?;
    Ok(done > 0)
}

/// Marks everything up to `last` that an agent was told as seen.
pub fn all_seen(tx: &Tx<'_>, agent: Id<Agent>, last: Id<Notice>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE notice SET seen_at = ?3 WHERE agent_id = ?1 AND id <= ?2 AND seen_at IS NULL")?
        .execute((agent, last, now))?;
    Ok(())
}

/// Forgets what was seen before `before`, up to `most` at once; returns how many went.
pub fn tidy(tx: &Tx<'_>, before: Timestamp, most: u32) -> Result<usize> {
    Ok(tx
        .prepare_cached(
            "DELETE FROM notice WHERE id IN (SELECT id FROM notice INDEXED BY notice_seen
             WHERE seen_at IS NOT NULL AND seen_at < ?1 LIMIT ?2)",
        )?
        .execute((before, most))?)
}

/// Who follows the conversation.
pub fn followers(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Id<Agent>>> {
    let mut statement =
        connection.prepare_cached("SELECT agent_id FROM follower WHERE conversation_id = ?1")?;
    Ok(statement.query_map([conversation], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Has the agent follow the conversation, or no longer.
pub fn follow(tx: &Tx<'_>, conversation: Id<Conversation>, agent: Id<Agent>, on: bool) -> Result<()> {
    let sql = if on {
        "INSERT INTO follower (conversation_id, agent_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM follower WHERE conversation_id = ?1 AND agent_id = ?2"
    };
    tx.prepare_cached(sql)?.execute((conversation, agent))?;
    Ok(())
}

/// How an agent wants to be told of each kind.
pub fn choices(connection: &Connection, agent: Id<Agent>) -> Result<[Choice; 6]> {
    let mut statement = connection.prepare_cached("SELECT * FROM notice_choice WHERE agent_id = ?1")?;
    let chosen: Vec<Choice> = statement.query_map([agent], choice_read)?.collect::<rusqlite::Result<_>>()?;
    Ok(Kind::ALL
        .map(|kind| chosen.iter().copied().find(|choice| choice.kind == kind).unwrap_or(Choice::usual(kind))))
}

/// How an agent wants to be told of `kind`.
pub fn choice(connection: &Connection, agent: Id<Agent>, kind: Kind) -> Result<Choice> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM notice_choice WHERE agent_id = ?1 AND kind = ?2")?;
    let chosen = statement.query_row((agent, kind.as_str()), choice_read).optional()?;
    Ok(chosen.unwrap_or(Choice::usual(kind)))
}

fn choice_read(row: &Row<'_>) -> rusqlite::Result<Choice> {
    Ok(Choice {
        kind: word(row, "kind")?,
        told: row.get("told")?,
        browser: row.get("browser")?,
        sound: row.get("sound")?,
    })
}

/// Keeps how an agent wants to be told.
pub fn choose(tx: &Tx<'_>, agent: Id<Agent>, choices: &[Choice]) -> Result<()> {
    for choice in choices {
        tx.prepare_cached(
            "INSERT INTO notice_choice (agent_id, kind, told, browser, sound) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (agent_id, kind) DO UPDATE
             SET told = excluded.told, browser = excluded.browser, sound = excluded.sound",
        )?
        .execute((agent, choice.kind.as_str(), choice.told, choice.browser, choice.sound))?;
    }
    Ok(())
}

/// Who wants to be told of what comes into this queue: its members; of what lies in none, everybody who chose so.
pub fn watching(connection: &Connection, queue: Option<Id<Queue>>) -> Result<Vec<Id<Agent>>> {
    let Some(queue) = queue else {
        let mut statement = connection.prepare_cached(
            "SELECT agent_id FROM notice_choice INDEXED BY notice_choice_queue WHERE kind = 'queue' AND told = 1",
        )?;
        return Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?);
    };
    let mut statement = connection.prepare_cached(
        "SELECT m.agent_id FROM queue_member m CROSS JOIN notice_choice n
         ON n.agent_id = m.agent_id AND n.kind = 'queue' AND n.told = 1 WHERE m.queue_id = ?1",
    )?;
    Ok(statement.query_map([queue], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Conversations of this status whose customer waits and whose window closes until `soon`, and of which nobody was told
/// yet.
pub fn closing(
    connection: &Connection,
    status: Status,
    (now, soon): (Timestamp, Timestamp),
    most: u32,
) -> Result<Vec<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT v.id FROM conversation v INDEXED BY conversation_closing
         WHERE v.status = ?4 AND v.window_closes_at IS NOT NULL AND v.window_closes_at > ?1
         AND v.window_closes_at <= ?2 AND v.waiting_since IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM nudge n
             WHERE n.conversation_id = v.id AND n.closes_at = v.window_closes_at)
         ORDER BY v.window_closes_at LIMIT ?3",
    )?;
    Ok(statement
        .query_map((now, soon, most, status.as_str()), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Remembers that somebody was told of this closing.
pub fn nudged(tx: &Tx<'_>, conversation: Id<Conversation>, closes: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO nudge (conversation_id, closes_at) VALUES (?1, ?2)
         ON CONFLICT (conversation_id) DO UPDATE SET closes_at = excluded.closes_at",
    )?
    .execute((conversation, closes))?;
    Ok(())
}
