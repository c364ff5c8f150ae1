//! Noting that somebody has looked at what the customer wrote.

use super::history;
use super::{Result, notice, reach};
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::domain::event::kind;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, event};

/// Marks everything in the conversation as read. Nothing is written when it is so already.
pub fn mark_read(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, conversation)?;
    notice::seen(tx, by, conversation.id, now)?;
    if conversation.unread == 0 {
        return Ok(());
    }
    conversation.unread = 0;
    store::conversation::update(tx, &conversation)?;
    let entry = event::New { kind: kind::CONVERSATION_READ, agent: by.author(), ..event::New::default() };
    history::log(tx, &conversation, entry, now)
}
