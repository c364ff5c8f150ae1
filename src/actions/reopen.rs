//! Opening again what was closed or put off: by hand, by sending, or because the customer wrote.

use super::history::{self, Happening};
use super::{Result, reach, window};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, aside, conversation as threads};

/// Opens a closed conversation as a new episode, or brings a snoozed one back.
pub fn reopen(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, conversation)?;
    reach::unblocked(tx, &conversation)?;
    if conversation.status == Status::Open {
        return Err(Refused::AlreadyThere { status: Status::Open }.into());
    }
    let channel = reach::channel(tx, &conversation)?;
    opened(tx, &channel, &mut conversation, (Some(by), Cause::Hand), now)?;
    Ok(store::conversation::update(tx, &conversation)?)
}

/// Makes the conversation open, whatever it is now. The caller writes it back.
pub(super) fn opened(
    tx: &Tx<'_>,
    channel: &Channel,
    conversation: &mut Conversation,
    (by, cause): (Option<&Viewer>, Cause),
    now: Timestamp,
) -> Result<()> {
    let told = |kind, line| Happening::of(by, kind, line);
    let before = std::mem::replace(&mut conversation.status, Status::Open);
    conversation.updated_at = now;
    match before {
        Status::Open => {}
        Status::Snoozed => {
            conversation.snoozed_until = None;
            let line = Line { cause: Some(cause), ..Line::default() };
            history::tell(tx, conversation, &told(kind::CONVERSATION_WOKE, line), now)?;
        }
        Status::Closed => {
            conversation.episode += 1;
            aside::release(tx, conversation.id)?;
            threads::open_episode(tx, conversation, by.and_then(Viewer::author), now)?;
            let line = Line { cause: Some(cause), episode: Some(conversation.episode), ..Line::default() };
            history::tell(tx, conversation, &told(kind::CONVERSATION_REOPENED, line), now)?;
            window::refresh(tx, channel, conversation, now)?;
            release_the_gone(tx, conversation, now)?;
        }
    }
    Ok(())
}

/// Takes a conversation from an agent who no longer works here, so that it does not lie where nobody looks.
fn release_the_gone(tx: &Tx<'_>, conversation: &mut Conversation, now: Timestamp) -> Result<()> {
    let Some(id) = conversation.assignee else { return Ok(()) };
    let Some(agent) = store::agent::get(tx, id)?.filter(|agent| agent.disabled_at.is_some()) else {
        return Ok(());
    };
    conversation.assignee = None;
    let line = Line { from: agent.name, cause: Some(Cause::Disabled), ..Line::default() };
    history::tell(tx, conversation, &Happening::own(kind::CONVERSATION_UNASSIGNED, line), now)?;
    Ok(())
}
