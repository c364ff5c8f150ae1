//! Something was sent for us elsewhere: in the provider's own app, or by another program.

use super::{message, party};
use crate::actions::{Error, Result, greet, history, window};
use crate::domain::Timestamp;
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, kind};
use crate::domain::inbound::{Incoming, Party};
use crate::domain::message::{Kind, Message, State};
use crate::store::{Tx, conversation as threads, event, message as messages, outbox};

/// Puts it into the thread as ours, without an author. It answers the customer, but it opens nothing: whoever
/// wrote it dealt with it there.
pub(super) fn echo(
    tx: &Tx<'_>,
    channel: &Channel,
    to: &Party,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<()> {
    if message::is_here(tx, channel, incoming)? {
        return Ok(());
    }
    let address = party::person(tx, channel, to, now)?;
    let latest = threads::latest(tx, address.id, channel.id, &incoming.thread)?;
    let mut conversation = match latest {
        Some(there) => {
            if is_of_our_own(tx, &there, incoming, now)? {
                return Ok(());
            }
            there
        }
        None => {
            let mut begun = message::begun(tx, channel, (&address, incoming, None), Cause::Sent, now)?;
            message::shut(tx, &mut begun, now)?;
            begun
        }
    };
    // Whoever of us wrote there sees to it.
    greet::taken(tx, &Viewer::console(), &conversation, now)?;
    let late = message::is_late(tx, &conversation, incoming.at.min(now))?;
    let id =
        message::insert(tx, channel, (&conversation, &message::Entry::of(incoming), Kind::Outbound), now)?;
    if !late {
        message::quote(&mut conversation, id, incoming, true);
        conversation.last_message_at = conversation.last_message_at.max(now);
        conversation.waiting_since = None;
    }
    conversation.updated_at = now;
    window::refresh(tx, channel, &mut conversation, now)?;
    threads::update(tx, &conversation)?;
    history::came(tx, &conversation);
    Ok(())
}

/// Whether the echo is of a message that we are just sending or lost sight of. While one is on its way, nobody
/// can tell yet, so the echo waits. One that was unsure is settled by it.
fn is_of_our_own(
    tx: &Tx<'_>,
    conversation: &Conversation,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<bool> {
    let same = |ours: &Message| ours.body.trim() == incoming.body.trim();
    let open = messages::outcome_open(tx, conversation.id)?;
    let Some(mut ours) = open.into_iter().find(same) else { return Ok(false) };
    if ours.state != State::Unsure {
        return Err(Error::NotFound);
    }
    ours.state = State::Sent;
    ours.error = None;
    ours.provider_id = Some(incoming.provider_id.clone()).filter(|id| !id.is_empty());
    messages::update(tx, &ours)?;
    if let Some(dispatch) = outbox::of_message(tx, ours.id)? {
        outbox::delete(tx, dispatch.id)?;
    }
    let mut conversation = conversation.clone();
    conversation.failed = (conversation.failed - 1).max(0);
    threads::update(tx, &conversation)?;
    tell(tx, &conversation, ours.id, now)?;
    Ok(true)
}

fn tell(
    tx: &Tx<'_>,
    conversation: &Conversation,
    id: crate::domain::Id<Message>,
    now: Timestamp,
) -> Result<()> {
    let data = serde_json::json!({ "state": State::Sent.as_str() });
    let entry = event::New { kind: kind::MESSAGE_STATE, message: Some(id), data, ..event::New::default() };
    history::log(tx, conversation, entry, now)
}
