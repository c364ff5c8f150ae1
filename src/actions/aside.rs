//! Asking somebody else beside a conversation: a mail is passed on to a third party in a conversation of its own, to
//! which the answers come. The customer never sees any of it.

use super::letter::Letter;
use super::outgoing::{self, Ready, Text};
use super::reply::{Beside, Reply};
use super::{Error, Result, assign, begin, history, letter, prepared};
use crate::domain::access::Viewer;
use crate::domain::answering::{Answered, Form};
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, Line, kind};
use crate::domain::message::{Attachment, Message};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::random;
use crate::store::{self, Tx, attachment, conversation as threads};

/// Under which one-time key the line in the main conversation stands, so that it goes when the mail is taken back.
pub(super) fn line_key(beside: Id<Conversation>) -> String {
    format!("asked:{beside}")
}

/// Passes the latest mail of `main` on; the message that leaves.
pub(super) fn forward(
    tx: &Tx<'_>,
    by: &Viewer,
    (channel, main): (&Channel, &Conversation),
    (order, beside, answered): (&Reply, &Beside, &Answered),
    now: Timestamp,
) -> Result<Id<Message>> {
    let form = beside.form.clone().unwrap_or_default();
    let mut head = letter::head(tx, channel, &form, (Some(answered), main.id))?;
    let first = head.to.first().cloned().ok_or(Refused::Field { field: "to", problem: Problem::Missing })?;
    let address = begin::address(tx, by, (AddressKind::Email, &first.address), channel, now)?;
    let mut side = opened(tx, by, channel, (&address, &head.subject, main), now)?;
    head.identifier = letter::identifier(channel, side.id);
    let asked = (order.body.as_str(), order.template.as_ref());
    let typed = prepared::text(tx, by, (channel, &side), asked, now)?;
    outgoing::allowed(tx, channel, &side, (by.sender, typed.content()), now)?;
    let mut files = outgoing::files(tx, by, &order.attachments)?;
    files.extend(along(tx, by, (&form, answered), now)?);
    let whole = outgoing::whole(by, &typed, beside.knows);
    let (body, letter): (String, Letter) = letter::dressed(tx, by, channel, (head, &typed.body), None, now)?;
    let text = Text { body, ..typed };
    outgoing::fits(channel, &text, &files)?;
    outgoing::discreet(tx, by, (&text.body, &files), beside.knows)?;
    whole?;
    let key = order.key.as_deref();
    let ready = Ready { by, channel, text, files, reply_to: None, key, letter: Some(letter), part_of: None };
    let id = outgoing::queue(tx, &mut side, &ready, now)?;
    threads::update(tx, &side)?;
    let line = Line { to: first.address, beside: Some(side.id.get()), ..Line::default() };
    let key = line_key(side.id);
    let happening =
        history::Happening { key: Some(&key), ..history::Happening::by(by, kind::CONVERSATION_ASKED, line) };
    history::tell(tx, main, &happening, now)?;
    Ok(id)
}

/// The conversation with whom is asked, which belongs to whoever asks.
fn opened(
    tx: &Tx<'_>,
    by: &Viewer,
    channel: &Channel,
    (address, subject, main): (&Address, &str, &Conversation),
    now: Timestamp,
) -> Result<Conversation> {
    let new = threads::New {
        contact: address.contact,
        channel,
        address: address.id,
        thread: "",
        subject,
        previous: None,
        side_of: Some(main.id),
    };
    let id = threads::insert(tx, &new, now)?;
    let mut side = threads::get(tx, id)?.ok_or(Error::NotFound)?;
    // What is asked beside a conversation is seen by whoever sees that one.
    side.queue = main.queue;
    threads::open_episode(tx, &side, by.author(), now)?;
    let line =
        Line { cause: Some(Cause::Sent), episode: Some(1), beside: Some(main.id.get()), ..Line::default() };
    history::tell(tx, &side, &history::Happening::by(by, kind::CONVERSATION_OPENED, line), now)?;
    assign::given(tx, &mut side, by.author(), (by, Cause::Sent), now)?;
    Ok(side)
}

/// Copies of the mail's own files that go along.
fn along(
    tx: &Tx<'_>,
    by: &Viewer,
    (form, answered): (&Form, &Answered),
    now: Timestamp,
) -> Result<Vec<Attachment>> {
    let mut files = Vec::new();
    for number in form.along.iter().filter(|number| answered.files.contains(number)) {
        if let Some(copy) = attachment::copy(tx, Id::new(*number), by.author(), &random::file_word(), now)? {
            files.extend(attachment::get(tx, copy)?);
        }
    }
    Ok(files)
}

/// Takes back that somebody was asked: the conversation in which nothing is said any more, and the line about it. The
/// person stays among the contacts.
pub(super) fn unasked(tx: &Tx<'_>, side: &Conversation) -> Result<()> {
    if let Some(line) = store::message::by_key(tx, &line_key(side.id))? {
        store::message::delete(tx, line.id)?;
    }
    Ok(threads::remove(tx, side.id)?)
}
