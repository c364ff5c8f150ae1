//! A reaction of ours to what a customer wrote: it is shown at once, and brought to the provider after.
//!
//! It may be brought twice without harm, so one whose outcome nobody knows is simply brought again.

use serde_json::json;

use super::{Error, Result, dispatch, history, outgoing, reach};
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::contact::Address;
use crate::domain::event::kind;
use crate::domain::message::{By, Fault, Kind, Message, Reaction};
use crate::domain::outbox::{Failure, Next, pause};
use crate::domain::past::what;
use crate::domain::window::Content;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::reaction::{self, Waiting};
use crate::store::throttle::{self, Of};
use crate::store::{self, Tx, event, message};

/// For how long an unlucky reaction is tried: one that comes much later than the message it is to would only puzzle.
const PATIENCE: Span = Span::minutes(15);

/// From when on an attempt of which nothing is heard counts as lost. Longer than any call takes.
const LOST: Span = Span::minutes(2);

/// Reacts to a message of the customer's, if the channel takes this reaction and the rules let it leave. An empty
/// `emoji` takes the reaction back.
pub fn react(tx: &Tx<'_>, by: &Viewer, id: Id<Message>, emoji: &str, now: Timestamp) -> Result<()> {
    let mut message = message::get(tx, id)?.ok_or(Error::NotFound)?;
    let conversation = reach::conversation(tx, by, message.conversation)?;
    if message.kind != Kind::Inbound {
        return Err(Error::NotFound);
    }
    let channel = reach::channel(tx, &conversation)?;
    let takes = emoji.is_empty() || channel.card.reacts.iter().any(|known| known == emoji);
    if !takes || message.provider_id.is_none() || message.revoked_at.is_some() {
        return Err(Refused::NoReaction.into());
    }
    let before = ours(&message).to_owned();
    if before == emoji {
        return Ok(());
    }
    outgoing::allowed(tx, &channel, &conversation, (by.sender, Content::Free), now)?;
    show(&mut message, emoji);
    message.extra.reaction_fault = None;
    reaction::put(tx, id, channel.id, (emoji, &before), now)?;
    tell(tx, (&message, &before), Some(by), now)
}

/// Our reaction to a message; empty: none.
pub fn ours(message: &Message) -> &str {
    let ours = message.extra.reactions.iter().find(|reaction| reaction.by == By::Us);
    ours.map_or("", |reaction| &reaction.emoji)
}

fn show(message: &mut Message, emoji: &str) {
    message.extra.reactions.retain(|reaction| reaction.by != By::Us);
    if !emoji.is_empty() {
        message.extra.reactions.push(Reaction { by: By::Us, emoji: emoji.to_owned() });
    }
}

/// A reaction that is brought now.
pub struct Claimed {
    pub waiting: Waiting,
    pub channel: Channel,
    pub address: Address,
    /// The provider's id of the message.
    pub provider_id: String,
}

/// Claims what this channel has to bring next; `None` when that is nothing, or when its provider asked for a rest.
pub fn claim(tx: &Tx<'_>, channel: Id<Channel>, now: Timestamp) -> Result<Option<Claimed>> {
    let Some(channel) = store::channel::get(tx, channel)? else { return Ok(None) };
    if channel.state != ChannelState::Enabled {
        return Ok(None);
    }
    while let Some(waiting) = reaction::next_of(tx, channel.id, now)? {
        if let Some(bucket) = throttle::get(tx, channel.id, Of::Account)?.filter(|b| b.from_at > now) {
            reaction::again(tx, waiting.message, bucket.from_at)?;
            continue;
        }
        let Some((address, provider_id)) = whose(tx, &waiting)? else {
            reaction::delete(tx, waiting.message)?;
            continue;
        };
        if let Some(pace) = channel.card.pace {
            let bucket = pace.account.take(throttle::get(tx, channel.id, Of::Account)?, 1, now);
            throttle::set(tx, channel.id, Of::Account, bucket, now)?;
        }
        reaction::begin(tx, waiting.message, now + LOST)?;
        let waiting = Waiting { attempt: waiting.attempt + 1, ..waiting };
        return Ok(Some(Claimed { waiting, channel, address, provider_id }));
    }
    Ok(None)
}

fn whose(tx: &Tx<'_>, waiting: &Waiting) -> Result<Option<(Address, String)>> {
    let Some(message) = message::get(tx, waiting.message)? else { return Ok(None) };
    let Some(conversation) = store::conversation::get(tx, message.conversation)? else { return Ok(None) };
    Ok(store::contact::address(tx, conversation.address)?.zip(message.provider_id))
}

/// Writes down what came of it. One that is refused for good gives way to what the customer sees, with the reason.
pub fn record(
    tx: &Tx<'_>,
    claimed: &Claimed,
    outcome: &std::result::Result<(), Failure>,
    dice: u64,
    now: Timestamp,
) -> Result<()> {
    let id = claimed.waiting.message;
    let Some(waiting) = reaction::get(tx, id)? else { return Ok(()) };
    let same = waiting.emoji == claimed.waiting.emoji;
    let failure = match outcome {
        Ok(()) if same => return Ok(reaction::delete(tx, id)?),
        // Another was chosen in the meantime, and waits already.
        Ok(()) => return Ok(reaction::reached(tx, id, &claimed.waiting.emoji)?),
        Err(_) if !same => return Ok(()),
        Err(failure) => failure,
    };
    let passes = match failure.next {
        Next::Later { after } => Some(after),
        Next::Knock | Next::Unsure | Next::Ask => Some(None),
        Next::Never | Next::Reconnect => None,
    };
    if let Some(after) = passes.filter(|_| now.since(waiting.created_at) < PATIENCE) {
        return Ok(reaction::again(tx, id, now + pause(claimed.waiting.attempt, after, dice))?);
    }
    reaction::delete(tx, id)?;
    if let Some(mut message) = message::get(tx, id)? {
        let was = ours(&message).to_owned();
        show(&mut message, &waiting.before);
        message.extra.reaction_fault = Some(Fault::from(failure));
        tell(tx, (&message, &was), None, now)?;
    }
    match failure.next {
        Next::Reconnect => dispatch::broken(tx, claimed.channel.clone(), &failure.message, now),
        _ => Ok(()),
    }
}

/// Keeps the message, and what our reaction was before.
fn tell(tx: &Tx<'_>, (message, before): (&Message, &str), by: Option<&Viewer>, now: Timestamp) -> Result<()> {
    message::update(tx, message)?;
    let conversation = store::conversation::get(tx, message.conversation)?.ok_or(Error::NotFound)?;
    let entry = event::New {
        kind: kind::MESSAGE_CHANGED,
        agent: by.and_then(Viewer::author),
        message: Some(message.id),
        data: json!({ "what": what::OWN_REACTION, "before": before }),
        ..event::New::default()
    };
    history::log(tx, &conversation, entry, now)
}
