//! A channel of one's own: signed JSON in, signed JSON out.
//!
//! **In**: `POST /hooks/ID` with the JSON of [`super::plain`] and the header
//! `X-Transom-Signature: sha256=HEX`, the HMAC-SHA256 of the raw body under `secret`. A delivery is taken
//! once; `X-Transom-Delivery` names it, otherwise its bytes do. The answer is 200 when it is safe.
//!
//! **Out**: `POST outbound_url`, signed the same way, with `Idempotency-Key`, which stays the same over all
//! attempts of a message, so that the other side can execute it once:
//!
//! ```json
//! {"type": "message", "key": "…", "attempt": 1, "channel": 7, "to": {"kind": "custom", "value": "ana"},
//!  "subject": "", "body": "Hello", "reply_to": "m-1", "author": "Marta", "at": "2026-03-03T12:00:00Z",
//!  "template": {"name": "…", "language": "…", "parameters": {}},
//!  "files": [{"name": "a.png", "type": "image/png", "size": 3, "url": "https://…"}]}
//! ```
//!
//! A file has `url` where this desk has a public address, otherwise `data` (base64). A 2xx answer means
//! taken; its body may be `{"id": "…"}`, by which receipts name the message. 401, 403, 404 and 410 stop the
//! channel; 408, 425, 429 and 503 mean "later" (`Retry-After` is obeyed); every other 4xx means "never", and its
//! body may say why: `{"error": {"code": "window_closed", "message": "…"}}`. Anything else is tried again.

use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{
    Account, Check, Fetched, Field, Forged, Hook, Input, Malformed, Order, Provider, Raw, Reacting, cards,
    plain,
};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::Event;
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::net::{Answer, Body, Call, Client, signature};

/// The custom channel.
pub(super) struct Custom;

const FIELDS: [Field; 4] = [
    Field::secret("secret").or("*"),
    Field::text("outbound_url").optional(),
    Field { input: Input::Number, ..Field::text("window_hours").or("0") },
    super::TEXT_LIMIT.optional(),
];

const TIME: Duration = Duration::from_secs(30);
/// The largest file that travels inside the JSON.
const INSIDE: u64 = 10 * 1024 * 1024;

impl Provider for Custom {
    fn kind(&self) -> Kind {
        Kind::Custom
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        cards::card(Kind::Custom, settings)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let given = (hook.header)("x-transom-signature").ok_or(Forged)?;
        signature::check_sha256(account.get("secret"), hook.body, &given).then_some(()).ok_or(Forged)
    }

    fn dedupe_key(&self, hook: &Hook<'_>) -> Option<String> {
        (hook.header)("x-transom-delivery").filter(|key| !key.is_empty() && key.len() <= 200)
    }

    fn parse(&self, _: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        plain::parse(AddressKind::Custom, raw)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        match payload(account, order).and_then(|payload| post(account, client, order.key, &payload)) {
            Ok(answer) => outcome(&answer),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn react(&self, account: &Account, client: &Client, reacting: &Reacting<'_>) -> Result<(), Failure> {
        let payload = json!({
            "type": "reaction", "channel": account.channel.id.get(),
            "to": { "kind": reacting.to.0.as_str(), "value": reacting.to.1 },
            "message": reacting.message, "emoji": reacting.emoji,
        });
        let key = signature::hex(&signature::sha256(payload.to_string().as_bytes()));
        match outcome(&post(account, client, &key, &payload)?) {
            Outcome::Failed(failure) => Err(failure),
            _ => Ok(()),
        }
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn std::io::Write,
    ) -> Result<Fetched, Failure> {
        let url = source["url"].as_str().unwrap_or_default();
        let call = Call {
            method: "GET",
            url,
            headers: &[],
            body: Body::None,
            time: Duration::from_secs(300),
            trusted: super::same_origin(url, account.get("outbound_url")),
            most: super::LARGEST_FILE,
        };
        let answer = client.download(call, sink).map_err(super::not_fetched)?;
        match answer.status {
            200..=299 => {
                Ok(Fetched { media_type: answer.header("content-type").map(str::to_owned), name: None })
            }
            429 | 500..=599 => {
                let text = format!("the file's host answered {}", answer.status);
                Err(Failure::later(Cause::Media, text, super::retry_after(&answer)))
            }
            status => Err(Failure::never(Cause::Media, format!("the file's host answered {status}"))),
        }
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        if account.get("outbound_url").is_empty() {
            return vec![Check { step: "outbound", outcome: Err("outbound_url is not set".to_owned()) }];
        }
        let outcome = match post(
            account,
            client,
            "ping",
            &json!({ "type": "ping", "channel": account.channel.id.get() }),
        ) {
            Ok(answer) if answer.is_success() => Ok(answer.status.to_string()),
            Ok(answer) => Err(format!("{} {}", answer.status, words(&answer))),
            Err(failure) => Err(failure.message),
        };
        vec![Check { step: "outbound", outcome }]
    }
}

fn payload(account: &Account, order: &Order<'_>) -> Result<Value, Failure> {
    let at = jiff::Timestamp::from_millisecond(order.now.0).map(|at| at.to_string()).unwrap_or_default();
    let template = order.template.map(|(used, _)| used);
    Ok(json!({
        "type": "message", "key": order.key, "attempt": order.attempt, "channel": account.channel.id.get(),
        "to": { "kind": order.to.0.as_str(), "value": order.to.1 }, "subject": order.subject,
        "body": order.body, "reply_to": order.reply_to, "author": order.author, "at": at,
        "template": template, "files": files(order)?,
    }))
}

fn files(order: &Order<'_>) -> Result<Vec<Value>, Failure> {
    let mut files = Vec::with_capacity(order.files.len());
    for file in &order.files {
        let mut value = json!({ "name": file.name, "type": file.media_type, "size": file.size });
        if file.url.is_empty() {
            value["data"] = inside(file)?.into();
        } else {
            value["url"] = file.url.as_str().into();
        }
        files.push(value);
    }
    Ok(files)
}

fn inside(file: &super::OutFile<'_>) -> Result<String, Failure> {
    if file.size > INSIDE {
        let text = format!("{} is too large to be sent without a public address of this desk", file.name);
        return Err(Failure::never(Cause::Media, text));
    }
    let mut bytes = Vec::new();
    let read = (file.open)().and_then(|mut content| content.read_to_end(&mut bytes));
    read.map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
    Ok(STANDARD.encode(bytes))
}

fn post(account: &Account, client: &Client, key: &str, payload: &Value) -> Result<Answer, Failure> {
    let url = account.get("outbound_url");
    if url.is_empty() {
        return Err(Failure::never(Cause::Policy, "outbound_url is not set"));
    }
    let bytes = payload.to_string().into_bytes();
    let signed = signature::sha256_header(account.get("secret"), &bytes);
    let call = Call {
        method: "POST",
        url,
        headers: &[("x-transom-signature", &signed), ("idempotency-key", key)],
        body: Body::Bytes { content_type: "application/json", bytes: &bytes },
        time: TIME,
        trusted: true,
        most: 64 * 1024,
    };
    client.call(call).map_err(super::unanswered)
}

fn outcome(answer: &Answer) -> Outcome {
    let said = words(answer);
    Outcome::Failed(match answer.status {
        200..=299 => return Outcome::Sent { provider_id: taken_as(answer) },
        401 | 403 | 404 | 410 => Failure::reconnect(format!("{} {said}", answer.status)),
        408 | 425 | 429 | 503 => Failure::later(Cause::RateLimited, said, super::retry_after(answer)),
        400..=499 => Failure::never(cause(answer), said),
        status => Failure::unsure(format!("{status} {said}")),
    })
}

/// The id that the other side gave the message.
fn taken_as(answer: &Answer) -> Option<String> {
    let value: Value = serde_json::from_slice(&answer.body).ok()?;
    match &value["id"] {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

fn error(answer: &Answer) -> Value {
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    value["error"].clone()
}

fn cause(answer: &Answer) -> Cause {
    serde_json::from_value(error(answer)["code"].clone()).unwrap_or(Cause::InvalidContent)
}

/// What the other side said, in one short line.
fn words(answer: &Answer) -> String {
    let error = error(answer);
    let said = error["message"].as_str().or(error.as_str()).map(str::to_owned);
    let said = said.unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned());
    said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
