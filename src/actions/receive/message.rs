//! The customer wrote.
//!
//! Deliveries come late and in any order. The thread keeps the order of arrival, so that nothing new hides
//! above what was read already, and each message shows its own time. In the list a conversation rises by
//! what arrived just now, however old it is; but what the row quotes is the newest by the provider's time,
//! so that a message which is days late does not pose as the latest word.

use super::{keep_grant, party};
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, greet, notice, reopen, restricted, upload, window, wrap};
use crate::domain::channel::{Channel, OnReturn};
use crate::domain::contact::Address;
use crate::domain::conversation::{Conversation, Status, snippet};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::inbound::{File, FileContent, Incoming};
use crate::domain::message::{Extra, Kind, Message, State};
use crate::domain::wrapup::After;
use crate::domain::{Id, Span, Timestamp, media, quoted};
use crate::random;
use crate::store::grant::Place;
use crate::store::{self, Tx, attachment, conversation as threads, event, message};

/// Between their clock and ours so much may lie before a message counts as older than ours.
const CLOCKS: Span = Span::seconds(60);

/// Takes a message in, once.
pub(super) fn incoming(tx: &Tx<'_>, channel: &Channel, incoming: &Incoming, now: Timestamp) -> Result<()> {
    if is_here(tx, channel, incoming)? {
        return Ok(());
    }
    let address = party::person(tx, channel, &incoming.from, now)?;
    let contact = store::contact::get(tx, address.contact)?.ok_or(Error::NotFound)?;
    let blocked = contact.blocked_at.is_some();
    let mut conversation = thread(tx, channel, (&address, incoming, blocked), now)?;
    let at = incoming.at.min(now);
    let late = is_late(tx, &conversation, at)?;
    let id = insert(tx, channel, (&conversation, &Entry::of(incoming), Kind::Inbound), now)?;
    if let Some(opener) = incoming.opener {
        let place = Place { address: address.id, channel: channel.id };
        keep_grant(tx, channel, place, (opener, at), Some(id))?;
    }
    // Nobody waited here before, so this is news to those who watch over the queue.
    let new = conversation.waiting_since.is_none();
    if !blocked {
        conversation.unread += 1;
        conversation.waiting_since = Some(conversation.waiting_since.map_or(at, |since| since.min(at)));
        conversation.last_message_at = conversation.last_message_at.max(now);
    }
    if !late {
        quote(&mut conversation, id, incoming, false);
    }
    conversation.updated_at = now;
    window::refresh(tx, channel, &mut conversation, now)?;
    threads::update(tx, &conversation)?;
    told(tx, &conversation, id, (late, blocked))?;
    if blocked {
        return Ok(());
    }
    store::auto_close::forget(tx, conversation.id)?;
    wrap::unasked(tx, &conversation, (After::Left, Timestamp(0)), now)?;
    notice::said(tx, &conversation, (id, None), now)?;
    let greeted = greet::heard(tx, channel, &mut conversation, incoming, now)?;
    if new && !greeted { notice::queued(tx, &conversation, (Some(id), None), now) } else { Ok(()) }
}

/// Tells the log what was known only when the message had its place: how long one may answer it, and whether it came
/// behind what was there, or from somebody who is blocked.
pub(super) fn told(
    tx: &Tx<'_>,
    conversation: &Conversation,
    id: Id<Message>,
    (late, blocked): (bool, bool),
) -> Result<()> {
    let mut data = serde_json::Map::new();
    for (name, value) in [("late", late), ("blocked", blocked)] {
        if value {
            data.insert(name.to_owned(), true.into());
        }
    }
    if let Some(window) = conversation.window_closes_at {
        data.insert("window".to_owned(), window.0.into());
    }
    if !data.is_empty() {
        event::complete(tx, id, &data.into())?;
    }
    history::came(tx, conversation);
    Ok(())
}

/// Whether this message came before. One without an id is taken every time: an empty id means nothing.
pub(super) fn is_here(tx: &Tx<'_>, channel: &Channel, incoming: &Incoming) -> Result<bool> {
    let id = incoming.provider_id.as_str();
    Ok(!id.is_empty() && message::by_provider(tx, channel.id, id)?.is_some())
}

/// Where the message belongs: the latest conversation of this person here, opened again if it was not open,
/// or a new one. A blocked person opens nothing.
fn thread(
    tx: &Tx<'_>,
    channel: &Channel,
    (address, incoming, blocked): (&Address, &Incoming, bool),
    now: Timestamp,
) -> Result<Conversation> {
    let latest = threads::latest(tx, address.id, channel.id, &incoming.thread)?;
    match latest {
        Some(there) if blocked => Ok(there),
        Some(there) if there.status == Status::Closed && channel.on_return == OnReturn::New => {
            begun(tx, channel, (address, incoming, Some(there.id)), Cause::Customer, now)
        }
        Some(mut there) => {
            reopen::opened(tx, channel, &mut there, (None, Cause::Customer), now)?;
            Ok(there)
        }
        None if blocked => {
            let mut begun = begun(tx, channel, (address, incoming, None), Cause::Customer, now)?;
            shut(tx, &mut begun, now)?;
            Ok(begun)
        }
        None => begun(tx, channel, (address, incoming, None), Cause::Customer, now),
    }
}

/// A new conversation, in the queue of its entry point and without an assignee (S202).
pub(super) fn begun(
    tx: &Tx<'_>,
    channel: &Channel,
    (address, incoming, previous): (&Address, &Incoming, Option<Id<Conversation>>),
    cause: Cause,
    now: Timestamp,
) -> Result<Conversation> {
    let subject = incoming.subject.as_deref().unwrap_or_default();
    let new = threads::New {
        contact: address.contact,
        channel,
        address: address.id,
        thread: &incoming.thread,
        subject,
        previous,
        side_of: None,
    };
    let id = threads::insert(tx, &new, now)?;
    let conversation = threads::get(tx, id)?.ok_or(Error::NotFound)?;
    threads::open_episode(tx, &conversation, None, now)?;
    let line =
        Line { cause: Some(cause), episode: Some(1), previous: previous.map(Id::get), ..Line::default() };
    history::tell(tx, &conversation, &Happening::own(kind::CONVERSATION_OPENED, line), now)?;
    Ok(conversation)
}

/// Ends a conversation at its beginning: it is kept, and nobody needs to look after it.
pub(in crate::actions) fn shut(tx: &Tx<'_>, conversation: &mut Conversation, now: Timestamp) -> Result<()> {
    threads::close_episode(tx, conversation, None, "", now)?;
    conversation.status = Status::Closed;
    let line = Line { episode: Some(conversation.episode), ..Line::default() };
    let data = history::standing(tx, serde_json::to_value(&line).unwrap_or_default(), conversation)?;
    let entry = event::New { kind: kind::CONVERSATION_CLOSED, data, ..event::New::default() };
    history::log(tx, conversation, entry, now)?;
    Ok(threads::update(tx, conversation)?)
}

/// Whether the conversation knows a newer word than one said at `at`.
pub(super) fn is_late(tx: &Tx<'_>, conversation: &Conversation, at: Timestamp) -> Result<bool> {
    let Some(last) = conversation.last_message else { return Ok(false) };
    let leeway = |last: &Message| if last.kind == Kind::Outbound { CLOCKS } else { Span::ZERO };
    Ok(message::get(tx, last)?.is_some_and(|last| last.at > at + leeway(&last)))
}

/// Makes this message the one that the list quotes.
pub(super) fn quote(conversation: &mut Conversation, id: Id<Message>, incoming: &Incoming, ours: bool) {
    let file = incoming.files.first().map(|file| file.name.as_str());
    let shown = match (incoming.body.trim(), &incoming.extra.label) {
        ("", Some(label)) => label,
        ("", None) => file.unwrap_or_default(),
        (body, _) => body,
    };
    conversation.last_message = Some(id);
    // A mail repeats others; the list shows what is new in it.
    conversation.snippet = match &incoming.extra.mail {
        Some(_) => snippet(&quoted::gist(shown)),
        None => snippet(shown),
    };
    conversation.snippet_ours = ours;
}

/// A message as it is put into the thread.
pub(super) struct Entry<'a> {
    pub incoming: &'a Incoming,
    /// The name under which it is kept.
    pub provider_id: &'a str,
    pub extra: &'a Extra,
}

impl<'a> Entry<'a> {
    /// The message as it came.
    pub fn of(incoming: &'a Incoming) -> Entry<'a> {
        Entry { incoming, provider_id: &incoming.provider_id, extra: &incoming.extra }
    }
}

/// Puts the message and its files into the thread.
pub(super) fn insert(
    tx: &Tx<'_>,
    channel: &Channel,
    (conversation, entry, kind): (&Conversation, &Entry<'_>, Kind),
    now: Timestamp,
) -> Result<Id<Message>> {
    let incoming = entry.incoming;
    let named = |id: &&str| !id.is_empty();
    let reply_to = match incoming.reply_to.as_deref().filter(named) {
        Some(answered) => message::by_provider(tx, channel.id, answered)?.map(|answered| answered.id),
        None => None,
    };
    let new = message::New {
        conversation: conversation.id,
        kind,
        author: None,
        body: &incoming.body,
        html: incoming.html.as_deref(),
        state: if kind == Kind::Inbound { State::Received } else { State::Sent },
        channel: Some(channel.id),
        provider_id: Some(entry.provider_id).filter(named),
        key: None,
        reply_to,
        extra: entry.extra,
        at: incoming.at.min(now),
        coming: Some(match kind {
            Kind::Inbound => event::Coming::of(kind::MESSAGE_RECEIVED),
            _ => event::Coming::sent(),
        }),
    };
    let id = message::insert(tx, &new, now)?;
    for file in &incoming.files {
        keep(tx, id, file, now)?;
    }
    if let Some(original) = &entry.extra.original {
        restricted::keep(tx, conversation.id, (id, original), now)?;
    }
    Ok(id)
}

/// Keeps a file that came with a message, or what is needed to fetch it.
fn keep(tx: &Tx<'_>, message: Id<Message>, file: &File, now: Timestamp) -> Result<()> {
    let name = upload::file_name(&file.name);
    let key = random::file_word();
    let source = match &file.content {
        FileContent::Here(_) => None,
        FileContent::Remote(source) => Some(source),
    };
    let claimed: String = file.media_type.chars().take(100).collect();
    let new = attachment::New {
        message: Some(message),
        agent: None,
        name: &name,
        media_type: &claimed,
        key: &key,
        source,
    };
    let id = attachment::insert(tx, &new, now)?;
    if let FileContent::Here(bytes) = &file.content {
        attachment::append(tx, id, bytes)?;
        let head = bytes.get(..attachment::PART).unwrap_or(bytes);
        attachment::complete(tx, id, media::found(head, &claimed))?;
    }
    Ok(())
}
