//! TikTok Business Messaging. The customer writes; then ten messages of ours within 48 hours, and nothing more.
//! The provider's pages cannot be read without an account; the shapes are those that public programs use.

use std::io::Write;

use serde_json::{Value, json};

use super::talk::{Talk, Target, by_status, download, read_json, text_at};
use super::{
    API_BASE, Account, Check, Fetched, Field, Forged, Hook, Malformed, Order, OutFile, Provider, Raw, card,
};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party, Receipt};
use crate::domain::message::{Extra, State};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::window::Opener;
use crate::domain::{Span, Timestamp};
use crate::net::{Body, Client, Part, signature};

const API: &str = "https://business-api.tiktok.com";
const VERSION: &str = "/open_api/v1.3/business";

const FIELDS: &[Field] = &[
    Field::text("client_key"),
    Field::secret("client_secret"),
    Field::secret("access_token"),
    Field::text("business_id"),
    API_BASE,
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
        let event = match body.get("event").and_then(Value::as_str).unwrap_or_default() {
            "im_receive_msg" => Event::Message(message(&content, "/from_user/id", "/from")?),
            "im_send_msg" => {
                let echo = message(&content, "/to_user/id", "/to")?;
                Event::Echo { to: echo.from.clone(), message: echo }
            }
            "im_mark_read_msg" => read(&content)?,
            _ => Event::Ignored { why: "a kind of event that says nothing to people" },
        };
        Ok(vec![event])
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        let content = match order.files.first() {
            None => Ok(json!({ "message_type": "TEXT", "text": { "body": order.body } })),
            Some(file) => upload(account, client, file)
                .map(|id| json!({ "message_type": "IMAGE", "image": { "media_id": id } })),
        };
        let mut body = match content {
            Ok(content) => content,
            Err(failure) => return Outcome::Failed(failure),
        };
        body["business_id"] = json!(account.get("business_id"));
        body["recipient_type"] = json!("CONVERSATION");
        body["recipient"] =
            order.last_provider.get("conversation_id").cloned().unwrap_or_else(|| json!(order.to.1));
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
        let mut body = source.clone();
        body["business_id"] = json!(account.get("business_id"));
        let talk = post(account, client, "/message/media/download/", &body)?;
        let url = talk.text("/data/download_url").ok_or_else(|| failure(&talk))?;
        let headers: &[(&str, &str)] = &[];
        let trusted = account.is_own_host(&url);
        download(&Target { client, url: &url, headers, trusted }, sink)?;
        Ok(Fetched { media_type: None, name: None })
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
    let talk =
        target.send(Body::Multipart(parts)).map_err(|f| Failure::later(Cause::Transient, f.message, None))?;
    talk.text("/data/media_id").ok_or_else(|| failure(&talk))
}

fn code(talk: &Talk) -> Option<i64> {
    talk.json.get("code").and_then(Value::as_i64)
}

fn words(talk: &Talk) -> String {
    talk.text("/message").unwrap_or_else(|| format!("TikTok answered {}", talk.status))
}

fn failure(talk: &Talk) -> Failure {
    let words = words(talk);
    match code(talk) {
        Some(40064 | 40100 | 40133) => Failure::later(Cause::RateLimited, words, talk.retry_after),
        Some(40101..=40110) => Failure::reconnect(words),
        Some(50000..=59999) => Failure::unsure(words),
        Some(0) | None => by_status(talk, words),
        Some(_) => Failure::never(Cause::InvalidContent, words),
    }
}

fn time(content: &Value) -> Timestamp {
    Timestamp(content.get("timestamp").and_then(Value::as_i64).unwrap_or_default())
}

fn message(content: &Value, person: &str, name: &str) -> Result<Incoming, Malformed> {
    let value = text_at(content, person).ok_or_else(|| Malformed("nobody is named".into()))?;
    let provider_id = text_at(content, "/message_id").ok_or_else(|| Malformed("no message_id".into()))?;
    let conversation =
        text_at(content, "/conversation_id").ok_or_else(|| Malformed("no conversation_id".into()))?;
    let mut extra = Extra { provider: json!({ "conversation_id": conversation }), ..Extra::default() };
    let (mut body, mut files) = (String::new(), Vec::new());
    match content.get("type").and_then(Value::as_str).unwrap_or_default() {
        "text" => body = text_at(content, "/text/body").unwrap_or_default(),
        "image" => files.extend(text_at(content, "/image/media_id").map(|media| {
            let source = json!({
                "conversation_id": conversation, "message_id": provider_id, "media_id": media, "media_type": "IMAGE",
            });
            File { name: "image.jpg".into(), media_type: "image/jpeg".into(), content: FileContent::Remote(source) }
        })),
        "share_post" => body = text_at(content, "/share_post/embed_url").unwrap_or_default(),
        other => extra.label = Some(other.to_owned()),
    }
    Ok(Incoming {
        from: Party { kind: AddressKind::Tiktok, value, name: text_at(content, name), also: Vec::new() },
        provider_id,
        at: time(content),
        body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: text_at(content, "/referenced_message_info/referenced_message_id"),
        extra,
        files,
        opener: Some(Opener::Message),
    })
}

fn read(content: &Value) -> Result<Event, Malformed> {
    let at = time(content);
    if let Some(id) = text_at(content, "/message_id") {
        let receipt = Receipt { provider_id: Some(id), our_key: None, state: State::Read, at, fault: None };
        return Ok(Event::Receipt(receipt));
    }
    let value = text_at(content, "/from_user/id").ok_or_else(|| Malformed("nobody is named".into()))?;
    let from = Party { kind: AddressKind::Tiktok, value, name: None, also: Vec::new() };
    Ok(Event::Watermark { from, state: State::Read, until: at })
}
