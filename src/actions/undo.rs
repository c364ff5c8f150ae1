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
    if !waits(tx, by, &message)? {
        return Err(Refused::TooLate.into());
    }
    let mut taken = vec![message];
    for other in message::written_with(tx, &taken[0])? {
        if waits(tx, by, &other)? {
            taken.push(other);
        }
    }
    let body = taken.iter().map(|message| message.body.as_str()).find(|body| !body.is_empty());
    let body = body.unwrap_or_default().to_owned();
    for message in &taken {
        take(tx, by, (&conversation, message), now)?;
    }
    if content_of(taken[0].extra.template.as_ref()) == Content::Free {
        into_draft(tx, by, (conversation.id, &body), now)?;
    }
    restore(tx, &mut conversation, now)?;
    Ok(body)
}

/// Whether the message is this person's and no try to send it has begun.
fn waits(tx: &Tx<'_>, by: &Viewer, message: &Message) -> Result<bool> {
    let untouched = outbox::of_message(tx, message.id)?
        .is_some_and(|dispatch| dispatch.state == DispatchState::Queued && dispatch.attempt == 0);
    let first_try = message.state == State::Queued && !outbox::was_tried(tx, message.id)?;
    Ok(untouched && first_try && message.author == by.author())
}

fn take(
    tx: &Tx<'_>,
    by: &Viewer,
    (conversation, message): (&Conversation, &Message),
    now: Timestamp,
) -> Result<()> {
    for file in attachment::of_message(tx, message.id)? {
        attachment::give(tx, file.id, None)?;
    }
    if content_of(message.extra.template.as_ref()) == Content::Free {
        grant::refund(tx, window::place(conversation), message.created_at)?;
    }
    message::delete(tx, message.id)?;
    tx.touch(outbox::TOPIC);
    let (agent, message) = (by.author(), Some(message.id));
    let entry = event::New { kind: kind::MESSAGE_UNDONE, agent, message, ..event::New::default() };
    history::log(tx, conversation, entry, now)
}

/// Puts the text before what was typed since.
fn into_draft(
    tx: &Tx<'_>,
    by: &Viewer,
    (conversation, body): (Id<Conversation>, &str),
    now: Timestamp,
) -> Result<()> {
    let Some(agent) = by.author().filter(|_| !body.is_empty()) else { return Ok(()) };
    let place = Place { agent, conversation, kind: draft::Kind::Reply };
    let since = store::draft::get(tx, place)?;
    let body = if since.trim().is_empty() { body.to_owned() } else { format!("{body}\n{since}") };
    Ok(store::draft::put(tx, place, &body, now)?)
}

/// What the list shows and sorts by, as if the message had never been.
pub(super) fn restore(tx: &Tx<'_>, conversation: &mut Conversation, now: Timestamp) -> Result<()> {
    let channel = reach::channel(tx, conversation)?;
    let newest = message::newest_said(tx, conversation.id)?;
    conversation.last_message = newest.as_ref().map(|newest| newest.id);
    conversation.last_message_at =
        newest.as_ref().map_or(conversation.created_at, |newest| newest.created_at);
    conversation.snippet_ours = newest.as_ref().is_some_and(|newest| newest.kind == Kind::Outbound);
    conversation.snippet = match newest {
        Some(newest) if newest.body.trim().is_empty() => {
            attachment::of_message(tx, newest.id)?.first().map(|file| snippet(&file.name)).unwrap_or_default()
        }
        Some(newest) => snippet(&newest.body),
        None => String::new(),
    };
    let began = store::conversation::episode_opened_at(tx, conversation)?;
    conversation.waiting_since =
        message::unanswered_since(tx, conversation.id, began.unwrap_or(conversation.created_at))?;
    conversation.updated_at = now;
    window::refresh(tx, &channel, conversation, now)?;
    Ok(store::conversation::update(tx, conversation)?)
}
