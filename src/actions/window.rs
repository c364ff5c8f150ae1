//! The window of a conversation, and what the provider's own word does to it.

use super::Result;
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::window::{self, Window};
use crate::store::grant::Place;
use crate::store::{self, Connection, Tx, grant};

/// Whose leave to write it is, and where.
pub fn place(conversation: &Conversation) -> Place {
    Place { address: conversation.address, channel: conversation.channel }
}

/// What may be sent in this conversation now.
pub fn of(
    connection: &Connection,
    channel: &Channel,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<Window> {
    let grants = grant::of(connection, conversation.address, conversation.channel)?;
    Ok(window::window(&channel.card.window, &grants, now))
}

/// Keeps beside the conversation, for sorting, until when somebody can answer freely. The caller writes it back.
pub fn refresh(
    connection: &Connection,
    channel: &Channel,
    conversation: &mut Conversation,
    now: Timestamp,
) -> Result<()> {
    let grants = grant::of(connection, conversation.address, conversation.channel)?;
    conversation.window_closes_at = window::by_hand_until(&channel.card.window, &grants, now);
    Ok(())
}

/// The provider refused a message because the window is closed, which is the truth: what we thought open
/// closes at `at`. A person's time to answer by hand ends only when it was that which was refused.
pub fn refused(tx: &Tx<'_>, channel: &Channel, conversation: &mut Conversation, at: Timestamp) -> Result<()> {
    let place = place(conversation);
    match of(tx, channel, conversation, at)? {
        Window::PersonOnly { .. } => grant::close(tx, place, at)?,
        Window::Open { .. } => grant::close_free(tx, place, at)?,
        Window::Unlimited | Window::TemplateOnly { .. } | Window::Blocked { .. } => {}
    }
    refresh(tx, channel, conversation, at)?;
    store::conversation::update(tx, conversation)?;
    Ok(())
}
