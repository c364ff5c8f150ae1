//! Queues: added, renamed, filled with members, taken away.

use serde_json::json;

use super::{Error, Result, endings};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role, normal_name};
use crate::domain::event::kind;
use crate::domain::queue::{Mode, Queue, Rules};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{Tx, event, offer, queue};

/// Adds a queue.
pub fn add(tx: &Tx<'_>, by: &Viewer, name: &str, now: Timestamp) -> Result<Id<Queue>> {
    by.must_be(Role::Admin)?;
    let name = normal_name(name)?;
    free(tx, &name, None)?;
    let id = queue::insert(tx, &name, now)?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// Changes the name of a queue and who is in it.
pub fn change(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Queue>,
    (name, members): (&str, &[Id<Agent>]),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Admin)?;
    queue::get(tx, id)?.ok_or(Error::NotFound)?;
    let name = normal_name(name)?;
    free(tx, &name, Some(id))?;
    queue::rename(tx, id, &name)?;
    queue::set_members(tx, id, members)?;
    log(tx, by, id, now)
}

/// How long an offer may wait for its answer.
pub const OFFER_FOR: std::ops::RangeInclusive<Span> = Span::seconds(5)..=Span::minutes(10);
/// How long a browser may be gone before work goes back.
pub const GONE_AFTER: std::ops::RangeInclusive<Span> = Span::minutes(1)..=Span::minutes(60);

/// Changes how the work of a queue comes to people. What waits is dealt anew by the next round.
pub fn rule(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Queue>,
    (mode, rules): (Mode, &Rules),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Admin)?;
    let before = queue::get(tx, id)?.ok_or(Error::NotFound)?.rules;
    let wrong = |field| Refused::Field { field, problem: Problem::Wrong };
    if !OFFER_FOR.contains(&rules.offer_for) {
        return Err(wrong("offer_for").into());
    }
    if !GONE_AFTER.contains(&rules.gone_after) {
        return Err(wrong("gone_after").into());
    }
    if rules.purpose.chars().count() > 200 {
        return Err(Refused::Field { field: "purpose", problem: Problem::TooLong { most: 200 } }.into());
    }
    if rules.priority.abs() > 100 {
        return Err(wrong("priority").into());
    }
    let rules = endings::kept(tx, Some(id), (&before, rules), now)?;
    if mode == Mode::Shared {
        // Nothing is held out any more from a queue in which everybody helps themselves.
        for offer in offer::waiting(tx)?.into_iter().filter(|offer| offer.queue == Some(id)) {
            super::deal::withdraw(tx, &offer, now)?;
        }
    }
    queue::set_rules(tx, id, mode, &rules)?;
    log(tx, by, id, now)
}

/// Takes a queue away, which must be empty: nothing may fall out of sight with it.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Queue>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    queue::get(tx, id)?.ok_or(Error::NotFound)?;
    if queue::in_use(tx, id)? {
        return Err(Refused::Field { field: "queue", problem: Problem::InUse }.into());
    }
    queue::delete(tx, id)?;
    log(tx, by, id, now)
}

fn free(tx: &Tx<'_>, name: &str, mine: Option<Id<Queue>>) -> Result<()> {
    match queue::by_name(tx, name)? {
        Some(other) if Some(other.id) != mine => {
            Err(Refused::Field { field: "name", problem: Problem::Taken }.into())
        }
        _ => Ok(()),
    }
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Queue>, now: Timestamp) -> Result<()> {
    let data = json!({ "queue": id.get() });
    let new = event::New { kind: kind::QUEUE_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
