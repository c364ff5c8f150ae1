//! Offered work: what is held out to the token's owner, taken or let pass, and who takes work at all.

use std::str::FromStr as _;

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::happening::Empty;
use super::shape::offer::{AgentState, Offer, StateChange};
use super::shape::{All, shown};
use crate::actions::{availability, deal};
use crate::domain::Id;
use crate::domain::agent::{Agent, Role};
use crate::domain::availability::{Media, State};
use crate::domain::offer;
use crate::domain::refused::Problem;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Offered work in the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/offers", Role::Agent, list, Gives::All("Offer"))
        .about("What is held out to the token's owner now, oldest first."),
    Endpoint::post("/api/v1/offers/{id}/accept", Role::Agent, accept, "Empty")
        .about("Takes what is held out to the token's owner.")
        .giving(Gives::One("Offer")),
    Endpoint::post("/api/v1/offers/{id}/decline", Role::Agent, decline, "Empty")
        .about("Lets it pass; somebody else is asked.")
        .giving(Gives::One("Offer")),
    Endpoint::get("/api/v1/users/{id}/state", Role::Agent, states, Gives::All("AgentState"))
        .about("Whether somebody takes work, for each type."),
    Endpoint::post("/api/v1/users/{id}/state", Role::Agent, choose, "StateChange")
        .about("Chooses a state for one type, or for all; for somebody else it takes a supervisor. `rona` cannot be chosen.")
        .giving(Gives::All("AgentState")),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let me = cx.viewer()?.agent;
    let items = cx.read(|c| store::offer::waiting_for(c, me))?.iter().map(Offer::of).collect();
    shown(&All { items })
}

fn one(cx: &Cx<'_>, id: Id<offer::Offer>) -> Result<Response, Failure> {
    let found = cx.read(|c| store::offer::get(c, id))?.ok_or(Failure::NotFound)?;
    shown(&Offer::of(&found))
}

fn accept(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::accept(tx, &by, id, now))?;
    one(cx, id)
}

fn decline(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::decline(tx, &by, id, now))?;
    one(cx, id)
}

fn states(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Agent> = cx.param("id")?;
    cx.read(|c| store::agent::get(c, id))?.ok_or(Failure::NotFound)?;
    let known = cx.read(|c| crate::web::work::states(c, id))?;
    shown(&All { items: known.iter().map(AgentState::of).collect::<Vec<_>>() })
}

fn choose(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Agent> = cx.param("id")?;
    let asked: StateChange = ask::body(cx, JSON)?;
    let state = match asked.state.as_str() {
        "available" => State::Available,
        "idle" => State::Idle(asked.reason_id.map(Id::new)),
        _ => return Err(forms::wrong("state", Problem::Wrong).into()),
    };
    let media = asked.media.as_deref().map(Media::from_str).transpose();
    let media = media.map_err(|()| forms::wrong("media", Problem::Unknown))?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| availability::choose_state(tx, &by, id, (media, state), now))?;
    states(cx)
}
