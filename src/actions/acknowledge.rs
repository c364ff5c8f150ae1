//! An acknowledgement that goes with the answer to the customer's own delivery, where a provider hands that over.
//!
//! It tells the customer that the message arrived, once for each conversation that it opens or opens again. It is no
//! answer: whoever waits goes on waiting, and nothing of the window is used up.

use super::{Error, Result, outgoing, receive};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::inbound::{Event, Incoming};
use crate::domain::message::{Extra, Kind, State};
use crate::domain::window::{Content, Sender};
use crate::store::{
    Tx, channel as channels, contact, conversation as threads, event, greeting, inbound, message,
};

/// The word for how it went out, for which pages have a text.
pub const LABEL: &str = "in_answer";

/// Keeps a delivery that is the message `to`, lets it happen at once, and says whether `text` is to go with the answer.
/// An error leaves nothing behind: the delivery can then be kept as any other.
pub fn keep(
    tx: &Tx<'_>,
    channel: &Channel,
    new: &inbound::New<'_>,
    (to, text): (&Event, &str),
    now: Timestamp,
) -> Result<bool> {
    let Event::Message(incoming) = to else { return Err(Error::NotFound) };
    let name = format!("answer to {}", incoming.provider_id);
    let before = newest(tx, channel, incoming)?;
    let was_here = message::by_provider(tx, channel.id, &incoming.provider_id)?.is_some();
    tx.part(|tx| {
        if inbound::insert_done(tx, new, now)? {
            receive::receive(tx, channel, to, now)?;
        }
        Ok::<_, Error>(channels::received(tx, new.channel, now)?)
    })?;
    // A provider that did not hear the answer comes again, and has to hear the same.
    if let Some(said) = message::by_provider(tx, channel.id, &name)? {
        return Ok(said.body == text);
    }
    let opens = !was_here && before.is_none_or(|before| before.status == Status::Closed);
    match newest(tx, channel, incoming)? {
        Some(conversation) if opens && conversation.status == Status::Open => {
            say(tx, channel, conversation, (&name, text), now)
        }
        _ => Ok(false),
    }
}

/// The newest conversation of who wrote.
fn newest(tx: &Tx<'_>, channel: &Channel, incoming: &Incoming) -> Result<Option<Conversation>> {
    let from = &incoming.from;
    match contact::find_address(tx, from.kind, channel.id, &from.value)? {
        Some(address) => Ok(threads::latest(tx, address.id, channel.id, &incoming.thread)?),
        None => Ok(None),
    }
}

fn say(
    tx: &Tx<'_>,
    channel: &Channel,
    mut conversation: Conversation,
    (name, text): (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    // Whom an assistant has greeted needs no second word.
    if greeting::get(tx, conversation.id)?.is_some_and(|greeting| greeting.episode == conversation.episode) {
        return Ok(false);
    }
    match outgoing::allowed(tx, channel, &conversation, (Sender::Automatic, Content::Free), now) {
        Ok(()) => {}
        Err(Error::Refused(_)) => return Ok(false),
        Err(fault) => return Err(fault),
    }
    let extra = Extra { automatic: true, label: Some(LABEL.to_owned()), ..Extra::default() };
    let new = message::New {
        conversation: conversation.id,
        kind: Kind::Outbound,
        author: None,
        body: text,
        html: None,
        state: State::Sent,
        channel: Some(channel.id),
        provider_id: Some(name),
        key: None,
        reply_to: None,
        extra: &extra,
        at: now,
        coming: Some(event::Coming::sent()),
    };
    message::insert(tx, &new, now)?;
    conversation.updated_at = now;
    threads::update(tx, &conversation)?;
    super::history::came(tx, &conversation);
    Ok(true)
}
