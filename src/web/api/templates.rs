//! Prepared texts: listed, kept, and fetched from the providers that approve them.

use super::ask::{self, JSON};
use super::channels::account;
use super::endpoint::{Endpoint, Gives, Param};
use super::shape::text::{NewTemplate, Sync, Template, TemplateChange, TemplateVersion};
use super::shape::{All, created, shown};
use crate::actions::template as action;
use crate::channels;
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::template;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

const LIST: &[Param] =
    &[Param::number("channel", "What can be used on this channel, and what its provider is looking at.")];

/// The prepared texts of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/templates", Role::Agent, list, Gives::All("Template"))
        .about("The saved replies of the team and the templates of every channel, or of one.")
        .query(LIST),
    Endpoint::post("/api/v1/templates", Role::Supervisor, add, "NewTemplate")
        .about("Keeps a saved reply. Templates of providers are made at the provider and fetched from there.")
        .giving(Gives::Created("Template")),
    Endpoint::post("/api/v1/templates/sync", Role::Supervisor, sync, "Sync")
        .about("Fetches the templates of a channel from its provider.")
        .giving(Gives::All("Template")),
    Endpoint::get("/api/v1/templates/{id}", Role::Agent, show, Gives::One("Template"))
        .about("One prepared text."),
    Endpoint::get("/api/v1/templates/{id}/versions", Role::Agent, versions, Gives::All("TemplateVersion"))
        .about("What a prepared text has said, the newest first. A message names the version that it was made from."),
    Endpoint::patch("/api/v1/templates/{id}", Role::Supervisor, change, "TemplateChange")
        .about("Changes a saved reply; of a provider's template, when it is offered and what the desk puts into its gaps.")
        .giving(Gives::One("Template")),
    Endpoint::delete("/api/v1/templates/{id}", Role::Supervisor, delete, Gives::Nothing)
        .about("Takes a saved reply away."),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let channel: Option<i64> = ask::parameter(cx, "channel")?;
    let found = cx.read(|connection| {
        let mut found: Vec<template::Template> = store::template::own(connection)?;
        let all = store::channel::all(connection)?;
        for known in all.iter().filter(|known| channel.is_none_or(|id| known.id.get() == id)) {
            found.extend(store::template::of_channel(connection, known.id)?);
        }
        found.retain(|text| channel.is_none() || text.channel.is_none_or(|id| Some(id.get()) == channel));
        Ok::<_, store::Error>(found)
    })?;
    shown(&All { items: found.into_iter().map(Template::of).collect::<Vec<_>>() })
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewTemplate = ask::body(cx, JSON)?;
    let saved = action::Saved {
        id: None,
        scope: action::Scope {
            channel: asked.channel_id.map(Id::new),
            kind: asked.channel_kind,
            queue: asked.queue_id.map(Id::new),
        },
        stage: asked.stage,
        guarded: asked.guarded,
        name: asked.name,
        language: asked.language,
        category: asked.category,
        body: asked.body,
        locked: asked.locked,
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| action::save(tx, &by, &saved, now))?;
    created(&Template::of(one(cx, id)?))
}

fn sync(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Sync = ask::body(cx, JSON)?;
    let account = account(cx, Id::new(asked.channel_id))?;
    let provider = channels::provider(account.channel.kind).ok_or(Failure::NotFound)?;
    let fetched = provider.templates(&account, &cx.app.desk.client);
    let listed = fetched.ok_or_else(|| ask::malformed("no_templates", "this channel has none to fetch"))?;
    let listed = listed.map_err(|failure| ask::malformed("provider", &failure.message))?;
    let (channel, now) = (account.channel.id, cx.now);
    cx.write(move |tx| action::take_synced(tx, channel, &listed, now))?;
    let found = cx.read(|connection| store::template::of_channel(connection, channel))?;
    shown(&All { items: found.into_iter().map(Template::of).collect::<Vec<_>>() })
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&Template::of(one(cx, id)?))
}

fn versions(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = one(cx, cx.param("id")?)?.id;
    let found = cx.read(|connection| store::template::versions(connection, id))?;
    shown(&All { items: found.into_iter().map(TemplateVersion::of).collect::<Vec<_>>() })
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<template::Template> = cx.param("id")?;
    let asked: TemplateChange = ask::body(cx, JSON)?;
    let before = one(cx, id)?;
    if before.status != template::Status::Own {
        return settle(cx, before, asked);
    }
    if asked.fills.is_some() {
        return Err(ask::malformed("invalid_field", "fills belong to the templates of providers"));
    }
    let saved = action::Saved {
        id: Some(id),
        scope: action::Scope {
            channel: asked.channel_id.map_or(before.channel, |channel| channel.map(Id::new)),
            kind: asked.channel_kind.unwrap_or(before.kind),
            queue: asked.queue_id.map_or(before.queue, |queue| queue.map(Id::new)),
        },
        stage: asked.stage.unwrap_or(before.stage),
        guarded: asked.guarded.unwrap_or(before.guarded),
        name: asked.name.unwrap_or(before.name),
        language: asked.language.unwrap_or(before.language),
        category: asked.category.unwrap_or(before.category),
        body: asked.body.unwrap_or(before.body),
        locked: asked.locked.unwrap_or(before.locked),
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::save(tx, &by, &saved, now))?;
    shown(&Template::of(one(cx, id)?))
}

/// Changes how the desk uses a template of a provider.
fn settle(cx: &Cx<'_>, before: template::Template, asked: TemplateChange) -> Result<Response, Failure> {
    if asked.is_words() {
        return Err(ask::malformed(
            "invalid_field",
            "its words are the provider's: change stage, queue_id or fills",
        ));
    }
    let id = before.id;
    let queue = asked.queue_id.map_or(before.queue, |queue| queue.map(Id::new));
    let (stage, fills) = (asked.stage.unwrap_or(before.stage), asked.fills.unwrap_or(before.fills));
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::settle(tx, &by, id, (stage, queue, &fills), now))?;
    shown(&Template::of(one(cx, id)?))
}

fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<template::Template> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::new(204))
}

fn one(cx: &Cx<'_>, id: Id<template::Template>) -> Result<template::Template, Failure> {
    cx.read(|connection| store::template::get(connection, id))?.ok_or(Failure::NotFound)
}
