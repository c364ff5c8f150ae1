//! Messages, notes and event lines.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json_at, one_of, to_json};
use super::{Result, Tx, event, words};
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::event::kind as event_kind;
use crate::domain::message::{Extra, Fault, Kind, Message, State};
use crate::domain::{Id, Timestamp};

/// Reads a row that begins with every column of `message`: by place, because looking up twenty-two names for each of
/// fifty rows takes longer than finding the rows.
pub fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    let kind = one_of(row, (2, "kind_no"), &Kind::ALL)?;
    let body = match row.get_ref(7)? {
        // What happened is told by the kind of the entry.
        ValueRef::Integer(_) if kind == Kind::Event => {
            one_of(row, (7, "entry_no"), event_kind::ALL)?.to_owned()
        }
        _ => row.get(11)?,
    };
    Ok(Message {
        id: row.get(0)?,
        conversation: row.get(1)?,
        kind,
        state: one_of(row, (3, "state_no"), &State::ALL)?,
        author: row.get(4)?,
        at: row.get(5)?,
        created_at: row.get(10)?,
        body,
        provider_id: row.get(13)?,
        extra: json_at(row, 16, "extra")?,
        reply_to: row.get(17)?,
        error: json_at::<Option<Fault>>(row, 18, "error")?,
        edited_at: row.get(19)?,
        revoked_at: row.get(20)?,
        html: row.get(21)?,
    })
}

/// The columns of `message` that are read by place, in their order.
pub const COLUMNS: [&str; 22] = [
    "id",
    "conversation_id",
    "kind_no",
    "state_no",
    "author_id",
    "at",
    "later",
    "entry_no",
    "kind",
    "state",
    "created_at",
    "body",
    "channel_id",
    "provider_id",
    "told",
    "key",
    "extra",
    "reply_to_id",
    "error",
    "edited_at",
    "revoked_at",
    "html",
];

/// The message with this id.
pub fn get(connection: &Connection, id: Id<Message>) -> Result<Option<Message>> {
    let mut statement = connection.prepare_cached("SELECT * FROM message WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// These messages, in no order.
pub fn many(connection: &Connection, ids: &[Id<Message>]) -> Result<Vec<Message>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM message WHERE id IN (SELECT value FROM json_each(?1))")?;
    Ok(statement.query_map([super::values::id_list(ids)], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The message that the provider of this channel calls so.
pub fn by_provider(
    connection: &Connection,
    channel: Id<Channel>,
    provider_id: &str,
) -> Result<Option<Message>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM message WHERE channel_id = ?1 AND provider_id = ?2")?;
    Ok(statement.query_row((channel, provider_id), read).optional()?)
}

/// The message that was made with this one-time key.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Message>> {
    let mut statement = connection.prepare_cached("SELECT * FROM message WHERE key = ?1")?;
    Ok(statement.query_row([key], read).optional()?)
}

/// The newest `most` entries of a thread before `before` (all, when `None`), oldest first.
pub fn thread(
    connection: &Connection,
    conversation: Id<Conversation>,
    before: Option<Id<Message>>,
    most: u32,
) -> Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM message WHERE conversation_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let before = before.map_or(i64::MAX, Id::get);
    let mut found: Vec<Message> =
        statement.query_map((conversation, before, most), read)?.collect::<rusqlite::Result<_>>()?;
    found.reverse();
    Ok(found)
}

/// The newest `most` messages and notes of a thread that were said before this moment, or at it and arrived before this
/// message; without the HTML of mails.
pub fn said_before(
    connection: &Connection,
    conversation: Id<Conversation>,
    (at, before): (Timestamp, Id<Message>),
    most: u32,
) -> Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, conversation_id, kind_no, state_no, author_id, at, later, entry_no, kind, state, created_at, body,
             channel_id, provider_id, told, key, extra, reply_to_id, error, edited_at, revoked_at,
             iif(typeof(html) = 'null', NULL, '') AS html
         FROM message WHERE conversation_id = ?1 AND (at, id) < (?2, ?3) AND kind <> 'event' ORDER BY id DESC LIMIT ?4",
    )?;
    Ok(statement.query_map((conversation, at, before, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The same as [`thread`], without the HTML of mails, which can be megabytes: it is empty where there is one.
pub fn entries(
    connection: &Connection,
    conversation: Id<Conversation>,
    before: Option<Id<Message>>,
    most: u32,
) -> Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, conversation_id, kind_no, state_no, author_id, at, later, entry_no, kind, state, created_at, body,
             channel_id, provider_id, told, key, extra, reply_to_id, error, edited_at, revoked_at,
             iif(typeof(html) = 'null', NULL, '') AS html
         FROM message WHERE conversation_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let before = before.map_or(i64::MAX, Id::get);
    let mut found: Vec<Message> =
        statement.query_map((conversation, before, most), read)?.collect::<rusqlite::Result<_>>()?;
    found.reverse();
    Ok(found)
}

/// The newest message of either side in a thread; notes and events do not count.
pub fn newest_said(connection: &Connection, conversation: Id<Conversation>) -> Result<Option<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM message WHERE conversation_id = ?1 AND kind IN ('inbound', 'outbound')
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row([conversation], read).optional()?)
}

/// The newest message after `seen` that is the customer's or of somebody of us other than `me`.
pub fn newest_of_others(
    connection: &Connection,
    conversation: Id<Conversation>,
    seen: Id<Message>,
    me: Option<Id<Agent>>,
) -> Result<Option<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM message WHERE conversation_id = ?1 AND id > ?2
             AND (kind = 'inbound' OR (kind = 'outbound' AND author_id IS NOT ?3))
         ORDER BY id DESC LIMIT 1",
    )?;
    Ok(statement.query_row((conversation, seen, me), read).optional()?)
}

/// The messages that were written together with this one.
pub fn written_with(connection: &Connection, message: &Message) -> Result<Vec<Message>> {
    let first = message.extra.part_of.unwrap_or(message.id.get());
    let mut statement = connection.prepare_cached(
        "SELECT * FROM message WHERE conversation_id = ?1 AND kind = 'outbound' AND id <> ?2
             AND (id = ?3 OR (id > ?3 AND extra ->> 'part_of' = ?3))",
    )?;
    let rows = statement.query_map((message.conversation, message.id, first), read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When the customer wrote what nobody has answered since `from`; `None` when all is answered. What a program said by
/// itself is no answer.
pub fn unanswered_since(
    connection: &Connection,
    conversation: Id<Conversation>,
    from: Timestamp,
) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached(
        "SELECT min(at) FROM message WHERE conversation_id = ?1 AND kind = 'inbound' AND created_at >= ?2
             AND id > ifnull((SELECT id FROM message WHERE conversation_id = ?1 AND kind = 'outbound'
                 AND ifnull(json_extract(extra, '$.automatic'), 0) = 0 ORDER BY id DESC LIMIT 1), 0)",
    )?;
    Ok(statement.query_row((conversation, from), |row| row.get(0))?)
}

/// Our messages among the newest `most` entries of the two latest conversations of this person on this channel
/// that were sent before `until` and of which more can become known.
pub fn on_their_way(
    connection: &Connection,
    place: super::grant::Place,
    until: Timestamp,
    most: u32,
) -> Result<Vec<Message>> {
    let mut conversations = connection.prepare_cached(
        "SELECT id FROM conversation WHERE address_id = ?1 AND channel_id = ?2 ORDER BY id DESC LIMIT 2",
    )?;
    let ids: Vec<Id<Conversation>> = conversations
        .query_map((place.address, place.channel), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut statement = connection.prepare_cached(
        "SELECT * FROM (SELECT * FROM message WHERE conversation_id = ?1 ORDER BY id DESC LIMIT ?2)
         WHERE kind = 'outbound' AND state IN ('sent', 'delivered') AND at <= ?3",
    )?;
    let mut found = Vec::new();
    for id in ids {
        let rows = statement.query_map((id, most, until), read)?;
        found.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// Our messages of a conversation whose outcome is open: just leaving, or unsure.
pub fn outcome_open(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT m.* FROM outbox o JOIN message m ON m.id = o.message_id
         WHERE o.conversation_id = ?1 AND o.state IN ('sending', 'unsure') ORDER BY m.id",
    )?;
    Ok(statement.query_map([conversation], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The message that was sent under this key, by the outbox or by the record of attempts.
pub fn by_dispatch_key(connection: &Connection, key: &str) -> Result<Option<Message>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM message WHERE id = ifnull((SELECT message_id FROM outbox WHERE key = ?1),
             (SELECT message_id FROM send_attempt WHERE key = ?1 LIMIT 1))",
    )?;
    Ok(statement.query_row([key], read).optional()?)
}

/// A new entry of a thread.
pub struct New<'a> {
    pub conversation: Id<Conversation>,
    pub kind: Kind,
    pub author: Option<Id<Agent>>,
    pub body: &'a str,
    pub html: Option<&'a str>,
    pub state: State,
    /// The account, set for what goes over a channel.
    pub channel: Option<Id<Channel>>,
    pub provider_id: Option<&'a str>,
    /// The sender's one-time key.
    pub key: Option<&'a str>,
    pub reply_to: Option<Id<Message>>,
    pub extra: &'a Extra,
    pub at: Timestamp,
    /// What the log says of it; `None`: nothing, or not at once.
    pub coming: Option<event::Coming>,
}

/// Adds an entry, to the log as well. A second one with the same provider id or key is an error; look before.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<Id<Message>> {
    let extra = if *new.extra == Extra::default() { None } else { Some(to_json(new.extra)?) };
    let id = event::next(tx)?;
    let (entry, told) = new.coming.as_ref().map(|coming| coming.kept(tx)).unwrap_or_default();
    // What happened is told by the kind of the entry.
    let body = if new.kind == Kind::Event && entry.is_some() { "" } else { new.body };
    tx.prepare_cached(
        "INSERT INTO message (id, conversation_id, kind_no, author_id, body, html, state_no, channel_id, provider_id, key,
             reply_to_id, extra, at, later, entry_no, told)
         VALUES (:id, :conversation, :kind, :author, :body, :html, :state, :channel, :provider, :key, :reply, :extra,
             :at, :later, :entry, :told)",
    )?
    .execute(named_params! {
        ":id": id, ":conversation": new.conversation, ":kind": new.kind.number(), ":author": new.author, ":body": body,
        ":html": new.html, ":state": new.state.number(), ":channel": new.channel, ":provider": new.provider_id,
        ":key": new.key, ":reply": new.reply_to, ":extra": extra, ":at": new.at,
        ":later": now.since(new.at).0, ":entry": entry, ":told": told,
    })?;
    let id = Id::new(id);
    words::added(tx, id);
    Ok(id)
}

/// Writes back what changes after a message was made: body, state, error, provider's id, extra, edits.
pub fn update(tx: &Tx<'_>, message: &Message) -> Result<()> {
    if is_reworded(tx, message)? {
        words::changing(tx, message.id)?;
    }
    let extra = if message.extra == Extra::default() { None } else { Some(to_json(&message.extra)?) };
    let error = message.error.as_ref().map(to_json).transpose()?;
    tx.prepare_cached(
        "UPDATE message SET body = iif(kind_no = 3, body, :body), state_no = :state, error = :error, provider_id = :provider, extra = :extra,
             edited_at = :edited, revoked_at = :revoked WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": message.id, ":body": message.body, ":state": message.state.number(), ":error": error,
        ":provider": message.provider_id, ":extra": extra, ":edited": message.edited_at,
        ":revoked": message.revoked_at,
    })?;
    Ok(())
}

/// Whether something else is said now; receipts change nothing of it.
fn is_reworded(connection: &Connection, message: &Message) -> Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT body <> ?2 OR revoked_at IS NOT ?3 FROM message WHERE id = ?1")?;
    let changed =
        statement.query_row((message.id, &message.body, message.revoked_at), |row| row.get(0)).optional()?;
    Ok(changed.unwrap_or(false))
}

/// Takes back a message that never left.
pub fn delete(tx: &Tx<'_>, id: Id<Message>) -> Result<()> {
    words::deleting(tx, id)?;
    tx.prepare_cached("DELETE FROM message WHERE id = ?1")?.execute([id])?;
    Ok(())
}
