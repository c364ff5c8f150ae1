//! The same done to many conversations at once, or to one so that it can be taken back. Each is checked by itself:
//! what the rules refuse for one does not stop the others.

use super::{Error, Result, assign, close, reach, read, snooze, tag, transfer};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::deed::{Before, Deed, MOST, Skip, Skipped, Verb};
use crate::domain::refused::Problem;
use crate::domain::tag::{Priority, Tag};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, deed};

/// What is done.
#[derive(Clone, Debug)]
pub enum Act {
    Close(close::Closing),
    Assign(Option<Id<Agent>>),
    Transfer(transfer::To, String),
    /// Until then, or until the customer writes.
    Snooze(Option<Timestamp>),
    Tag(Id<Tag>),
    Untag(Id<Tag>),
    Priority(Priority),
    Read,
}

impl Act {
    /// The word for it.
    pub const fn verb(&self) -> Verb {
        match self {
            Act::Close(_) => Verb::Close,
            Act::Assign(_) => Verb::Assign,
            Act::Transfer(..) => Verb::Transfer,
            Act::Snooze(_) => Verb::Snooze,
            Act::Tag(_) => Verb::Tag,
            Act::Untag(_) => Verb::Untag,
            Act::Priority(_) => Verb::Priority,
            Act::Read => Verb::Read,
        }
    }

    const fn tag(&self) -> Option<Id<Tag>> {
        match self {
            Act::Tag(id) | Act::Untag(id) => Some(*id),
            _ => None,
        }
    }
}

/// Does it to one conversation. Returns the deed, with which it can be taken back.
pub fn one(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Conversation>,
    act: &Act,
    now: Timestamp,
) -> Result<Option<Id<Deed>>> {
    // Whoever sits at the machine itself has no page on which to take it back.
    let Some(agent) = by.author() else { return step(tx, by, id, act, now).map(|_| None) };
    let deed = deed::begin(tx, agent, act.verb(), now)?;
    let done = noted(tx, by, (deed, id), act, now)?;
    deed::end(tx, deed, i64::from(done), &[])?;
    Ok(done.then_some(deed))
}

/// Does it to each of these, in one transaction, and returns what was done and what was not.
pub fn all(
    tx: &Tx<'_>,
    by: &Viewer,
    ids: &[Id<Conversation>],
    act: &Act,
    now: Timestamp,
) -> Result<Id<Deed>> {
    let agent = by.author().ok_or(Error::NotFound)?;
    if ids.is_empty() {
        return Err(Refused::Field { field: "ids", problem: Problem::Missing }.into());
    }
    if ids.len() > MOST {
        return Err(Refused::Field { field: "ids", problem: Problem::TooMany { most: 200 } }.into());
    }
    let deed = deed::begin(tx, agent, act.verb(), now)?;
    let (mut done, mut skipped) = (0, Vec::new());
    let unique: std::collections::BTreeSet<Id<Conversation>> = ids.iter().copied().collect();
    for id in unique {
        let why = match tx.part(|tx| noted(tx, by, (deed, id), act, now)) {
            Ok(true) => {
                done += 1;
                continue;
            }
            Ok(false) => Skip::There,
            Err(error) => why(error, act.verb())?,
        };
        skipped.push(Skipped { conversation: id.get(), why });
    }
    deed::end(tx, deed, done, &skipped)?;
    Ok(deed)
}

/// Why one of many was left out; what is wrong with the file stops them all.
pub(super) fn why(error: Error, verb: Verb) -> Result<Skip> {
    match error {
        Error::NotFound => Ok(Skip::Gone),
        Error::Refused(Refused::AlreadyThere { status: Status::Closed }) if verb != Verb::Close => {
            Ok(Skip::Closed)
        }
        Error::Refused(Refused::AlreadyThere { .. }) => Ok(Skip::There),
        Error::Refused(Refused::ContactBlocked) => Ok(Skip::Blocked),
        Error::Refused(_) => Ok(Skip::Refused),
        Error::Store(fault) => Err(Error::Store(fault)),
    }
}

/// Does it, and notes how the conversation stood before. Says whether anything changed.
fn noted(
    tx: &Tx<'_>,
    by: &Viewer,
    (deed, id): (Id<Deed>, Id<Conversation>),
    act: &Act,
    now: Timestamp,
) -> Result<bool> {
    let before = Before::of(&reach::conversation(tx, by, id)?, act.tag());
    let newest = store::event::latest(tx)?;
    step(tx, by, id, act, now)?;
    let after = store::event::latest(tx)?;
    if after == newest {
        return Ok(false);
    }
    deed::step(tx, deed, id, &before, after)?;
    Ok(true)
}

fn step(tx: &Tx<'_>, by: &Viewer, id: Id<Conversation>, act: &Act, now: Timestamp) -> Result<()> {
    match act {
        Act::Close(closing) => close::close(tx, by, id, closing, now),
        Act::Assign(to) => assign::assign(tx, by, id, *to, now),
        Act::Transfer(to, note) => transfer::transfer(tx, by, id, *to, note, now),
        Act::Snooze(until) => snooze::snooze(tx, by, id, *until, now),
        Act::Tag(tag) => tag::put(tx, by, id, *tag, now),
        Act::Untag(tag) => tag::take(tx, by, id, *tag, now),
        Act::Priority(priority) => tag::prioritise(tx, by, id, *priority, now),
        Act::Read => read::mark_read(tx, by, id, now),
    }
}
