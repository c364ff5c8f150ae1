//! Segments of contacts: kept, changed, and who belongs to them.

use super::ask::{self, JSON};

use super::endpoint::{Endpoint, Gives, Param};
use super::shape::contact::gather;
use super::shape::segment::{NewSegment, Segment, SegmentChange};
use super::shape::{All, Page, created, shown};
use crate::actions::segment as action;
use crate::domain::agent::Role;
use crate::domain::segment::{self, Rule};
use crate::domain::{Id, Refused, refused::Problem};
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

const MEMBERS: &[Param] = &[
    Param::number("limit", "How many at most, 50 unless said otherwise, up to 200."),
    Param::number("cursor", "`next_cursor` of the page before."),
];

/// The segments of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/segments", Role::Supervisor, list, Gives::All("Segment"))
        .about("The segments of the token's owner and those that are shared."),
    Endpoint::post("/api/v1/segments", Role::Supervisor, add, "NewSegment")
        .about("Saves a segment: contacts for whom every one of its conditions holds.")
        .giving(Gives::Created("Segment")),
    Endpoint::get("/api/v1/segments/{id}", Role::Supervisor, show, Gives::One("Segment"))
        .about("One segment."),
    Endpoint::patch("/api/v1/segments/{id}", Role::Supervisor, change, "SegmentChange")
        .about("Changes what is given and leaves the rest. Only who made a segment may, and administrators.")
        .giving(Gives::One("Segment")),
    Endpoint::delete("/api/v1/segments/{id}", Role::Supervisor, delete, Gives::Nothing)
        .about("Takes a segment away. The contacts stay."),
    Endpoint::get("/api/v1/segments/{id}/contacts", Role::Supervisor, members, Gives::Page("Contact"))
        .about("Who belongs to it now, the newest contact first. A page may hold fewer than asked for, or none, and still have a next one: so many contacts are looked at for each.")
        .query(MEMBERS),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let owner = cx.viewer()?.agent;
    let all = cx.read(|connection| store::segment::of(connection, owner))?;
    shown(&All { items: all.iter().map(Segment::of).collect() })
}

fn one(cx: &Cx<'_>, id: Id<segment::Segment>) -> Result<segment::Segment, Failure> {
    let by = cx.viewer()?;
    cx.read(|connection| action::seen(connection, by, id))
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    shown(&Segment::of(&one(cx, cx.param("id")?)?))
}

fn rules(told: &[String]) -> Result<Vec<Rule>, Failure> {
    let unknown = || Refused::Field { field: "rules", problem: Problem::Unknown };
    told.iter().map(|rule| rule.parse().map_err(|()| unknown().into())).collect()
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewSegment = ask::body(cx, JSON)?;
    let (by, now, rules) = (cx.viewer()?.clone(), cx.now, rules(&asked.rules)?);
    let id = cx.write(move |tx| action::add(tx, &by, (&asked.name, asked.shared, rules), now))?;
    created(&Segment::of(&one(cx, id)?))
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: SegmentChange = ask::body(cx, JSON)?;
    let (id, by, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    let rules = asked.rules.as_deref().map(rules).transpose()?;
    let change = action::Change { name: asked.name, shared: asked.shared, rules };
    cx.write(move |tx| action::change(tx, &by, id, change, now))?;
    shown(&Segment::of(&one(cx, id)?))
}

fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::new(204))
}

fn members(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let segment = one(cx, cx.param("id")?)?;
    let limit = ask::limit(cx)?;
    let before: Option<i64> = ask::parameter(cx, "cursor")?;
    let page = cx.read(|connection| {
        let found = store::segment::page(connection, &segment.rules, before.map(Id::new), limit)?;
        let ids: Vec<_> = found.contacts.iter().map(|contact| contact.id).collect();
        let next_cursor = found.next.map(|next| next.to_string());
        Ok::<_, store::Error>(Page { items: gather(connection, &ids)?, next_cursor })
    })?;
    shown(&page)
}
