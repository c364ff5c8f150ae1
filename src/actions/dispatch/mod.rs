//! What becomes of a message between the outbox and the provider: claimed, recorded, found again at start.
//!
//! The outbox job calls these around the network call that it makes itself: [`claim`] commits *sending*
//! before a byte leaves, [`record`] commits what came of it, and [`recover`] looks at start for what was in
//! between when the program ended.

mod claim;
mod record;

pub use claim::{Claimed, claim};
pub(in crate::actions) use record::broken;
pub use record::{Attempt, doubt, record, recover};

use super::{Result, history};
use crate::domain::conversation::Conversation;
use crate::domain::event::kind;
use crate::domain::message::Message;
use crate::domain::outbox::Dispatch;
use crate::domain::{Timestamp, window::Content};
use crate::store::{self, Tx, event, grant, message, outbox};

/// Writes the message back and tells the log and the pages where it stands now.
fn tell(tx: &Tx<'_>, conversation: &Conversation, message: &Message, now: Timestamp) -> Result<()> {
    message::update(tx, message)?;
    let code = message.error.as_ref().map(|fault| fault.code.as_str());
    let entry = event::New {
        kind: kind::MESSAGE_STATE,
        message: Some(message.id),
        data: serde_json::json!({ "state": message.state.as_str(), "code": code }),
        ..event::New::default()
    };
    history::log(tx, conversation, entry, now)
}

/// The dispatch ends without the message having left: what it used up of the window is given back.
fn end_unsent(
    tx: &Tx<'_>,
    dispatch: &Dispatch,
    conversation: &mut Conversation,
    now: Timestamp,
) -> Result<()> {
    if dispatch.content == Content::Free {
        grant::refund(tx, super::window::place(conversation), dispatch.created_at)?;
    }
    outbox::delete(tx, dispatch.id)?;
    conversation.failed += 1;
    conversation.updated_at = now;
    Ok(store::conversation::update(tx, conversation)?)
}
