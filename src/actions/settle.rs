//! Deciding about a message of which nobody knows whether it was sent.

use super::outgoing::{self, content_of, tell_state};
use super::{Result, history, reach, restricted, window};
use crate::domain::access::Viewer;
use crate::domain::event::kind;
use crate::domain::message::{Message, State};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, event, message, outbox};

/// What a person found out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It arrived.
    Sent,
    /// It did not, or twice does no harm.
    SendAgain,
}

/// Ends the uncertainty about a message. What waits behind it in the conversation goes on.
pub fn settle(tx: &Tx<'_>, by: &Viewer, id: Id<Message>, verdict: Verdict, now: Timestamp) -> Result<()> {
    let (mut message, mut conversation) = outgoing::ours(tx, by, id)?;
    if message.state != State::Unsure {
        return Err(Refused::NotRetryable.into());
    }
    let channel = reach::channel(tx, &conversation)?;
    let content = content_of(message.extra.template.as_ref());
    if verdict == Verdict::SendAgain {
        outgoing::allowed(tx, &channel, &conversation, (by.sender, content), now)?;
        restricted::again(tx, &message)?;
        outgoing::take_up(tx, by, &channel, &mut conversation, now)?;
    }
    if verdict == Verdict::Sent
        && let Some(dispatch) = outbox::of_message(tx, id)?
    {
        outbox::delete(tx, dispatch.id)?;
    }
    message.error = None;
    message.state = if verdict == Verdict::Sent { State::Sent } else { State::Queued };
    message::update(tx, &message)?;
    conversation.failed = (conversation.failed - 1).max(0);
    conversation.updated_at = now;
    if verdict == Verdict::SendAgain {
        outgoing::dispatch(tx, &conversation, id, ((by.sender, content), now), now)?;
        window::refresh(tx, &channel, &mut conversation, now)?;
        store::conversation::update(tx, &conversation)?;
        return tell_state(tx, &conversation, (by, kind::MESSAGE_STATE), id, now);
    }
    store::conversation::update(tx, &conversation)?;
    let entry = event::New {
        kind: kind::MESSAGE_STATE,
        agent: by.author(),
        message: Some(id),
        data: serde_json::json!({ "state": State::Sent.as_str() }),
        ..event::New::default()
    };
    history::log(tx, &conversation, entry, now)
}
