//! How much of which work people take (S195), and why they take none.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role, normal_name};
use crate::domain::availability::IdleReason;
use crate::domain::event::kind;
use crate::domain::profile::Profile;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, agent, availability, event, profile, setting};

/// The most of one type that a profile may name; the load is told up to a multiple of it.
const MOST: u32 = 100;

/// Adds a profile (one without an id) or changes one.
pub fn put(tx: &Tx<'_>, by: &Viewer, wanted: &Profile, now: Timestamp) -> Result<Id<Profile>> {
    by.must_be(Role::Admin)?;
    let name = normal_name(&wanted.name)?;
    if let Some(id) = wanted.id {
        profile::get(tx, id)?.ok_or(Error::NotFound)?;
    }
    if profile::all(tx)?.iter().any(|other| other.id != wanted.id && other.name == name) {
        return Err(Refused::Field { field: "name", problem: Problem::Taken }.into());
    }
    if wanted.capacity.values().any(|most| *most > MOST) {
        return Err(Refused::Field { field: "capacity", problem: Problem::TooMany { most: MOST } }.into());
    }
    if wanted.outbound_most > MOST {
        return Err(
            Refused::Field { field: "outbound_most", problem: Problem::TooMany { most: MOST } }.into()
        );
    }
    let id = profile::put(tx, &Profile { name, ..wanted.clone() }, now)?;
    log(tx, by, json!({ "setting": "profile", "profile": id.get() }), now)?;
    Ok(id)
}

/// Takes a profile away; who had it has the team's.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Profile>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    profile::get(tx, id)?.ok_or(Error::NotFound)?;
    profile::delete(tx, id)?;
    if setting::get(tx, setting::key::PROFILE)?.is_some_and(|team| team == id.to_string()) {
        setting::set(tx, setting::key::PROFILE, None)?;
    }
    log(tx, by, json!({ "setting": "profile", "profile": id.get() }), now)
}

/// Makes a profile the team's, or (`None`) the one that every desk has.
pub fn for_team(tx: &Tx<'_>, by: &Viewer, id: Option<Id<Profile>>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    known(tx, id)?;
    setting::set(tx, setting::key::PROFILE, id.map(|id| id.to_string()).as_deref())?;
    log(tx, by, json!({ "setting": "profile" }), now)
}

/// Gives somebody a profile, or (`None`) the team's.
pub fn give(tx: &Tx<'_>, by: &Viewer, who: Id<Agent>, id: Option<Id<Profile>>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    agent::get(tx, who)?.ok_or(Error::NotFound)?;
    known(tx, id)?;
    profile::give(tx, who, id)?;
    log(tx, by, json!({ "setting": "profile", "agent": who.get() }), now)
}

fn known(tx: &Tx<'_>, id: Option<Id<Profile>>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    match profile::get(tx, id)? {
        Some(_) => Ok(()),
        None => Err(Refused::Field { field: "profile", problem: Problem::Unknown }.into()),
    }
}

/// Adds a reason for not taking work (S192), or offers an archived one of that name again.
pub fn add_reason(tx: &Tx<'_>, by: &Viewer, name: &str, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    availability::add_reason(tx, &normal_name(name)?, now)?;
    log(tx, by, json!({ "setting": "idle_reason" }), now)
}

/// Stops offering a reason; who is idle for it stays so.
pub fn archive_reason(tx: &Tx<'_>, by: &Viewer, id: Id<IdleReason>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    availability::reasons(tx)?.iter().find(|reason| reason.id == id).ok_or(Error::NotFound)?;
    availability::archive_reason(tx, id, now)?;
    log(tx, by, json!({ "setting": "idle_reason" }), now)
}

fn log(tx: &Tx<'_>, by: &Viewer, data: serde_json::Value, now: Timestamp) -> Result<()> {
    let new = event::New { kind: kind::SETTING_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
