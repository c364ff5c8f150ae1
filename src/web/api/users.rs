//! The people of the team: listed, added, changed, let out and in again.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::user::{NewUser, User, UserChange};
use super::shape::{All, created, shown};
use crate::actions::agent::{self as action, NewPassword};
use crate::domain::agent::{Agent, Role};
use crate::domain::{Id, Refused, Span, password as rule};
use crate::password;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The people of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/users", Role::Agent, list, Gives::All("User")).about("Everybody of the team."),
    Endpoint::post("/api/v1/users", Role::Admin, add, "NewUser")
        .about("Adds somebody to the team.")
        .giving(Gives::Created("User")),
    Endpoint::get("/api/v1/users/me", Role::Agent, me, Gives::One("User")).about("The token's owner."),
    Endpoint::get("/api/v1/users/{id}", Role::Agent, show, Gives::One("User")).about("One of the team."),
    Endpoint::patch("/api/v1/users/{id}", Role::Admin, change, "UserChange")
        .about("Changes what is given and leaves the rest. A disabled person is signed out at once, tokens included.")
        .giving(Gives::One("User")),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let items: Vec<User> = cx.read(store::agent::all)?.iter().map(User::of).collect();
    shown(&All { items })
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewUser = ask::body(cx, JSON)?;
    let password_hash = match &asked.password {
        Some(password) => hashed(cx, password, &[&asked.name, &asked.email])?,
        None => String::new(),
    };
    let new = action::New { email: asked.email, name: asked.name, role: asked.role, password_hash };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| action::add(tx, &by, &new, now))?;
    created(&User::of(&agent(cx, id)?))
}

fn me(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.viewer()?.agent;
    shown(&User::of(&agent(cx, id)?))
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&User::of(&agent(cx, id)?))
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: UserChange = ask::body(cx, JSON)?;
    let before = agent(cx, cx.param("id")?)?;
    let hash = match &asked.password {
        Some(password) => Some(hashed(cx, password, &[&before.name, &before.email])?),
        None => None,
    };
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, before.id);
    let changed = asked.email.is_some() || asked.name.is_some() || asked.role.is_some();
    let change = action::Change {
        email: asked.email.unwrap_or(before.email),
        name: asked.name.unwrap_or(before.name),
        role: asked.role.unwrap_or(before.role),
    };
    cx.write(move |tx| {
        if changed {
            action::change(tx, &by, id, &change, now)?;
        }
        if let Some(hash) = hash {
            action::set_password(tx, &by, id, &NewPassword { hash, keep: None, device: None }, now)?;
        }
        match asked.disabled {
            Some(true) => action::disable(tx, &by, id, now),
            Some(false) => action::enable(tx, &by, id, now),
            None => Ok(()),
        }
    })?;
    shown(&User::of(&agent(cx, id)?))
}

/// The hash of a password that is good enough, made before anything is written.
fn hashed(cx: &Cx<'_>, password: &str, near: &[&str]) -> Result<String, Failure> {
    rule::check(password, near)?;
    let busy = Refused::TooMany { until: cx.now + Span::seconds(1) };
    Ok(password::hash(password).map_err(|password::Busy| busy)?)
}

fn agent(cx: &Cx<'_>, id: Id<Agent>) -> Result<Agent, Failure> {
    cx.read(|connection| store::agent::get(connection, id))?.ok_or(Failure::NotFound)
}
