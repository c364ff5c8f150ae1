//! Mails of ours: whom an answer goes to, what stands on it, and what is put below its text.

use std::collections::BTreeSet;

use super::{Error, Result, hosted, mail_thread, reach, restricted};
use crate::domain::access::Viewer;
use crate::domain::answering::{self, Answered, Form, Ours};
use crate::domain::channel::{Channel, Kind as Channels};
use crate::domain::conversation::Conversation;
use crate::domain::mail::{Envelope, Mailbox, Mode};
use crate::domain::message::{Kind, Message};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp, rich};
use crate::random;
use crate::store::setting::key;
use crate::store::{self, Connection, Tx, attachment, message, setting};

/// How many recipients a field may hold: what every mail server has to take (RFC 5321 §4.5.3.1.8).
const MOST_RECIPIENTS: usize = 100;

/// Head and dress of a mail that is about to leave.
#[derive(Clone, Debug)]
pub struct Letter {
    pub head: Envelope,
    pub html: String,
    /// The text as it was typed.
    pub typed: String,
}

/// Whether mails go over this entry point.
pub fn is_mail(channel: &Channel) -> bool {
    channel.card.speaks_as == Channels::Email
}

impl Letter {
    /// Its head as it leaves: where the entry point wants it so, answers go to an address that names the conversation, and
    /// find it whatever the mail program of the other side leaves out.
    pub(super) fn addressed(
        &self,
        tx: &Tx<'_>,
        channel: &Channel,
        conversation: Id<Conversation>,
    ) -> Result<Envelope> {
        let mut head = self.head.clone();
        if channel.settings.get("plus_address").is_some_and(|yes| yes == "yes")
            && let Some(address) = mail_thread::plus_address(tx, channel, conversation)?
        {
            head.reply_to = vec![Mailbox { name: entry(channel).name, address }];
        }
        Ok(head)
    }
}

/// The addresses of every entry point that takes mail; none of them is ever a recipient.
pub fn ours(connection: &Connection) -> Result<Ours> {
    let channels = store::channel::speaking(connection, Channels::Email)?;
    let addresses = channels.iter().map(|channel| entry(channel).address);
    Ok(Ours(addresses.collect::<BTreeSet<_>>()))
}

/// The name and address that mails of this entry point come from. One without an address, as a simulated one, gets a
/// name that nobody can own (RFC 2606).
pub fn entry(channel: &Channel) -> Mailbox {
    let set =
        |name: &str| channel.settings.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let address = match set("address") {
        Some(address) => address.to_lowercase(),
        None => format!("entry-{}@desk.invalid", channel.id),
    };
    // What the team calls the entry point is nothing that customers see.
    Mailbox { name: set("sender_name").unwrap_or_default().to_owned(), address }
}

/// The mail that an answer in this conversation answers: the latest, theirs or ours (S155). `None` before the first.
pub fn latest(
    connection: &Connection,
    channel: &Channel,
    conversation: &Conversation,
) -> Result<Option<(Message, Answered)>> {
    match message::newest_said(connection, conversation.id)? {
        Some(newest) => Ok(Some(read(connection, channel, conversation, newest)?)),
        None => Ok(None),
    }
}

/// A mail of this conversation as what is answered.
pub fn one(
    connection: &Connection,
    channel: &Channel,
    conversation: &Conversation,
    id: Id<Message>,
) -> Result<Option<(Message, Answered)>> {
    match message::get(connection, id)?.filter(|found| found.conversation == conversation.id) {
        Some(found) => Ok(Some(read(connection, channel, conversation, found)?)),
        None => Ok(None),
    }
}

fn read(
    connection: &Connection,
    channel: &Channel,
    conversation: &Conversation,
    message: Message,
) -> Result<(Message, Answered)> {
    let address = store::contact::address(connection, conversation.address)?.ok_or(Error::NotFound)?;
    let contact = store::contact::get(connection, conversation.contact)?.ok_or(Error::NotFound)?;
    let person = Mailbox { name: contact.name, address: address.value };
    let ours = message.kind == Kind::Outbound;
    let mut mail = message.extra.mail.as_deref().cloned().unwrap_or_default();
    // What came without a head, as from a simulated phone, is between the person and us.
    let (from, to) = if ours { (entry(channel), person.clone()) } else { (person.clone(), entry(channel)) };
    if mail.from.is_none() {
        mail.from = Some(from);
    }
    if mail.to.is_empty() && mail.cc.is_empty() {
        mail.to.push(to);
    }
    if mail.subject.is_empty() {
        mail.subject.clone_from(&conversation.subject);
    }
    let files = attachment::of_message(connection, message.id)?.iter().map(|file| file.id.get()).collect();
    let answered = Answered { mail, ours, text: message.body.clone(), date: String::new(), files, person };
    Ok((message, answered))
}

/// The recipients of a field, none of which may be ourselves.
fn recipients(field: &'static str, typed: &str, ours: &Ours) -> Result<Vec<Mailbox>> {
    let list = answering::recipients(typed).map_err(|typed| Refused::NoRecipient { field, typed })?;
    if list.len() > MOST_RECIPIENTS {
        return Err(Refused::Field { field, problem: Problem::TooMany { most: 100 } }.into());
    }
    match list.iter().find(|one| ours.holds(&one.address)) {
        Some(own) => Err(Refused::OwnAddress { field, address: own.address.clone() }.into()),
        None => Ok(list),
    }
}

/// Those of `list` whom nobody before them gets it for.
fn without(list: Vec<Mailbox>, before: &[&[Mailbox]]) -> Vec<Mailbox> {
    let known =
        |one: &Mailbox| before.iter().any(|some| some.iter().any(|other| other.address == one.address));
    list.into_iter().filter(|one| !known(one)).collect()
}

/// The head of an answer, or of a mail that is passed on: recipients and subject by the rules, whatever a form
/// pretends (S161 to S163).
pub(super) fn head(
    connection: &Connection,
    channel: &Channel,
    form: &Form,
    (answered, conversation): (Option<&Answered>, Id<Conversation>),
) -> Result<Envelope> {
    let ours = ours(connection)?;
    let mode = form.mode();
    let answered = answered.ok_or(Error::NotFound)?;
    let to = match mode {
        Mode::Reply => answering::sender(answered, &ours),
        Mode::ReplyAll => answering::everyone(answered, &ours).0,
        Mode::Forward => recipients("to", &form.to, &ours)?,
    };
    let cc = without(recipients("cc", &form.cc, &ours)?, &[&to]);
    let bcc = without(recipients("bcc", &form.bcc, &ours)?, &[&to, &cc]);
    let mail = &answered.mail;
    // Who is asked beside must not learn of the customer's thread, nor may an answer of theirs land in it.
    let joins = mode != Mode::Forward;
    Ok(Envelope {
        identifier: identifier(channel, conversation),
        from: Some(entry(channel)),
        to,
        cc,
        bcc,
        subject: answering::subject(mode, &mail.subject),
        in_reply_to: if joins && !mail.identifier.is_empty() {
            vec![mail.identifier.clone()]
        } else {
            Vec::new()
        },
        references: if joins { mail.references_of_answer() } else { Vec::new() },
        mode: Some(mode),
        ..Envelope::default()
    })
}

/// The head of a mail that begins a conversation.
pub(super) fn first_head(
    connection: &Connection,
    channel: &Channel,
    (to, copies, subject): (Mailbox, (&str, &str), &str),
    conversation: Id<Conversation>,
) -> Result<Envelope> {
    let ours = ours(connection)?;
    if ours.holds(&to.address) {
        return Err(Refused::OwnAddress { field: "to", address: to.address }.into());
    }
    let to = vec![to];
    let cc = without(recipients("cc", copies.0, &ours)?, &[&to]);
    let bcc = without(recipients("bcc", copies.1, &ours)?, &[&to, &cc]);
    let (identifier, from) = (identifier(channel, conversation), Some(entry(channel)));
    Ok(Envelope { identifier, from, to, cc, bcc, subject: subject.to_owned(), ..Envelope::default() })
}

/// A Message-ID of ours, without brackets: it stays the same over every attempt to send.
pub(super) fn identifier(channel: &Channel, conversation: Id<Conversation>) -> String {
    let address = entry(channel).address;
    let domain = address.rsplit('@').next().unwrap_or_default();
    format!("{}.{conversation}@{domain}", random::key())
}

/// What stands below what somebody wrote: their own signature, then that of the entry point.
pub fn signature(connection: &Connection, by: &Viewer, channel: &Channel) -> Result<String> {
    let own = match by.author() {
        Some(agent) => setting::get(connection, &key::signature_of_agent(agent.get()))?.unwrap_or_default(),
        None => String::new(),
    };
    let team = setting::get(connection, &key::signature_of_channel(channel.id.get()))?.unwrap_or_default();
    let parts: Vec<&str> = [own.trim(), team.trim()].into_iter().filter(|part| !part.is_empty()).collect();
    Ok(parts.join("\n\n"))
}

/// Whether answers of this entry point quote what they answer.
pub fn quotes(connection: &Connection, channel: &Channel) -> Result<bool> {
    Ok(setting::get(connection, &key::quotes(channel.id.get()))?.as_deref() == Some("yes"))
}

/// A typed text as a letter: plain words and HTML, signature and quotation below. `quoting` is the answered mail with
/// the line above it.
pub(super) fn dressed(
    tx: &Tx<'_>,
    by: &Viewer,
    channel: &Channel,
    (head, typed): (Envelope, &str),
    quoting: Option<(&Answered, &str)>,
    now: Timestamp,
) -> Result<(String, Letter)> {
    let pictures = hosted::placed(tx, by, typed, now)?;
    let (mut plain, mut html) = (rich::plain_with(typed, &pictures), rich::html_with(typed, &pictures));
    let signature = signature(tx, by, channel)?;
    if !signature.is_empty() {
        // The mark before a signature is a line of two hyphens and a space (RFC 3676 §4.3).
        plain = format!("{plain}\n\n-- \n{}", rich::plain(&signature));
        html = format!("{html}<div>-- <br>\n{}</div>\n", rich::html(&signature));
    }
    // What is quoted below was said by others.
    restricted::sendable(tx, &[&plain])?;
    if let Some((answered, line)) = quoting.filter(|_| head.mode != Some(Mode::Forward))
        && quotes(tx, channel)?
    {
        plain = format!("{plain}\n\n{}", answering::quoted(answered, line));
        let text = rich::html(&rich::escaped(answered.text.trim()));
        let line = rich::html(&rich::escaped(line));
        html = format!("{html}{line}<blockquote type=\"cite\">{text}</blockquote>\n");
    }
    Ok((plain, Letter { head, html, typed: typed.to_owned() }))
}

/// The conversation with its entry point, if `by` may see it.
pub fn visible(
    connection: &Connection,
    by: &Viewer,
    id: Id<Conversation>,
) -> Result<(Conversation, Channel)> {
    let conversation = reach::conversation(connection, by, id)?;
    let channel = reach::channel(connection, &conversation)?;
    Ok((conversation, channel))
}
