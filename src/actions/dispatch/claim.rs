//! Taking the next message out of the queue, after asking its window once more.

use super::{end_unsent, tell};
use crate::actions::{Result, window};
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::contact::Address;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Attachment, Fault, Message, State};
use crate::domain::outbox::{Cause, Dispatch, Failure};
use crate::domain::template::Template;
use crate::domain::window::{Content, Grant, Window, window as ask};
use crate::domain::{Id, Timestamp};
use crate::store::throttle::{self, Of};
use crate::store::{self, Tx, attachment, event, grant, message, outbox};

/// A message that is on its way from now on, with everything that its channel needs to send it.
pub struct Claimed {
    pub dispatch: Dispatch,
    pub message: Message,
    pub conversation: Conversation,
    pub channel: Channel,
    pub address: Address,
    pub window: Window,
    pub template: Option<Template>,
    pub files: Vec<Attachment>,
    /// The message that it answers.
    pub answers: Option<Message>,
    /// The newest message of the customer.
    pub last_inbound: Option<Message>,
    /// The name of its author.
    pub author: Option<String>,
}

/// Claims what this channel has to send next; `None` when that is nothing, or when its provider would find it too
/// fast. A message whose window has closed in the meantime fails here, before anything leaves.
pub fn claim(tx: &Tx<'_>, channel: Id<Channel>, now: Timestamp) -> Result<Option<Claimed>> {
    let Some(channel) = store::channel::get(tx, channel)? else { return Ok(None) };
    if channel.state != ChannelState::Enabled || waits(tx, &channel, Of::Account, now)?.is_some() {
        return Ok(None);
    }
    while let Some(dispatch) = outbox::next_of(tx, channel.id, now)? {
        let found =
            (message::get(tx, dispatch.message)?, store::conversation::get(tx, dispatch.conversation)?);
        let (Some(message), Some(conversation)) = found else {
            outbox::delete(tx, dispatch.id)?;
            continue;
        };
        let Some(address) = store::contact::address(tx, conversation.address)? else {
            refuse(tx, &channel, (dispatch, message, conversation), gone(), now)?;
            continue;
        };
        let window = reachable(tx, &channel, &dispatch, &conversation, now)?;
        if let Some(failure) = unsendable(tx, &dispatch, &conversation, window)? {
            refuse(tx, &channel, (dispatch, message, conversation), failure, now)?;
            continue;
        }
        // Others do not wait for somebody who was written to very often just now.
        if let Some(from) = waits(tx, &channel, Of::Person(address.id), now)? {
            outbox::queue_again(tx, dispatch.id, from)?;
            continue;
        }
        if outbox::begin(tx, dispatch.id, now)? {
            count(tx, &channel, &message, &address, now)?;
            return gather(tx, channel, (dispatch.id, message, conversation), (address, window));
        }
    }
    Ok(None)
}

/// From when the next message may leave, where that is not now.
fn waits(tx: &Tx<'_>, channel: &Channel, of: Of, now: Timestamp) -> Result<Option<Timestamp>> {
    let bucket = throttle::get(tx, channel.id, of)?;
    Ok(bucket.map(|bucket| bucket.from_at).filter(|from| *from > now))
}

/// Counts what leaves now.
fn count(tx: &Tx<'_>, channel: &Channel, message: &Message, address: &Address, now: Timestamp) -> Result<()> {
    let Some(pace) = channel.card.pace else { return Ok(()) };
    let files = attachment::of_message(tx, message.id)?;
    let weight = channel.card.weight(&message.body, files.iter().map(|file| file.media_type.as_str()));
    let person = pace.person.map(|rate| (Of::Person(address.id), rate));
    for (of, rate) in [(Of::Account, pace.account)].into_iter().chain(person) {
        let bucket = rate.take(throttle::get(tx, channel.id, of)?, weight, now);
        throttle::set(tx, channel.id, of, bucket, now)?;
    }
    Ok(())
}

fn gone() -> Failure {
    Failure::never(Cause::Unreachable, "")
}

/// The window, as it is for a message that has already used up its share of it.
fn reachable(
    tx: &Tx<'_>,
    channel: &Channel,
    dispatch: &Dispatch,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<Window> {
    let grants = grant::of(tx, conversation.address, channel.id)?;
    let spent = dispatch.created_at;
    let with_share = |grant: Grant| {
        let took = dispatch.content == Content::Free && grant.opened_at <= spent && spent < grant.closes_at;
        Grant { sends_left: grant.sends_left.map(|left| left + u32::from(took)), ..grant }
    };
    let grants: Vec<Grant> = grants.into_iter().map(with_share).collect();
    Ok(ask(&channel.card.window, &grants, now))
}

/// Why it may not leave any more, though it might when it was queued.
fn unsendable(
    tx: &Tx<'_>,
    dispatch: &Dispatch,
    conversation: &Conversation,
    window: Window,
) -> Result<Option<Failure>> {
    if store::contact::opted_out(tx, conversation.address)?.is_some() {
        return Ok(Some(Failure::never(Cause::OptedOut, "")));
    }
    let closed = !window.allows(dispatch.sender, dispatch.content);
    Ok(closed.then(|| Failure::never(Cause::WindowClosed, "")))
}

fn refuse(
    tx: &Tx<'_>,
    channel: &Channel,
    (dispatch, mut message, mut conversation): (Dispatch, Message, Conversation),
    failure: Failure,
    now: Timestamp,
) -> Result<()> {
    message.state = State::Failed;
    message.error = Some(Fault::from(&failure));
    window::refresh(tx, channel, &mut conversation, now)?;
    end_unsent(tx, &dispatch, &mut conversation, now)?;
    tell(tx, &conversation, &message, now)
}

fn gather(
    tx: &Tx<'_>,
    channel: Channel,
    (dispatch, mut message, conversation): (Id<Dispatch>, Message, Conversation),
    (address, window): (Address, Window),
) -> Result<Option<Claimed>> {
    let Some(dispatch) = outbox::get(tx, dispatch)? else { return Ok(None) };
    message.state = State::Sending;
    message::update(tx, &message)?;
    // Pages show it; the log need not remember a state that lasts a moment.
    tx.touch(event::DESK);
    let template = match &message.extra.template {
        Some(used) => store::template::by_name(tx, Some(channel.id), &used.name, &used.language)?,
        None => None,
    };
    let answers = match message.reply_to {
        Some(id) => message::get(tx, id)?,
        None => None,
    };
    let author = match message.author {
        Some(id) => store::agent::get(tx, id)?.map(|agent| agent.name),
        None => None,
    };
    let files = attachment::of_message(tx, message.id)?;
    let last_inbound = outbox::last_inbound(tx, conversation.id)?;
    Ok(Some(Claimed {
        dispatch,
        message,
        conversation,
        channel,
        address,
        window,
        template,
        files,
        answers,
        last_inbound,
        author,
    }))
}
