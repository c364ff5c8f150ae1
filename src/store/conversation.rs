//! Threads, one row each.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::word;
use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::{Id, Timestamp};

/// Reads a row that holds every column of `conversation`.
pub fn read(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: row.get("id")?,
        contact: row.get("contact_id")?,
        channel: row.get("channel_id")?,
        address: row.get("address_id")?,
        subject: row.get("subject")?,
        status: word(row, "status")?,
        assignee: row.get("assignee_id")?,
        queue: row.get("queue_id")?,
        snoozed_until: row.get("snoozed_until")?,
        priority: super::values::priority(row.get("priority")?),
        last_message_at: row.get("last_message_at")?,
        last_message: row.get("last_message_id")?,
        snippet: row.get("snippet")?,
        snippet_ours: row.get("snippet_ours")?,
        unread: row.get("unread")?,
        waiting_since: row.get("waiting_since")?,
        window_closes_at: row.get("window_closes_at")?,
        failed: row.get("failed")?,
        episode: row.get("episode")?,
        previous: row.get("previous_id")?,
        side_of: row.get("side_of_id")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// The conversation with this id.
pub fn get(connection: &Connection, id: Id<Conversation>) -> Result<Option<Conversation>> {
    let mut statement = connection.prepare_cached("SELECT * FROM conversation WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// These conversations, in no order.
pub fn many(connection: &Connection, ids: &[Id<Conversation>]) -> Result<Vec<Conversation>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM conversation WHERE id IN (SELECT value FROM json_each(?1))")?;
    Ok(statement.query_map([super::values::id_list(ids)], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The latest conversation of a person on an entry point in this thread (`""` where there is but one).
pub fn latest(
    connection: &Connection,
    address: Id<Address>,
    channel: Id<Channel>,
    thread: &str,
) -> Result<Option<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation WHERE address_id = ?1 AND channel_id = ?2 AND thread = ?3
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((address, channel, thread), read).optional()?)
}

/// The conversations of a contact over all channels, latest first.
pub fn of_contact(connection: &Connection, contact: Id<Contact>, most: u32) -> Result<Vec<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation WHERE contact_id = ?1 ORDER BY last_message_at DESC, id DESC LIMIT ?2",
    )?;
    Ok(statement.query_map((contact, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// How many conversations these contacts have; one that has more than `most` is left out.
pub fn numbers_of(
    connection: &Connection,
    contacts: &[Id<Contact>],
    most: u32,
) -> Result<BTreeMap<Id<Contact>, u32>> {
    let mut statement = connection.prepare_cached(
        "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM conversation WHERE contact_id = value LIMIT ?2))
         FROM json_each(?1)",
    )?;
    let rows = statement
        .query_map((super::values::id_list(contacts), most + 1), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut numbers: BTreeMap<Id<Contact>, u32> = rows.collect::<rusqlite::Result<_>>()?;
    numbers.retain(|_, number| *number <= most);
    Ok(numbers)
}

/// A new thread.
pub struct New<'a> {
    pub contact: Id<Contact>,
    pub channel: &'a Channel,
    pub address: Id<Address>,
    pub thread: &'a str,
    pub subject: &'a str,
    pub previous: Option<Id<Conversation>>,
    /// The conversation beside which it is led.
    pub side_of: Option<Id<Conversation>>,
}

/// Adds an open conversation without an assignee and without messages. Its first episode is the caller's to add.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Conversation>> {
    tx.prepare_cached(
        "INSERT INTO conversation (contact_id, channel_id, address_id, thread, subject, status, queue_id,
             last_message_at, previous_id, side_of_id, created_at, updated_at)
         VALUES (:contact, :channel, :address, :thread, :subject, 'open', :queue, :now, :previous, :side,
             :now, :now)",
    )?
    .execute(named_params! {
        ":contact": new.contact, ":channel": new.channel.id, ":address": new.address, ":thread": new.thread,
        ":subject": new.subject, ":queue": new.channel.queue, ":previous": new.previous, ":side": new.side_of, ":now": now,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back everything that changes in a conversation's life.
pub fn update(tx: &Tx<'_>, conversation: &Conversation) -> Result<()> {
    super::words::subject_changing(tx, conversation.id, &conversation.subject)?;
    tx.prepare_cached(
        "UPDATE conversation SET contact_id = :contact, subject = :subject, status = :status, assignee_id = :assignee,
             queue_id = :queue, snoozed_until = :snoozed, priority = :priority, last_message_at = :last_at, last_message_id = :last,
             snippet = :snippet, snippet_ours = :ours, unread = :unread, waiting_since = :waiting,
             window_closes_at = :window, failed = :failed, episode = :episode, updated_at = :updated
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": conversation.id, ":contact": conversation.contact, ":subject": conversation.subject,
        ":status": conversation.status.as_str(), ":assignee": conversation.assignee, ":queue": conversation.queue,
        ":snoozed": conversation.snoozed_until, ":priority": conversation.priority.number(), ":last_at": conversation.last_message_at,
        ":last": conversation.last_message, ":snippet": conversation.snippet, ":ours": conversation.snippet_ours,
        ":unread": conversation.unread, ":waiting": conversation.waiting_since,
        ":window": conversation.window_closes_at, ":failed": conversation.failed, ":episode": conversation.episode,
        ":updated": conversation.updated_at,
    })?;
    Ok(())
}

/// The snoozed conversations whose time has come, the earliest first.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM conversation INDEXED BY conversation_snoozed
         WHERE status = 'snoozed' AND snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2",
    )?;
    Ok(statement.query_map((now, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Begins the open period that `conversation.episode` numbers.
pub fn open_episode(
    tx: &Tx<'_>,
    conversation: &Conversation,
    by: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO episode (conversation_id, number, opened_at, opened_by) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((conversation.id, conversation.episode, now, by))?;
    Ok(())
}

/// Ends the present open period. The conversation still carries the assignee who had it.
pub fn close_episode(
    tx: &Tx<'_>,
    conversation: &Conversation,
    by: Option<Id<Agent>>,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE episode SET closed_at = ?3, closed_by = ?4, assignee_id = ?5, wrapup_note = ?6
         WHERE conversation_id = ?1 AND number = ?2",
    )?
    .execute((conversation.id, conversation.episode, now, by, conversation.assignee, note))?;
    Ok(())
}

/// The conversation between this address and this entry point that is not closed, if there is one (S38).
pub fn active(
    connection: &Connection,
    address: Id<Address>,
    channel: Id<Channel>,
) -> Result<Option<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation WHERE address_id = ?1 AND channel_id = ?2 AND status <> ?3
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((address, channel, Status::Closed.as_str()), read).optional()?)
}

/// Who of us began the present or latest open period; `None`: the customer did.
pub fn episode_opened_by(connection: &Connection, conversation: &Conversation) -> Result<Option<Id<Agent>>> {
    let mut statement = connection
        .prepare_cached("SELECT opened_by FROM episode WHERE conversation_id = ?1 AND number = ?2")?;
    let by = statement.query_row((conversation.id, conversation.episode), |row| row.get(0)).optional()?;
    Ok(by.flatten())
}

/// When the present or latest open period began.
pub fn episode_opened_at(connection: &Connection, conversation: &Conversation) -> Result<Option<Timestamp>> {
    let mut statement = connection
        .prepare_cached("SELECT opened_at FROM episode WHERE conversation_id = ?1 AND number = ?2")?;
    Ok(statement.query_row((conversation.id, conversation.episode), |row| row.get(0)).optional()?)
}

/// The latest conversation of a person on an entry point, whatever its thread.
pub fn newest(
    connection: &Connection,
    address: Id<Address>,
    channel: Id<Channel>,
) -> Result<Option<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation WHERE address_id = ?1 AND channel_id = ?2 ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((address, channel), read).optional()?)
}

/// The conversations that are led beside this one, oldest first.
pub fn beside(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Conversation>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM conversation WHERE side_of_id = ?1 ORDER BY id LIMIT 50")?;
    Ok(statement.query_map([conversation], read)?.collect::<rusqlite::Result<_>>()?)
}

/// A conversation with this address under exactly this subject, whatever its case.
pub fn with_subject(
    connection: &Connection,
    address: Id<Address>,
    channel: Id<Channel>,
    subject: &str,
) -> Result<Option<Id<Conversation>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM conversation WHERE address_id = ?1 AND channel_id = ?2 AND subject = ?3 COLLATE NOCASE LIMIT 1",
    )?;
    Ok(statement.query_row((address, channel, subject), |row| row.get(0)).optional()?)
}

/// Forgets a conversation in which nothing was said, with its lines.
pub fn remove(tx: &Tx<'_>, id: Id<Conversation>) -> Result<()> {
    tx.prepare_cached("DELETE FROM conversation WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The latest conversations of an address on an entry point, newest first.
pub fn of_address(
    connection: &Connection,
    address: Id<Address>,
    channel: Id<Channel>,
    most: u32,
) -> Result<Vec<Conversation>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM conversation WHERE address_id = ?1 AND channel_id = ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    Ok(statement.query_map((address, channel, most), read)?.collect::<rusqlite::Result<_>>()?)
}
