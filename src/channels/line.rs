//! LINE Messaging API (developers.line.biz/en/reference/messaging-api). No window: a reply within a minute
//! of the customer's message is free, a push at any time counts against the monthly quota.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::length;
use super::talk::{Talk, Target, by_status, download, read_json, text_at};
use super::{
    API_BASE, Account, Check, Fetched, Field, Forged, Hook, Malformed, Order, OutFile, Profile, Provider,
    Raw, card,
};
use crate::domain::channel::{Card, FileClass, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::message::{Extra, Location};
use crate::domain::outbox::{Cause, Failure, Next, Outcome};
use crate::domain::window::Opener;
use crate::domain::{Span, Timestamp};
use crate::net::{Client, signature};

const API: &str = "https://api.line.me";
const DATA: &str = "https://api-data.line.me";

const FIELDS: &[Field] = &[Field::secret("channel_secret"), Field::secret("channel_access_token"), API_BASE];

/// A reply token "must be used within one minute"; ten seconds are kept for the way.
const REPLY_WITHIN: Span = Span::seconds(50);

/// The largest picture that may stand for itself in small, in bytes.
const PREVIEW: u64 = 1024 * 1024;

/// The LINE official account.
pub struct Line;

impl Provider for Line {
    fn kind(&self) -> Kind {
        Kind::Line
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Line, settings)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let given = (hook.header)("x-line-signature").and_then(|text| STANDARD.decode(text.trim()).ok());
        let secret = account.get("channel_secret");
        let right = signature::hmac_sha256(secret.as_bytes(), hook.body);
        let fits = given.is_some_and(|given| signature::equal(&given, &right));
        if fits && !secret.is_empty() { Ok(()) } else { Err(Forged) }
    }

    fn parse(&self, _account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let body: Value = read_json(raw.body)?;
        let events =
            body.get("events").and_then(Value::as_array).ok_or_else(|| Malformed("no events".into()))?;
        events.iter().map(event).collect()
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        match order.files.first().map(|file| media(account, file)).transpose() {
            Err(failure) => Outcome::Failed(failure),
            Ok(media) => send(account, client, order, media),
        }
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        // Some accounts keep their customers' files on a host of their own; the token is not for that host.
        if let Some(url) = source.get("url").and_then(Value::as_str) {
            let trusted = account.is_own_host(url);
            download(&Target { client, url, headers: &[], trusted }, sink)?;
        } else {
            let id = source.get("message_id").and_then(Value::as_str).unwrap_or_default();
            let (url, bearer) =
                (format!("{}/v2/bot/message/{id}/content", account.api(DATA)), bearer(account));
            let headers = [("Authorization", bearer.as_str())];
            download(&Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }, sink)?;
        }
        Ok(Fetched { media_type: None, name: None })
    }

    /// Whoever has not befriended the account is not told of: LINE says 404.
    fn profile(&self, account: &Account, client: &Client, person: &str) -> Option<Result<Profile, Failure>> {
        let person: String = form_urlencoded::byte_serialize(person.as_bytes()).collect();
        Some(get(account, client, &format!("/v2/bot/profile/{person}")).and_then(|talk| {
            if !talk.ok() {
                return Err(failure(&talk));
            }
            let picture = text_at(&talk.json, "/pictureUrl").map(|url| json!({ "url": url }));
            Ok(Profile { name: text_at(&talk.json, "/displayName"), picture })
        }))
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let ask = |path: &str, pointer: &str| match get(account, client, path) {
            Ok(talk) if talk.ok() => Ok(talk.text(pointer).unwrap_or_default()),
            Ok(talk) => Err(words(&talk)),
            Err(failure) => Err(failure.message),
        };
        let token = Check { step: "token", outcome: ask("/v2/bot/info", "/displayName") };
        if token.outcome.is_err() {
            return vec![token];
        }
        let endpoint = ask("/v2/bot/channel/webhook/endpoint", "/endpoint");
        let webhook = endpoint.and_then(|url| if url == account.hook_url() { Ok(url) } else { Err(url) });
        vec![
            token,
            Check { step: "webhook", outcome: webhook },
            Check { step: "quota", outcome: quota(&ask) },
        ]
    }
}

/// What of the month's pushes is used up; an account without a limit has no total.
fn quota(ask: &dyn Fn(&str, &str) -> Result<String, String>) -> Result<String, String> {
    let used = ask("/v2/bot/message/quota/consumption", "/totalUsage")?;
    let total = ask("/v2/bot/message/quota", "/value")?;
    let left = match (used.parse::<u64>(), total.parse::<u64>()) {
        (Ok(used), Ok(total)) if used >= total => return Err(format!("{used} / {total}")),
        _ if total.is_empty() => used,
        _ => format!("{used} / {total}"),
    };
    Ok(left)
}

fn bearer(account: &Account) -> String {
    format!("Bearer {}", account.get("channel_access_token"))
}

fn get(account: &Account, client: &Client, path: &str) -> Result<Talk, Failure> {
    let (url, bearer) = (format!("{}{path}", account.api(API)), bearer(account));
    let headers = [("Authorization", bearer.as_str())];
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }.get()
}

fn event(event: &Value) -> Result<Event, Malformed> {
    // Another module of the account answers in this mode.
    if event.get("mode").and_then(Value::as_str) == Some("standby") {
        return Ok(Event::Ignored { why: "the account is on standby" });
    }
    if event.pointer("/source/type").and_then(Value::as_str) != Some("user") {
        return Ok(Event::Ignored { why: "something in a group" });
    }
    let at = Timestamp(event.get("timestamp").and_then(Value::as_i64).unwrap_or_default());
    let from = party(event)?;
    match event.get("type").and_then(Value::as_str).unwrap_or_default() {
        "message" => message(event, from, at),
        "postback" => {
            let body = text_at(event, "/postback/data").unwrap_or_default();
            let id =
                text_at(event, "/webhookEventId").ok_or_else(|| Malformed("no webhookEventId".into()))?;
            let extra = Extra { provider: token(event), ..Extra::default() };
            Ok(Event::Message(incoming(from, format!("event:{id}"), at, body, extra)))
        }
        "unsend" => {
            let id =
                text_at(event, "/unsend/messageId").ok_or_else(|| Malformed("unsend of nothing".into()))?;
            Ok(Event::Revoked { provider_id: id, at })
        }
        "follow" => Ok(Event::Consent { from, allowed: true, at }),
        "unfollow" => Ok(Event::Consent { from, allowed: false, at }),
        _ => Ok(Event::Ignored { why: "a kind of event that says nothing to people" }),
    }
}

fn party(event: &Value) -> Result<Party, Malformed> {
    let value = text_at(event, "/source/userId").ok_or_else(|| Malformed("no userId".into()))?;
    Ok(Party { kind: AddressKind::Line, value, name: None, also: Vec::new() })
}

/// What a reply needs, and what quotes the message in one. A redelivered event carries a reply token that is too
/// old.
fn token(event: &Value) -> Value {
    let again = event.pointer("/deliveryContext/isRedelivery").and_then(Value::as_bool).unwrap_or(false);
    let mut words = serde_json::Map::new();
    if let Some(token) = text_at(event, "/replyToken").filter(|_| !again) {
        words.insert("reply_token".to_owned(), json!(token));
    }
    if let Some(token) = text_at(event, "/message/quoteToken") {
        words.insert("quote_token".to_owned(), json!(token));
    }
    if words.is_empty() { Value::Null } else { Value::Object(words) }
}

fn incoming(from: Party, provider_id: String, at: Timestamp, body: String, extra: Extra) -> Incoming {
    Incoming {
        from,
        provider_id,
        at,
        body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: None,
        extra,
        files: Vec::new(),
        opener: Some(Opener::Message),
        letter: None,
    }
}

fn message(event: &Value, from: Party, at: Timestamp) -> Result<Event, Malformed> {
    let message = event.get("message").unwrap_or(&Value::Null);
    let id = text_at(message, "/id").ok_or_else(|| Malformed("a message without an id".into()))?;
    let mut extra = Extra { provider: token(event), ..Extra::default() };
    let (mut body, mut files) = (String::new(), Vec::new());
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "text" => body = text_at(message, "/text").unwrap_or_default(),
        "image" => files.push(file(message, &id, "image.jpg", "image/jpeg")),
        "video" => files.push(file(message, &id, "video.mp4", "video/mp4")),
        "audio" => files.push(file(message, &id, "audio.m4a", "audio/mp4")),
        "file" => {
            let name = text_at(message, "/fileName").unwrap_or_else(|| "file".into());
            files.push(file(message, &id, &name, "application/octet-stream"));
        }
        "location" => extra.location = location(message),
        "sticker" => {
            extra.label = Some("sticker".to_owned());
            // A sticker with words on it has its text; the others have words by which they are found.
            let words = text_at(message, "/text").or_else(|| text_at(message, "/keywords/0"));
            body = words.unwrap_or_default();
        }
        _ => {
            extra.label = Some("unsupported".to_owned());
            extra.provider["message"] = message.clone();
        }
    }
    let reply_to = text_at(message, "/quotedMessageId");
    Ok(Event::Message(Incoming { reply_to, files, ..incoming(from, id, at, body, extra) }))
}

fn file(message: &Value, id: &str, name: &str, media_type: &str) -> File {
    let outside = text_at(message, "/contentProvider/originalContentUrl");
    let source = match outside {
        Some(url) => json!({ "url": url }),
        None => json!({ "message_id": id }),
    };
    File { name: name.to_owned(), media_type: media_type.to_owned(), content: FileContent::Remote(source) }
}

fn location(message: &Value) -> Option<Location> {
    Some(Location {
        latitude: message.get("latitude")?.as_f64()?,
        longitude: message.get("longitude")?.as_f64()?,
        name: text_at(message, "/title"),
        address: text_at(message, "/address"),
    })
}

/// LINE fetches files from a public address itself. A large picture needs a small one and a video a still, for
/// which drawn ones stand, and a sound its length; for other files LINE has no message.
fn media(account: &Account, file: &OutFile<'_>) -> Result<Value, Failure> {
    if file.url.is_empty() {
        return Err(Failure::never(
            Cause::Media,
            "LINE fetches files itself, so this desk needs a public address",
        ));
    }
    let drawn = |name: &str| format!("{}/static/icons/{name}.png", account.public_url);
    Ok(match file.class {
        FileClass::Image => {
            let preview = if file.size <= PREVIEW { file.url.clone() } else { drawn("picture") };
            json!({ "type": "image", "originalContentUrl": file.url, "previewImageUrl": preview })
        }
        FileClass::Video => {
            let still = drawn("video");
            json!({ "type": "video", "originalContentUrl": file.url, "previewImageUrl": still })
        }
        FileClass::Audio => {
            let length = (file.open)().and_then(|mut bytes| length::milliseconds(&mut *bytes));
            let length = length.map_err(|fault| Failure::later(Cause::Media, fault.to_string(), None))?;
            let length =
                length.ok_or_else(|| Failure::never(Cause::Media, "the length of the sound is unknown"))?;
            json!({ "type": "audio", "originalContentUrl": file.url, "duration": length })
        }
        _ => return Err(Failure::never(Cause::Media, "LINE takes no such file")),
    })
}

fn send(account: &Account, client: &Client, order: &Order<'_>, media: Option<Value>) -> Outcome {
    let mut messages = Vec::new();
    if !order.body.is_empty() {
        let mut text = json!({ "type": "text", "text": order.body });
        if let Some(quoted) = order.answered.get("quote_token") {
            text["quoteToken"] = quoted.clone();
        }
        messages.push(text);
    }
    messages.extend(media);
    let fresh = order.last_inbound.is_some_and(|(_, at)| order.now.since(at) < REPLY_WITHIN);
    let reply = order
        .last_provider
        .get("reply_token")
        .and_then(Value::as_str)
        .filter(|_| fresh && order.attempt <= 1);
    if let Some(token) = reply {
        let body = json!({ "replyToken": token, "messages": messages });
        match post(account, client, "/v2/bot/message/reply", &body, &[]) {
            // A used or late token costs nothing: the push below still goes.
            Ok(talk) if talk.status == 400 && words(&talk).contains("reply token") => {}
            // A reply has no key by which LINE knows a repetition, as a push has.
            Err(failure) if failure.next == Next::Unsure => {
                return Outcome::Failed(Failure { next: Next::Ask, ..failure });
            }
            Ok(talk) if talk.status >= 500 => {
                return Outcome::Failed(Failure { next: Next::Ask, ..failure(&talk) });
            }
            answered => return outcome(answered),
        }
    }
    let key = retry_key(order.key);
    let body = json!({ "to": order.to.1, "messages": messages });
    outcome(post(account, client, "/v2/bot/message/push", &body, &[("X-Line-Retry-Key", &key)]))
}

fn post(
    account: &Account,
    client: &Client,
    path: &str,
    body: &Value,
    more: &[(&str, &str)],
) -> Result<Talk, Failure> {
    let (url, bearer) = (format!("{}{path}", account.api(API)), bearer(account));
    let mut headers = vec![("Authorization", bearer.as_str())];
    headers.extend_from_slice(more);
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }.post_json(body)
}

/// Our key in the form of a UUID, which is what LINE takes; the same key gives the same UUID.
fn retry_key(key: &str) -> String {
    let sum = signature::hex(&signature::sha256(key.as_bytes()));
    let part = |from: usize, to: usize| sum.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn outcome(talk: Result<Talk, Failure>) -> Outcome {
    match talk {
        // 409: the same key was accepted before, so it was sent.
        Ok(talk) if talk.ok() || talk.status == 409 => {
            Outcome::Sent { provider_id: talk.text("/sentMessages/0/id") }
        }
        Ok(talk) => Outcome::Failed(failure(&talk)),
        Err(failure) => Outcome::Failed(failure),
    }
}

fn words(talk: &Talk) -> String {
    let detail = talk.text("/details/0/message").map(|detail| format!(": {detail}")).unwrap_or_default();
    talk.text("/message")
        .map_or_else(|| format!("LINE answered {}", talk.status), |words| format!("{words}{detail}"))
}

fn failure(talk: &Talk) -> Failure {
    let words = words(talk);
    match talk.status {
        429 if words.contains("monthly limit") => Failure::never(Cause::Policy, words),
        // The plan does not allow it.
        403 => Failure::never(Cause::Policy, words),
        _ => by_status(talk, words),
    }
}
