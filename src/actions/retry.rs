//! Trying again to send what failed: a new dispatch under a new key, through the same gate.

use super::outgoing::{self, content_of, tell_state};
use super::{Result, reach, restricted, window};
use crate::domain::access::Viewer;
use crate::domain::event::kind;
use crate::domain::message::{Message, State};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, message};

/// Sends a failed message once more. One that no repetition mends is refused.
pub fn retry(tx: &Tx<'_>, by: &Viewer, id: Id<Message>, now: Timestamp) -> Result<()> {
    let (mut message, mut conversation) = outgoing::ours(tx, by, id)?;
    let again = message.error.as_ref().is_none_or(|fault| fault.again);
    if message.state != State::Failed || !again {
        return Err(Refused::NotRetryable.into());
    }
    let channel = reach::channel(tx, &conversation)?;
    let content = content_of(message.extra.template.as_ref());
    outgoing::allowed(tx, &channel, &conversation, (by.sender, content), now)?;
    restricted::again(tx, &message)?;
    outgoing::take_up(tx, by, &channel, &mut conversation, now)?;
    message.state = State::Queued;
    message.error = None;
    // The provider's id was that of the try that failed.
    message.provider_id = None;
    message::update(tx, &message)?;
    outgoing::dispatch(tx, &conversation, id, ((by.sender, content), now), now)?;
    conversation.failed = (conversation.failed - 1).max(0);
    conversation.updated_at = now;
    window::refresh(tx, &channel, &mut conversation, now)?;
    store::conversation::update(tx, &conversation)?;
    tell_state(tx, &conversation, (by, kind::MESSAGE_STATE), id, now)
}
