//! The reasons that agents name when they close a conversation.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::event::kind;
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::wrapup::Reason;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, event, queue, wrapup};

/// Adds a reason, for every queue or for one.
pub fn add_reason(
    tx: &Tx<'_>,
    by: &Viewer,
    name: &str,
    queue: Option<Id<Queue>>,
    now: Timestamp,
) -> Result<Id<Reason>> {
    by.must_be(Role::Admin)?;
    let name = normal_name(name)?;
    if let Some(queue) = queue {
        queue::get(tx, queue)?.ok_or(Error::NotFound)?;
    }
    if wrapup::all(tx)?.iter().any(|other| other.queue == queue && other.name == name) {
        return Err(Refused::Field { field: "name", problem: Problem::Taken }.into());
    }
    let id = wrapup::insert(tx, &name, queue, now)?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// Stops offering a reason. Conversations that were closed with it keep it.
pub fn archive_reason(tx: &Tx<'_>, by: &Viewer, id: Id<Reason>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    wrapup::get(tx, id)?.ok_or(Error::NotFound)?;
    wrapup::archive(tx, id, now)?;
    log(tx, by, id, now)
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Reason>, now: Timestamp) -> Result<()> {
    let data = json!({ "reason": id.get() });
    let new = event::New { kind: kind::WRAPUP_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
