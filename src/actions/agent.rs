//! People of the team: added, changed, let out and in again, and their passwords.

use serde_json::{Value, json};

use super::sign_in::{Kept, end_but};
use super::{Error, Result, alert};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role, Theme, normal_email, normal_name};
use crate::domain::alert::Of;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{Tx, agent, device, event, invitation, session};

/// How long an invitation is good.
pub const INVITATION: Span = Span::hours(72);
/// How long a link is good with which somebody sets a forgotten password anew.
pub const RESET: Span = Span::minutes(30);

/// Somebody new.
#[derive(Clone, Debug)]
pub struct New {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Made outside of the writing thread; empty: to be set by an invitation.
    pub password_hash: String,
}

/// Adds somebody to the team.
pub fn add(tx: &Tx<'_>, by: &Viewer, new: &New, now: Timestamp) -> Result<Id<Agent>> {
    by.must_be(Role::Admin)?;
    let (name, email) = (normal_name(&new.name)?, normal_email(&new.email)?);
    free(tx, &email, None)?;
    let row = agent::New { email: &email, name: &name, role: new.role, password_hash: &new.password_hash };
    let id = agent::insert(tx, &row, now)?;
    log(tx, by, kind::AGENT_CHANGED, json!({ "agent": id.get(), "added": true, "role": new.role }), now)?;
    Ok(id)
}

/// What an administrator may change of somebody.
#[derive(Clone, Debug)]
pub struct Change {
    pub email: String,
    pub name: String,
    pub role: Role,
}

/// Changes somebody. A new role or address ends that person's sessions.
pub fn change(tx: &Tx<'_>, by: &Viewer, id: Id<Agent>, change: &Change, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut who = agent::get(tx, id)?.ok_or(Error::NotFound)?;
    let (name, email) = (normal_name(&change.name)?, normal_email(&change.email)?);
    free(tx, &email, Some(id))?;
    if change.role != Role::Admin {
        keeps_an_admin(tx, &who)?;
    }
    if who.role != change.role || who.email != email {
        session::delete_others(tx, id, None)?;
    }
    let role = (who.role != change.role).then_some(change.role);
    (who.name, who.email, who.role) = (name, email, change.role);
    agent::update(tx, &who)?;
    log(tx, by, kind::AGENT_CHANGED, json!({ "agent": id.get(), "role": role }), now)
}

/// Lets somebody out: nothing signs in for this person any more, and every session ends at once.
pub fn disable(tx: &Tx<'_>, by: &Viewer, id: Id<Agent>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut who = agent::get(tx, id)?.ok_or(Error::NotFound)?;
    if who.disabled_at.is_some() {
        return Ok(());
    }
    keeps_an_admin(tx, &who)?;
    who.disabled_at = Some(now);
    agent::update(tx, &who)?;
    session::delete_others(tx, id, None)?;
    device::forget(tx, id, None)?;
    invitation::delete(tx, id)?;
    log(tx, by, kind::AGENT_CHANGED, json!({ "agent": id.get(), "disabled": true }), now)
}

/// Lets somebody in again.
pub fn enable(tx: &Tx<'_>, by: &Viewer, id: Id<Agent>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut who = agent::get(tx, id)?.ok_or(Error::NotFound)?;
    if who.disabled_at.take().is_some() {
        agent::update(tx, &who)?;
        log(tx, by, kind::AGENT_CHANGED, json!({ "agent": id.get(), "disabled": false }), now)?;
    }
    Ok(())
}

/// Sets a password: one's own, or an administrator that of somebody. Ends every other session of that
/// person; `keep` is the one in which it happens.
pub fn set_password(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Agent>,
    password: &NewPassword,
    now: Timestamp,
) -> Result<()> {
    if by.author() != Some(id) {
        by.must_be(Role::Admin)?;
    }
    agent::get(tx, id)?.ok_or(Error::NotFound)?;
    if !agent::password_hash(tx, id)?.is_empty() {
        alert::tell(tx, id, Of::PasswordChanged, alert::From::default(), now)?;
    }
    agent::set_password_hash(tx, id, &password.hash)?;
    end_but(tx, id, password.keep.as_ref(), now)?;
    device::forget(tx, id, password.device.as_ref().map(<[u8; 32]>::as_slice))?;
    invitation::delete(tx, id)?;
    log(tx, by, kind::PASSWORD_CHANGED, json!({ "agent": id.get() }), now)
}

/// A new password.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Made outside of the writing thread.
    pub hash: String,
    /// The session that goes on, and the browser that stays known.
    pub keep: Option<Kept>,
    pub device: Option<[u8; 32]>,
}

/// Makes the link with which somebody sets a password, and says until when it is good: an invitation for
/// who never had a password, a way back in for others. The link before stops working.
pub fn invite(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Agent>,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Timestamp> {
    by.must_be(Role::Admin)?;
    let who = agent::get(tx, id)?.filter(|who| who.disabled_at.is_none()).ok_or(Error::NotFound)?;
    let fresh = agent::password_hash(tx, who.id)?.is_empty();
    let until = now + if fresh { INVITATION } else { RESET };
    invitation::insert(tx, id, token_hash, until)?;
    log(tx, by, kind::INVITED, json!({ "agent": id.get() }), now)?;
    Ok(until)
}

/// Uses such a link, once: sets the password and ends every session of that person.
pub fn accept(tx: &Tx<'_>, token_hash: &[u8], password_hash: &str, now: Timestamp) -> Result<Id<Agent>> {
    let (id, _) = invitation::find(tx, token_hash, now)?.ok_or(Error::NotFound)?;
    let who = agent::get(tx, id)?.filter(|who| who.disabled_at.is_none()).ok_or(Error::NotFound)?;
    let viewer = agent::viewer(tx, &who)?;
    let password = NewPassword { hash: password_hash.to_owned(), keep: None, device: None };
    set_password(tx, &viewer, id, &password, now)?;
    Ok(id)
}

/// What everybody may change of themselves.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub theme: Theme,
    pub keys: bool,
    pub enter_sends: bool,
}

/// Changes one's own profile.
pub fn profile(tx: &Tx<'_>, by: &Viewer, profile: &Profile, now: Timestamp) -> Result<()> {
    let mut who = agent::get(tx, by.agent)?.ok_or(Error::NotFound)?;
    if profile.time_zone.as_deref().is_some_and(|zone| jiff::tz::TimeZone::get(zone).is_err()) {
        return Err(Refused::Field { field: "time_zone", problem: Problem::Unknown }.into());
    }
    who.name = normal_name(&profile.name)?;
    who.language.clone_from(&profile.language);
    who.time_zone.clone_from(&profile.time_zone);
    (who.theme, who.keys, who.enter_sends) = (profile.theme, profile.keys, profile.enter_sends);
    agent::update(tx, &who)?;
    log(tx, by, kind::AGENT_CHANGED, json!({ "agent": by.agent.get() }), now)
}

fn free(tx: &Tx<'_>, email: &str, mine: Option<Id<Agent>>) -> Result<()> {
    match agent::by_email(tx, email)? {
        Some(other) if Some(other.id) != mine => {
            Err(Refused::Field { field: "email", problem: Problem::Taken }.into())
        }
        _ => Ok(()),
    }
}

fn keeps_an_admin(tx: &Tx<'_>, who: &Agent) -> Result<()> {
    let acts = who.role == Role::Admin && who.disabled_at.is_none();
    if acts && !agent::other_admin(tx, who.id)? { Err(Refused::LastAdmin.into()) } else { Ok(()) }
}

fn log(tx: &Tx<'_>, by: &Viewer, kind: &'static str, data: Value, now: Timestamp) -> Result<()> {
    event::append(tx, &event::New { kind, agent: by.author(), data, ..event::New::default() }, now)?;
    Ok(())
}
