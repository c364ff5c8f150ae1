//! Viber bot API (developers.viber.com/docs/api/rest-bot-api). No window, but a price: outside the 24 hours
//! that a customer's message opens, each message of ours is charged.

use std::io::Write;

use serde_json::{Value, json};

use super::talk::{Talk, Target, as_text, download, read_json, text_at};
use super::{
    API_BASE, Account, Check, Fetched, Field, Forged, Hook, Malformed, Order, OutFile, Profile, Provider,
    Raw, card,
};
use crate::domain::Timestamp;
use crate::domain::channel::{Card, FileClass, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party, Receipt};
use crate::domain::message::{Extra, Location, State};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::window::Opener;
use crate::net::{Client, signature};

const API: &str = "https://chatapi.viber.com";

const FIELDS: &[Field] = &[Field::secret("auth_token"), API_BASE];

/// The longest sender name that Viber takes.
const NAME: usize = 28;

/// The Viber bot.
pub struct Viber;

impl Provider for Viber {
    fn kind(&self) -> Kind {
        Kind::Viber
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Viber, settings)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        let query = || {
            let pairs = form_urlencoded::parse(hook.query.as_bytes());
            pairs.into_iter().find(|(name, _)| name == "sig").map(|(_, value)| value.into_owned())
        };
        let given = (hook.header)("x-viber-content-signature").or_else(query).unwrap_or_default();
        let token = account.get("auth_token");
        let right = signature::hex(&signature::hmac_sha256(token.as_bytes(), hook.body));
        let fits = signature::equal(given.to_ascii_lowercase().as_bytes(), right.as_bytes());
        if fits && !token.is_empty() { Ok(()) } else { Err(Forged) }
    }

    fn dedupe_key(&self, hook: &Hook<'_>) -> Option<String> {
        let body = read_json(hook.body).ok()?;
        let (token, event) = (as_text(body.get("message_token")?)?, body.get("event")?.as_str()?);
        // The receipts of one message come for each device and person.
        let person = body.get("user_id").and_then(Value::as_str).unwrap_or_default();
        Some(format!("{token}:{event}:{person}"))
    }

    fn parse(&self, _account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let body: Value = read_json(raw.body)?;
        event(&body)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        let content = match order.files.first() {
            None => json!({ "type": "text", "text": order.body }),
            Some(file) => match media(file) {
                Ok(content) => content,
                Err(failure) => return Outcome::Failed(failure),
            },
        };
        let mut body = content;
        let name: String = order.author.unwrap_or(&account.channel.name).chars().take(NAME).collect();
        body["receiver"] = json!(order.to.1);
        body["sender"] = json!({ "name": name });
        body["tracking_data"] = json!(order.key);
        match post(account, client, "send_message", &body) {
            Ok(talk) if status(&talk) == Some(0) => {
                let provider_id = talk.text("/message_token");
                // 1 and 2 are inside the session, 3 and 4 outside and free, 5 outside and charged.
                match talk.json.get("billing_status").and_then(Value::as_i64) {
                    Some(5) => Outcome::Charged { provider_id },
                    _ => Outcome::Sent { provider_id },
                }
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
        let url = source.get("url").and_then(Value::as_str).unwrap_or_default();
        let headers: &[(&str, &str)] = &[];
        let trusted = account.is_own_host(url);
        download(&Target { client, url, headers, trusted }, sink)?;
        Ok(Fetched { media_type: None, name: None })
    }

    fn connect(&self, account: &Account, client: &Client) -> Vec<Check> {
        self.test(account, client)
    }

    /// Viber answers twice in twelve hours for each person, which is more than we ask.
    fn profile(&self, account: &Account, client: &Client, person: &str) -> Option<Result<Profile, Failure>> {
        Some(post(account, client, "get_user_details", &json!({ "id": person })).and_then(|talk| {
            if status(&talk) != Some(0) {
                return Err(failure(&talk));
            }
            let picture = text_at(&talk.json, "/user/avatar").map(|url| json!({ "url": url }));
            Ok(Profile { name: text_at(&talk.json, "/user/name"), picture })
        }))
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let answered = |talk: Result<Talk, Failure>, pointer: &str| match talk {
            Ok(talk) if status(&talk) == Some(0) => Ok(talk.text(pointer).unwrap_or_default()),
            Ok(talk) => Err(words(&talk)),
            Err(failure) => Err(failure.message),
        };
        let token = answered(post(account, client, "get_account_info", &json!({})), "/name");
        if token.is_err() {
            return vec![Check { step: "token", outcome: token }];
        }
        let subscription = json!({
            "url": account.hook_url(), "send_name": true, "send_photo": true,
            "event_types": ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started", "message"],
        });
        // Viber calls our address before it answers, so this proves the whole way.
        let webhook = answered(post(account, client, "set_webhook", &subscription), "/status_message");
        vec![Check { step: "token", outcome: token }, Check { step: "webhook", outcome: webhook }]
    }
}

fn post(account: &Account, client: &Client, method: &str, body: &Value) -> Result<Talk, Failure> {
    let url = format!("{}/pa/{method}", account.api(API));
    let headers = [("X-Viber-Auth-Token", account.get("auth_token"))];
    Target { client, url: &url, headers: &headers, trusted: account.has_own_api() }.post_json(body)
}

/// The HTTP status is 200 even for errors; the truth stands in the body.
fn status(talk: &Talk) -> Option<i64> {
    talk.json.get("status").and_then(Value::as_i64)
}

fn words(talk: &Talk) -> String {
    talk.text("/status_message").unwrap_or_else(|| format!("Viber answered {}", talk.status))
}

fn failure(talk: &Talk) -> Failure {
    let words = words(talk);
    match status(talk) {
        // 7, 8 and 9 speak of the bot and not of the person: blocked, unknown, suspended.
        Some(2 | 7 | 8 | 9 | 10 | 15) => Failure::reconnect(words),
        Some(5 | 11) => Failure::never(Cause::Unreachable, words),
        Some(6) => Failure::never(Cause::OptedOut, words),
        // 21: the country cannot be served; 22 to 24: it is not paid for.
        Some(21..=24) => Failure::never(Cause::Policy, words),
        Some(12) => Failure::later(Cause::RateLimited, words, talk.retry_after),
        Some(1 | 3 | 4 | 13 | 14) => Failure::never(Cause::InvalidContent, words),
        Some(_) => Failure::never(Cause::Unknown, words),
        // A success without a status is none of Viber's answers.
        None if talk.ok() => Failure::unsure(words),
        None => super::talk::by_status(talk, words),
    }
}

fn event(body: &Value) -> Result<Vec<Event>, Malformed> {
    let at = Timestamp(body.get("timestamp").and_then(Value::as_i64).unwrap_or_default());
    let person = |key: &str| {
        let value = text_at(body, key).ok_or_else(|| Malformed("nobody is named".into()))?;
        Ok(Party { kind: AddressKind::Viber, value, name: None, also: Vec::new() })
    };
    let receipt = |state, fault| {
        let provider_id =
            text_at(body, "/message_token").ok_or_else(|| Malformed("no message_token".into()))?;
        Ok(vec![Event::Receipt(Receipt { provider_id: Some(provider_id), our_key: None, state, at, fault })])
    };
    match body.get("event").and_then(Value::as_str).unwrap_or_default() {
        "message" => message(body, at),
        "delivered" => receipt(State::Delivered, None),
        "seen" => receipt(State::Read, None),
        "failed" => {
            let words = text_at(body, "/desc").unwrap_or_else(|| "Viber could not deliver it".into());
            receipt(State::Failed, Some(Failure::never(Cause::Unknown, words)))
        }
        "subscribed" => {
            let mut from = person("/user/id")?;
            from.name = text_at(body, "/user/name");
            Ok(vec![Event::Consent { from, allowed: true, at }])
        }
        "unsubscribed" => Ok(vec![Event::Consent { from: person("/user_id")?, allowed: false, at }]),
        "" => Err(Malformed("no event".into())),
        "webhook" => Ok(vec![Event::Ignored { why: "Viber tried our address" }]),
        "conversation_started" => {
            Ok(vec![Event::Ignored { why: "somebody opened the chat and wrote nothing" }])
        }
        _ => Ok(vec![Event::Ignored { why: "a kind of event that says nothing to people" }]),
    }
}

/// Whoever writes is subscribed by that, also after an unsubscription.
fn message(body: &Value, at: Timestamp) -> Result<Vec<Event>, Malformed> {
    let value = text_at(body, "/sender/id").ok_or_else(|| Malformed("a message without a sender".into()))?;
    let provider_id = text_at(body, "/message_token").ok_or_else(|| Malformed("no message_token".into()))?;
    let message = body.get("message").unwrap_or(&Value::Null);
    let kind = message.get("type").and_then(Value::as_str).unwrap_or_default();
    let mut extra = Extra::default();
    let mut words = text_at(message, "/text").unwrap_or_default();
    match kind {
        "location" => extra.location = location(message),
        "sticker" => extra.label = Some("sticker".into()),
        "contact" => {
            let part = |key: &str| text_at(message, key).unwrap_or_default();
            extra.label = Some("contacts".into());
            words = format!("{}\n{}", part("/contact/name"), part("/contact/phone_number")).trim().to_owned();
        }
        "url" => words = text_at(message, "/media").unwrap_or(words),
        "text" | "picture" | "video" | "file" => {}
        _ => extra = Extra { label: Some("unsupported".into()), provider: message.clone(), ..extra },
    }
    let name = text_at(body, "/sender/name");
    let from = Party { kind: AddressKind::Viber, value, name, also: Vec::new() };
    let incoming = Incoming {
        from: from.clone(),
        provider_id,
        at,
        body: words,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: None,
        extra,
        files: files(message, kind),
        opener: Some(Opener::Message),
        letter: None,
    };
    Ok(vec![Event::Consent { from, allowed: true, at }, Event::Message(incoming)])
}

fn location(message: &Value) -> Option<Location> {
    let place = message.get("location")?;
    Some(Location {
        latitude: place.get("lat")?.as_f64()?,
        longitude: place.get("lon")?.as_f64()?,
        name: None,
        address: None,
    })
}

/// The address of a file lives an hour, so it is fetched at once.
fn files(message: &Value, kind: &str) -> Vec<File> {
    let (name, media_type) = match kind {
        "picture" => ("picture.jpg", "image/jpeg"),
        "video" => ("video.mp4", "video/mp4"),
        "file" => ("file", "application/octet-stream"),
        _ => return Vec::new(),
    };
    let Some(url) = text_at(message, "/media") else { return Vec::new() };
    let name = text_at(message, "/file_name").unwrap_or_else(|| name.into());
    vec![File { name, media_type: media_type.into(), content: FileContent::Remote(json!({ "url": url })) }]
}

/// Text travels as a message of its own: only a picture could carry some.
fn media(file: &OutFile<'_>) -> Result<Value, Failure> {
    if file.url.is_empty() {
        return Err(Failure::never(
            Cause::Media,
            "Viber fetches files itself, so this desk needs a public address",
        ));
    }
    Ok(match file.class {
        FileClass::Image => json!({ "type": "picture", "text": "", "media": file.url }),
        FileClass::Video => json!({ "type": "video", "media": file.url, "size": file.size }),
        _ => json!({ "type": "file", "media": file.url, "size": file.size, "file_name": file.name }),
    })
}
