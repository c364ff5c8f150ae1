//! Wrap-up: what the token's owner is asked about work that ended, and the answers.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::happening::Empty;
use super::shape::wrapup::{Answer, WrapUp};
use super::shape::{All, shown};
use crate::actions::wrap;
use crate::domain::agent::Role;
use crate::domain::{Id, wrapup};
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// Wrap-up in the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/wrapups", Role::Agent, list, Gives::All("WrapUp"))
        .about("What the token's owner is asked about work that ended, oldest first, with what its queue wants to know."),
    Endpoint::post("/api/v1/wrapups/{id}", Role::Agent, submit, "WrapUpAnswer")
        .about("Says why the work ended. Said twice it is noted once; said after the default reason was taken it replaces that.")
        .giving(Gives::Nothing),
    Endpoint::post("/api/v1/wrapups/{id}/stop", Role::Agent, stop, "Empty")
        .about("Stops the countdown to the default reason, where the queue lets agents.")
        .giving(Gives::Nothing),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let me = cx.viewer()?.agent;
    let items = cx.read(|c| {
        let asked = store::wrapup::asked_of(c, me)?.into_iter();
        asked.map(|one| Ok(WrapUp::of(&one, &wrap::rules(c, one.queue)?))).collect::<store::Result<Vec<_>>>()
    })?;
    shown(&All { items })
}

fn submit(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Answer = ask::body(cx, JSON)?;
    let reasons: Vec<Id<wrapup::Reason>> = asked.reasons.into_iter().map(Id::new).collect();
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| wrap::submit(tx, &by, id, (&reasons, &asked.note), now))?;
    Ok(Response::new(204))
}

fn stop(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| wrap::stop(tx, &by, id, now))?;
    Ok(Response::new(204))
}
