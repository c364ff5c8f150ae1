//! Answering: a message of ours into a conversation, if the rules let it leave.

use super::letter::{self, Letter};
use super::outgoing::{self, Chosen, Knows, Ready, Text};
use super::{Result, aside, history, hosted, key, prepared, reach, wrap};
use crate::domain::access::Viewer;
use crate::domain::answering::{Answered, Form};
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::mail::Mode;
use crate::domain::message::{Attachment, Kind, Message};
use crate::domain::refused::Problem;
use crate::domain::wrapup::After;
use crate::domain::{Id, Refused, Timestamp, draft};
use crate::store::{self, Tx, message};

/// What is to be sent, and what its writer knew.
#[derive(Clone, Debug)]
pub struct Reply {
    pub conversation: Id<Conversation>,
    pub body: String,
    /// A prepared text with what stands in its gaps.
    pub template: Option<Chosen>,
    /// Files that the sender has uploaded before.
    pub attachments: Vec<Id<Attachment>>,
    /// The message that this one answers.
    pub reply_to: Option<Id<Message>>,
    /// The newest message that the writer saw; `None` sends whatever has come since.
    pub seen: Option<Id<Message>>,
    /// A one-time key: the same again gives the same message.
    pub key: Option<String>,
}

/// What else belongs to an answer, where people write it.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// How a mail is answered; `None`: as a plain answer to the sender.
    pub form: Option<Form>,
    /// The line above what is quoted: who wrote when. `None` quotes nothing.
    pub line: Option<String>,
    /// What the writer was warned of.
    pub knows: Knows,
}

/// Sends a message. A closed conversation opens by it and goes to the sender (S1, S2, S20, S21).
pub fn reply(tx: &Tx<'_>, by: &Viewer, order: &Reply, now: Timestamp) -> Result<Id<Message>> {
    answer(tx, by, order, &Beside::default(), now)
}

/// The same, with how it is to go. A mail whose form names no mail that was seen, or not the latest, is refused
/// (S155, S160); one that is passed on leaves in a conversation of its own.
pub fn answer(
    tx: &Tx<'_>,
    by: &Viewer,
    order: &Reply,
    beside: &Beside,
    now: Timestamp,
) -> Result<Id<Message>> {
    let mut conversation = reach::conversation(tx, by, order.conversation)?;
    let key = order.key.as_deref();
    if let Some(there) = sent_before(tx, key, &conversation)? {
        return Ok(there);
    }
    let channel = reach::channel(tx, &conversation)?;
    let asked = (order.body.as_str(), order.template.as_ref());
    let text = prepared::text(tx, by, (&channel, &conversation), asked, now)?;
    outgoing::allowed(tx, &channel, &conversation, (by.sender, text.content()), now)?;
    nothing_newer(tx, by, &channel, order)?;
    let latest = if letter::is_mail(&channel) { letter::latest(tx, &channel, &conversation)? } else { None };
    only_latest(&channel, (order, beside), latest.as_ref())?;
    if let (Some((_, answered)), Some(Mode::Forward)) = (&latest, beside.form.as_ref().map(Form::mode)) {
        let sent = aside::forward(tx, by, (&channel, &conversation), (order, beside, answered), now)?;
        forget_draft(tx, by, conversation.id)?;
        return Ok(sent);
    }
    let files = outgoing::files(tx, by, &order.attachments)?;
    let whole = outgoing::whole(by, &text, beside.knows);
    let (text, letter) = match &latest {
        Some((_, answered)) => lettered(tx, by, (&channel, conversation.id), (text, beside, answered), now)?,
        None => (text, None),
    };
    outgoing::fits(&channel, &text, &files)?;
    outgoing::discreet(tx, by, (&text.body, &files), beside.knows)?;
    whole?;
    let reply_to = match &latest {
        Some((answered, _)) => Some(answered.id),
        None => answered(tx, order)?,
    };
    outgoing::take_up(tx, by, &channel, &mut conversation, now)?;
    let ready = Ready { by, channel: &channel, text, files, reply_to, key, letter, part_of: None };
    let id = outgoing::queue(tx, &mut conversation, &ready, now)?;
    forget_draft(tx, by, conversation.id)?;
    store::conversation::update(tx, &conversation)?;
    // A mail is finished by its answer (S194, S223).
    let own = by.author().filter(|agent| conversation.assignee == Some(*agent));
    if let Some(agent) = own.filter(|_| latest.is_some()) {
        wrap::ask(tx, agent, &conversation, After::Sent, now)?;
    }
    Ok(id)
}

/// Whether one could answer so, with `mail` where it is a mail: what a writer is told now of what is to leave later.
/// Nothing is kept.
pub(super) fn could(
    tx: &Tx<'_>,
    by: &Viewer,
    (channel, conversation): (&Channel, &Conversation),
    (order, mail): (&Reply, Option<&Beside>),
    now: Timestamp,
) -> Result<()> {
    nothing_newer(tx, by, channel, order)?;
    let Some(beside) = mail else { return Ok(()) };
    let latest = letter::latest(tx, channel, conversation)?;
    only_latest(channel, (order, beside), latest.as_ref())?;
    let form = beside.form.clone().unwrap_or_default();
    let answered = latest.map(|(_, answered)| answered);
    let head = letter::head(tx, channel, &form, (answered.as_ref(), conversation.id))?;
    if head.to.is_empty() {
        return Err(Refused::Field { field: "to", problem: Problem::Missing }.into());
    }
    hosted::placed(tx, by, &order.body, now)?;
    Ok(())
}

/// The message that the same form sent before: here, or where it was passed on beside this conversation.
fn sent_before(tx: &Tx<'_>, key: Option<&str>, here: &Conversation) -> Result<Option<Id<Message>>> {
    if let Some(there) = key::find(tx, key)? {
        let side = store::conversation::get(tx, there.conversation)?;
        if side.is_some_and(|side| side.side_of == Some(here.id)) {
            return Ok(Some(there.id));
        }
    }
    key::used(tx, key, (here.id, Kind::Outbound))
}

fn forget_draft(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>) -> Result<()> {
    let place = store::draft::Place { agent: by.agent, conversation, kind: draft::Kind::Reply };
    Ok(store::draft::delete(tx, place)?)
}

/// A person who answers a mail answers the latest one, and has seen it (S155, S160).
fn only_latest(
    channel: &Channel,
    (order, beside): (&Reply, &Beside),
    latest: Option<&(Message, Answered)>,
) -> Result<()> {
    let Some((newest, _)) = latest.filter(|_| letter::is_mail(channel) && beside.form.is_some()) else {
        return Ok(());
    };
    let seen = order.seen.is_some();
    if seen { Ok(()) } else { Err(Refused::NewerMessage { latest: newest.id, by: None }.into()) }
}

/// The text as a letter with its head.
fn lettered(
    tx: &Tx<'_>,
    by: &Viewer,
    (channel, conversation): (&Channel, Id<Conversation>),
    (text, beside, answered): (Text, &Beside, &Answered),
    now: Timestamp,
) -> Result<(Text, Option<Letter>)> {
    let form = beside.form.clone().unwrap_or_default();
    let head = letter::head(tx, channel, &form, (Some(answered), conversation))?;
    if text.body.trim().is_empty() {
        // Files alone; nothing is put below no words.
        let letter = Letter { head, html: String::new(), typed: String::new() };
        return Ok((text, Some(letter)));
    }
    let quoting = beside.line.as_deref().map(|line| (answered, line));
    let (body, letter) = letter::dressed(tx, by, channel, (head, &text.body), quoting, now)?;
    Ok((Text { body, ..text }, Some(letter)))
}

/// Refuses when the customer or a colleague wrote after what the sender saw. What the sender wrote in the
/// meantime, in another window, is no news.
fn nothing_newer(tx: &Tx<'_>, by: &Viewer, channel: &Channel, order: &Reply) -> Result<()> {
    let Some(seen) = order.seen else { return Ok(()) };
    let Some(newer) = message::newest_of_others(tx, order.conversation, seen, by.author())? else {
        return Ok(());
    };
    let name = match newer.kind {
        Kind::Inbound => None,
        // An assistant has a name.
        _ if newer.author.is_none() && !newer.extra.writer.is_empty() => Some(newer.extra.writer),
        // Sent for us elsewhere: the entry point itself stands for whoever it was.
        _ if newer.author.is_none() => Some(channel.name.clone()),
        _ => Some(history::name_of(tx, newer.author)?),
    };
    Err(Refused::NewerMessage { latest: newer.id, by: name }.into())
}

/// The message that is answered, if it stands in this conversation.
fn answered(tx: &Tx<'_>, order: &Reply) -> Result<Option<Id<Message>>> {
    let Some(id) = order.reply_to else { return Ok(None) };
    let found = message::get(tx, id)?.filter(|found| found.conversation == order.conversation);
    Ok(found.map(|found| found.id))
}
