//! What is asked of colleagues: to take a conversation over, or to write along in it.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::happenings::happen;
use super::shape::happening::Empty;
use super::shape::offer::{NewRequest, Offer};
use super::shape::{All, created, shown};
use crate::actions::deal::{self, Whom};
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::offer;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// How many of one's own requests are shown at most.
const MOST: u32 = 100;

/// Requests in the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/api/v1/conversations/{id}/requests", Role::Agent, ask, "NewRequest")
        .about("Asks a colleague, or whoever of a queue is next, to take a conversation over or to write along in it. Nothing moves before the answer.")
        .giving(Gives::Created("Offer")),
    Endpoint::get("/api/v1/requests", Role::Agent, list, Gives::All("Offer"))
        .about("What the token's owner asked of colleagues and has not seen to: what waits, and what came back. Newest first, 100 at most."),
    Endpoint::post("/api/v1/requests/{id}/call-off", Role::Agent, call_off, "Empty")
        .about("Takes a request back that nobody has answered yet.")
        .giving(Gives::One("Offer")),
    Endpoint::post("/api/v1/requests/{id}/keep", Role::Agent, keep, "Empty")
        .about("Sees to a request that came back: the conversation stays where it is.")
        .giving(Gives::One("Offer")),
    Endpoint::post("/api/v1/conversations/{id}/conference/leave", Role::Agent, leave, "Empty")
        .about("Writes along no more. Answers 204 when the token's owner may no longer see the conversation.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/conference/end", Role::Agent, end, "Empty")
        .about("Ends a conference; only who asked for it may, who has the conversation, or a supervisor.")
        .giving(Gives::One("Conversation")),
];

fn ask(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewRequest = ask::body(cx, JSON)?;
    let kind = match asked.kind.as_str() {
        "transfer" => offer::Kind::Transfer,
        "conference" => offer::Kind::Conference,
        _ => return Err(ask::malformed("invalid_field", "kind")),
    };
    let whom = match (asked.queue_id, asked.agent_id) {
        (Some(queue), None) => Whom::Queue(Id::new(queue)),
        (None, Some(agent)) => Whom::Agent(Id::new(agent)),
        _ => return Err(ask::malformed("invalid_field", "one of queue_id and agent_id is needed")),
    };
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    let present = cx.app.desk.attendance.present(now);
    let request = deal::Request { kind, whom, note: asked.note };
    let made = cx.write(move |tx| deal::ask(tx, &by, id, &request, &present, now))?;
    created(&one(cx, made)?)
}

fn one(cx: &Cx<'_>, id: Id<offer::Offer>) -> Result<Offer, Failure> {
    let found = cx.read(|c| store::offer::get(c, id))?.ok_or(Failure::NotFound)?;
    Ok(Offer::of(&found))
}

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let me = cx.viewer()?.agent;
    let items = cx.read(|c| store::offer::asked_by(c, me, MOST))?.iter().map(Offer::of).collect();
    shown(&All { items })
}

fn call_off(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::call_off(tx, &by, id, now))?;
    shown(&one(cx, id)?)
}

fn keep(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::keep(tx, &by, id, now))?;
    shown(&one(cx, id)?)
}

fn leave(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, deal::conference::leave)
}

fn end(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, deal::conference::end)
}
