//! Workflows: prepared and published by administrators, started by agents, and moved on step by step.

mod call;
mod hand;
mod start;
mod step;
mod trigger;

pub use call::{Calling, Heard, heard, place, recover};
pub(super) use hand::over;
pub use hand::{retry, stop};
pub use start::{Start, may_start, offered, start};
pub use step::advance;
pub use trigger::look;

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::workflow::{ASKS, Fault, Flow, Refusal, STEPS, Step, Unfit, Workflow};
use crate::domain::{Id, Refused, Timestamp, template};
use crate::store::{self, Connection, Tx, event, workflow};

/// The most workflows of a desk.
const MOST: usize = 200;
/// The largest draft, in bytes of its JSON: far more than a form holds.
const LARGEST: usize = 400_000;

/// Adds a workflow with nothing in it.
pub fn add(tx: &Tx<'_>, by: &Viewer, name: &str, now: Timestamp) -> Result<Id<Workflow>> {
    by.must_be(Role::Admin)?;
    let name = free(tx, name, None)?;
    if workflow::all(tx)?.len() >= MOST {
        return Err(Refused::Field { field: "name", problem: Problem::TooMany { most: 200 } }.into());
    }
    let id = workflow::insert(tx, &name, now)?;
    log(tx, by, id, now)?;
    Ok(id)
}

fn free(tx: &Tx<'_>, name: &str, mine: Option<Id<Workflow>>) -> Result<String> {
    let name = normal_name(name)?;
    match workflow::by_name(tx, &name)? {
        Some(other) if Some(other) != mine => {
            Err(Refused::Field { field: "name", problem: Problem::Taken }.into())
        }
        _ => Ok(name),
    }
}

/// Keeps a draft, whole or not: what is published stays as it is.
pub fn save(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Workflow>,
    (name, draft): (&str, Flow),
    now: Timestamp,
) -> Result<Workflow> {
    by.must_be(Role::Admin)?;
    let before = workflow::get(tx, id)?.ok_or(Error::NotFound)?;
    let name = free(tx, name, Some(id))?;
    let too_many = |field, most| Error::from(Refused::Field { field, problem: Problem::TooMany { most } });
    if draft.steps.len() > STEPS {
        return Err(too_many("steps", 30));
    }
    if draft.asks.len() > ASKS {
        return Err(too_many("asks", 10));
    }
    if serde_json::to_string(&draft).map_or(0, |text| text.len()) > LARGEST {
        return Err(Refused::Field { field: "steps", problem: Problem::TooLong { most: 400_000 } }.into());
    }
    let workflow = Workflow { name, draft, changed_at: now, ..before };
    workflow::update(tx, &workflow)?;
    log(tx, by, id, now)?;
    Ok(workflow)
}

/// Publishes the draft as a new version; what runs goes on with the version with which it began. What begins by
/// itself looks at what happens from now on.
pub fn publish(tx: &Tx<'_>, by: &Viewer, id: Id<Workflow>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut workflow = workflow::get(tx, id)?.ok_or(Error::NotFound)?;
    let faults = faults(tx, &workflow.draft)?;
    if !faults.is_empty() {
        return Err(Refused::Workflow { why: Refusal::Unfit { faults } }.into());
    }
    workflow.published = Some(workflow::publish(tx, &workflow, by.author(), now)?);
    workflow.cursor = event::latest(tx)?;
    workflow::update(tx, &workflow)?;
    log(tx, by, id, now)
}

/// Offers it no longer. What runs goes on.
pub fn withdraw(tx: &Tx<'_>, by: &Viewer, id: Id<Workflow>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let workflow = workflow::get(tx, id)?.ok_or(Error::NotFound)?;
    workflow::update(tx, &Workflow { published: None, ..workflow })?;
    log(tx, by, id, now)
}

/// Takes it away, and with it what is on its way. What happened stands in the threads.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Workflow>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    workflow::get(tx, id)?.ok_or(Error::NotFound)?;
    workflow::delete(tx, id)?;
    log(tx, by, id, now)
}

/// Keeps a new secret that its calls are signed with.
pub fn renew_secret(tx: &Tx<'_>, by: &Viewer, id: Id<Workflow>, sealed: &[u8], now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    workflow::get(tx, id)?.ok_or(Error::NotFound)?;
    workflow::set_secret(tx, id, sealed)?;
    log(tx, by, id, now)
}

/// Everything that has to be mended before it can be published: in it, and in what it names.
pub fn faults(connection: &Connection, flow: &Flow) -> Result<Vec<Fault>> {
    let mut faults = flow.faults();
    for (place, step) in flow.steps.iter().enumerate() {
        let mut add = |what| faults.push(Fault { step: Some(place + 1), what });
        match step {
            Step::Template { template: Some(id), values } => match store::template::get(connection, *id)? {
                None => add(Unfit::Gone),
                Some(found) if !is_usable(found.status) => add(Unfit::Gone),
                Some(found) => {
                    let empty = |gap: &String| values.get(gap).is_none_or(|text| text.trim().is_empty());
                    for name in template::gaps(&found.body).into_iter().filter(empty) {
                        add(Unfit::Gap { name });
                    }
                }
            },
            Step::Tag { tag: Some(id) } | Step::Untag { tag: Some(id) }
                if store::tag::get(connection, *id)?.is_none() =>
            {
                add(Unfit::Gone);
            }
            Step::Assign { agent: Some(id) } => {
                let agent = store::agent::get(connection, *id)?;
                if agent.is_none_or(|agent| agent.disabled_at.is_some()) {
                    add(Unfit::Gone);
                }
            }
            Step::Queue { queue: Some(id) } if store::queue::get(connection, *id)?.is_none() => {
                add(Unfit::Gone);
            }
            _ => {}
        }
    }
    faults.sort_by_key(|fault| fault.step);
    Ok(faults)
}

fn is_usable(status: template::Status) -> bool {
    matches!(status, template::Status::Own | template::Status::Approved)
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Workflow>, now: Timestamp) -> Result<()> {
    let data = json!({ "workflow": id.get() });
    let new = event::New { kind: kind::WORKFLOW_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
