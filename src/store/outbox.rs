//! What is to go out.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::outbox::{Dispatch, DispatchState};
use crate::domain::window::{Content, Sender};
use crate::domain::{Id, Timestamp};

/// The topic on which the sender waits.
pub const TOPIC: &str = "outbox";

fn read(row: &Row<'_>) -> rusqlite::Result<Dispatch> {
    Ok(Dispatch {
        id: row.get("id")?,
        message: row.get("message_id")?,
        conversation: row.get("conversation_id")?,
        channel: row.get("channel_id")?,
        state: match row.get_ref("state")?.as_str()? {
            "sending" => DispatchState::Sending,
            "unsure" => DispatchState::Unsure,
            _ => DispatchState::Queued,
        },
        attempt: row.get("attempt")?,
        due_at: row.get("due_at")?,
        started_at: row.get("started_at")?,
        key: row.get("key")?,
        sender: if row.get_ref("sender")?.as_str()? == "person" { Sender::Person } else { Sender::Automatic },
        content: if row.get_ref("content")?.as_str()? == "free" { Content::Free } else { Content::Template },
        created_at: row.get("created_at")?,
    })
}

/// The dispatch of a message, while it is on its way.
pub fn of_message(connection: &Connection, message: Id<Message>) -> Result<Option<Dispatch>> {
    let mut statement = connection.prepare_cached("SELECT * FROM outbox WHERE message_id = ?1")?;
    Ok(statement.query_row([message], read).optional()?)
}

/// The dispatch with this id.
pub fn get(connection: &Connection, id: Id<Dispatch>) -> Result<Option<Dispatch>> {
    let mut statement = connection.prepare_cached("SELECT * FROM outbox WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The channels that have something to send now and are not too fast for their provider.
pub fn channels_due(connection: &Connection, now: Timestamp) -> Result<Vec<Id<Channel>>> {
    let mut statement = connection.prepare_cached(
        "SELECT c.id FROM channel c WHERE c.state = 'enabled' AND NOT EXISTS (
             SELECT 1 FROM throttle t WHERE t.channel_id = c.id AND t.address_id = 0 AND t.from_at > ?1)
         AND EXISTS (
             SELECT 1 FROM outbox o WHERE o.channel_id = c.id AND o.state = 'queued' AND o.due_at <= ?1
                 AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.id < o.id))",
    )?;
    Ok(statement.query_map([now], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What a channel has to send next: of those that are due and the first of their conversation, the one that
/// has been due longest.
pub fn next_of(connection: &Connection, channel: Id<Channel>, now: Timestamp) -> Result<Option<Dispatch>> {
    let mut statement = connection.prepare_cached(
        "SELECT o.* FROM outbox o WHERE o.channel_id = ?1 AND o.state = 'queued' AND o.due_at <= ?2
             AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.id < o.id)
         ORDER BY o.due_at, o.id LIMIT 1",
    )?;
    Ok(statement.query_row((channel, now), read).optional()?)
}

/// When the next one falls due after `now`; `None` when nothing waits for a time.
pub fn due_after(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut statement =
        connection.prepare_cached("SELECT min(due_at) FROM outbox WHERE state = 'queued' AND due_at > ?1")?;
    let due: Option<Timestamp> = statement.query_row([now], |row| row.get(0))?;
    Ok(due.into_iter().chain(super::throttle::next(connection, now)?).min())
}

/// What was on its way when the program ended.
pub fn sending(connection: &Connection) -> Result<Vec<Dispatch>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM outbox WHERE state = 'sending' ORDER BY id")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// What waits to be sent, or is on its way.
pub fn waiting(connection: &Connection) -> Result<Vec<Dispatch>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM outbox WHERE state IN ('queued', 'sending') ORDER BY id")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// An attempt begins. `false`: somebody else has it, or it was taken back.
pub fn begin(tx: &Tx<'_>, id: Id<Dispatch>, now: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE outbox SET state = 'sending', attempt = attempt + 1, started_at = ?2
             WHERE id = ?1 AND state = 'queued'",
        )?
        .execute((id, now))?;
    Ok(rows == 1)
}

/// Another attempt at `due`.
pub fn queue_again(tx: &Tx<'_>, id: Id<Dispatch>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE outbox SET state = 'queued', due_at = ?2, started_at = NULL WHERE id = ?1")?
        .execute((id, due))?;
    tx.touch(TOPIC);
    Ok(())
}

/// The attempt that has begun does not count: it was the channel that was refused.
pub fn forget_attempt(tx: &Tx<'_>, id: Id<Dispatch>) -> Result<()> {
    tx.prepare_cached("UPDATE outbox SET attempt = max(attempt - 1, 0) WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Nobody knows what became of the attempt. What follows in the conversation waits.
pub fn leave_unsure(tx: &Tx<'_>, id: Id<Dispatch>) -> Result<()> {
    tx.prepare_cached("UPDATE outbox SET state = 'unsure' WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Writes an attempt into the record that is kept after the dispatch is gone.
pub fn keep_attempt(
    tx: &Tx<'_>,
    dispatch: &Dispatch,
    outcome: &str,
    detail: &str,
    at: Timestamp,
) -> Result<()> {
    // Numbered over all dispatches of the message, because a new try by hand begins to count anew.
    tx.prepare_cached(
        "INSERT INTO send_attempt (message_id, number, key, at, outcome, detail)
         SELECT :message, ifnull(max(number), 0) + 1, :key, :at, :outcome, :detail FROM send_attempt
         WHERE message_id = :message",
    )?
    .execute(named_params! {
        ":message": dispatch.message, ":key": dispatch.key, ":at": at, ":outcome": outcome, ":detail": detail,
    })?;
    Ok(())
}

/// How many attempts of a dispatch came to nobody knows what.
pub fn doubts(connection: &Connection, dispatch: &Dispatch) -> Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM send_attempt WHERE message_id = ?1 AND key = ?2 AND outcome = 'unknown'",
    )?;
    Ok(statement.query_row((dispatch.message, &dispatch.key), |row| row.get(0))?)
}

/// The newest message of the customer in a conversation.
pub fn last_inbound(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM message WHERE conversation_id = ?1 AND kind = 'inbound' ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row([conversation], super::message::read).optional()?)
}

/// A new dispatch.
pub struct New<'a> {
    pub message: Id<Message>,
    pub conversation: Id<Conversation>,
    pub channel: Id<Channel>,
    /// Not before this: the time in which it can be taken back.
    pub due_at: Timestamp,
    pub key: &'a str,
    pub sender: Sender,
    pub content: Content,
}

/// Puts a message into the outbox and wakes the sender.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Dispatch>> {
    tx.prepare_cached(
        "INSERT INTO outbox (message_id, conversation_id, channel_id, state, due_at, key, sender, content, created_at)
         VALUES (:message, :conversation, :channel, 'queued', :due, :key, :sender, :content, :now)",
    )?
    .execute(named_params! {
        ":message": new.message, ":conversation": new.conversation, ":channel": new.channel, ":due": new.due_at,
        ":key": new.key, ":now": now,
        ":sender": word(new.sender),
        ":content": match new.content { Content::Free => "free", Content::Template => "template" },
    })?;
    tx.touch(TOPIC);
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Makes a new dispatch of one whose outcome was unsure, in its old place.
pub fn renew(tx: &Tx<'_>, id: Id<Dispatch>, new: &New<'_>, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "UPDATE outbox SET state = 'queued', attempt = 0, started_at = NULL, due_at = :due, key = :key,
             sender = :sender, created_at = :now WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id,
        ":due": new.due_at,
        ":key": new.key,
        ":sender": word(new.sender),
        ":now": now,
    })?;
    tx.touch(TOPIC);
    Ok(())
}

/// Takes a dispatch out: it was sent, failed for good, or was taken back.
pub fn delete(tx: &Tx<'_>, id: Id<Dispatch>) -> Result<()> {
    tx.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([id])?;
    tx.touch(TOPIC);
    Ok(())
}

/// Whether a try to send this message has ever begun.
pub fn was_tried(connection: &Connection, message: Id<Message>) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM send_attempt WHERE message_id = ?1 LIMIT 1")?;
    Ok(statement.exists([message])?)
}

/// How many messages have been on their way for more than five minutes, or due for more than ten. On a channel
/// that is broken or switched off they wait rightly.
pub fn stuck(connection: &Connection, now: Timestamp) -> Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT count(*) FROM outbox o JOIN channel c ON c.id = o.channel_id
         WHERE c.state = 'enabled' AND ((o.state = 'sending' AND o.started_at < ?1 - 300000)
             OR (o.state = 'queued' AND o.due_at < ?1 - 600000))",
    )?;
    Ok(statement.query_row([now], |row| row.get(0))?)
}

const fn word(sender: Sender) -> &'static str {
    match sender {
        Sender::Person => "person",
        Sender::Automatic => "automatic",
    }
}

/// Whether anything in this file would leave without a person's hand: what waits, what is planned, and workflows.
pub fn anything(connection: &Connection) -> Result<bool> {
    Ok(!waiting(connection)?.is_empty()
        || super::later::any(connection)?
        || super::workflow_run::any_running(connection)?)
}
