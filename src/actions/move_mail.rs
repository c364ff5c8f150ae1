//! Putting mails where they belong by hand: splitting a conversation, merging two, and taking either back.

use super::history::{self, Happening};
use super::{Error, Result, reach, reopen, undo};
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, Kind as ChannelKind};
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::mail::Evidence;
use crate::domain::message::{Kind, Message};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{self, Connection, Tx, contact, conversation as threads, message, moves};

/// For how long a move can be taken back.
pub const UNDONE_WITHIN: Span = Span::days(1);

/// Begins a new conversation with this mail and everything after it; its number.
pub fn split(tx: &Tx<'_>, by: &Viewer, first: Id<Message>, now: Timestamp) -> Result<Id<Conversation>> {
    let wrong = || Refused::Field { field: "message", problem: Problem::Wrong };
    let first = message::get(tx, first)?.ok_or(Error::NotFound)?;
    let mut old = reach::conversation(tx, by, first.conversation)?;
    let channel = of_mail(tx, &old)?;
    let said = matches!(first.kind, Kind::Inbound | Kind::Outbound);
    if !said || moves::first_said(tx, old.id)? == Some(first.id) {
        return Err(wrong().into());
    }
    let (contact, address) = with_whom(tx, &channel, &old, &first)?;
    let subject = first.extra.mail.as_ref().map_or(old.subject.as_str(), |mail| mail.subject.as_str());
    let new = threads::New {
        contact,
        channel: &channel,
        address,
        thread: "",
        subject,
        previous: Some(old.id),
        side_of: None,
    };
    let id = threads::insert(tx, &new, now)?;
    let mut new = threads::get(tx, id)?.ok_or(Error::NotFound)?;
    (new.queue, new.assignee) = (old.queue, old.assignee);
    threads::open_episode(tx, &new, by.author(), now)?;
    let noted = moves::New { whole: false, from: &old, to: id, by: by.author() };
    moves::carry(tx, &noted, first.id, now)?;
    moved(tx, first, old.id)?;
    // The newest ones went, and these are the unread ones.
    new.unread = moves::inbound(tx, id, old.unread)?;
    old.unread -= new.unread;
    let waited = match old.waiting_since {
        Some(_) => message::unanswered_since(tx, id, Timestamp(0))?,
        None => None,
    };
    settle(tx, &mut old, None, now)?;
    settle(tx, &mut new, waited, now)?;
    tell(tx, by, kind::CONVERSATION_SPLIT, (&old, &new), now)?;
    Ok(id)
}

/// Brings everything that was said in `other` into this conversation. The other one stays, empty and closed.
pub fn merge(
    tx: &Tx<'_>,
    by: &Viewer,
    into: Id<Conversation>,
    other: Id<Conversation>,
    now: Timestamp,
) -> Result<()> {
    let wrong = |problem| Refused::Field { field: "other", problem };
    let mut into = reach::conversation(tx, by, into)?;
    let channel = of_mail(tx, &into)?;
    let mut other = match reach::conversation(tx, by, other) {
        Err(Error::NotFound) => return Err(wrong(Problem::Unknown).into()),
        other => other?,
    };
    let Some(first) = moves::first_said(tx, other.id)? else { return Err(wrong(Problem::Wrong).into()) };
    if other.id == into.id || other.channel != into.channel {
        return Err(wrong(Problem::Wrong).into());
    }
    let (noted, waited) =
        (moves::New { whole: true, from: &other, to: into.id, by: by.author() }, other.waiting_since);
    moves::carry(tx, &noted, Id::new(0), now)?;
    if let Some(first) = message::get(tx, first)? {
        moved(tx, first, other.id)?;
    }
    into.unread += other.unread;
    if other.status != Status::Closed {
        if into.status != Status::Open {
            reopen::opened(tx, &channel, &mut into, (Some(by), Cause::Hand), now)?;
        }
        shut(tx, by, &mut other, now)?;
    }
    other.unread = 0;
    settle(tx, &mut other, None, now)?;
    settle(tx, &mut into, waited, now)?;
    tell(tx, by, kind::CONVERSATION_MERGED, (&other, &into), now)
}

/// Takes a move back, for as long as [`UNDONE_WITHIN`]. What came since into a conversation that was split off comes
/// along; what came since into one that others were merged into stays. Where its mails went on from there, the later
/// move comes first.
pub fn restore(tx: &Tx<'_>, by: &Viewer, id: i64, now: Timestamp) -> Result<Id<Conversation>> {
    let done = moves::get(tx, id)?.ok_or(Error::NotFound)?;
    let mut from = reach::conversation(tx, by, done.from)?;
    let mut to = reach::conversation(tx, by, done.to)?;
    let channel = of_mail(tx, &from)?;
    if done.undone_at.is_some() || done.at + UNDONE_WITHIN < now {
        return Err(Refused::UndoOver.into());
    }
    if !moves::lies_there(tx, &done)? {
        return Err(Refused::ChangedSince.into());
    }
    moves::bring_back(tx, &done, now)?;
    let mut waited = to.waiting_since;
    if done.whole && done.was != Status::Closed && from.status == Status::Closed {
        reopen::opened(tx, &channel, &mut from, (Some(by), Cause::Hand), now)?;
    }
    if done.whole {
        // What was read or answered meanwhile stays so.
        from.unread = done.unread.min(to.unread);
        to.unread -= from.unread;
        waited = done.waiting_since.filter(|_| waited.is_some());
    } else {
        from.unread += to.unread;
        to.unread = 0;
        if to.status != Status::Closed {
            shut(tx, by, &mut to, now)?;
        }
    }
    settle(tx, &mut to, None, now)?;
    settle(tx, &mut from, waited, now)?;
    tell(tx, by, kind::CONVERSATION_RESTORED, (&to, &from), now)?;
    Ok(from.id)
}

/// Brings what different people wrote, and somebody merged, back to where it came in, before `contact` is erased: the mails
/// of that person go then, and those of the others stay.
pub(super) fn part(tx: &Tx<'_>, contact: Id<Contact>, now: Timestamp) -> Result<()> {
    for done in moves::between(tx, contact)? {
        let mut touched = moves::lies_in(tx, done.id)?;
        moves::bring_back(tx, &done, now)?;
        touched.extend([done.from, done.to]);
        for id in touched {
            if let Some(mut conversation) = threads::get(tx, id)? {
                settle(tx, &mut conversation, None, now)?;
            }
        }
    }
    Ok(())
}

/// Whether mails of this channel can be moved: it is one of mail.
pub fn is_mail(channel: &Channel) -> bool {
    channel.kind == ChannelKind::Email || channel.card.speaks_as == ChannelKind::Email
}

fn of_mail(connection: &Connection, conversation: &Conversation) -> Result<Channel> {
    let channel = reach::channel(connection, conversation)?;
    let wrong = Refused::Field { field: "message", problem: Problem::Wrong };
    if is_mail(&channel) { Ok(channel) } else { Err(wrong.into()) }
}

/// With whom the new conversation is: whoever wrote its first mail.
fn with_whom(
    tx: &Tx<'_>,
    channel: &Channel,
    old: &Conversation,
    first: &Message,
) -> Result<(Id<Contact>, Id<Address>)> {
    let from = first.extra.mail.as_ref().filter(|_| first.kind == Kind::Inbound);
    let from = from.and_then(|mail| mail.from.as_ref());
    if let Some(from) = from
        && let Some(known) = contact::find_address(tx, AddressKind::Email, channel.id, &from.address)?
    {
        return Ok((known.contact, known.id));
    }
    Ok((old.contact, old.address))
}

/// A mail that was moved says so where one asks why it is here.
fn moved(tx: &Tx<'_>, mut first: Message, from: Id<Conversation>) -> Result<()> {
    let Some(mail) = &mut first.extra.mail else { return Ok(()) };
    mail.evidence = Some(Evidence { by: "moved".to_owned(), found: from.to_string() });
    if let Some(now) = message::get(tx, first.id)? {
        first.conversation = now.conversation;
    }
    Ok(message::update(tx, &first)?)
}

fn shut(tx: &Tx<'_>, by: &Viewer, conversation: &mut Conversation, now: Timestamp) -> Result<()> {
    threads::close_episode(tx, conversation, by.author(), "", now)?;
    conversation.status = Status::Closed;
    conversation.snoozed_until = None;
    Ok(())
}

/// What the list shows, after what was said has changed. `waited`: since when somebody waits who wrote before the present
/// open period began.
fn settle(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    waited: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    conversation.failed = moves::trouble(tx, conversation.id)?;
    undo::restore(tx, conversation, now)?;
    let since = [conversation.waiting_since, waited].into_iter().flatten().min();
    conversation.waiting_since = since.filter(|_| conversation.status != Status::Closed);
    conversation.unread = moves::inbound(tx, conversation.id, conversation.unread)?;
    Ok(store::conversation::update(tx, conversation)?)
}

/// One line in each of the two.
fn tell(
    tx: &Tx<'_>,
    by: &Viewer,
    kind: &'static str,
    (from, to): (&Conversation, &Conversation),
    now: Timestamp,
) -> Result<()> {
    let away = Line { other: Some(to.id.get()), away: true, ..Line::default() };
    history::tell(tx, from, &Happening::by(by, kind, away), now)?;
    let here = Line { other: Some(from.id.get()), ..Line::default() };
    history::tell(tx, to, &Happening::by(by, kind, here), now)?;
    Ok(())
}
