//! One-time keys: a double click, a repeated form or a retried request makes one message.

use super::Result;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Kind, Message};
use crate::domain::{Id, Refused};
use crate::store::{Connection, message};

/// The message of this kind that was made in this conversation under this key, if there is one.
pub(super) fn used(
    connection: &Connection,
    key: Option<&str>,
    (conversation, kind): (Id<Conversation>, Kind),
) -> Result<Option<Id<Message>>> {
    match find(connection, key)? {
        Some(message) if message.conversation != conversation || message.kind != kind => {
            Err(Refused::KeyReused.into())
        }
        found => Ok(found.map(|message| message.id)),
    }
}

/// The message that was made under this key, in whatever conversation.
pub(super) fn find(connection: &Connection, key: Option<&str>) -> Result<Option<Message>> {
    Ok(match key {
        Some(key) => message::by_key(connection, key)?,
        None => None,
    })
}
