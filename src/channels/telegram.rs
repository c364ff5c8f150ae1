//! Telegram Bot API 10.1 (core.telegram.org/bots/api). No window: a bot may write to whoever started it
//! and has not blocked it. Long polling is the default, because it needs no public address.

use std::io::Write;

use serde_json::{Value, json};

use super::talk::{Talk, Target, as_text, by_status, download, read_json};
use super::{
    API_BASE, Account, Check, Fetched, Field, Forged, Hook, Input, Malformed, Order, OutFile, Polled,
    Provider, Raw, card,
};
use crate::domain::Timestamp;
use crate::domain::channel::{Card, FileClass, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::message::{Extra, Location};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::window::Opener;
use crate::net::{Body, Client, Part, signature};

const API: &str = "https://api.telegram.org";

const FIELDS: &[Field] = &[
    Field::secret("bot_token"),
    Field { input: Input::Choice(&["poll", "webhook"]), ..Field::text("mode").or("poll") },
    Field { secret: true, ..Field::text("webhook_secret").or("*") },
    API_BASE,
];

/// What we ask Telegram to tell. Its default leaves out what we do not need anyway.
const UPDATES: &str = r#"["message","edited_message","callback_query","my_chat_member"]"#;

/// The Telegram bot.
pub struct Telegram;

impl Provider for Telegram {
    fn kind(&self) -> Kind {
        Kind::Telegram
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Telegram, settings)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let given = (hook.header)("x-telegram-bot-api-secret-token").unwrap_or_default();
        let secret = account.get("webhook_secret");
        if !secret.is_empty() && signature::equal(given.as_bytes(), secret.as_bytes()) {
            Ok(())
        } else {
            Err(Forged)
        }
    }

    fn dedupe_key(&self, hook: &Hook<'_>) -> Option<String> {
        let update: Value = serde_json::from_slice(hook.body).ok()?;
        as_text(update.get("update_id")?)
    }

    fn parse(&self, _account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let update: Value = read_json(raw.body)?;
        Ok(vec![event(&update)?])
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        match order.files.first() {
            None => send_text(account, client, order),
            Some(file) => send_file(account, client, order, file),
        }
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        let id = source.get("file_id").and_then(Value::as_str).unwrap_or_default();
        let url = format!("{}?file_id={id}", method_url(account, "getFile"));
        let talk = target(account, client, &url).get()?;
        let path = talk.text("/result/file_path").ok_or_else(|| failure(&talk))?;
        let url = format!("{}/file/bot{}/{path}", account.api(API), account.get("bot_token"));
        let headers: &[(&str, &str)] = &[];
        let trusted = account.has_own_api();
        download(&Target { client, url: &url, headers, trusted }, sink)?;
        Ok(Fetched { media_type: None, name: None })
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let me = target(account, client, &method_url(account, "getMe")).get();
        let token = match me {
            Ok(talk) if talk.ok() => Ok(format!("@{}", talk.text("/result/username").unwrap_or_default())),
            Ok(talk) => Err(words(&talk)),
            Err(failure) => Err(failure.message),
        };
        let mut checks = vec![Check { step: "token", outcome: token }];
        if account.get("mode") == "webhook" {
            checks.push(Check { step: "webhook", outcome: subscribe(account, client) });
        }
        checks
    }

    fn poll(&self, account: &Account, client: &Client, cursor: &str) -> Option<Result<Polled, Failure>> {
        (account.get("mode") != "webhook").then(|| poll(account, client, cursor))
    }
}

fn method_url(account: &Account, method: &str) -> String {
    format!("{}/bot{}/{method}", account.api(API), account.get("bot_token"))
}

fn target<'a>(account: &Account, client: &'a Client, url: &'a str) -> Target<'a> {
    Target { client, url, headers: &[], trusted: account.has_own_api() }
}

fn poll(account: &Account, client: &Client, cursor: &str) -> Result<Polled, Failure> {
    let offset = cursor.parse::<i64>().map_or(0, |last| last + 1);
    let allowed: String = form_urlencoded::byte_serialize(UPDATES.as_bytes()).collect();
    let url =
        format!("{}?offset={offset}&timeout=20&allowed_updates={allowed}", method_url(account, "getUpdates"));
    let talk = target(account, client, &url).get()?;
    if !talk.ok() {
        return Err(failure(&talk));
    }
    let updates = talk.json.pointer("/result").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut polled = Polled { deliveries: Vec::new(), cursor: cursor.to_owned() };
    for update in updates {
        if let Some(id) = update.get("update_id").and_then(as_text) {
            polled.cursor.clone_from(&id);
            polled.deliveries.push((id, update.to_string().into_bytes()));
        }
    }
    Ok(polled)
}

fn subscribe(account: &Account, client: &Client) -> Result<String, String> {
    let body = json!({
        "url": account.hook_url(), "secret_token": account.get("webhook_secret"),
        "allowed_updates": serde_json::from_str::<Value>(UPDATES).unwrap_or_default(),
    });
    let talk = target(account, client, &method_url(account, "setWebhook"))
        .post_json(&body)
        .map_err(|f| f.message)?;
    if !talk.ok() {
        return Err(words(&talk));
    }
    let info =
        target(account, client, &method_url(account, "getWebhookInfo")).get().map_err(|f| f.message)?;
    match info.text("/result/last_error_message") {
        Some(error) => Err(error),
        None => Ok(info.text("/result/url").unwrap_or_default()),
    }
}

fn event(update: &Value) -> Result<Event, Malformed> {
    if let Some(message) = update.get("message") {
        return incoming(message);
    }
    if let Some(message) = update.get("edited_message") {
        return Ok(Event::Edited {
            provider_id: message_id(message)?,
            body: text_of(message),
            at: time(message, "edit_date"),
        });
    }
    if let Some(query) = update.get("callback_query") {
        return pressed(query);
    }
    if let Some(change) = update.get("my_chat_member") {
        let status = change.pointer("/new_chat_member/status").and_then(Value::as_str).unwrap_or_default();
        if !is_private(change) {
            return Ok(Event::Ignored { why: "a change in a group" });
        }
        return Ok(Event::Consent {
            from: party(change)?,
            allowed: status == "member",
            at: time(change, "date"),
        });
    }
    Ok(Event::Ignored { why: "a kind of update that was not asked for" })
}

fn incoming(message: &Value) -> Result<Event, Malformed> {
    if !is_private(message) {
        return Ok(Event::Ignored { why: "a message in a group" });
    }
    let extra = Extra { location: location(message), label: label(message), ..Extra::default() };
    Ok(Event::Message(Incoming {
        from: party(message)?,
        provider_id: message_id(message)?,
        at: time(message, "date"),
        body: text_of(message),
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: message.get("reply_to_message").and_then(|replied| message_id(replied).ok()),
        extra,
        files: files(message),
        opener: Some(Opener::Message),
    }))
}

/// A pressed button comes as a message that says what the button said.
fn pressed(query: &Value) -> Result<Event, Malformed> {
    let message = query.get("message").ok_or_else(|| Malformed("a callback without its message".into()))?;
    let id = query.get("id").and_then(as_text).ok_or_else(|| Malformed("a callback without an id".into()))?;
    let mut from = party(message)?;
    from.name = name(query.get("from").unwrap_or(&Value::Null)).or(from.name);
    Ok(Event::Message(Incoming {
        from,
        provider_id: format!("callback:{id}"),
        at: time(message, "date"),
        body: query.get("data").and_then(Value::as_str).unwrap_or_default().to_owned(),
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: message_id(message).ok(),
        extra: Extra { label: Some("button".into()), ..Extra::default() },
        files: Vec::new(),
        opener: Some(Opener::Message),
    }))
}

fn is_private(value: &Value) -> bool {
    value.pointer("/chat/type").and_then(Value::as_str) == Some("private")
}

/// Message numbers count within a chat, so the chat belongs to the id.
fn message_id(message: &Value) -> Result<String, Malformed> {
    let chat = message.pointer("/chat/id").and_then(as_text);
    let number = message.get("message_id").and_then(as_text);
    match (chat, number) {
        (Some(chat), Some(number)) => Ok(format!("{chat}:{number}")),
        _ => Err(Malformed("a message without chat or number".into())),
    }
}

fn party(message: &Value) -> Result<Party, Malformed> {
    let value = message.pointer("/chat/id").and_then(as_text).ok_or_else(|| Malformed("no chat".into()))?;
    let person = message.get("chat").unwrap_or(&Value::Null);
    Ok(Party { kind: AddressKind::Telegram, value, name: name(person), also: Vec::new() })
}

fn name(person: &Value) -> Option<String> {
    let part = |key: &str| person.get(key).and_then(Value::as_str).unwrap_or_default();
    let full = format!("{} {}", part("first_name"), part("last_name")).trim().to_owned();
    let shown = if full.is_empty() { part("username").to_owned() } else { full };
    (!shown.is_empty()).then_some(shown)
}

fn time(value: &Value, key: &str) -> Timestamp {
    Timestamp::from_seconds(
        value.get(key).or_else(|| value.get("date")).and_then(Value::as_i64).unwrap_or_default(),
    )
}

fn text_of(message: &Value) -> String {
    let text = message.get("text").or_else(|| message.get("caption")).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn location(message: &Value) -> Option<Location> {
    let venue = message.get("venue");
    let place = venue.and_then(|venue| venue.get("location")).or_else(|| message.get("location"))?;
    let words = |key: &str| venue.and_then(|v| v.get(key)).and_then(Value::as_str).map(str::to_owned);
    Some(Location {
        latitude: place.get("latitude")?.as_f64()?,
        longitude: place.get("longitude")?.as_f64()?,
        name: words("title"),
        address: words("address"),
    })
}

fn label(message: &Value) -> Option<String> {
    if let Some(contact) = message.get("contact") {
        let phone = contact.get("phone_number").and_then(Value::as_str).unwrap_or_default();
        return Some(format!("contact: {} {phone}", name(contact).unwrap_or_default()));
    }
    let sticker = message.get("sticker")?;
    Some(format!("sticker {}", sticker.get("emoji").and_then(Value::as_str).unwrap_or_default()))
}

/// Telegram forgets names and types when a file is fetched, so they are kept from the message.
fn files(message: &Value) -> Vec<File> {
    const KINDS: [(&str, &str, &str); 7] = [
        ("document", "file", "application/octet-stream"),
        ("audio", "audio.mp3", "audio/mpeg"),
        ("voice", "voice.ogg", "audio/ogg"),
        ("video", "video.mp4", "video/mp4"),
        ("video_note", "video.mp4", "video/mp4"),
        ("animation", "animation.mp4", "video/mp4"),
        ("sticker", "sticker.webp", "image/webp"),
    ];
    let mut found = Vec::new();
    if let Some(largest) = message.get("photo").and_then(Value::as_array).and_then(|sizes| sizes.last()) {
        found.extend(remote(largest, "photo.jpg", "image/jpeg"));
    }
    for (key, name, media_type) in KINDS {
        // An animation is sent as a document as well, for old programs.
        if key == "document" && message.get("animation").is_some() {
            continue;
        }
        found.extend(message.get(key).and_then(|file| remote(file, name, media_type)));
    }
    found
}

fn remote(file: &Value, name: &str, media_type: &str) -> Option<File> {
    let id = file.get("file_id")?.as_str()?;
    let word = |key: &str, other: &str| file.get(key).and_then(Value::as_str).unwrap_or(other).to_owned();
    Some(File {
        name: word("file_name", name),
        media_type: word("mime_type", media_type),
        content: FileContent::Remote(json!({ "file_id": id })),
    })
}

fn send_text(account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
    let mut body = json!({ "chat_id": order.to.1, "text": order.body });
    if let Some(number) = replied(order) {
        body["reply_parameters"] = json!({ "message_id": number, "allow_sending_without_reply": true });
    }
    outcome(target(account, client, &method_url(account, "sendMessage")).post_json(&body))
}

fn replied(order: &Order<'_>) -> Option<i64> {
    order.reply_to?.rsplit(':').next()?.parse().ok()
}

fn send_file(account: &Account, client: &Client, order: &Order<'_>, file: &OutFile<'_>) -> Outcome {
    let (method, field) = match file.class {
        FileClass::Image => ("sendPhoto", "photo"),
        FileClass::Video => ("sendVideo", "video"),
        FileClass::Audio => ("sendAudio", "audio"),
        FileClass::Sticker | FileClass::File => ("sendDocument", "document"),
    };
    let content = match (file.open)() {
        Ok(content) => content,
        Err(fault) => return Outcome::Failed(Failure::later(Cause::Media, fault.to_string(), None)),
    };
    let mut parts = vec![Part::text("chat_id", order.to.1)];
    if !order.body.is_empty() {
        parts.push(Part::text("caption", order.body));
    }
    parts.push(Part {
        name: field,
        file_name: Some(file.name),
        content_type: Some(file.media_type),
        size: file.size,
        content,
    });
    outcome(target(account, client, &method_url(account, method)).send(Body::Multipart(parts)))
}

fn outcome(talk: Result<Talk, Failure>) -> Outcome {
    match talk {
        Ok(talk) if talk.ok() => match message_id(talk.json.get("result").unwrap_or(&Value::Null)) {
            Ok(id) => Outcome::Sent { provider_id: Some(id) },
            Err(_) => Outcome::Sent { provider_id: None },
        },
        Ok(talk) => Outcome::Failed(failure(&talk)),
        Err(failure) => Outcome::Failed(failure),
    }
}

fn words(talk: &Talk) -> String {
    talk.text("/description").unwrap_or_else(|| format!("Telegram answered {}", talk.status))
}

/// The API documents only `parameters`; the texts of 403 are what bots see.
fn failure(talk: &Talk) -> Failure {
    let words = words(talk);
    match talk.status {
        429 => {
            let wait = talk.json.pointer("/parameters/retry_after").and_then(Value::as_i64);
            Failure::later(Cause::RateLimited, words, wait.map(crate::domain::Span::seconds))
        }
        // 404 is what a wrong token gets, because the token stands in the path.
        401 | 404 => Failure::reconnect(words),
        403 => Failure::never(Cause::Unreachable, words),
        409 => Failure::later(Cause::Transient, words, None),
        _ => by_status(talk, words),
    }
}
