//! Wrap-up reasons: listed, added, no longer offered.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::text::{NewReason, Reason};
use super::shape::{All, created, shown};
use crate::actions::wrapup as action;
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::wrapup;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The wrap-up reasons of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/wrapup-reasons", Role::Agent, list, Gives::All("Reason"))
        .about("The reasons that are offered when a conversation is closed."),
    Endpoint::post("/api/v1/wrapup-reasons", Role::Admin, add, "NewReason")
        .about("Adds a reason, for every queue or for one.")
        .giving(Gives::Created("Reason")),
    Endpoint::delete("/api/v1/wrapup-reasons/{id}", Role::Admin, archive, Gives::Nothing)
        .about("Stops offering a reason. What was closed with it keeps it."),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let items: Vec<Reason> = cx.read(store::wrapup::all)?.iter().map(Reason::of).collect();
    shown(&All { items })
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewReason = ask::body(cx, JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let queue = asked.queue_id.map(Id::new);
    let id = cx.write(move |tx| action::add_reason(tx, &by, &asked.name, queue, now))?;
    let reason = cx.read(|connection| store::wrapup::get(connection, id))?.ok_or(Failure::NotFound)?;
    created(&Reason::of(&reason))
}

fn archive(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<wrapup::Reason> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::archive_reason(tx, &by, id, now))?;
    Ok(Response::new(204))
}
