//! Splitting a conversation of mail, merging two, and taking it back.

use crate::actions::{self, move_mail, reach};
use crate::domain::Id;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Kind, Message};
use crate::domain::refused::Problem;
use crate::domain::{Refused, Timestamp};
use crate::store;
use crate::templates::moving::{Done, Page, Part};
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// How many mails are offered to begin anew with, the newest.
const MAILS: u32 = 100;
/// How many conversations are offered to be merged.
const OTHERS: u32 = 20;

/// The mails of the conversation, and what else it may belong together with.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let page = cx.read(|connection| {
        let conversation = reach::conversation(connection, &viewer, id)?;
        let channel =
            store::channel::get(connection, conversation.channel)?.ok_or(actions::Error::NotFound)?;
        if !move_mail::is_mail(&channel) {
            return Err(actions::Error::NotFound);
        }
        let thread = store::message::entries(connection, id, None, MAILS)?;
        let first = store::moves::first_said(connection, id)?;
        let mut others = Vec::new();
        for other in store::conversation::of_contact(connection, conversation.contact, OTHERS)? {
            let fits =
                other.id != id && other.channel == conversation.channel && other.last_message.is_some();
            if fits && reach::may_see(connection, &viewer, &other)? {
                others.push(other);
            }
        }
        let since = Timestamp(now.0 - move_mail::UNDONE_WITHIN.0);
        let done = store::moves::recent(connection, id, since)?.into_iter().map(|done| Done {
            id: done.id,
            whole: done.whole,
            from: done.from,
            to: done.to,
            at: done.at,
        });
        let done = done.collect();
        let parts = thread.into_iter().filter(said).map(|message| part(message, first)).collect();
        Ok(Page { conversation, parts, others, done })
    })?;
    let frame = forms::frame(cx, cx.texts.moving_title())?;
    Ok(cx.page(&frame, &crate::templates::moving::page(&frame, &page)))
}

fn said(message: &Message) -> bool {
    matches!(message.kind, Kind::Inbound | Kind::Outbound)
}

fn part(message: Message, first: Option<Id<Message>>) -> Part {
    let mail = message.extra.mail.as_deref();
    let from = mail.and_then(|mail| mail.from.as_ref());
    Part {
        id: message.id,
        ours: message.kind == Kind::Outbound,
        from: from.map(|from| if from.name.is_empty() { from.address.clone() } else { from.name.clone() }),
        subject: mail.map(|mail| mail.subject.clone()).unwrap_or_default(),
        beginning: crate::domain::conversation::snippet(&message.body),
        at: message.at,
        is_first: first == Some(message.id),
    }
}

/// A new conversation from this mail on.
pub fn split(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = seen(cx)?;
    let first: Id<Message> = cx.form.trimmed("message").parse().map_err(|_| unknown("message"))?;
    let message = cx.read(|c| store::message::get(c, first))?;
    if message.is_none_or(|message| message.conversation != id) {
        return Err(Failure::NotFound);
    }
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let new = cx.write(move |tx| move_mail::split(tx, &viewer, first, now))?;
    Ok(super::acts::back(cx, new, ""))
}

/// Another conversation comes into this one.
pub fn merge(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = seen(cx)?;
    let number = cx.form.trimmed("other").trim_start_matches('#');
    let other: Id<Conversation> = number.parse().map_err(|_| unknown("other"))?;
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| move_mail::merge(tx, &viewer, id, other, now))?;
    Ok(super::acts::back(cx, id, ""))
}

/// As it was before.
pub fn restore(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = seen(cx)?;
    let number: i64 = cx.form.trimmed("move").parse().map_err(|_| unknown("move"))?;
    let done = cx.read(|c| store::moves::get(c, number))?.ok_or(Failure::NotFound)?;
    if done.from != id && done.to != id {
        return Err(Failure::NotFound);
    }
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let back = cx.write(move |tx| move_mail::restore(tx, &viewer, number, now))?;
    Ok(super::acts::back(cx, back, ""))
}

/// What was put aside is in the inbox again.
pub fn release(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::sender::release(tx, &viewer, id, now))?;
    Ok(super::acts::back(cx, id, ""))
}

/// The conversation of this page. For whom it does not exist, no form of it does, whatever it says.
fn seen(cx: &Cx<'_>) -> Result<Id<Conversation>, Failure> {
    let (id, viewer) = (cx.param("id")?, cx.viewer()?);
    cx.read(|connection| reach::conversation(connection, viewer, id))?;
    Ok(id)
}

fn unknown(field: &'static str) -> Refused {
    Refused::Field { field, problem: Problem::Unknown }
}
