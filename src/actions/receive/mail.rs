//! A mail came in: taken once, put where it belongs, as loud as it deserves.

use super::message::{self as chats, Entry};
use super::threading::{self, Asked, because};
use super::{bounce, party};
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, reopen, seal, window};
use crate::domain::channel::{Channel, OnReturn};
use crate::domain::contact::Address;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::inbound::{File, FileContent, Incoming, Letter};
use crate::domain::mail::{Envelope, Evidence};
use crate::domain::message::{Attachment, Extra, Kind, Message};
use crate::domain::{Id, Span, Timestamp};
use crate::store::{Tx, aside, attachment, contact, conversation as threads, inbound, mail, message, pace};

/// So many mails of one program within [`PACE`] are two machines that talk to each other.
const LOOP: i64 = 10;
/// So many mails of anybody within [`PACE`] are a flood.
const FLOOD: i64 = 60;
const PACE: Span = Span::minutes(10);

/// How a mail is taken.
#[derive(Clone, Copy)]
struct Manner {
    /// Nobody waits for an answer: it opens nothing, wakes nobody and counts as read.
    quiet: bool,
    /// Why it is put aside, where it is: `spam` or `blocked`.
    aside: Option<&'static str>,
    /// It opens a closed conversation again.
    reopens: bool,
}

/// Takes a mail in, once.
pub(super) fn incoming(
    tx: &Tx<'_>,
    channel: &Channel,
    (incoming, letter): (&Incoming, &Letter),
    now: Timestamp,
) -> Result<()> {
    let Some(provider_id) = fresh(tx, channel, incoming)? else { return Ok(()) };
    if let Some(report) = &letter.report
        && bounce::settled(tx, channel, report, incoming.at.min(now), now)?
    {
        return Ok(());
    }
    let address = party::person(tx, channel, &incoming.from, now)?;
    let mut envelope = incoming.extra.mail.as_deref().cloned().unwrap_or_default();
    let manner = manner(tx, channel, (&address, &mut envelope, letter), now)?;
    let asked = Asked { mail: &envelope, address: &address, delivered_to: &letter.delivered_to };
    let found = if manner.aside.is_some() { None } else { threading::place(tx, channel, &asked, now)? };
    let (mut conversation, evidence) = thread(tx, channel, (&address, incoming, manner), found, now)?;
    let new_here = !threading::takes_part(tx, &conversation, &address)?;
    envelope.evidence = Some(evidence);
    let automatic = incoming.extra.automatic || envelope.automatic.as_deref() == Some("loop");
    let extra = Extra { mail: Some(Box::new(envelope)), automatic, ..incoming.extra.clone() };
    let entry = Entry { incoming, provider_id: &provider_id, extra: &extra };
    if new_here {
        joined(tx, &conversation, incoming, now)?;
    }
    let late = chats::is_late(tx, &conversation, incoming.at.min(now))?;
    let id = chats::insert(tx, channel, (&conversation, &entry, Kind::Inbound), now)?;
    mail::insert(tx, id, channel.id, &incoming.provider_id)?;
    keep(tx, id, letter)?;
    count(&mut conversation, incoming, manner, now);
    if !late && (!manner.quiet || conversation.last_message.is_none()) {
        chats::quote(&mut conversation, id, incoming, false);
    }
    window::refresh(tx, channel, &mut conversation, now)?;
    threads::update(tx, &conversation)?;
    chats::told(tx, &conversation, id, (late, manner.aside == Some("blocked")))
}

/// Puts the letter as it came beside its message, and takes it out of the delivery that held it until now.
pub(super) fn keep(tx: &Tx<'_>, message: Id<Message>, letter: &Letter) -> Result<()> {
    let Some(kept) = &letter.kept else { return Ok(()) };
    mail::keep(tx, message, &kept.letter)?;
    if let Some(delivery) = kept.delivery {
        inbound::empty(tx, delivery)?;
    }
    Ok(())
}

/// The name under which the mail is kept; `None`: it is here already. The same identifier comes again where a list
/// and the sender both deliver, or where a mailbox is read anew. One that names another time and says something else
/// is another mail: some machines give all of theirs the same identifier.
pub(super) fn fresh(tx: &Tx<'_>, channel: &Channel, incoming: &Incoming) -> Result<Option<String>> {
    let identifier = incoming.provider_id.as_str();
    let here = match message::by_provider(tx, channel.id, identifier)? {
        Some(here) => Some(here),
        None => match mail::by_identifiers(tx, channel.id, &[identifier.to_owned()])? {
            Some(id) => message::get(tx, id)?,
            None => None,
        },
    };
    let Some(here) = here else { return Ok(Some(identifier.to_owned())) };
    if is_same(tx, &here, incoming, channel)? {
        return Ok(None);
    }
    let told = format!("{}\n{}\n{}", incoming.from.value, incoming.at.0, incoming.body);
    let told = seal::digest(&told);
    let other = format!("{identifier}#{told}");
    Ok(message::by_provider(tx, channel.id, &other)?.is_none().then_some(other))
}

fn is_same(tx: &Tx<'_>, here: &Message, incoming: &Incoming, channel: &Channel) -> Result<bool> {
    if here.kind == Kind::Outbound {
        // A copy of ours that came back. Nobody else gets a mail lost by naming one of ours.
        let own = channel.settings.get("address").map(|own| own.trim().to_lowercase());
        return Ok(own.as_deref() == Some(incoming.from.value.as_str()));
    }
    if incoming.letter.as_ref().is_some_and(|letter| letter.dated) {
        // The sender's clock as it was kept: never later than the moment at which the mail came.
        return Ok(here.at == incoming.at || (here.at == here.created_at && incoming.at > here.at));
    }
    if here.body != incoming.body {
        return Ok(false);
    }
    let kept = attachment::of_message(tx, here.id)?;
    Ok(kept.len() == incoming.files.len()
        && kept.iter().zip(&incoming.files).all(|(kept, file)| is_size(kept, file)))
}

fn is_size(kept: &Attachment, file: &File) -> bool {
    match &file.content {
        FileContent::Here(bytes) => u64::try_from(bytes.len()).is_ok_and(|size| size == kept.size),
        FileContent::Remote(_) => true,
    }
}

fn manner(
    tx: &Tx<'_>,
    channel: &Channel,
    (address, envelope, letter): (&Address, &mut Envelope, &Letter),
    now: Timestamp,
) -> Result<Manner> {
    let owner = contact::get(tx, address.contact)?.ok_or(Error::NotFound)?;
    let shut_out = owner.blocked_at.is_some() || aside::is_blocked(tx, &address.value)?;
    let aside = match (shut_out, &letter.spam) {
        (true, _) => Some("blocked"),
        (false, Some(_)) => Some("spam"),
        (false, None) => None,
    };
    let many = pace::count(tx, address.id, now - PACE, now)?;
    if many > FLOOD || (envelope.automatic.is_some() && many > LOOP) {
        envelope.automatic = Some("loop".to_owned());
    }
    let kind = envelope.automatic.as_deref();
    let quiet = matches!(kind, Some("reply" | "report" | "loop"));
    let absence =
        kind == Some("reply") && channel.settings.get("absence_reopens").is_some_and(|yes| yes == "yes");
    Ok(Manner { quiet: quiet || aside.is_some(), aside, reopens: (!quiet || absence) && aside.is_none() })
}

/// The conversation of the mail, as it is to be afterwards, and why it is this one.
fn thread(
    tx: &Tx<'_>,
    channel: &Channel,
    (address, incoming, manner): (&Address, &Incoming, Manner),
    found: Option<(Conversation, Evidence)>,
    now: Timestamp,
) -> Result<(Conversation, Evidence)> {
    let Some((mut there, evidence)) = found else {
        let mut begun = chats::begun(tx, channel, (address, incoming, None), Cause::Customer, now)?;
        if manner.quiet {
            chats::shut(tx, &mut begun, now)?;
        }
        if let Some(why) = manner.aside {
            aside::put(tx, begun.id, why, now)?;
        }
        return Ok((begun, because(manner.aside.unwrap_or("new"), "")));
    };
    if !manner.reopens {
        return Ok((there, evidence));
    }
    if there.status == Status::Closed && channel.on_return == OnReturn::New {
        let begun = chats::begun(tx, channel, (address, incoming, Some(there.id)), Cause::Customer, now)?;
        return Ok((begun, evidence));
    }
    reopen::opened(tx, channel, &mut there, (None, Cause::Customer), now)?;
    Ok((there, evidence))
}

/// Somebody writes who took no part yet.
fn joined(
    tx: &Tx<'_>,
    conversation: &Conversation,
    incoming: &Incoming,
    now: Timestamp,
) -> Result<Id<Message>> {
    let address = &incoming.from.value;
    let to = match incoming.from.name.as_deref() {
        Some(name) => format!("{name} <{address}>"),
        None => address.clone(),
    };
    let line = Line { to, ..Line::default() };
    history::tell(tx, conversation, &Happening::own(kind::CONVERSATION_JOINED, line), now)
}

/// What the list shows of a mail that came.
fn count(conversation: &mut Conversation, incoming: &Incoming, manner: Manner, now: Timestamp) {
    conversation.updated_at = now;
    if manner.quiet && !(manner.reopens && conversation.status == Status::Open) {
        return;
    }
    if !manner.quiet {
        let at = incoming.at.min(now);
        conversation.unread += 1;
        conversation.waiting_since = Some(conversation.waiting_since.map_or(at, |since| since.min(at)));
    }
    conversation.last_message_at = conversation.last_message_at.max(now);
}
