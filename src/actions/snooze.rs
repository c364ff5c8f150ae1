//! Putting a conversation off, and bringing it back when its time has come.

use super::history::{self, Happening};
use super::{Error, Result, greet, reach, reopen};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::later::FARTHEST;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx};

/// Puts a conversation off until `until` (S207). It comes back then, or at once when the customer writes; without a
/// time only when the customer writes.
pub fn snooze(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, conversation)?;
    if conversation.status == Status::Closed {
        return Err(Refused::AlreadyThere { status: Status::Closed }.into());
    }
    if until.is_some_and(|until| until <= now) {
        return Err(Refused::TimePassed.into());
    }
    // A slip of a digit would put it out of sight for decades.
    if until.is_some_and(|until| until > now + FARTHEST) {
        return Err(Refused::Field { field: "until", problem: Problem::Wrong }.into());
    }
    greet::taken(tx, by, &conversation, now)?;
    conversation.status = Status::Snoozed;
    conversation.snoozed_until = until;
    conversation.updated_at = now;
    store::conversation::update(tx, &conversation)?;
    let line = Line { until, ..Line::default() };
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_SNOOZED, line), now)?;
    Ok(())
}

/// Brings a snoozed conversation back because its time has come. One that is no longer snoozed, or was put
/// off anew in the meantime, stays as it is.
pub fn wake(tx: &Tx<'_>, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    let mut conversation = store::conversation::get(tx, conversation)?.ok_or(Error::NotFound)?;
    let due = conversation.snoozed_until.is_some_and(|until| until <= now);
    if conversation.status != Status::Snoozed || !due {
        return Ok(());
    }
    let channel = reach::channel(tx, &conversation)?;
    reopen::opened(tx, &channel, &mut conversation, (None, Cause::Time), now)?;
    Ok(store::conversation::update(tx, &conversation)?)
}
