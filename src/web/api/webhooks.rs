//! Webhooks: listed with their last answers, added with a secret that is shown once, taken away.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::webhook::{NewWebhook, Webhook, WithSecret};
use super::shape::{All, created, shown};
use crate::actions::webhook;
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::webhook as hook;
use crate::random;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// How many of its last answers a webhook is shown with.
const ANSWERS: u32 = 10;

/// The webhooks of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/webhooks", Role::Admin, list, Gives::All("Webhook"))
        .about("Every webhook with its last answers."),
    Endpoint::post("/api/v1/webhooks", Role::Admin, add, "NewWebhook")
        .about("Adds a webhook, told of every entry of the log from now on. The secret is shown this once.")
        .giving(Gives::Created("WebhookWithSecret")),
    Endpoint::get("/api/v1/webhooks/{id}", Role::Admin, show, Gives::One("Webhook"))
        .about("One webhook with its last answers."),
    Endpoint::delete("/api/v1/webhooks/{id}", Role::Admin, remove, Gives::Nothing)
        .about("Takes a webhook away."),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let items = cx.read(|connection| {
        let found = store::webhook::all(connection)?;
        let ids: Vec<_> = found.iter().map(|webhook| webhook.id).collect();
        let answers = store::webhook::answers(connection, &ids, ANSWERS)?;
        Ok::<_, store::Error>(found.iter().map(|webhook| Webhook::of(webhook, &answers)).collect())
    })?;
    shown(&All { items })
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewWebhook = ask::body(cx, JSON)?;
    let url = hook::url(&asked.url)?;
    let secret = random::token();
    let sealed = cx.app.desk.seal_webhook(&url, &secret);
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let new = webhook::New { url, kinds: asked.kinds, sealed };
    let id = cx.write(move |tx| webhook::add(tx, &by, &new, now))?;
    created(&WithSecret { webhook: one(cx, id)?, secret })
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&one(cx, id)?)
}

fn remove(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<hook::Webhook> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| webhook::remove(tx, &by, id, now))?;
    Ok(Response::new(204))
}

fn one(cx: &Cx<'_>, id: Id<hook::Webhook>) -> Result<Webhook, Failure> {
    let found = cx.read(|connection| {
        let Some(webhook) = store::webhook::get(connection, id)? else { return Ok(None) };
        let answers = store::webhook::answers(connection, &[id], ANSWERS)?;
        Ok::<_, store::Error>(Some(Webhook::of(&webhook, &answers)))
    })?;
    found.ok_or(Failure::NotFound)
}
