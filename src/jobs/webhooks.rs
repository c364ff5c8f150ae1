//! Tells programs what happens: each webhook reads the log from its own cursor, in order, nothing skipped.
//!
//! `POST url` with the entry as the API shows it, signed: `X-Transom-Signature: sha256=HEX` is the
//! HMAC-SHA256 of the body under the webhook's secret, `X-Transom-Event-Id` the number of the entry, by
//! which the other side knows one that it has had already. Any 2xx is "taken"; 410 ends the webhook;
//! everything else, and silence, is tried again after growing pauses.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::Stop;
use super::lanes::Lanes;
use crate::actions::told::{self, Verdict};
use crate::actions::{self, Error};
use crate::desk::Desk;
use crate::domain::event::Event;
use crate::domain::webhook::{Answer, Webhook};
use crate::domain::{Id, Timestamp};
use crate::net::{Body, Call, signature};
use crate::random;
use crate::store::{self, event, webhook};

/// How many entries are read at a time.
const STRETCH: u32 = 200;
const TIME: Duration = Duration::from_secs(15);

/// Tells until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let lanes = Lanes {
        desk,
        topic: event::DESK,
        due: &|now| due(desk, now),
        next: &|_| None,
        work: &|hook| {
            tell_all(desk, hook, &|| stop.is_set());
        },
    };
    lanes.run(stop);
}

/// Tells what is due, on this thread, and returns how many calls were made.
pub fn drain(desk: &Arc<Desk>) -> usize {
    due(desk, desk.clock.now()).into_iter().map(|hook| tell_all(desk, hook, &|| false)).sum()
}

fn due(desk: &Desk, now: Timestamp) -> Vec<Id<Webhook>> {
    let found = desk.readers.read::<_, store::Error>(|connection| webhook::due(connection, now));
    found.unwrap_or_else(|fault| {
        log::error!("the webhooks cannot be read: {fault}");
        Vec::new()
    })
}

/// Tells one webhook everything that it does not know yet, until it knows all or does not take one.
fn tell_all(desk: &Desk, id: Id<Webhook>, stopped: &dyn Fn() -> bool) -> usize {
    let mut calls = 0;
    while !stopped() {
        match stretch(desk, id, &mut calls, stopped) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => {
                log::error!("webhook {id} is stuck: {fault:?}");
                break;
            }
        }
    }
    calls
}

/// Tells of the next stretch of the log; `false` when there is nothing more to tell now.
fn stretch(
    desk: &Desk,
    id: Id<Webhook>,
    calls: &mut usize,
    stopped: &dyn Fn() -> bool,
) -> actions::Result<bool> {
    let found = desk.readers.read::<_, store::Error>(|connection| {
        let Some(hook) = webhook::get(connection, id)? else { return Ok(None) };
        let sealed = webhook::secret(connection, id)?;
        let events = event::after(connection, hook.cursor.get(), STRETCH)?;
        Ok(Some((hook, sealed, events)))
    })?;
    let Some((hook, sealed, events)) = found.filter(|(hook, _, _)| hook.disabled_at.is_none()) else {
        return Ok(false);
    };
    let secret = sealed.and_then(|sealed| desk.webhook_secret(&hook.url, &sealed));
    let Some(last) = events.last().map(|event| event.id) else { return Ok(false) };
    for event in events.iter().filter(|event| wants(&hook, event)) {
        if stopped() {
            return Ok(false);
        }
        *calls += 1;
        if !tell(desk, &hook, secret.as_deref(), event)? {
            return Ok(false);
        }
    }
    desk.writer.write(move |tx| told::skip(tx, id, last))?;
    Ok(true)
}

fn wants(hook: &Webhook, event: &Event) -> bool {
    hook.kinds.is_empty() || hook.kinds.contains(&event.kind)
}

/// Tells of one entry; `false` when it was not taken.
fn tell(desk: &Desk, hook: &Webhook, secret: Option<&str>, event: &Event) -> Result<bool, Error> {
    let (verdict, status, detail) = match secret {
        Some(secret) => call(desk, hook, secret, event),
        // Under a foreign key file nothing can be signed; the webhook has to be made anew.
        None => (Verdict::Later, None, "the secret cannot be opened".to_owned()),
    };
    let now = desk.clock.now();
    let answer = Answer { webhook: hook.id, event: event.id, at: now, status, detail };
    let (hook, dice) = (hook.clone(), random::number());
    desk.writer.write(move |tx| told::told(tx, &hook, &answer, (verdict, dice), now))?;
    Ok(verdict == Verdict::Taken)
}

fn call(desk: &Desk, hook: &Webhook, secret: &str, event: &Event) -> (Verdict, Option<u16>, String) {
    let bytes = shown(event).to_string().into_bytes();
    let (signed, number) = (signature::sha256_header(secret, &bytes), event.id.to_string());
    let call = Call {
        method: "POST",
        url: &hook.url,
        headers: &[("x-transom-signature", &signed), ("x-transom-event-id", &number)],
        body: Body::Bytes { content_type: "application/json", bytes: &bytes },
        time: TIME,
        trusted: true,
        most: 64 * 1024,
    };
    match desk.client.call(call) {
        Ok(answer) => {
            let said: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
            let verdict = match answer.status {
                200..=299 => Verdict::Taken,
                410 => Verdict::Gone,
                _ => Verdict::Later,
            };
            (verdict, Some(answer.status), said)
        }
        Err(fault) => (Verdict::Later, None, fault.message().to_owned()),
    }
}

/// The entry as the API shows it.
fn shown(event: &Event) -> Value {
    let at = jiff::Timestamp::from_millisecond(event.at.0).map(|at| at.to_string()).unwrap_or_default();
    json!({
        "id": event.id.get(), "at": at, "kind": event.kind, "agent_id": event.agent.map(Id::get),
        "conversation_id": event.conversation.map(Id::get), "contact_id": event.contact.map(Id::get),
        "message_id": event.message.map(Id::get), "data": event.data,
    })
}
