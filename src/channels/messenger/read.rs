//! Reads webhook deliveries of a page or an Instagram account.

use serde_json::{Value, json};

use crate::channels::meta;
use crate::channels::talk::{read_json, text_at};
use crate::channels::{Malformed, Raw};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party, Receipt};
use crate::domain::message::{Extra, Location, State};
use crate::domain::window::Opener;
use crate::domain::{Span, Timestamp};

/// A first message after a click on an ad may open up to seven days (Meta's policy of September 2026, S221).
const AD: Span = Span::days(7);

/// Our keys are so long; another program's metadata is not asked after.
const KEY: usize = 16;

/// Everything that happened in one delivery to the account `own`.
pub(super) fn read(kind: AddressKind, own: &str, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
    let body = read_json(raw.body)?;
    let entries = body.get("entry").and_then(Value::as_array).ok_or_else(|| Malformed("no entry".into()))?;
    let reader = Reader { kind, own, received_at: raw.received_at };
    let mut events = Vec::new();
    for entry in entries {
        if !entry.is_object() {
            return Err(Malformed("an entry is no object".into()));
        }
        if text_at(entry, "/id").is_some_and(|id| !own.is_empty() && id != own) {
            // One app has one webhook for all its pages; each of them is a channel of its own here.
            events.push(Event::Ignored { why: "for another account" });
            continue;
        }
        for event in entry.get("messaging").and_then(Value::as_array).into_iter().flatten() {
            reader.event(event, &mut events)?;
        }
        for change in entry.get("changes").and_then(Value::as_array).into_iter().flatten() {
            events.push(change_of(change));
        }
        if entry.get("standby").is_some() {
            events.push(Event::Ignored { why: "another program holds the thread" });
        }
    }
    Ok(events)
}

/// A template's approval changed. The field has two names in Meta's own pages, so both are heard.
fn change_of(change: &Value) -> Event {
    match text_at(change, "/field").as_deref() {
        Some("messenger_template_status_update" | "message_template_status_update") => {
            meta::template::decision(&change["value"])
        }
        _ => Event::Ignored { why: "something on the page that is no message" },
    }
}

struct Reader<'a> {
    kind: AddressKind,
    /// Our own id: the sender of echoes.
    own: &'a str,
    received_at: Timestamp,
}

impl Reader<'_> {
    fn event(&self, event: &Value, events: &mut Vec<Event>) -> Result<(), Malformed> {
        let at = event.get("timestamp").and_then(Value::as_i64).map_or(self.received_at, Timestamp);
        let part = |name: &str| event.get(name).filter(|part| part.is_object());
        if let Some(message) = part("message") {
            return self.message(event, message, at, events);
        }
        events.push(if let Some(postback) = part("postback") {
            self.postback(event, postback, at)?
        } else if let Some(edit) = part("message_edit") {
            let body = text_at(edit, "/text").unwrap_or_default();
            Event::Edited { provider_id: mid(edit)?, body, at }
        } else if let Some(reaction) = part("reaction") {
            self.reaction(event, reaction, at)?
        } else if let Some(receipt) = part("delivery") {
            self.receipt(event, receipt, State::Delivered, at)?
        } else if let Some(receipt) = part("read") {
            self.receipt(event, receipt, State::Read, at)?
        } else if let Some(referral) = part("referral") {
            self.referred(event, referral, at)?
        } else {
            Event::Ignored { why: "a kind of event that says nothing to people" }
        });
        Ok(())
    }

    fn party(&self, event: &Value, pointer: &str) -> Result<Party, Malformed> {
        let value = text_at(event, pointer).ok_or_else(|| Malformed("nobody is named".into()))?;
        Ok(Party { kind: self.kind, value, name: None, also: Vec::new() })
    }

    fn is_own(&self, event: &Value) -> bool {
        text_at(event, "/sender/id").is_some_and(|sender| sender == self.own)
    }

    fn message(
        &self,
        event: &Value,
        message: &Value,
        at: Timestamp,
        events: &mut Vec<Event>,
    ) -> Result<(), Malformed> {
        let is = |key: &str| message.get(key).and_then(Value::as_bool).unwrap_or(false);
        let provider_id = mid(message)?;
        if is("is_deleted") {
            events.push(Event::Revoked { provider_id, at });
            return Ok(());
        }
        let echo = is("is_echo") || self.is_own(event);
        let from = self.party(event, if echo { "/recipient/id" } else { "/sender/id" })?;
        let referral = message.get("referral").or_else(|| event.get("referral"));
        let opener = if referral.is_some_and(is_ad) {
            Opener::Lasting { length: AD, sends: None }
        } else {
            Opener::Message
        };
        let content = Content::of(message);
        let incoming = Incoming {
            from: from.clone(),
            provider_id: provider_id.clone(),
            at,
            body: content.body,
            html: None,
            subject: None,
            thread: String::new(),
            reply_to: text_at(message, "/reply_to/mid"),
            extra: Extra { referral: referral.and_then(words), ..content.extra },
            files: content.files,
            opener: (!echo).then_some(opener),
            letter: None,
        };
        if !echo {
            events.push(Event::Message(incoming));
            return Ok(());
        }
        // Our own key comes back with what we sent: that gives the message its id before the echo looks for it.
        if let Some(key) = text_at(message, "/metadata").filter(|word| is_key(word)) {
            events.push(Event::Receipt(Receipt {
                provider_id: Some(provider_id),
                our_key: Some(key),
                state: State::Sent,
                at,
                fault: None,
            }));
        }
        events.push(Event::Echo { to: from, message: incoming });
        Ok(())
    }

    fn postback(&self, event: &Value, postback: &Value, at: Timestamp) -> Result<Event, Malformed> {
        let from = self.party(event, "/sender/id")?;
        let provider_id = mid(postback).unwrap_or_else(|_| format!("postback:{}:{}", from.value, at.0));
        let payload = text_at(postback, "/payload");
        let provider = payload.as_ref().map_or(Value::Null, |payload| json!({ "payload": payload }));
        Ok(Event::Message(Incoming {
            from,
            provider_id,
            at,
            body: text_at(postback, "/title").or(payload).unwrap_or_default(),
            html: None,
            subject: None,
            thread: String::new(),
            reply_to: None,
            extra: Extra { referral: postback.get("referral").and_then(words), provider, ..Extra::default() },
            files: Vec::new(),
            opener: Some(Opener::Message),
            letter: None,
        }))
    }

    /// Reacting to a message opens the window; taking the reaction back does not.
    fn reaction(&self, event: &Value, reaction: &Value, at: Timestamp) -> Result<Event, Malformed> {
        if self.is_own(event) {
            return Ok(Event::Ignored { why: "our own reaction" });
        }
        let reacts = text_at(reaction, "/action").as_deref() != Some("unreact");
        let emoji = text_at(reaction, "/emoji").or_else(|| named(reaction)).unwrap_or_default();
        Ok(Event::Reaction {
            from: self.party(event, "/sender/id")?,
            provider_id: mid(reaction)?,
            emoji: if reacts { emoji } else { String::new() },
            at,
            opener: reacts.then_some(Opener::Message),
        })
    }

    /// Messenger tells a moment up to which all is delivered or read; Instagram names the message.
    fn receipt(
        &self,
        event: &Value,
        receipt: &Value,
        state: State,
        at: Timestamp,
    ) -> Result<Event, Malformed> {
        if let Some(until) = receipt.get("watermark").and_then(Value::as_i64) {
            let from = self.party(event, "/sender/id")?;
            return Ok(Event::Watermark { from, state, until: Timestamp(until) });
        }
        let provider_id = Some(mid(receipt)?);
        Ok(Event::Receipt(Receipt { provider_id, our_key: None, state, at, fault: None }))
    }

    /// A link into the thread opens the window; a click on an ad does so only with the message after it.
    fn referred(&self, event: &Value, referral: &Value, at: Timestamp) -> Result<Event, Malformed> {
        if is_ad(referral) {
            return Ok(Event::Ignored { why: "an ad was clicked" });
        }
        Ok(Event::Opened { from: self.party(event, "/sender/id")?, opener: Opener::Message, at })
    }
}

fn mid(value: &Value) -> Result<String, Malformed> {
    text_at(value, "/mid").ok_or_else(|| Malformed("no mid".into()))
}

fn is_key(word: &str) -> bool {
    word.len() == KEY && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// The word for a reaction where the sign is missing.
fn named(reaction: &Value) -> Option<String> {
    let sign = match text_at(reaction, "/reaction")?.as_str() {
        "love" => "❤",
        "smile" | "haha" => "😆",
        "wow" => "😮",
        "sad" => "😢",
        "angry" => "😠",
        "like" => "👍",
        "dislike" => "👎",
        _ => "❔",
    };
    Some(sign.to_owned())
}

fn is_ad(referral: &Value) -> bool {
    text_at(referral, "/source").is_some_and(|source| source == "ADS")
        || text_at(referral, "/ad_id").is_some()
}

fn words(referral: &Value) -> Option<String> {
    let places = ["/ads_context_data/ad_title", "/ref", "/product/id", "/ad_id", "/source"];
    places.iter().find_map(|pointer| text_at(referral, pointer))
}

/// What a message carries.
#[derive(Default)]
struct Content {
    body: String,
    files: Vec<File>,
    extra: Extra,
}

impl Content {
    fn of(message: &Value) -> Content {
        let mut content =
            Content { body: text_at(message, "/text").unwrap_or_default(), ..Content::default() };
        if let Some(payload) = text_at(message, "/quick_reply/payload") {
            content.extra.provider = json!({ "payload": payload });
        }
        for attachment in message.get("attachments").and_then(Value::as_array).into_iter().flatten() {
            content.attach(attachment);
        }
        if message.pointer("/reply_to/story").is_some_and(Value::is_object) {
            content.label("story_reply");
        }
        let unsupported = message.get("is_unsupported").and_then(Value::as_bool).unwrap_or(false);
        if unsupported || content.is_empty() {
            content.label("unsupported");
        }
        content
    }

    fn is_empty(&self) -> bool {
        self.body.is_empty()
            && self.files.is_empty()
            && self.extra.label.is_none()
            && self.extra.location.is_none()
    }

    fn label(&mut self, label: &str) {
        self.extra.label.get_or_insert_with(|| label.to_owned());
    }

    /// A line of its own below what is there.
    fn line(&mut self, text: &str) {
        if !self.body.is_empty() {
            self.body.push('\n');
        }
        self.body.push_str(text);
    }

    fn attach(&mut self, attachment: &Value) {
        let url = text_at(attachment, "/payload/url").or_else(|| text_at(attachment, "/url"));
        match (attachment.get("type").and_then(Value::as_str).unwrap_or_default(), url) {
            // Stories go after a day, and Meta forbids to keep what they showed. The link goes with them.
            ("story_mention", url) => {
                self.label("story_mention");
                url.into_iter().for_each(|url| self.line(&url));
            }
            ("ephemeral", _) => self.label("ephemeral"),
            ("location", _) => self.extra.location = place(attachment),
            ("image", Some(url)) => {
                if attachment.pointer("/payload/sticker_id").is_some_and(|id| !id.is_null()) {
                    self.label("sticker");
                }
                self.file("image.jpg", "image/jpeg", &url);
            }
            // Since June 2026 beside the picture, since September in its place.
            ("sticker", url) => {
                self.label("sticker");
                url.into_iter().for_each(|url| self.file("sticker.png", "image/png", &url));
            }
            ("audio", Some(url)) => self.file("audio.mp4", "audio/mp4", &url),
            ("video", Some(url)) => self.file("video.mp4", "video/mp4", &url),
            ("file", Some(url)) => self.file(&file_name(&url), "application/octet-stream", &url),
            // What was shared is sometimes a file and sometimes the page on which it stands.
            (_, Some(url)) if is_page(&url) => {
                self.label("share");
                text_at(attachment, "/payload/title").into_iter().for_each(|title| self.line(&title));
                self.line(&url);
            }
            ("share" | "post" | "ig_post", Some(url)) => {
                self.label("share");
                self.file("image.jpg", "image/jpeg", &url);
            }
            ("reel" | "ig_reel", Some(url)) => {
                self.label("share");
                self.file("video.mp4", "video/mp4", &url);
            }
            ("fallback", Some(url)) => self.line(&url),
            _ => {}
        }
    }

    /// A file, once: some are told under two types.
    fn file(&mut self, name: &str, media_type: &str, url: &str) {
        let source = FileContent::Remote(json!({ "url": url }));
        if self.files.iter().any(|file| file.content == source) {
            return;
        }
        self.files.push(File { name: name.to_owned(), media_type: media_type.to_owned(), content: source });
    }
}

/// The last part of the path, which is the name that the customer gave.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned();
    if name.contains('.') { name } else { "file".to_owned() }
}

fn is_page(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    matches!(host, Some("www.facebook.com" | "m.facebook.com" | "www.instagram.com" | "instagram.com"))
}

fn place(attachment: &Value) -> Option<Location> {
    let number = |name: &str| attachment.pointer(&format!("/payload/coordinates/{name}"))?.as_f64();
    Some(Location {
        latitude: number("lat")?,
        longitude: number("long")?,
        name: text_at(attachment, "/title"),
        address: None,
    })
}
