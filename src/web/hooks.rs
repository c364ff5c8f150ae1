//! Where providers deliver: checked, kept and synced before it is acknowledged, and read afterwards.

use std::collections::BTreeMap;

use super::app::seconds;
use super::brake::{self, Rate};
use super::context::Cx;
use super::failure::Failure;
use super::http::{Body, Method, Response};
use super::routes::{Guard, Route};
use super::server::Welcome;
use crate::actions::{acknowledge, inbound};
use crate::channels::{self, Account, Answer, Hook, Provider, Spoken};
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::{Id, Span, Timestamp};
use crate::net::signature;
use crate::store;

/// The largest delivery of any kind; each kind has a limit of its own below it.
const MOST: u64 = 40 * 1024 * 1024;

/// How many deliveries one channel takes: far more than a burst after an outage, far less than fills a disk.
const DELIVERIES: Rate = Rate { times: 30_000, per: Span::minutes(1) };
/// How many deliveries whose signature does not fit one address is told so. They are looked at all the same, because
/// behind a proxy that nobody named every provider has one address.
const FORGED: Rate = Rate { times: 60, per: Span::minutes(1) };

pub const ROUTES: &[Route] = &[
    Route::page("/hooks/{id}", Guard::Open, handshake),
    Route::form("/hooks/{id}", Guard::Open, deliver).up_to(MOST).asking(expected),
];

/// The question with which a provider makes sure that the address is ours.
fn handshake(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (account, provider) = connected(cx)?;
    let target = target(cx);
    let header = |name: &str| cx.request.headers.get(name).map(str::to_owned);
    let hook = Hook {
        post: false,
        target: &target,
        query: &cx.request.query,
        header: &header,
        body: &[],
        now: cx.now,
    };
    provider.handshake(&account, &hook).map(answered).ok_or(Failure::NotFound)
}

/// Only a channel that takes deliveries gets a large one, and of no more than its kind ever sends.
fn expected(cx: &mut Cx<'_>) -> Result<Welcome, Failure> {
    let (_, provider) = connected(cx)?;
    Ok(Welcome { most: provider.largest(), known: true })
}

fn deliver(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (account, provider) = connected(cx)?;
    let body = std::mem::replace(&mut cx.request.body, Body::empty());
    let body = body.into_bytes(provider.largest()).map_err(|_| Failure::TooLarge)?;
    let target = target(cx);
    let header = |name: &str| cx.request.headers.get(name).map(str::to_owned);
    let post = cx.request.method == Method::Post;
    let hook =
        Hook { post, target: &target, query: &cx.request.query, header: &header, body: &body, now: cx.now };
    if provider.verify(&account, &hook).is_err() {
        cx.app.desk.counts.forge(account.channel.id);
        let from = format!("forged from {}", brake::client(cx.request.peer));
        if let Err(until) = cx.app.brake.take(&from, FORGED, cx.now) {
            return Ok(too_many(until, cx.now));
        }
        return Ok(Response::text(401, "the signature does not fit\n"));
    }
    // Some providers ask for the handshake with a signed POST.
    if let Some(answer) = provider.handshake(&account, &hook) {
        return Ok(answered(answer));
    }
    if let Err(until) = cx.app.brake.take(&format!("hook {}", account.channel.id), DELIVERIES, cx.now) {
        return Ok(too_many(until, cx.now));
    }
    let key = provider.dedupe_key(&hook).unwrap_or_else(|| signature::hex(&signature::sha256(&body)));
    let headers = kept(cx, provider);
    let (channel, now) = (account.channel.id, cx.now);
    if let Some(answer) = spoken(cx, (&account, provider), &hook, (&key, &headers)) {
        return Ok(answered(answer));
    }
    let answer = provider.acknowledge(&hook);
    let body = inbound::body(account.channel.kind, body);
    let written = cx.write(move |tx| {
        let new = store::inbound::New { channel, dedupe_key: &key, headers: &headers, body: &body };
        inbound::keep(tx, &new, now)
    });
    match written {
        Ok(()) => Ok(answered(answer)),
        // The fault is ours, so the provider is to come again.
        Err(failure) => {
            log::error!("a delivery for channel {channel} could not be kept: {failure:?}");
            Ok(Response::text(503, "try again later\n"))
        }
    }
}

/// The answer that says something to the customer, once the delivery has happened. `None`: there is nothing to say,
/// or it did not work; then the delivery is kept as any other.
fn spoken(
    cx: &Cx<'_>,
    (account, provider): (&Account, &dyn Provider),
    hook: &Hook<'_>,
    (key, headers): (&str, &BTreeMap<String, String>),
) -> Option<Answer> {
    let Spoken { to, text, answer } = provider.speak(account, hook)?;
    let (channel, key, headers, now) = (account.channel.clone(), key.to_owned(), headers.clone(), cx.now);
    let body = hook.body.into();
    let said = cx.write(move |tx| {
        let new =
            store::inbound::New { channel: channel.id, dedupe_key: &key, headers: &headers, body: &body };
        acknowledge::keep(tx, &channel, &new, (&to, &text), now)
    });
    match said {
        Ok(true) => Some(answer),
        Ok(false) => Some(provider.acknowledge(hook)),
        Err(failure) => {
            log::warn!("a delivery for channel {} waits to be read: {failure:?}", account.channel.id);
            None
        }
    }
}

/// Not now: every provider comes again.
fn too_many(until: Timestamp, now: Timestamp) -> Response {
    let seconds = seconds(until, now);
    let words = format!("too many at once, try again in {seconds} seconds\n");
    Response::text(429, &words).with_header("Retry-After", seconds)
}

/// The channel that the URL names, while it takes deliveries. A broken one does: only its sending is refused.
fn connected(cx: &Cx<'_>) -> Result<(Account, &'static dyn Provider), Failure> {
    let id: Id<Channel> = cx.param("id")?;
    let account = cx.read(|connection| match store::channel::get(connection, id)? {
        Some(channel) => Ok::<_, store::Error>(Some(cx.app.desk.account(connection, channel)?)),
        None => Ok(None),
    })?;
    let account = account.filter(|account| account.channel.state != ChannelState::Disabled);
    let account = account.ok_or(Failure::NotFound)?;
    let provider = channels::provider(account.channel.kind).ok_or(Failure::NotFound)?;
    Ok((account, provider))
}

/// What was called, as the provider wrote it.
fn target(cx: &Cx<'_>) -> String {
    if cx.request.query.is_empty() {
        cx.request.path.clone()
    } else {
        format!("{}?{}", cx.request.path, cx.request.query)
    }
}

/// The few headers that reading needs later; `?` stands for the query.
fn kept(cx: &Cx<'_>, provider: &dyn Provider) -> BTreeMap<String, String> {
    let value = |name: &str| match name {
        "?" => Some(cx.request.query.clone()),
        name => cx.request.headers.get(name).map(str::to_owned),
    };
    let named = |name: &&'static str| Some(((*name).to_owned(), value(name)?));
    provider.keep_headers().iter().filter_map(named).collect()
}

fn answered(answer: Answer) -> Response {
    Response::new(answer.status).with_header("Content-Type", answer.content_type).with_body(answer.body)
}
