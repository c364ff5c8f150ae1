//! Facebook Messenger and Instagram: two accounts of the Messenger Platform that speak nearly the same words.
//! Sources: developers.facebook.com/documentation/business-messaging (messenger-platform send-messages of
//! May 2026 and error-codes of June 2026, instagram-messaging webhooks of September 2026).
//!
//! After 24 hours a person may answer for up to seven days under the HUMAN_AGENT tag, if Meta approved that
//! for the page (`human_agent=yes`). Every other tag answers error 100 since April 2026 and is never sent.

use std::io::Write;

use serde_json::{Value, json};

use super::meta;
use super::talk::{Talk, Target, download, read_json, text_at};
use super::{
    API_BASE, Account, Answer, Check, Fetched, Field, Forged, Hook, Input, Malformed, Order, Provider, Raw,
    card,
};
use crate::domain::Span;
use crate::domain::Timestamp;
use crate::domain::channel::{Card, FileClass, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party, Receipt};
use crate::domain::message::{Extra, State, TemplateUse};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::template::{self, Template};
use crate::domain::window::{Opener, Window};
use crate::net::{Body, Client, Part};

const GRAPH: &str = "https://graph.facebook.com";
const INSTAGRAM_GRAPH: &str = "https://graph.instagram.com";

/// A first message after a click on an ad may open up to seven days (Meta's policy of September 2026, S221).
const AD: Span = Span::days(7);

const HUMAN_AGENT: Field = Field { input: Input::YesNo, ..Field::text("human_agent").or("no") };

const MESSENGER_FIELDS: &[Field] = &[
    Field::text("page_id"),
    Field::secret("access_token"),
    Field::secret("app_secret"),
    Field { secret: true, ..Field::text("verify_token").or("*") },
    HUMAN_AGENT,
    API_BASE,
];

const INSTAGRAM_FIELDS: &[Field] = &[
    Field::text("account_id"),
    Field::secret("access_token"),
    Field::secret("app_secret"),
    Field { secret: true, ..Field::text("verify_token").or("*") },
    Field { input: Input::Choice(&["page", "instagram"]), ..Field::text("login").or("page") },
    HUMAN_AGENT,
    API_BASE,
];

/// What a page has to be subscribed to.
const SUBSCRIPTION: &str = "messages,messaging_postbacks,message_echoes,message_deliveries,message_reads,\
    message_reactions,message_edits,messaging_referrals,messaging_optins,messenger_template_status_update";
const INSTAGRAM_SUBSCRIPTION: &str =
    "messages,messaging_postbacks,messaging_seen,message_reactions,messaging_referral";

/// A Facebook page.
pub struct Messenger;

/// An Instagram professional account.
pub struct Instagram;

impl Provider for Messenger {
    fn kind(&self) -> Kind {
        Kind::Messenger
    }

    fn fields(&self) -> &'static [Field] {
        MESSENGER_FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Messenger, settings)
    }

    fn handshake(&self, account: &Account, hook: &Hook<'_>) -> Option<Answer> {
        meta::handshake(account, hook)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        meta::verify(account, hook)
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        Reader { kind: AddressKind::Messenger, own: account.get("page_id") }.read(raw)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        send(account, client, order, account.get("page_id"))
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        fetch(account, client, source, sink)
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        test(account, client, account.get("page_id"), SUBSCRIPTION)
    }

    fn templates(&self, account: &Account, client: &Client) -> Option<Result<Vec<Template>, Failure>> {
        Some(meta::templates(account, client, &url(account, account.get("page_id"), "message_templates")))
    }
}

impl Provider for Instagram {
    fn kind(&self) -> Kind {
        Kind::Instagram
    }

    fn fields(&self) -> &'static [Field] {
        INSTAGRAM_FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        card(Kind::Instagram, settings)
    }

    fn handshake(&self, account: &Account, hook: &Hook<'_>) -> Option<Answer> {
        meta::handshake(account, hook)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        meta::verify(account, hook)
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        Reader { kind: AddressKind::Instagram, own: account.get("account_id") }.read(raw)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        send(account, client, order, account.get("account_id"))
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        fetch(account, client, source, sink)
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        test(account, client, account.get("account_id"), INSTAGRAM_SUBSCRIPTION)
    }
}

/// Reads the deliveries of one account.
struct Reader<'a> {
    kind: AddressKind,
    /// Our own id: the sender of echoes.
    own: &'a str,
}

impl Reader<'_> {
    fn read(&self, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let body = read_json(raw.body)?;
        let entries =
            body.get("entry").and_then(Value::as_array).ok_or_else(|| Malformed("no entry".into()))?;
        let mut events = Vec::new();
        for entry in entries {
            for event in entry.get("messaging").and_then(Value::as_array).into_iter().flatten() {
                events.push(self.event(event)?);
            }
            for change in entry.get("changes").and_then(Value::as_array).into_iter().flatten() {
                events.push(meta::template_change(change));
            }
            if entry.get("standby").is_some() {
                events.push(Event::Ignored { why: "another program holds the thread" });
            }
        }
        Ok(events)
    }

    fn event(&self, event: &Value) -> Result<Event, Malformed> {
        let at = Timestamp(event.get("timestamp").and_then(Value::as_i64).unwrap_or_default());
        if let Some(message) = event.get("message") {
            return self.message(event, message, at);
        }
        if let Some(postback) = event.get("postback") {
            return self.postback(event, postback, at);
        }
        if let Some(edit) = event.get("message_edit") {
            let body = text_at(edit, "/text").unwrap_or_default();
            return Ok(Event::Edited { provider_id: mid(edit)?, body, at });
        }
        if let Some(reaction) = event.get("reaction") {
            return self.reaction(event, reaction, at);
        }
        if let Some(receipt) = event.get("delivery") {
            return self.receipt(event, receipt, State::Delivered, at);
        }
        if let Some(receipt) = event.get("read") {
            return self.receipt(event, receipt, State::Read, at);
        }
        if event.get("referral").is_some() || event.get("optin").is_some() {
            return Ok(Event::Opened { from: self.party(event, "/sender/id")?, opener: Opener::Message, at });
        }
        Ok(Event::Ignored { why: "a kind of event that says nothing to people" })
    }

    fn party(&self, event: &Value, pointer: &str) -> Result<Party, Malformed> {
        let value = text_at(event, pointer).ok_or_else(|| Malformed("nobody is named".into()))?;
        Ok(Party { kind: self.kind, value, name: None, also: Vec::new() })
    }

    fn message(&self, event: &Value, message: &Value, at: Timestamp) -> Result<Event, Malformed> {
        let is = |key: &str| message.get(key).and_then(Value::as_bool).unwrap_or(false);
        if is("is_deleted") {
            return Ok(Event::Revoked { provider_id: mid(message)?, at });
        }
        let echo = is("is_echo") || text_at(event, "/sender/id").as_deref() == Some(self.own);
        let from = self.party(event, if echo { "/recipient/id" } else { "/sender/id" })?;
        let referral = referral(message).or_else(|| referral(event));
        let opener = if referral.as_ref().is_some_and(|referral| referral.ad) {
            Opener::Lasting { length: AD, sends: None }
        } else {
            Opener::Message
        };
        let mut extra = Extra { referral: referral.map(|referral| referral.words), ..Extra::default() };
        let story = text_at(message, "/reply_to/story/url");
        if is("is_unsupported") {
            extra.label = Some("unsupported".into());
        } else if story.is_some() {
            extra.label = Some("story".into());
        }
        let incoming = Incoming {
            from: from.clone(),
            provider_id: mid(message)?,
            at,
            body: text_at(message, "/text").unwrap_or_default(),
            html: None,
            subject: None,
            thread: String::new(),
            reply_to: text_at(message, "/reply_to/mid"),
            extra,
            files: files(message),
            opener: (!echo).then_some(opener),
        };
        Ok(if echo { Event::Echo { to: from, message: incoming } } else { Event::Message(incoming) })
    }

    fn postback(&self, event: &Value, postback: &Value, at: Timestamp) -> Result<Event, Malformed> {
        let from = self.party(event, "/sender/id")?;
        let provider_id = mid(postback).unwrap_or_else(|_| format!("postback:{}:{at}", from.value));
        let referral = referral(postback).map(|referral| referral.words);
        Ok(Event::Message(Incoming {
            from,
            provider_id,
            at,
            body: text_at(postback, "/title").or_else(|| text_at(postback, "/payload")).unwrap_or_default(),
            html: None,
            subject: None,
            thread: String::new(),
            reply_to: None,
            extra: Extra { label: Some("button".into()), referral, ..Extra::default() },
            files: Vec::new(),
            opener: Some(Opener::Message),
        }))
    }

    /// Reacting to a message opens the window; taking the reaction back does not.
    fn reaction(&self, event: &Value, reaction: &Value, at: Timestamp) -> Result<Event, Malformed> {
        let reacts = text_at(reaction, "/action").as_deref() != Some("unreact");
        let emoji =
            text_at(reaction, "/emoji").or_else(|| text_at(reaction, "/reaction")).unwrap_or_default();
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
}

fn mid(value: &Value) -> Result<String, Malformed> {
    text_at(value, "/mid").ok_or_else(|| Malformed("no mid".into()))
}

struct Referral {
    words: String,
    ad: bool,
}

fn referral(value: &Value) -> Option<Referral> {
    let referral = value.get("referral")?;
    let ad = text_at(referral, "/source").is_some_and(|source| source == "ADS")
        || text_at(referral, "/ad_id").is_some();
    let words = ["/ads_context_data/ad_title", "/ref", "/ad_id", "/source"];
    let words = words.iter().find_map(|pointer| text_at(referral, pointer)).unwrap_or_default();
    Some(Referral { words, ad })
}

fn files(message: &Value) -> Vec<File> {
    let attachments = message.get("attachments").and_then(Value::as_array);
    attachments.into_iter().flatten().filter_map(file).collect()
}

fn file(attachment: &Value) -> Option<File> {
    let url = text_at(attachment, "/payload/url")?;
    let (name, media_type) = match attachment.get("type").and_then(Value::as_str)? {
        "image" | "story_mention" | "share" => ("image.jpg", "image/jpeg"),
        "audio" => ("audio.mp4", "audio/mp4"),
        "video" | "ig_reel" | "reel" => ("video.mp4", "video/mp4"),
        _ => ("file", "application/octet-stream"),
    };
    Some(File {
        name: name.into(),
        media_type: media_type.into(),
        content: FileContent::Remote(json!({ "url": url })),
    })
}

fn url(account: &Account, node: &str, edge: &str) -> String {
    let own = if account.get("login") == "instagram" { INSTAGRAM_GRAPH } else { GRAPH };
    format!("{}/{node}/{edge}", meta::versioned(account.api(own)))
}

fn send(account: &Account, client: &Client, order: &Order<'_>, node: &str) -> Outcome {
    let mut body = json!({ "recipient": { "id": order.to.1 } });
    match (&order.template, order.window) {
        (Some(_), _) => body["messaging_type"] = json!("UTILITY"),
        (None, Window::PersonOnly { .. }) => {
            body["messaging_type"] = json!("MESSAGE_TAG");
            body["tag"] = json!("HUMAN_AGENT");
        }
        (None, _) => body["messaging_type"] = json!("RESPONSE"),
    }
    if let Some(mid) = order.reply_to {
        body["reply_to"] = json!({ "mid": mid });
    }
    let message = match (&order.template, order.files.first()) {
        (Some((used, template)), _) => utility(used, template),
        (None, Some(_)) => Value::Null,
        (None, None) => json!({ "text": order.body, "metadata": order.key }),
    };
    let url = url(account, node, "messages");
    let bearer = format!("Bearer {}", account.get("access_token"));
    let headers = [("Authorization", bearer.as_str())];
    let target = Target { client, url: &url, headers: &headers, trusted: account.has_own_api() };
    let talk = match order.files.first() {
        Some(file) if order.template.is_none() => match (file.open)() {
            Ok(content) => {
                let message = json!({ "attachment": { "type": attachment_type(file.class), "payload": {} } });
                target.send(Body::Multipart(parts(&body, &message, file, content)))
            }
            Err(fault) => Err(Failure::later(Cause::Media, fault.to_string(), None)),
        },
        _ => {
            body["message"] = message;
            target.post_json(&body)
        }
    };
    outcome(talk)
}

/// A file goes up in the same request as the message that carries it.
fn parts<'a>(
    body: &Value,
    message: &Value,
    file: &super::OutFile<'a>,
    content: Box<dyn std::io::Read + Send + 'a>,
) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (name, value) in [("recipient", &body["recipient"]), ("message", message)] {
        parts.push(Part::text(name, value.to_string()));
    }
    for name in ["messaging_type", "tag"] {
        if let Some(value) = body[name].as_str() {
            parts.push(Part::text(name, value.to_owned()));
        }
    }
    parts.push(Part {
        name: "filedata",
        file_name: Some(file.name),
        content_type: Some(file.media_type),
        size: file.size,
        content,
    });
    parts
}

const fn attachment_type(class: FileClass) -> &'static str {
    match class {
        FileClass::Image | FileClass::Sticker => "image",
        FileClass::Audio => "audio",
        FileClass::Video => "video",
        FileClass::File => "file",
    }
}

/// A utility template stands directly in the message, not in an attachment as other templates do.
fn utility(used: &TemplateUse, template: &Template) -> Value {
    let gaps = template::gaps(&template.body);
    let parameters: Vec<Value> = gaps
        .iter()
        .filter_map(|gap| {
            Some(json!({ "type": "text", "parameter_name": gap, "text": used.parameters.get(gap)? }))
        })
        .collect();
    let components =
        if parameters.is_empty() { json!([]) } else { json!([{ "type": "body", "parameters": parameters }]) };
    json!({ "template": { "name": used.name, "language": { "code": used.language }, "components": components } })
}

fn outcome(talk: Result<Talk, Failure>) -> Outcome {
    match talk {
        Ok(talk) if talk.ok() => Outcome::Sent { provider_id: talk.text("/message_id") },
        Ok(talk) => Outcome::Failed(failure(&talk)),
        Err(failure) => Outcome::Failed(failure),
    }
}

/// The table of Meta's error-codes page. 1545041 and 551 are the person, not the window, whatever an older
/// page says.
fn failure(talk: &Talk) -> Failure {
    let words = meta::words(talk);
    let number = |pointer: &str| talk.json.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let (code, subcode) = (number("/error/code"), number("/error/error_subcode"));
    match (code, subcode) {
        (10, 2_018_278 | 2_018_065 | 2_534_022) => Failure::never(Cause::WindowClosed, words),
        (100, 2_018_276) | (10, 1_893_063) | (2022 | 368, _) | (100, 2_534_029) => {
            Failure::never(Cause::Policy, words)
        }
        (551, _) | (_, 1_545_041) | (10, 2_018_108) | (100, 2_018_001 | 2_534_014 | 33) => {
            Failure::never(Cause::Unreachable, words)
        }
        (100, 2_018_008 | 2_018_047 | 2_018_109 | 2_018_294 | 2_018_074) => {
            Failure::never(Cause::Media, words)
        }
        (190, _) | (10 | 200, _) | (100, 2_534_013) => Failure::reconnect(words),
        (4 | 17 | 32 | 613 | 80_006, _) => Failure::later(Cause::RateLimited, words, talk.retry_after),
        (1 | 2 | 1200, _) => Failure::later(Cause::Transient, words, None),
        (100, _) => Failure::never(Cause::InvalidContent, words),
        (0, _) => super::talk::by_status(talk, words),
        _ => Failure::never(Cause::Unknown, words),
    }
}

fn fetch(
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

/// Also subscribes again: after an hour of failures Meta unsubscribes a page silently.
fn test(account: &Account, client: &Client, node: &str, fields: &str) -> Vec<Check> {
    let own = url(account, node, "");
    let token = match meta::get(account, client, own.trim_end_matches('/')) {
        Ok(talk) if talk.ok() => {
            Ok(talk.text("/name").or_else(|| talk.text("/username")).unwrap_or_default())
        }
        Ok(talk) => Err(meta::words(&talk)),
        Err(failure) => Err(failure.message),
    };
    let subscribe = url(account, node, "subscribed_apps");
    let bearer = format!("Bearer {}", account.get("access_token"));
    let headers = [("Authorization", bearer.as_str())];
    let target = Target { client, url: &subscribe, headers: &headers, trusted: account.has_own_api() };
    let webhook = match target.post_form(&[("subscribed_fields", fields)]) {
        Ok(talk) if talk.ok() => Ok(account.hook_url()),
        Ok(talk) => Err(meta::words(&talk)),
        Err(failure) => Err(failure.message),
    };
    vec![Check { step: "token", outcome: token }, Check { step: "webhook", outcome: webhook }]
}
