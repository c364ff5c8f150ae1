//! Tells other programs what happened: each webhook reads the log from its own cursor on, so that nothing is
//! skipped, and a slow one holds up nobody else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::Stop;
use crate::actions::{self, webhook as action};
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::event::Event;
use crate::domain::webhook::{Answer, Webhook};
use crate::net::{Body, Call, signature};
use crate::random;
use crate::store::{self, event, webhook};

/// How long a webhook may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many webhooks are told something at the same time.
const AT_A_TIME: usize = 16;
/// How many entries are read at a time.
const READ: u32 = 200;

/// Tells every webhook what is new, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut busy: BTreeMap<Id<Webhook>, JoinHandle<()>> = BTreeMap::new();
    while !stop.is_set() {
        let seen = desk.live.count(event::DESK);
        busy.retain(|_, teller| !teller.is_finished());
        if let Err(fault) = begin(desk, stop, &mut busy) {
            log::error!("webhooks: {fault}");
        }
        stop.wait(desk, event::DESK, seen, Duration::from_secs(1));
    }
    for (_, teller) in busy {
        let _ = teller.join();
    }
}

/// Gives each webhook that is due a thread of its own for as long as there is something to tell.
fn begin(
    desk: &Arc<Desk>,
    stop: &Stop,
    busy: &mut BTreeMap<Id<Webhook>, JoinHandle<()>>,
) -> store::Result<()> {
    let now = desk.clock.now();
    for id in desk.readers.read(|connection| webhook::due(connection, now))? {
        if busy.len() >= AT_A_TIME || busy.contains_key(&id) {
            continue;
        }
        let (desk, stop) = (desk.clone(), stop.clone());
        let told = move || {
            if let Err(fault) = tell(&desk, id, &stop) {
                log::error!("webhook {id}: {fault:?}");
            }
        };
        if let Ok(teller) = std::thread::Builder::new().name("webhook".into()).spawn(told) {
            busy.insert(id, teller);
        }
    }
    Ok(())
}

/// Tells a webhook everything that it has not been told yet, until it fails.
pub fn tell(desk: &Desk, id: Id<Webhook>, stop: &Stop) -> actions::Result<()> {
    while !stop.is_set() {
        let Some((hook, secret, news)) = look(desk, id)? else { return Ok(()) };
        let Some(last) = news.last().map(|event| event.id) else { return Ok(()) };
        let Some(from) = tell_these(desk, (&hook, &secret), &news, stop)? else { continue };
        desk.writer.write(move |tx| action::skip(tx, id, from, last))?;
    }
    Ok(())
}

/// Tells a stretch of the log; where the webhook stands after it, or `None` when that has to be looked up.
fn tell_these(
    desk: &Desk,
    (hook, secret): (&Webhook, &str),
    news: &[Event],
    stop: &Stop,
) -> actions::Result<Option<Id<Event>>> {
    let mut from = hook.cursor;
    for event in news.iter().filter(|event| hook.wants(event)) {
        if stop.is_set() {
            return Ok(None);
        }
        let answer = deliver(desk, hook, secret, event);
        let good = answer.is_good();
        if !note(desk, hook, answer, from)? || !good {
            return Ok(None);
        }
        from = event.id;
    }
    Ok(Some(from))
}

fn note(desk: &Desk, hook: &Webhook, answer: Answer, from: Id<Event>) -> actions::Result<bool> {
    let (delivery, now) = (
        action::Delivery { answer, from, kinds: hook.kinds.clone(), dice: random::number() },
        desk.clock.now(),
    );
    desk.writer.write(move |tx| action::answered(tx, &delivery, now))
}

/// The webhook with its secret and what is new for it; `None` when there is nothing to do for it now.
fn look(desk: &Desk, id: Id<Webhook>) -> actions::Result<Option<(Webhook, String, Vec<Event>)>> {
    let now = desk.clock.now();
    let found = desk.readers.read(|connection| {
        let hook =
            webhook::get(connection, id)?.filter(|hook| hook.disabled_at.is_none() && hook.due_at <= now);
        let Some(hook) = hook else { return Ok(None) };
        let sealed = webhook::secret(connection, id)?.unwrap_or_default();
        let news = event::after(connection, hook.cursor.get(), READ)?;
        Ok::<_, store::Error>(Some((hook, sealed, news)))
    })?;
    let Some((hook, sealed, news)) = found else { return Ok(None) };
    let Some(secret) = desk.webhook_secret(&hook.url, &sealed) else {
        unreadable(desk, &hook)?;
        return Ok(None);
    };
    Ok(Some((hook, secret, news)))
}

/// A copy of the desk without its key file cannot sign; that stands among the answers, and is tried later.
fn unreadable(desk: &Desk, hook: &Webhook) -> actions::Result<()> {
    let now = desk.clock.now();
    let detail = "the secret was sealed with another key file; add the webhook anew".to_owned();
    let answer = Answer { webhook: hook.id, event: hook.cursor, at: now, status: None, detail };
    note(desk, hook, answer, hook.cursor)?;
    Ok(())
}

fn deliver(desk: &Desk, hook: &Webhook, secret: &str, event: &Event) -> Answer {
    let bytes = event.told().to_string().into_bytes();
    let signed = signature::sha256_header(secret, &bytes);
    let delivery = format!("{}-{}", hook.id, event.id);
    let call = Call {
        method: "POST",
        url: &hook.url,
        headers: &[("x-transom-signature", &signed), ("x-transom-delivery", &delivery)],
        body: Body::Bytes { content_type: "application/json", bytes: &bytes },
        time: PATIENCE,
        trusted: false,
        most: 4096,
    };
    let (status, detail) = match desk.client.call_outward(call) {
        Ok(answer) => (Some(answer.status), shown(&answer.body)),
        Err(fault) => (None, fault.message().to_owned()),
    };
    Answer { webhook: hook.id, event: event.id, at: desk.clock.now(), status, detail }
}

/// The beginning of what was answered, in one line.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
