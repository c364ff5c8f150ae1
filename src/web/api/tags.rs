//! The team's tags, put on conversations and taken off, and how pressing a conversation is.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::happenings::happen;
use super::shape::tag::{NewTag, Pressing, Putting, Tag, TagChange};
use super::shape::{All, created, shown};
use crate::actions::tag as action;
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::tag;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The tags of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/tags", Role::Agent, list, Gives::All("Tag")).about("Every tag of the team."),
    Endpoint::post("/api/v1/tags", Role::Supervisor, add, "NewTag")
        .about("Adds a tag to the team's list.")
        .giving(Gives::Created("Tag")),
    Endpoint::patch("/api/v1/tags/{id}", Role::Supervisor, change, "TagChange")
        .about("Changes what is given and leaves the rest.")
        .giving(Gives::One("Tag")),
    Endpoint::delete("/api/v1/tags/{id}", Role::Supervisor, delete, Gives::Nothing)
        .about("Takes a tag away, also from every conversation that has it."),
    Endpoint::post("/api/v1/conversations/{id}/tags", Role::Agent, put, "Putting")
        .about("Puts a tag on a conversation, by number or by name. One that is there stays.")
        .giving(Gives::One("Conversation")),
    Endpoint::delete("/api/v1/conversations/{id}/tags/{tag}", Role::Agent, take, Gives::One("Conversation"))
        .about("Takes a tag off a conversation. One that is not there is no trouble."),
    Endpoint::post("/api/v1/conversations/{id}/priority", Role::Agent, prioritise, "Pressing")
        .about("Says how pressing a conversation is.")
        .giving(Gives::One("Conversation")),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let items: Vec<Tag> = cx.read(store::tag::all)?.iter().map(Tag::of).collect();
    shown(&All { items })
}

fn one(cx: &Cx<'_>, id: Id<tag::Tag>) -> Result<tag::Tag, Failure> {
    cx.read(|connection| store::tag::get(connection, id))?.ok_or(Failure::NotFound)
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewTag = ask::body(cx, JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| action::add(tx, &by, &asked.name, asked.colour, now))?;
    created(&Tag::of(&one(cx, id)?))
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: TagChange = ask::body(cx, JSON)?;
    let before = one(cx, cx.param("id")?)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, before.id);
    let (name, colour) = (asked.name.unwrap_or(before.name), asked.colour.unwrap_or(before.colour));
    cx.write(move |tx| action::change(tx, &by, id, (&name, colour), now))?;
    shown(&Tag::of(&one(cx, id)?))
}

fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<tag::Tag> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::new(204))
}

fn put(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Putting = ask::body(cx, JSON)?;
    if asked.tag_id.is_some() == asked.name.is_some() {
        return Err(ask::malformed("invalid_field", "one of tag_id and name is needed"));
    }
    happen(cx, move |tx, by, id, now| match (asked.tag_id, asked.name) {
        (Some(tag), _) => action::put(tx, by, id, Id::new(tag), now),
        (None, name) => action::put_named(tx, by, id, &name.unwrap_or_default(), now),
    })
}

fn take(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let tag: Id<tag::Tag> = cx.param("tag")?;
    happen(cx, move |tx, by, id, now| action::take(tx, by, id, tag, now))
}

fn prioritise(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Pressing = ask::body(cx, JSON)?;
    happen(cx, move |tx, by, id, now| action::prioritise(tx, by, id, asked.priority, now))
}
