//! Taking back a message that has not left yet.

use super::outgoing::{self, content_of};
use super::{Result, aside, history, hosted, reach, window, wrap};
use crate::domain::access::Viewer;
use crate::domain::answering::{self, Form};
use crate::domain::conversation::{Conversation, said_by, snippet};
use crate::domain::event::kind;
use crate::domain::mail::Mode;
use crate::domain::message::{Kind, Message, State};
use crate::domain::outbox::DispatchState;
use crate::domain::window::Content;
use crate::domain::wrapup::After;
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
    let words = |message: &Message| message.extra.typed.clone().unwrap_or_else(|| message.body.clone());
    let body = taken.iter().map(words).find(|body| !body.is_empty()).unwrap_or_default();
    let files = attachment::of_message(tx, taken[0].id)?.iter().map(|file| file.id.get()).collect();
    for message in &taken {
        take(tx, by, (&conversation, message), now)?;
    }
    if content_of(taken[0].extra.template.as_ref()) == Content::Free {
        // What was passed on was written in the conversation beside which it went.
        let written_in = conversation.side_of.filter(|_| passed_on(&taken[0]));
        into_draft(tx, by, (written_in.unwrap_or(conversation.id), &body), now)?;
    }
    form_into_draft(tx, by, (&conversation, files), &taken[0])?;
    if conversation.side_of.is_some() && message::newest_said(tx, conversation.id)?.is_none() {
        aside::unasked(tx, &conversation)?;
        return Ok(body);
    }
    wrap::unasked(tx, &conversation, (After::Sent, taken[0].created_at), now)?;
    store::auto_close::forget(tx, conversation.id)?;
    restore(tx, &mut conversation, now)?;
    Ok(body)
}

fn passed_on(message: &Message) -> bool {
    message.extra.mail.as_ref().is_some_and(|mail| mail.mode == Some(Mode::Forward))
}

/// The form of a mail comes back with its text.
fn form_into_draft(
    tx: &Tx<'_>,
    by: &Viewer,
    (conversation, files): (&Conversation, Vec<i64>),
    message: &Message,
) -> Result<()> {
    let (Some(agent), Some(mail)) = (by.author(), &message.extra.mail) else { return Ok(()) };
    let passed_on = passed_on(message);
    let conversation = conversation.side_of.filter(|_| passed_on).unwrap_or(conversation.id);
    let place = Place { agent, conversation, kind: draft::Kind::Reply };
    let newest = message::newest_said(tx, conversation)?;
    let form = Form {
        standard: passed_on
            || mail.mode == Some(Mode::ReplyAll)
            || !mail.cc.is_empty()
            || !mail.bcc.is_empty(),
        mode: mail.mode,
        to: answering::written(&mail.to),
        cc: answering::written(&mail.cc),
        bcc: answering::written(&mail.bcc),
        copies: !mail.cc.is_empty() || !mail.bcc.is_empty(),
        answers: newest.map(|newest| newest.id.get()),
        files,
        ..Form::default()
    };
    Ok(store::draft::put_form(tx, place, &form)?)
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
    hosted::release(tx, message.id, now)?;
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
    conversation.snippet_ours =
        newest.as_ref().is_some_and(|newest| newest.kind == Kind::Outbound && newest.extra.writer.is_empty());
    conversation.snippet = match newest {
        Some(newest) if newest.body.trim().is_empty() => {
            attachment::of_message(tx, newest.id)?.first().map(|file| snippet(&file.name)).unwrap_or_default()
        }
        Some(newest) => said_by(&newest.extra.writer, &newest.body),
        None => String::new(),
    };
    let began = store::conversation::episode_opened_at(tx, conversation)?;
    conversation.waiting_since =
        message::unanswered_since(tx, conversation.id, began.unwrap_or(conversation.created_at))?;
    conversation.updated_at = now;
    window::refresh(tx, &channel, conversation, now)?;
    Ok(store::conversation::update(tx, conversation)?)
}
