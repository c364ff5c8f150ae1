//! A program was told of an entry of the log, or was not.

use super::Result;
use crate::domain::event::Event;
use crate::domain::outbox::pause;
use crate::domain::webhook::{Answer, Webhook};
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, webhook};

/// How many answers of each webhook are kept to be looked at.
const ANSWERS: u32 = 100;

/// What the other side said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Taken,
    /// Not now: the same entry is tried again, and those behind it wait.
    Later,
    /// Never again (410).
    Gone,
}

/// Writes down what a webhook said to one entry. `dice` scatters the next try.
pub fn told(
    tx: &Tx<'_>,
    hook: &Webhook,
    answer: &Answer,
    (verdict, dice): (Verdict, u64),
    now: Timestamp,
) -> Result<()> {
    if webhook::get(tx, hook.id)?.is_none() {
        // It was removed while it was called.
        return Ok(());
    }
    webhook::keep_answer(tx, answer, ANSWERS)?;
    match verdict {
        Verdict::Taken => webhook::advance(tx, hook.id, answer.event)?,
        Verdict::Later => webhook::later(tx, hook.id, now + pause(hook.attempt + 1, None, dice))?,
        Verdict::Gone => webhook::disable(tx, hook.id, now)?,
    }
    Ok(())
}

/// Moves a webhook over entries that it does not want to know of.
pub fn skip(tx: &Tx<'_>, hook: Id<Webhook>, until: Id<Event>) -> Result<()> {
    Ok(webhook::advance(tx, hook, until)?)
}
