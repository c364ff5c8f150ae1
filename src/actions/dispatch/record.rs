//! Writing down what came of an attempt, and what follows from it.

use super::{end_unsent, tell};
use crate::actions::{Result, consent, window};
use crate::domain::channel::{AT_ONCE, Channel, ChannelState, Repeat};
use crate::domain::conversation::Conversation;
use crate::domain::event::kind;
use crate::domain::later::Why;
use crate::domain::message::{Fault, Message, State};
use crate::domain::outbox::{
    Cause, Dispatch, DispatchState, Failure, KNOCKS, Next, Outcome, patience, pause,
};
use crate::domain::throttle::Bucket;
use crate::domain::workflow;
use crate::domain::{Id, Span, Timestamp};
use crate::store::throttle::{self, Of};
use crate::store::{self, Tx, event, message, outbox};

/// An attempt that has ended.
pub struct Attempt {
    pub dispatch: Dispatch,
    pub outcome: Outcome,
    /// Any number; scatters the next attempt.
    pub dice: u64,
}

/// What an attempt is about, as it stands now.
struct Open {
    dispatch: Dispatch,
    message: Message,
    conversation: Conversation,
    channel: Channel,
}

/// Writes down what came of an attempt.
pub fn record(tx: &Tx<'_>, attempt: &Attempt, now: Timestamp) -> Result<()> {
    let Some(message) = message::get(tx, attempt.dispatch.message)? else { return Ok(()) };
    let (word, detail) = match &attempt.outcome {
        Outcome::Sent { .. } | Outcome::Charged { .. } => ("sent", ""),
        Outcome::Failed(failure) => (failure.cause.as_str(), failure.message.as_str()),
    };
    let knocks = matches!(&attempt.outcome, Outcome::Failed(failure) if failure.next == Next::Knock);
    if !knocks || !outbox::was_tried(tx, message.id)? {
        outbox::keep_attempt(tx, &attempt.dispatch, word, detail, now)?;
    }
    // A receipt may have been quicker and have ended the dispatch already.
    let dispatch = outbox::get(tx, attempt.dispatch.id)?;
    let conversation = store::conversation::get(tx, attempt.dispatch.conversation)?;
    let channel = store::channel::get(tx, attempt.dispatch.channel)?;
    let (Some(conversation), Some(channel)) = (conversation, channel) else { return Ok(()) };
    match (&attempt.outcome, dispatch) {
        (Outcome::Sent { provider_id } | Outcome::Charged { provider_id }, dispatch) => {
            let dispatch = dispatch.unwrap_or_else(|| attempt.dispatch.clone());
            let mut message = message;
            message.extra.charged |= matches!(attempt.outcome, Outcome::Charged { .. });
            sent(tx, Open { dispatch, message, conversation, channel }, provider_id.as_deref(), now)
        }
        // The receipt knows better than the answer that we lost: it arrived, or it failed for good.
        (Outcome::Failed(_), Some(dispatch)) if !matches!(message.state, State::Sending | State::Queued) => {
            Ok(outbox::delete(tx, dispatch.id)?)
        }
        (Outcome::Failed(failure), Some(dispatch)) if dispatch.state == DispatchState::Sending => {
            let open = Open { dispatch, message, conversation, channel };
            failed(tx, open, failure, attempt.dice, now)
        }
        (Outcome::Failed(_), _) => Ok(()),
    }
}

/// Puts in order at start what was on its way when the program ended: sent again where the provider knows
/// our key, otherwise left to a person. Returns how many there were.
pub fn recover(tx: &Tx<'_>, now: Timestamp) -> Result<usize> {
    let lost = outbox::sending(tx)?;
    let count = lost.len();
    for dispatch in lost {
        let next = if answered_at_once(tx, &dispatch)? { Next::Ask } else { Next::Unsure };
        let outcome = Outcome::Failed(Failure { next, ..Failure::unsure("") });
        record(tx, &Attempt { dispatch, outcome, dice: 0 }, now)?;
    }
    Ok(count)
}

/// Whether the attempt may have been the kind of answer that goes without a key (see [`Repeat::ByKeyLater`]).
fn answered_at_once(tx: &Tx<'_>, dispatch: &Dispatch) -> Result<bool> {
    let channel = store::channel::get(tx, dispatch.channel)?;
    if channel.is_none_or(|channel| channel.card.repeat != Repeat::ByKeyLater) || dispatch.attempt > 1 {
        return Ok(false);
    }
    let began = dispatch.started_at.unwrap_or(dispatch.created_at);
    let last = outbox::last_inbound(tx, dispatch.conversation)?;
    Ok(last.is_some_and(|last| began.since(last.at) <= AT_ONCE))
}

/// Leaves everything that waits to a person, where the file is a copy that was put back: between the copy and
/// now it may have left. Returns how many there are.
pub fn doubt(tx: &Tx<'_>, now: Timestamp) -> Result<usize> {
    let waiting = outbox::waiting(tx)?;
    let count = waiting.len();
    for dispatch in waiting {
        let message = message::get(tx, dispatch.message)?;
        let conversation = store::conversation::get(tx, dispatch.conversation)?;
        let channel = store::channel::get(tx, dispatch.channel)?;
        if let (Some(message), Some(conversation), Some(channel)) = (message, conversation, channel) {
            let open = Open { dispatch, message, conversation, channel };
            unsure(tx, open, &Failure::unsure(""), now)?;
        }
    }
    store::alert::end_all(tx, now)?;
    let held = store::later::hold_all(tx, Why::Restored)?;
    Ok(count + held + store::workflow_run::hold_all(tx, workflow::Why::Restored)?)
}

fn sent(tx: &Tx<'_>, mut open: Open, provider_id: Option<&str>, now: Timestamp) -> Result<()> {
    let was_trouble = open.message.state.is_trouble();
    // The provider's own receipt can be here before its answer; states move forward only.
    open.message.state = match open.message.state {
        State::Queued | State::Sending | State::Unsure => State::Sent,
        further => further,
    };
    if open.message.state != State::Failed {
        open.message.error = None;
    }
    if let Some(provider_id) = provider_id.filter(|_| open.message.provider_id.is_none()) {
        open.message.provider_id = free(tx, &open, provider_id)?;
    }
    outbox::delete(tx, open.dispatch.id)?;
    store::channel::sent(tx, open.channel.id, now)?;
    if was_trouble && !open.message.state.is_trouble() {
        open.conversation.failed = (open.conversation.failed - 1).max(0);
        store::conversation::update(tx, &open.conversation)?;
    }
    tell(tx, &open.conversation, &open.message, now)
}

/// The provider's id, unless another message of the channel has it already (an echo that came first).
fn free(tx: &Tx<'_>, open: &Open, provider_id: &str) -> Result<Option<String>> {
    let taken = message::by_provider(tx, open.channel.id, provider_id)?;
    Ok(taken.is_none_or(|other| other.id == open.message.id).then(|| provider_id.to_owned()))
}

fn failed(tx: &Tx<'_>, open: Open, failure: &Failure, dice: u64, now: Timestamp) -> Result<()> {
    match failure.next {
        Next::Later { after } => later(tx, open, failure, (after, dice), now),
        Next::Knock => knock(tx, open, failure, now),
        Next::Unsure if is_repeated(tx, &open)? => later(tx, open, failure, (None, dice), now),
        Next::Unsure | Next::Ask => unsure(tx, open, failure, now),
        Next::Reconnect => reconnect(tx, open, failure, now),
        Next::Never => never(tx, open, failure, now),
    }
}

/// Whether a message of which nobody knows whether it left is sent again without a person.
fn is_repeated(tx: &Tx<'_>, open: &Open) -> Result<bool> {
    Ok(match open.channel.card.repeat {
        Repeat::Never => false,
        Repeat::ByKey | Repeat::ByKeyLater => true,
        Repeat::Once => outbox::doubts(tx, &open.dispatch)? <= 1,
    })
}

fn later(
    tx: &Tx<'_>,
    mut open: Open,
    failure: &Failure,
    (after, dice): (Option<Span>, u64),
    now: Timestamp,
) -> Result<()> {
    if now.since(open.dispatch.created_at) >= patience(open.channel.card.speaks_as) {
        // After so long nobody may claim to know that the last attempt failed for good.
        return match failure.next {
            Next::Unsure => unsure(tx, open, failure, now),
            _ => never(tx, open, failure, now),
        };
    }
    if let (Cause::RateLimited, Some(after)) = (failure.cause, after) {
        rest(tx, &open.channel, now + after, now)?;
    }
    outbox::queue_again(tx, open.dispatch.id, now + pause(open.dispatch.attempt, after, dice))?;
    open.message.state = State::Queued;
    tell(tx, &open.conversation, &open.message, now)
}

/// The provider was not reached, which the message is not to blame for. The log, which knows that it waits, is not told
/// again each time.
fn knock(tx: &Tx<'_>, mut open: Open, failure: &Failure, now: Timestamp) -> Result<()> {
    if now.since(open.dispatch.created_at) >= patience(open.channel.card.speaks_as) {
        return never(tx, open, failure, now);
    }
    rest(tx, &open.channel, now + KNOCKS, now)?;
    outbox::queue_again(tx, open.dispatch.id, now + KNOCKS)?;
    outbox::forget_attempt(tx, open.dispatch.id)?;
    open.message.state = State::Queued;
    message::update(tx, &open.message)?;
    tx.touch(event::DESK);
    Ok(())
}

/// The provider asks for a rest: nothing of the account leaves before `until`.
fn rest(tx: &Tx<'_>, channel: &Channel, until: Timestamp, now: Timestamp) -> Result<()> {
    let before = throttle::get(tx, channel.id, Of::Account)?;
    let full_at = before.map_or(until, |bucket| bucket.full_at.max(until));
    let from_at = before.map_or(until, |bucket| bucket.from_at.max(until));
    Ok(throttle::set(tx, channel.id, Of::Account, Bucket { from_at, full_at }, now)?)
}

fn never(tx: &Tx<'_>, mut open: Open, failure: &Failure, now: Timestamp) -> Result<()> {
    open.message.state = State::Failed;
    open.message.error = Some(Fault::from(failure));
    end_unsent(tx, &open.dispatch, &mut open.conversation, now)?;
    if failure.cause == Cause::OptedOut {
        consent::withdrawn(tx, &open.conversation, now)?;
    }
    if failure.cause == Cause::WindowClosed {
        window::refused(tx, &open.channel, &mut open.conversation, now)?;
    } else {
        window::refresh(tx, &open.channel, &mut open.conversation, now)?;
        store::conversation::update(tx, &open.conversation)?;
    }
    tell(tx, &open.conversation, &open.message, now)
}

fn unsure(tx: &Tx<'_>, mut open: Open, failure: &Failure, now: Timestamp) -> Result<()> {
    outbox::leave_unsure(tx, open.dispatch.id)?;
    open.message.state = State::Unsure;
    open.message.error = Some(Fault::from(failure));
    open.conversation.failed += 1;
    open.conversation.updated_at = now;
    store::conversation::update(tx, &open.conversation)?;
    tell(tx, &open.conversation, &open.message, now)
}

/// The provider refuses the account: the channel stops with its words, and the message waits.
fn reconnect(tx: &Tx<'_>, mut open: Open, failure: &Failure, now: Timestamp) -> Result<()> {
    outbox::queue_again(tx, open.dispatch.id, now)?;
    outbox::forget_attempt(tx, open.dispatch.id)?;
    open.message.state = State::Queued;
    tell(tx, &open.conversation, &open.message, now)?;
    broken(tx, open.channel, &failure.message, now)
}

/// The channel stops until an administrator reconnects it.
pub(in crate::actions) fn broken(tx: &Tx<'_>, channel: Channel, problem: &str, now: Timestamp) -> Result<()> {
    if channel.state != ChannelState::Enabled {
        return Ok(());
    }
    let id: Id<Channel> = channel.id;
    let channel = Channel { state: ChannelState::Broken, problem: Some(problem.to_owned()), ..channel };
    store::channel::update(tx, &channel)?;
    let data = serde_json::json!({ "channel": id.get(), "problem": problem });
    event::append(tx, &event::New { kind: kind::CHANNEL_BROKEN, data, ..event::New::default() }, now)?;
    Ok(())
}
