//! Sending later: at a moment, or when the customer's window opens again.

mod fire;

pub use fire::{able, fire, overtaken};

use serde_json::json;

use super::outgoing::{self, Knows, Text};
use super::reply::{self, Beside, Reply};
use super::{Error, Result, history, hosted, reach, restricted};
use crate::actions;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::answering::Form;
use crate::domain::conversation::Conversation;
use crate::domain::event::kind;
use crate::domain::later::{FARTHEST, Later, MOST, Mail, When, period};
use crate::domain::message::{Attachment, Message};
use crate::domain::refused::Problem;
use crate::domain::window::Content;
use crate::domain::{Id, Refused, Timestamp, draft, rich};
use crate::random;
use crate::store::draft::Place;
use crate::store::{self, Tx, event, later};

/// A message that is to be sent later.
#[derive(Clone, Debug)]
pub struct Plan {
    pub conversation: Id<Conversation>,
    pub body: String,
    /// Files that the sender has uploaded before.
    pub attachments: Vec<Id<Attachment>>,
    pub when: When,
    pub until: Option<Timestamp>,
    /// The newest message that its writer saw; `None` for programs, which say nothing of it.
    pub seen: Option<Id<Message>>,
    /// How a mail is answered.
    pub mail: Option<Beside>,
    /// What its writer was warned of.
    pub knows: Knows,
    /// A one-time key: the same again gives the same waiting message.
    pub key: Option<String>,
}

/// Has a message wait. Everything but the window is checked now, so that its writer learns of it; all of it is
/// checked again when it is sent.
pub fn plan(tx: &Tx<'_>, by: &Viewer, plan: &Plan, now: Timestamp) -> Result<Id<Later>> {
    let conversation = reach::conversation(tx, by, plan.conversation)?;
    let agent = by.author().ok_or(Error::NotFound)?;
    let key = plan.key.clone().unwrap_or_else(random::key);
    if let Some(there) = later::by_key(tx, &key)? {
        let same = there.conversation == conversation.id && there.agent == agent;
        return if same { Ok(there.id) } else { Err(Refused::KeyReused.into()) };
    }
    let until = plan.until;
    could_come(plan, now)?;
    let channel = reach::channel(tx, &conversation)?;
    match outgoing::allowed(tx, &channel, &conversation, (by.sender, Content::Free), now) {
        Ok(()) | Err(Error::Refused(Refused::WindowClosed { .. })) => {}
        Err(other) => return Err(other),
    }
    let text = Text { body: plan.body.trim_end().to_owned(), ..Text::default() };
    outgoing::whole(by, &text, plan.knows)?;
    let files = outgoing::files(tx, by, &plan.attachments)?;
    outgoing::fits(&channel, &text, &files)?;
    let plain = if plan.mail.is_some() { rich::plain(&text.body) } else { text.body.clone() };
    restricted::sendable(tx, &[&plain])?;
    let order = Reply { seen: plan.seen, ..order(&conversation, plan, &files) };
    reply::could(tx, by, (&channel, &conversation), (&order, plan.mail.as_ref()), now)?;
    outgoing::discreet(tx, by, (&text.body, &files), plan.knows)?;
    let mail = plan.mail.as_ref().map(|beside| {
        let form = beside.form.clone().unwrap_or_default();
        Mail { form: Form { files: Vec::new(), ..form }, line: beside.line.clone() }
    });
    let then = match plan.when {
        When::At { at, .. } => at,
        When::Window { .. } => until.unwrap_or(now),
    };
    hosted::wait(tx, &text.body, then)?;
    if later::of(tx, conversation.id)?.len() >= MOST {
        return Err(wrong("body", Problem::TooMany { most: 20 }));
    }
    let later = Later {
        id: Id::new(0),
        conversation: conversation.id,
        agent,
        body: text.body,
        when: plan.when,
        until,
        seen: later::newest(tx, conversation.id)?,
        episode: period(&conversation),
        held: None,
        mail,
        created_at: now,
    };
    let id = later::insert(tx, &later::New { later: &later, key: &key, files: &files })?;
    store::draft::delete(tx, place(&later))?;
    log(tx, (Some(by), &conversation), (kind::LATER_PLANNED, id), now)?;
    Ok(id)
}

/// Refuses a moment that has passed, lies too far away, or comes after the end of what waits for it.
fn could_come(plan: &Plan, now: Timestamp) -> Result<()> {
    match (plan.when, plan.until) {
        (When::At { at, .. }, _) if at <= now => Err(Refused::TimePassed.into()),
        (When::At { at, .. }, _) if at > now + FARTHEST => Err(wrong("at", Problem::Wrong)),
        (_, Some(until)) if until <= now => Err(Refused::TimePassed.into()),
        (When::At { at, .. }, Some(until)) if until <= at => Err(wrong("until", Problem::BeforeIt)),
        _ => Ok(()),
    }
}

/// The waiting message as the answer that it is going to be.
fn order(conversation: &Conversation, plan: &Plan, files: &[Attachment]) -> Reply {
    Reply {
        conversation: conversation.id,
        body: plan.body.clone(),
        template: None,
        attachments: files.iter().map(|file| file.id).collect(),
        reply_to: None,
        seen: None,
        key: None,
    }
}

fn wrong(field: &'static str, problem: Problem) -> Error {
    Refused::Field { field, problem }.into()
}

fn place(later: &Later) -> Place {
    Place { agent: later.agent, conversation: later.conversation, kind: draft::Kind::Reply }
}

/// Sends it now, by its owner's hand, through the same gate as any answer. What has been overtaken goes only `anyway`:
/// by the word of somebody who knows of it.
pub fn send_now(
    tx: &Tx<'_>,
    by: &Viewer,
    (id, anyway): (Id<Later>, bool),
    now: Timestamp,
) -> Result<Id<Message>> {
    let (later, _) = own(tx, by, id)?;
    if let Some(why) = overtaken(tx, &later, now)?.filter(|_| !anyway) {
        return Err(Refused::Overtaken { why }.into());
    }
    send(tx, by, &later, now)
}

/// Lets it go as an answer of `by`, and forgets that it waited.
fn send(tx: &Tx<'_>, by: &Viewer, later: &Later, now: Timestamp) -> Result<Id<Message>> {
    let files = later::files(tx, later.id)?;
    let order = Reply {
        conversation: later.conversation,
        body: later.body.clone(),
        template: None,
        attachments: files.iter().map(|file| file.id).collect(),
        reply_to: None,
        // A mail answers the one that its writer saw, or is not sent (S160).
        seen: later.mail.as_ref().and(later.seen),
        key: Some(format!("later:{}", later.id)),
    };
    let beside = Beside {
        form: later.mail.as_ref().map(|mail| mail.form.clone()),
        line: later.mail.as_ref().and_then(|mail| mail.line.clone()),
        // Its writer was asked when it was planned.
        knows: Knows { sensitive: true, subject: true, gaps: true },
    };
    let send = |tx: &Tx<'_>| reply::answer(tx, by, &order, &beside, now);
    let message = actions::draft::kept(tx, by, later.conversation, now, send)?;
    later::delete(tx, later.id)?;
    Ok(message)
}

/// Takes it back. Its text goes before what its owner has typed since, so that it can be changed. What its owner cannot
/// send any more goes to whoever takes it over in the same way.
pub fn cancel(tx: &Tx<'_>, by: &Viewer, id: Id<Later>, now: Timestamp) -> Result<String> {
    let (mut later, conversation) = reached(tx, by, id)?;
    if later.agent != by.agent {
        if able(tx, &later)?.is_none() {
            later.agent = by.author().ok_or(Error::NotFound)?;
            later::pass(tx, &later)?;
        } else {
            by.must_be(Role::Supervisor)?;
        }
    }
    let since = store::draft::get(tx, place(&later))?;
    let alone = since.trim().is_empty();
    let body = match (alone, later.body.is_empty()) {
        (true, _) => later.body.clone(),
        (false, true) => since,
        (false, false) => format!("{}\n{since}", later.body),
    };
    let files: Vec<i64> = later::files(tx, id)?.iter().map(|file| file.id.get()).collect();
    if !body.is_empty() || later.mail.is_some() || !files.is_empty() {
        store::draft::put(tx, place(&later), &body, now)?;
    }
    let kept = store::draft::form(tx, place(&later))?;
    let form = match later.mail.as_ref().filter(|_| alone) {
        // The mail comes back as it was addressed, unless something else is being written there.
        Some(mail) => Form { answers: later.seen.map(Id::get), files, ..mail.form.clone() },
        None => Form { files: [files, kept.files].concat(), ..kept },
    };
    store::draft::put_form(tx, place(&later), &form)?;
    later::delete(tx, id)?;
    log(tx, (Some(by), &conversation), (kind::LATER_CANCELLED, id), now)?;
    Ok(later.body)
}

/// A waiting message, if `by` may see its conversation, or has written it.
pub fn reached(tx: &store::Connection, by: &Viewer, id: Id<Later>) -> Result<(Later, Conversation)> {
    let later = later::get(tx, id)?.ok_or(Error::NotFound)?;
    let conversation = store::conversation::get(tx, later.conversation)?.ok_or(Error::NotFound)?;
    let seen = later.agent == by.agent || reach::may_see(tx, by, &conversation)?;
    if seen { Ok((later, conversation)) } else { Err(Error::NotFound) }
}

fn own(tx: &Tx<'_>, by: &Viewer, id: Id<Later>) -> Result<(Later, Conversation)> {
    let found = reached(tx, by, id)?;
    if found.0.agent == by.agent { Ok(found) } else { Err(Refused::NotYours.into()) }
}

fn log(
    tx: &Tx<'_>,
    (by, conversation): (Option<&Viewer>, &Conversation),
    (kind, id): (&'static str, Id<Later>),
    now: Timestamp,
) -> Result<()> {
    let data = json!({ "later": id.get() });
    let agent = by.and_then(Viewer::author);
    history::log(tx, conversation, event::New { kind, agent, data, ..event::New::default() }, now)
}
