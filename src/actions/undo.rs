//! Taking back a message that has not left yet.

use super::outgoing::{self, content_of};
use super::{Result, history, reach, window};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, snippet};
use crate::domain::event::kind;
use crate::domain::message::{Kind, Message, State};
use crate::domain::outbox::DispatchState;
use crate::domain::window::Content;
use crate::domain::{Id, Refused, Timestamp, draft};
use crate::store::draft::Place;
use crate::store::{self, Tx, attachment, event, grant, message, outbox};

/// Takes a message of one's own back while it waits, and returns its text, which becomes the draft again. The
/// conversation stays open and stays with whom it went to.
pub fn undo(tx: &Tx<'_>, by: &Viewer, id: Id<Message>, now: Timestamp) -> Result<String> {
    let (message, mut conversation) = outgoing::ours(tx, by, id)?;
    let waits = outbox::of_message(tx, id)?
        .is_some_and(|dispatch| dispatch.state == DispatchState::Queued && dispatch.attempt == 0);
    let first_try = message.state == State::Queued && !outbox::was_tried(tx, id)?;
    if !waits || !first_try || message.author != by.author() {
        return Err(Refused::TooLate.into());
    }
    for file in attachment::of_message(tx, id)? {
        attachment::give(tx, file.id, None)?;
    }
    if content_of(message.extra.template.as_ref()) == Content::Free {
        grant::refund(tx, window::place(&conversation), message.created_at)?;
        into_draft(tx, by, &message, now)?;
    }
    message::delete(tx, id)?;
    tx.touch(outbox::TOPIC);
    restore(tx, &mut conversation, now)?;
    let entry = event::New {
        kind: kind::MESSAGE_UNDONE,
        agent: by.author(),
        message: Some(id),
        ..event::New::default()
    };
    history::log(tx, &conversation, entry, now)?;
    Ok(message.body)
}

/// Puts the text before what was typed since.
fn into_draft(tx: &Tx<'_>, by: &Viewer, message: &Message, now: Timestamp) -> Result<()> {
    let Some(agent) = by.author() else { return Ok(()) };
    let place = Place { agent, conversation: message.conversation, kind: draft::Kind::Reply };
    let since = store::draft::get(tx, place)?;
    let body =
        if since.trim().is_empty() { message.body.clone() } else { format!("{}\n{since}", message.body) };
    Ok(store::draft::put(tx, place, &body, now)?)
}

/// What the list shows and sorts by, as if the message had never been.
fn restore(tx: &Tx<'_>, conversation: &mut Conversation, now: Timestamp) -> Result<()> {
    let channel = reach::channel(tx, conversation)?;
    let newest = message::newest_said(tx, conversation.id)?;
    conversation.last_message = newest.as_ref().map(|newest| newest.id);
    conversation.last_message_at =
        newest.as_ref().map_or(conversation.created_at, |newest| newest.created_at);
    conversation.snippet_ours = newest.as_ref().is_some_and(|newest| newest.kind == Kind::Outbound);
    conversation.snippet = newest.map(|newest| snippet(&newest.body)).unwrap_or_default();
    let began = store::conversation::episode_opened_at(tx, conversation)?;
    conversation.waiting_since =
        message::unanswered_since(tx, conversation.id, began.unwrap_or(conversation.created_at))?;
    conversation.updated_at = now;
    window::refresh(tx, &channel, conversation, now)?;
    Ok(store::conversation::update(tx, conversation)?)
}
