//! Writing first: a conversation that an agent begins, with a number or an address and an entry point.

use super::letter::{self, Letter};
use super::outgoing::{self, Chosen, Knows, Ready, Text};
use super::{Error, Result, assign, availability, history, key, outbound, prepared, reach, window};
use crate::domain::access::Viewer;
use crate::domain::availability::{Media, State};
use crate::domain::channel::{Channel, ChannelState, OnReturn};
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, Line, kind};
use crate::domain::mail::Mailbox;
use crate::domain::message::Attachment;
use crate::domain::refused::Problem;
use crate::domain::window::{Blocked, Window};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, contact, conversation as threads, event, setting};

/// To whom, from where, and what.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The entry point to write from (S42).
    pub channel: Id<Channel>,
    /// As the agent typed it.
    pub to: String,
    /// Only where the channel has subjects; a new one begins a new thread.
    pub subject: String,
    pub body: String,
    pub template: Option<Chosen>,
    pub attachments: Vec<Id<Attachment>>,
    /// A one-time key: the same again gives the same conversation.
    pub key: Option<String>,
}

/// Begins a conversation, which belongs to the agent from its first message on (S45). When anything is
/// refused, nothing is left behind (S47).
pub fn begin(tx: &Tx<'_>, by: &Viewer, order: &Begin, now: Timestamp) -> Result<Id<Conversation>> {
    first(tx, by, order, &Beside::default(), now)
}

/// What else belongs to a first message, where people write it.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Who gets a copy of a mail, openly and hidden, as typed.
    pub copies: (String, String),
    /// What the writer was warned of; `None` for programs, which are warned of nothing.
    pub knows: Option<Knows>,
    /// Whoever begins wants to be Available for this type of work from now on, if they are not.
    pub available: bool,
}

/// The same, with what belongs to a mail.
pub fn first(
    tx: &Tx<'_>,
    by: &Viewer,
    order: &Begin,
    beside: &Beside,
    now: Timestamp,
) -> Result<Id<Conversation>> {
    if let Some(there) = key::find(tx, order.key.as_deref())? {
        let there = reach::conversation(tx, by, there.conversation)?;
        // The key of an answer in some other thread is no key of this form, nor that of a message to somebody else.
        return if is_to(tx, &there, order)? { Ok(there.id) } else { Err(Refused::KeyReused.into()) };
    }
    // A subject is one line, whatever a form or a program sends.
    let subject = order.subject.split(char::is_control).collect::<Vec<_>>().join(" ");
    let order = &Begin { subject, ..order.clone() };
    let channel = store::channel::get(tx, order.channel)?.ok_or(Error::NotFound)?;
    if channel.state == ChannelState::Disabled {
        return Err(Refused::ChannelDisabled.into());
    }
    if beside.available {
        let media = Media::of(channel.card.speaks_as);
        availability::choose_state(tx, by, by.agent, (Some(media), State::Available), now)?;
    }
    outbound::allowed(tx, by, &channel)?;
    let kind = channel.card.starts_with.ok_or(Refused::CannotBegin)?;
    let value = normal(tx, kind, &order.to)?;
    let address = address(tx, by, (kind, &value), &channel, now)?;
    // One conversation at a time with a person on an entry point (S38, S46).
    if let Some(active) = threads::active(tx, address.id, channel.id)? {
        let seen = reach::may_see(tx, by, &active)?;
        return Err(Refused::AlreadyActive { conversation: seen.then_some(active.id) }.into());
    }
    new_subject(tx, by, &channel, (&address, order.subject.trim()), beside)?;
    let mut conversation = thread(tx, by, &channel, (&address, &order.subject), now)?;
    if window::of(tx, &channel, &conversation, now)? == (Window::Blocked { why: Blocked::NeverWrote }) {
        return Err(Refused::CannotBegin.into());
    }
    let asked = (order.body.as_str(), order.template.as_ref());
    let text = prepared::text(tx, by, (&channel, &conversation), asked, now)?;
    outgoing::allowed(tx, &channel, &conversation, (by.sender, text.content()), now)?;
    let whole = outgoing::whole(by, &text, beside.knows.unwrap_or(Knows { gaps: true, ..Knows::default() }));
    let files = outgoing::files(tx, by, &order.attachments)?;
    outgoing::fits(&channel, &text, &files)?;
    let (text, letter) = lettered(tx, by, (&channel, &conversation), (order, beside, value), text, now)?;
    outgoing::discreet(tx, by, (&text.body, &files), beside.knows.unwrap_or_default())?;
    whole?;
    outgoing::take_up(tx, by, &channel, &mut conversation, now)?;
    let key = order.key.as_deref();
    let ready = Ready { by, channel: &channel, text, files, reply_to: None, key, letter, part_of: None };
    outgoing::queue(tx, &mut conversation, &ready, now)?;
    store::conversation::update(tx, &conversation)?;
    Ok(conversation.id)
}

/// Whether a conversation is with whom somebody wants to write to, on the same entry point.
fn is_to(tx: &Tx<'_>, there: &Conversation, order: &Begin) -> Result<bool> {
    let channel = store::channel::get(tx, order.channel)?.filter(|channel| channel.id == there.channel);
    let Some(kind) = channel.and_then(|channel| channel.card.starts_with) else { return Ok(false) };
    let value = normal(tx, kind, &order.to)?;
    let address = contact::address(tx, there.address)?;
    Ok(address.is_some_and(|address| address.value == value))
}

/// Where mail begins, people are warned of a subject that this person knows from before (S52).
fn new_subject(
    tx: &Tx<'_>,
    by: &Viewer,
    channel: &Channel,
    (address, subject): (&Address, &str),
    beside: &Beside,
) -> Result<()> {
    let warned = beside.knows.is_none_or(|knows| knows.subject);
    if warned || subject.is_empty() || !letter::is_mail(channel) {
        return Ok(());
    }
    let known = threads::with_subject(tx, address.id, channel.id, subject)?;
    let known = known.map(|id| threads::get(tx, id)).transpose()?.flatten();
    match known {
        Some(known) if reach::may_see(tx, by, &known)? => {
            Err(Refused::SubjectUsed { conversation: known.id }.into())
        }
        _ => Ok(()),
    }
}

/// The text as a letter with its head, where it goes by mail.
fn lettered(
    tx: &Tx<'_>,
    by: &Viewer,
    (channel, conversation): (&Channel, &Conversation),
    (order, beside, address): (&Begin, &Beside, String),
    text: Text,
    now: Timestamp,
) -> Result<(Text, Option<Letter>)> {
    if !letter::is_mail(channel) {
        return Ok((text, None));
    }
    let to = Mailbox { name: String::new(), address };
    let (cc, bcc) = &beside.copies;
    let subject = if order.subject.trim().is_empty() { &conversation.subject } else { order.subject.trim() };
    let head = letter::first_head(tx, channel, (to, (cc, bcc), subject), conversation.id)?;
    let (body, letter) = letter::dressed(tx, by, channel, (head, &text.body), None, now)?;
    Ok((Text { body, ..text }, Some(letter)))
}

/// The address in its normal form; a refusal names the form that is wanted (S40, S41).
fn normal(tx: &Tx<'_>, kind: AddressKind, typed: &str) -> Result<String> {
    if typed.trim().is_empty() {
        return Err(Refused::Field { field: "to", problem: Problem::Missing }.into());
    }
    let home = setting::get(tx, setting::key::COUNTRY)?;
    kind.normal(typed, home.as_deref()).map_err(|refused| match (kind, refused) {
        (AddressKind::Email, _) => Refused::BadAddress { expected: "ana@example.org" }.into(),
        (_, Refused::Field { problem, .. }) => Refused::Field { field: "to", problem }.into(),
        (_, refused) => refused.into(),
    })
}

/// The address, of the contact who has it, or of a new one who has no name yet (S51).
pub(super) fn address(
    tx: &Tx<'_>,
    by: &Viewer,
    (kind, value): (AddressKind, &str),
    channel: &Channel,
    now: Timestamp,
) -> Result<Address> {
    if let Some(found) = contact::find_address(tx, kind, channel.id, value)? {
        return Ok(found);
    }
    let alike = match kind.alike() {
        Some(other) => contact::find_address(tx, other, channel.id, value)?,
        None => None,
    };
    let owner = match alike {
        Some(alike) => alike.contact,
        None => stranger(tx, by, now)?,
    };
    let new = contact::NewAddress { contact: owner, kind, channel: channel.id, value, verified: false };
    let id = contact::insert_address(tx, &new, now)?;
    contact::address(tx, id)?.ok_or(Error::NotFound)
}

fn stranger(tx: &Tx<'_>, by: &Viewer, now: Timestamp) -> Result<Id<Contact>> {
    let id = contact::insert(tx, "", None, now)?;
    let (agent, contact) = (by.author(), Some(id));
    let entry = event::New { kind: kind::CONTACT_CREATED, agent, contact, ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(id)
}

/// The thread to write into: the closed one of old where the entry point goes on in it, otherwise a new one.
fn thread(
    tx: &Tx<'_>,
    by: &Viewer,
    channel: &Channel,
    (address, subject): (&Address, &str),
    now: Timestamp,
) -> Result<Conversation> {
    let subject = subject.trim();
    let before = threads::newest(tx, address.id, channel.id)?;
    if let Some(old) = before.as_ref().filter(|_| channel.on_return == OnReturn::Reopen && subject.is_empty())
    {
        return Ok(old.clone());
    }
    let previous = before.map(|before| before.id);
    let new = threads::New {
        contact: address.contact,
        channel,
        address: address.id,
        thread: "",
        subject,
        previous,
        side_of: None,
    };
    let id = threads::insert(tx, &new, now)?;
    let mut conversation = threads::get(tx, id)?.ok_or(Error::NotFound)?;
    threads::open_episode(tx, &conversation, by.author(), now)?;
    let line = Line {
        cause: Some(Cause::Sent),
        episode: Some(1),
        previous: previous.map(Id::get),
        ..Line::default()
    };
    history::tell(tx, &conversation, &history::Happening::by(by, kind::CONVERSATION_OPENED, line), now)?;
    assign::given(tx, &mut conversation, by.author(), (by, Cause::Sent), now)?;
    Ok(conversation)
}
