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
        ":sender": match new.sender { Sender::Person => "person", Sender::Automatic => "automatic" },
        ":content": match new.content { Content::Free => "free", Content::Template => "template" },
    })?;
    tx.touch(TOPIC);
    Ok(Id::new(tx.last_insert_rowid()))
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
