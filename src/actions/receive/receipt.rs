//! How far our messages came, in the provider's word. States move forward only, whatever the order.

use super::{party, thread_of};
use crate::actions::{Error, Result, consent, history, window};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::event::kind;
use crate::domain::inbound::{Party, Receipt};
use crate::domain::message::{Fault, Kind, Message, State};
use crate::domain::outbox::{Cause, DispatchState};
use crate::store::grant::Place;
use crate::store::{Tx, conversation as threads, event, message, outbox};

/// A watermark looks at the newest so many entries; older ones were marked by earlier ones.
const WATERMARK: u32 = 200;

/// Takes the provider's word about one message.
pub(super) fn receipt(tx: &Tx<'_>, channel: &Channel, receipt: &Receipt, now: Timestamp) -> Result<()> {
    let message = find(tx, channel, receipt)?.ok_or(Error::NotFound)?;
    of(tx, channel, message, receipt, now)
}

/// Takes the word of a provider about this message.
pub(super) fn of(
    tx: &Tx<'_>,
    channel: &Channel,
    mut message: Message,
    receipt: &Receipt,
    now: Timestamp,
) -> Result<()> {
    let dispatch = outbox::of_message(tx, message.id)?;
    let of_another_try =
        dispatch.as_ref().is_some_and(|dispatch| receipt.our_key.as_ref() != Some(&dispatch.key));
    if message.kind != Kind::Outbound || (receipt.state == State::Failed && of_another_try) {
        return Ok(());
    }
    let named = name(tx, channel, &mut message, receipt)?;
    let before = message.state;
    message.state = before.after_receipt(receipt.state);
    if message.state == before && !named {
        return Ok(());
    }
    let failed = message.state == State::Failed && before != State::Failed;
    match (failed, message.state) {
        (true, _) => message.error = Some(fault(receipt)),
        (false, State::Sent | State::Delivered | State::Read) => message.error = None,
        (false, _) => {}
    }
    message::update(tx, &message)?;
    // What is known to have arrived, or to have failed, waits for nothing more. A try that is just running
    // ends by itself.
    let ended = !matches!(message.state, State::Queued | State::Sending | State::Unsure);
    if let Some(dispatch) = dispatch.filter(|dispatch| ended && dispatch.state != DispatchState::Sending) {
        outbox::delete(tx, dispatch.id)?;
    }
    count(tx, channel, (before, &message), receipt, now)?;
    tell(tx, &message, now)
}

fn fault(receipt: &Receipt) -> Fault {
    let unknown = || Fault { code: Cause::Unknown.as_str().into(), message: String::new(), again: true };
    receipt.fault.as_ref().map_or_else(unknown, Fault::from)
}

fn find(tx: &Tx<'_>, channel: &Channel, receipt: &Receipt) -> Result<Option<Message>> {
    if let Some(id) = receipt.provider_id.as_deref().filter(|id| !id.is_empty())
        && let Some(found) = message::by_provider(tx, channel.id, id)?
    {
        return Ok(Some(found));
    }
    let Some(key) = receipt.our_key.as_deref() else { return Ok(None) };
    let found = message::by_dispatch_key(tx, key)?;
    // A key of another account's message proves nothing here.
    match found {
        Some(found) if thread_of(tx, &found)?.channel == channel.id => Ok(Some(found)),
        _ => Ok(None),
    }
}

/// Takes the provider's id over where we did not hear it ourselves. `true`: it was news.
fn name(tx: &Tx<'_>, channel: &Channel, message: &mut Message, receipt: &Receipt) -> Result<bool> {
    let Some(id) = receipt.provider_id.as_deref().filter(|id| !id.is_empty()) else { return Ok(false) };
    if message.provider_id.is_some()
        || receipt.state == State::Failed
        || message::by_provider(tx, channel.id, id)?.is_some()
    {
        return Ok(false);
    }
    message.provider_id = Some(id.to_owned());
    Ok(true)
}

/// What the conversation shows of failures, and what a closed window teaches.
fn count(
    tx: &Tx<'_>,
    channel: &Channel,
    (before, message): (State, &Message),
    receipt: &Receipt,
    now: Timestamp,
) -> Result<()> {
    let mut conversation = thread_of(tx, message)?;
    let trouble = |state: State| i64::from(state.is_trouble());
    let change = trouble(message.state) - trouble(before);
    let failed_for = |cause| receipt.fault.as_ref().is_some_and(|fault| fault.cause == cause);
    let closed = failed_for(Cause::WindowClosed);
    if change == 0 && !closed {
        return Ok(());
    }
    conversation.failed = (conversation.failed + change).max(0);
    conversation.updated_at = now;
    threads::update(tx, &conversation)?;
    if failed_for(Cause::OptedOut) {
        consent::withdrawn(tx, &conversation, now)?;
    }
    if closed {
        window::refused(tx, channel, &mut conversation, receipt.at.min(now))?;
    }
    Ok(())
}

/// Everything of ours up to a moment was delivered or read.
pub(super) fn watermark(
    tx: &Tx<'_>,
    channel: &Channel,
    (from, state, until): (&Party, State, Timestamp),
    now: Timestamp,
) -> Result<()> {
    let Some(address) = party::known(tx, channel, from)? else { return Ok(()) };
    let place = Place { address: address.id, channel: channel.id };
    for mut message in message::on_their_way(tx, place, until, WATERMARK)? {
        let after = message.state.after_receipt(state);
        if after != message.state && after != State::Failed {
            message.state = after;
            message::update(tx, &message)?;
            tell(tx, &message, now)?;
        }
    }
    Ok(())
}

fn tell(tx: &Tx<'_>, message: &Message, now: Timestamp) -> Result<()> {
    let conversation = thread_of(tx, message)?;
    let data = serde_json::json!({ "state": message.state.as_str() });
    let entry =
        event::New { kind: kind::MESSAGE_STATE, message: Some(message.id), data, ..event::New::default() };
    history::log(tx, &conversation, entry, now)
}
