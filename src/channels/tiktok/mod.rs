//! TikTok Business Messaging. The customer writes; then ten messages of ours within 48 hours, and nothing more.
//! The provider's pages cannot be read without an account; the shapes are those that public programs use, and
//! how a closed window is refused is told nowhere: the count and the clock here keep it.
//!
//! An access token lives a day, and the refresh token, if there is one, a year: with it the access token is renewed
//! four times a day. Without it the channel stops with TikTok's words and goes on when a new token is saved.

mod read;

use std::io::Write;

use serde_json::{Value, json};

use crate::channels::talk::{Talk, Target, by_status, download, read_json, text_at};
use crate::channels::{
    API_BASE, Access, Account, Check, Fetched, Field, Forged, Hook, Malformed, Order, OutFile, Provider, Raw,
    Secrets, TEXT_LIMIT, card,
};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::inbound::Event;
use crate::domain::outbox::{Cause, Failure, Next, Outcome};
use crate::domain::{Span, Timestamp};
use crate::net::{Body, Client, Part, signature};

const API: &str = "https://business-api.tiktok.com";
const VERSION: &str = "/open_api/v1.3/business";

const FIELDS: &[Field] = &[
    Field::text("client_key"),
    Field::secret("client_secret"),
    Field::secret("access_token"),
    Field::secret("refresh_token").optional(),
    Field::text("business_id"),
    API_BASE,
    TEXT_LIMIT.optional(),
];

/// A signed time older than this is a replay. Five seconds, as others have it, would refuse retries.
const FRESH: Span = Span::minutes(5);

/// The TikTok business account.
pub struct Tiktok;

impl Provider for Tiktok {
    fn kind(&self) -> Kind {
        Kind::Tiktok
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Tiktok, settings)
    }

    /// `Tiktok-Signature: t=<seconds>,s=<hex>`: HMAC-SHA256 over `t.body`.
    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let header = (hook.header)("tiktok-signature").ok_or(Forged)?;
        let part = |name: &str| {
            header.split(',').find_map(|part| part.trim().strip_prefix(name)).unwrap_or_default()
        };
        let (time, given) = (part("t="), part("s="));
        let signed_at = Timestamp::from_seconds(time.parse().map_err(|_| Forged)?);
        let signed = [time.as_bytes(), b".", hook.body].concat();
        let secret = account.get("client_secret");
        let right = signature::hex(&signature::hmac_sha256(secret.as_bytes(), &signed));
        let fits = signature::equal(given.as_bytes(), right.as_bytes());
        let fresh = hook.now.since(signed_at) < FRESH;
        if fits && fresh && !secret.is_empty() { Ok(()) } else { Err(Forged) }
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let body: Value = read_json(raw.body)?;
        if body.get("user_openid").and_then(Value::as_str).is_some_and(|id| id != account.get("business_id"))
        {
            return Ok(vec![Event::Ignored { why: "another business account" }]);
        }
        // The content is JSON inside JSON.
        let content =
            body.get("content").and_then(Value::as_str).ok_or_else(|| Malformed("no content".into()))?;
        let content: Value = serde_json::from_str(content).map_err(|fault| Malformed(fault.to_string()))?;
        let event = body.get("event").and_then(Value::as_str).unwrap_or_default();
        read::events(event, &content, account.get("business_id"), raw.received_at)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        let Some(conversation) = text_at(order.last_provider, "/conversation_id") else {
            // It is learnt from what the customer writes, and nothing else leads to them.
            return Outcome::Failed(Failure::never(Cause::Unreachable, "the customer has to write first"));
        };
        let content = match order.files.as_slice() {
            [] => Ok(json!({ "message_type": "TEXT", "text": { "body": order.body } })),
            [file] if order.body.is_empty() => upload(account, client, file)
                .map(|id| json!({ "message_type": "IMAGE", "image": { "media_id": id } })),
            _ => Err(Failure::never(Cause::InvalidContent, "one message carries one text or one image")),
        };
        let mut body = match content {
            Ok(content) => content,
            Err(failure) => return Outcome::Failed(failure),
        };
        body["business_id"] = json!(account.get("business_id"));
        body["recipient_type"] = json!("CONVERSATION");
        body["recipient"] = json!(conversation);
        if let Some(id) = order.reply_to {
            body["referenced_message_info"] = json!({ "referenced_message_id": id });
        }
        match post(account, client, "/message/send/", &body) {
            Ok(talk) if code(&talk) == Some(0) => {
                Outcome::Sent { provider_id: talk.text("/data/message/message_id") }
            }
            Ok(talk) => Outcome::Failed(failure(&talk)),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        if let Some(url) = text_at(source, "/url") {
            let trusted = account.is_own_host(&url);
            download(&Target { client, url: &url, headers: &[], trusted }, sink)?;
            return Ok(Fetched { media_type: None, name: None });
        }
        let mut body = if source.is_object() { source.clone() } else { json!({}) };
        body["business_id"] = json!(account.get("business_id"));
        // Asking twice does no harm.
        let talk = post(account, client, "/message/media/download/", &body).map_err(harmless)?;
        let url = talk.text("/data/download_url").ok_or_else(|| harmless(failure(&talk)))?;
        // What TikTok itself names is served to who shows the token, under this name.
        let headers = [("x-user", account.get("access_token"))];
        let trusted = account.is_own_host(&url);
        download(&Target { client, url: &url, headers: &headers, trusted }, sink)?;
        Ok(Fetched { media_type: None, name: None })
    }

    fn access(&self, account: &Account, client: &Client, now: Timestamp) -> Option<Result<Access, Failure>> {
        (!account.get("refresh_token").is_empty()).then(|| renew(account, client, now))
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let token = get(account, client).and_then(|talk| match code(&talk) {
            Some(0) => Ok(talk.text("/data/display_name").unwrap_or_default()),
            _ => Err(words(&talk)),
        });
        let subscription = json!({
            "app_id": account.get("client_key"), "secret": account.get("client_secret"),
            "event_type": "DIRECT_MESSAGE", "callback_url": account.hook_url(),
        });
        let webhook = match post(account, client, "/webhook/update/", &subscription) {
            Ok(talk) if code(&talk) == Some(0) => Ok(account.hook_url()),
            Ok(talk) => Err(words(&talk)),
            Err(failure) => Err(failure.message),
        };
        vec![Check { step: "token", outcome: token }, Check { step: "webhook", outcome: webhook }]
    }
}

/// `tt_user/oauth2/refresh_token/`. The refresh token may be another one afterwards, so both are kept.
fn renew(account: &Account, client: &Client, now: Timestamp) -> Result<Access, Failure> {
    let body = json!({
        "client_id": account.get("client_key"), "client_secret": account.get("client_secret"),
        "grant_type": "refresh_token", "refresh_token": account.get("refresh_token"),
    });
    let url = format!("{}/open_api/v1.3/tt_user/oauth2/refresh_token/", account.api(API));
    let target = Target { client, url: &url, headers: &[], trusted: account.has_own_api() };
    let talk = target.post_json(&body).map_err(harmless)?;
    let (Some(0), Some(token)) = (code(&talk), talk.text("/data/access_token")) else {
        return Err(harmless(failure(&talk)));
    };
    let mut secrets = Secrets::from([("access_token".to_owned(), token)]);
    secrets.extend(talk.text("/data/refresh_token").map(|token| ("refresh_token".to_owned(), token)));
    let lives = |name: &str| talk.json.pointer(name).and_then(Value::as_i64).filter(|seconds| *seconds > 0);
    let half = lives("/data/expires_in").unwrap_or(86_400) / 2;
    Ok(Access {
        until: lives("/data/refresh_token_expires_in").map(|seconds| now + Span::seconds(seconds)),
        again: now + Span::seconds(half.clamp(60, 6 * 3600)),
        secrets,
    })
}

fn post(account: &Account, client: &Client, path: &str, body: &Value) -> Result<Talk, Failure> {
    let url = format!("{}{VERSION}{path}", account.api(API));
    let headers = [("Access-Token", account.get("access_token"))];
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }.post_json(body)
}

fn get(account: &Account, client: &Client) -> Result<Talk, String> {
    let fields = "%5B%22username%22%2C%22display_name%22%5D";
    let business = account.get("business_id");
    let url = format!("{}{VERSION}/get/?business_id={business}&fields={fields}", account.api(API));
    let headers = [("Access-Token", account.get("access_token"))];
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }
        .get()
        .map_err(|f| f.message)
}

fn upload(account: &Account, client: &Client, file: &OutFile<'_>) -> Result<String, Failure> {
    let content = (file.open)().map_err(|fault| Failure::later(Cause::Media, fault.to_string(), None))?;
    let parts = vec![
        Part::text("business_id", account.get("business_id")),
        Part::text("media_type", "IMAGE"),
        Part {
            name: "file",
            file_name: Some(file.name),
            content_type: Some(file.media_type),
            size: file.size,
            content,
        },
    ];
    let url = format!("{}{VERSION}/message/media/upload/", account.api(API));
    let headers = [("Access-Token", account.get("access_token"))];
    let target = Target { client, url: &url, headers: &headers, trusted: account.has_own_api() };
    // Nobody sees an upload, so a broken one is simply tried again.
    let talk = target.send(Body::Multipart(parts)).map_err(harmless)?;
    match (code(&talk), talk.text("/data/media_id")) {
        (Some(0), Some(id)) => Ok(id),
        _ => Err(harmless(failure(&talk))),
    }
}

/// A call that changes nothing a customer sees is simply made again.
fn harmless(failure: Failure) -> Failure {
    match failure.next {
        Next::Unsure => Failure::later(Cause::Transient, failure.message, None),
        _ => failure,
    }
}

fn code(talk: &Talk) -> Option<i64> {
    talk.json.get("code").and_then(Value::as_i64)
}

fn words(talk: &Talk) -> String {
    match (code(talk), talk.text("/message")) {
        (Some(code), Some(message)) => format!("({code}) {message}"),
        _ => format!("TikTok answered {}", talk.status),
    }
}

fn failure(talk: &Talk) -> Failure {
    let words = words(talk);
    match code(talk) {
        // 40064: "You are sending messages too fast", also for the daily number of conversations.
        Some(40_064 | 40_100 | 40_133) => Failure::later(Cause::RateLimited, words, talk.retry_after),
        Some(40_001 | 40_101..=40_110) => Failure::reconnect(words),
        Some(50_000..=59_999) => Failure::unsure(words),
        Some(0) | None => by_status(talk, words),
        Some(_) => Failure::never(Cause::InvalidContent, words),
    }
}
