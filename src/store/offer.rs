//! Work that is held out to somebody.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{word, word_at};
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::availability::Media;
use crate::domain::channel::Kind as ChannelKind;
use crate::domain::conversation::Conversation;
use crate::domain::offer::{Kind, Offer, State};
use crate::domain::profile::Load;
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};

/// How many conversations of one agent are looked at to tell the load: more than any profile allows.
const LOOKED_AT: u32 = 500;

fn read(row: &Row<'_>) -> rusqlite::Result<Offer> {
    Ok(Offer {
        id: row.get("id")?,
        conversation: row.get("conversation_id")?,
        agent: row.get("agent_id")?,
        kind: word(row, "kind")?,
        queue: row.get("queue_id")?,
        from: row.get("from_id")?,
        note: row.get("note")?,
        why: row.get("why")?,
        state: word(row, "state")?,
        offered_at: row.get("offered_at")?,
        expires_at: row.get("expires_at")?,
        ended_at: row.get("ended_at")?,
        settled_at: row.get("settled_at")?,
    })
}

/// A new offer.
pub struct New<'a> {
    pub conversation: Id<Conversation>,
    pub agent: Id<Agent>,
    pub kind: Kind,
    pub queue: Option<Id<Queue>>,
    pub from: Option<Id<Agent>>,
    pub note: &'a str,
    pub why: &'a str,
    pub expires_at: Timestamp,
}

/// Holds a conversation out to somebody. No other of this kind may wait for it.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Offer>> {
    tx.prepare_cached(
        "INSERT INTO offer (conversation_id, agent_id, kind, queue_id, from_id, note, why, state, offered_at, expires_at)
         VALUES (:conversation, :agent, :kind, :queue, :from, :note, :why, 'waiting', :now, :expires)",
    )?
    .execute(named_params! {
        ":conversation": new.conversation, ":agent": new.agent, ":kind": new.kind.as_str(),
        ":queue": new.queue, ":from": new.from, ":note": new.note, ":why": new.why, ":now": now,
        ":expires": new.expires_at,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Ends an offer that waits. `false`: it had ended already.
pub fn end(tx: &Tx<'_>, id: Id<Offer>, state: State, now: Timestamp) -> Result<bool> {
    let ended = tx
        .prepare_cached("UPDATE offer SET state = ?2, ended_at = ?3 WHERE id = ?1 AND state = 'waiting'")?
        .execute((id, state.as_str(), now))?;
    Ok(ended == 1)
}

/// The offer with this id.
pub fn get(connection: &Connection, id: Id<Offer>) -> Result<Option<Offer>> {
    let mut statement = connection.prepare_cached("SELECT * FROM offer WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// What is held out to an agent now, oldest first.
pub fn waiting_for(connection: &Connection, agent: Id<Agent>) -> Result<Vec<Offer>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM offer INDEXED BY offer_agent WHERE agent_id = ?1 AND state = 'waiting' ORDER BY id",
    )?;
    Ok(statement.query_map([agent], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Every offer that waits, the soonest to expire first.
pub fn waiting(connection: &Connection) -> Result<Vec<Offer>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM offer INDEXED BY offer_due WHERE state = 'waiting' ORDER BY expires_at",
    )?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// What an agent asked of colleagues and has not seen to yet: what waits, and what came back. Newest first.
pub fn asked_by(connection: &Connection, agent: Id<Agent>, most: u32) -> Result<Vec<Offer>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM offer INDEXED BY offer_asked WHERE from_id = ?1 AND settled_at IS NULL ORDER BY id DESC LIMIT ?2",
    )?;
    Ok(statement.query_map((agent, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// Who asked has seen to it.
pub fn settle(tx: &Tx<'_>, id: Id<Offer>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE offer SET settled_at = ?2 WHERE id = ?1 AND settled_at IS NULL")?
        .execute((id, now))?;
    Ok(())
}

/// What waits for a conversation: at most one of each kind.
pub fn waiting_in(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Offer>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM offer INDEXED BY offer_waiting WHERE conversation_id = ?1 AND state = 'waiting'",
    )?;
    Ok(statement.query_map([conversation], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The offers of a conversation, newest first.
pub fn of_conversation(
    connection: &Connection,
    conversation: Id<Conversation>,
    most: u32,
) -> Result<Vec<Offer>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM offer INDEXED BY offer_conversation WHERE conversation_id = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    Ok(statement.query_map((conversation, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// When an agent was last asked by a queue.
pub fn last_dealt(connection: &Connection, queue: Id<Queue>, agent: Id<Agent>) -> Result<Option<Timestamp>> {
    let mut statement = connection
        .prepare_cached("SELECT max(offered_at) FROM offer WHERE queue_id = ?1 AND agent_id = ?2")?;
    Ok(statement.query_row((queue, agent), |row| row.get(0))?)
}

/// What a queue has for somebody, longest waiting first: open, with nobody, not held out already, and with no assistant
/// that still speaks.
pub fn undealt(connection: &Connection, queue: Id<Queue>, most: u32) -> Result<Vec<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT v.* FROM conversation v INDEXED BY conversation_undealt
         WHERE v.queue_id = ?1 AND v.status = 'open' AND v.assignee_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM offer o INDEXED BY offer_waiting
                             WHERE o.conversation_id = v.id AND o.state = 'waiting' AND o.kind = 'queue')
             AND NOT EXISTS (SELECT 1 FROM greeting g WHERE g.conversation_id = v.id AND g.due_at IS NOT NULL)
         ORDER BY ifnull(v.waiting_since, v.last_message_at), v.id LIMIT ?2",
    )?;
    let rows = statement.query_map((queue, most), super::conversation::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How much of each type an agent has: open and theirs, or held out to them by a queue or a colleague. A mail that was
/// answered is done, as long as nobody answers back (S223); who chats stays in front of them until the end.
pub fn load(connection: &Connection, agent: Id<Agent>) -> Result<Load> {
    let mut load = Load::new();
    let mut count = |kind: ChannelKind| *load.entry(Media::of(kind)).or_default() += 1;
    let mut statement = connection.prepare_cached(
        "SELECT h.kind FROM conversation v INDEXED BY conversation_mine JOIN channel h ON h.id = v.channel_id
         WHERE v.assignee_id = ?1 AND v.status = 'open' AND (h.kind <> 'email' OR v.waiting_since IS NOT NULL)
         LIMIT ?2",
    )?;
    let mut rows = statement.query((agent, LOOKED_AT))?;
    while let Some(row) = rows.next()? {
        count(word_at(row, 0, "kind")?);
    }
    let mut statement = connection.prepare_cached(
        "SELECT h.kind FROM offer o INDEXED BY offer_agent JOIN conversation v ON v.id = o.conversation_id
         JOIN channel h ON h.id = v.channel_id
         WHERE o.agent_id = ?1 AND o.state = 'waiting' AND o.kind <> 'conference'",
    )?;
    let mut rows = statement.query([agent])?;
    while let Some(row) = rows.next()? {
        count(word_at(row, 0, "kind")?);
    }
    Ok(load)
}

/// How many open conversations an agent has that this same agent began, in queues that hand their work out; no further
/// than `most` (S39).
pub fn begun(connection: &Connection, agent: Id<Agent>, most: u32) -> Result<u32> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM conversation v INDEXED BY conversation_mine
             JOIN episode e ON e.conversation_id = v.id AND e.number = v.episode
             JOIN queue q ON q.id = v.queue_id
         WHERE v.assignee_id = ?1 AND v.status = 'open' AND e.opened_by = ?1 AND q.mode <> 'shared' LIMIT ?2",
    )?;
    let mut rows = statement.query((agent, most))?;
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// The open conversations of an agent.
pub fn held_by(connection: &Connection, agent: Id<Agent>) -> Result<Vec<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation INDEXED BY conversation_mine WHERE assignee_id = ?1 AND status = 'open' LIMIT ?2",
    )?;
    let rows = statement.query_map((agent, LOOKED_AT), super::conversation::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The open conversations in which the free window closes between these two moments, the soonest first.
pub fn closing(
    connection: &Connection,
    (from, until): (Timestamp, Timestamp),
    most: u32,
) -> Result<Vec<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation INDEXED BY conversation_closing
         WHERE status = 'open' AND window_closes_at > ?1 AND window_closes_at < ?2
         ORDER BY window_closes_at, id LIMIT ?3",
    )?;
    let rows = statement.query_map((from, until, most), super::conversation::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a conversation waits in a queue that deals, so that there is something to do.
pub fn anything_undealt(connection: &Connection) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM queue
             CROSS JOIN conversation v INDEXED BY conversation_undealt ON v.queue_id = queue.id
         WHERE queue.mode <> 'shared' AND v.status = 'open' AND v.assignee_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM greeting g WHERE g.conversation_id = v.id AND g.due_at IS NOT NULL))",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Lets an agent write along.
pub fn join(
    tx: &Tx<'_>,
    conversation: Id<Conversation>,
    agent: Id<Agent>,
    invited_by: Id<Agent>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO participant (conversation_id, agent_id, invited_by, joined_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((conversation, agent, invited_by, now))?;
    Ok(())
}

/// Ends the writing along of one agent, or (`None`) of everybody. Returns who left.
pub fn leave(
    tx: &Tx<'_>,
    conversation: Id<Conversation>,
    agent: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<Vec<Id<Agent>>> {
    let mut statement = tx.prepare_cached(
        "UPDATE participant SET left_at = ?3
         WHERE conversation_id = ?1 AND (?2 IS NULL OR agent_id = ?2) AND left_at IS NULL RETURNING agent_id",
    )?;
    Ok(statement.query_map((conversation, agent, now), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Whether an agent writes along in a conversation now.
pub fn is_in(connection: &Connection, conversation: Id<Conversation>, agent: Id<Agent>) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM participant INDEXED BY participant_agent
                        WHERE agent_id = ?2 AND left_at IS NULL AND conversation_id = ?1)",
    )?;
    Ok(statement.query_row((conversation, agent), |row| row.get(0))?)
}

/// The conversations in which an agent writes along now, and since when.
pub fn joined(connection: &Connection, agent: Id<Agent>) -> Result<Vec<(Id<Conversation>, Timestamp)>> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation_id, joined_at FROM participant INDEXED BY participant_agent
         WHERE agent_id = ?1 AND left_at IS NULL ORDER BY joined_at",
    )?;
    Ok(statement
        .query_map([agent], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Who writes along in a conversation now, and who asked them.
pub fn participants(
    connection: &Connection,
    conversation: Id<Conversation>,
) -> Result<Vec<(Id<Agent>, Id<Agent>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT agent_id, invited_by FROM participant WHERE conversation_id = ?1 AND left_at IS NULL",
    )?;
    let rows = statement.query_map([conversation], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
