//! Telegram Bot API 10.1 (core.telegram.org/bots/api). No window: a bot may write to whoever started it
//! and has not blocked it. Long polling is the default, because it needs no public address.

mod parse;

use std::io::Write;

use serde_json::{Value, json};

use super::talk::{Talk, Target, as_text, by_status, download, read_json, text_at};
use super::{
    API_BASE, Account, Answer, Check, Fetched, Field, Forged, Hook, Input, Malformed, Order, OutFile, Polled,
    Profile, Provider, Raw, Reacting, card,
};
use crate::domain::channel::{Card, FileClass, Kind, Settings};
use crate::domain::inbound::Event;
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::net::{Body, Client, Part, signature};

const API: &str = "https://api.telegram.org";

/// For how many seconds Telegram holds a poll that has nothing to tell.
const LONG: u32 = 20;

const FIELDS: &[Field] = &[
    Field::secret("bot_token"),
    Field { input: Input::Choice(&["poll", "webhook"]), ..Field::text("mode").or("poll") },
    Field { secret: true, ..Field::text("webhook_secret").or("*") },
    API_BASE,
];

/// The width of a face on a dense screen, in pixels.
const FACE_WIDTH: i64 = 100;

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
        let update = read_json(hook.body).ok()?;
        as_text(update.get("update_id")?)
    }

    /// A pressed button waits for an answer, which may stand in what the delivery is answered with.
    fn acknowledge(&self, hook: &Hook<'_>) -> Answer {
        let update = read_json(hook.body).unwrap_or_default();
        match pressed(&update) {
            Some(id) => Answer {
                status: 200,
                content_type: "application/json",
                body: json!({ "method": "answerCallbackQuery", "callback_query_id": id }).to_string().into(),
            },
            None => Answer::text(200, ""),
        }
    }

    fn parse(&self, _account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        let update: Value = read_json(raw.body)?;
        Ok(vec![parse::event(&update, raw.received_at)?])
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        match order.files.first() {
            None => send_text(account, client, order),
            Some(file) => send_file(account, client, order, file),
        }
    }

    fn react(&self, account: &Account, client: &Client, reacting: &Reacting<'_>) -> Result<(), Failure> {
        react(account, client, reacting)
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        let id = source.get("file_id").and_then(Value::as_str).unwrap_or_default();
        let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let url = format!("{}?file_id={id}", method_url(account, "getFile"));
        let talk = target(account, client, &url).get()?;
        let path = talk.text("/result/file_path").ok_or_else(|| no_file(&talk))?;
        let url = format!("{}/file/bot{}/{path}", account.api(API), account.get("bot_token"));
        let headers: &[(&str, &str)] = &[];
        let trusted = account.has_own_api();
        download(&Target { client, url: &url, headers, trusted }, sink)?;
        Ok(Fetched { media_type: None, name: None })
    }

    /// The name stands in each message, so only the picture is asked for: the newest, in the smallest size that
    /// still fills a face.
    fn profile(&self, account: &Account, client: &Client, person: &str) -> Option<Result<Profile, Failure>> {
        let person: String = form_urlencoded::byte_serialize(person.as_bytes()).collect();
        let url = format!("{}?user_id={person}&limit=1", method_url(account, "getUserProfilePhotos"));
        Some(target(account, client, &url).get().and_then(|talk| {
            if !good(&talk) {
                return Err(failure(&talk));
            }
            let sizes = talk.json.pointer("/result/photos/0").and_then(Value::as_array);
            let width = |size: &Value| size.get("width").and_then(Value::as_i64).unwrap_or(0);
            let mut sizes: Vec<&Value> = sizes.into_iter().flatten().collect();
            sizes.sort_by_key(|size| width(size));
            let chosen = sizes.iter().find(|size| width(size) >= FACE_WIDTH).or(sizes.last());
            let id = chosen.and_then(|size| text_at(size, "/file_id"));
            Ok(Profile { name: None, picture: id.map(|id| json!({ "file_id": id })) })
        }))
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

    fn polls(&self, account: &Account) -> bool {
        account.get("mode") != "webhook"
    }

    /// What the polled one needs, the poll does itself.
    fn connect(&self, account: &Account, client: &Client) -> Vec<Check> {
        if self.polls(account) { Vec::new() } else { self.test(account, client) }
    }

    fn poll(&self, account: &Account, client: &Client, cursor: &str) -> Option<Result<Polled, Failure>> {
        self.polls(account).then(|| poll(account, client, cursor))
    }
}

fn method_url(account: &Account, method: &str) -> String {
    format!("{}/bot{}/{method}", account.api(API), account.get("bot_token"))
}

fn target<'a>(account: &Account, client: &'a Client, url: &'a str) -> Target<'a> {
    Target { client, url, headers: &[], trusted: account.has_own_api() }
}

/// Updates are numbered for each bot, so the cursor is `BOT:UPDATE` and means nothing to another bot.
fn poll(account: &Account, client: &Client, cursor: &str) -> Result<Polled, Failure> {
    let bot = account.get("bot_token").split(':').next().unwrap_or_default();
    let mut last =
        cursor.split_once(':').filter(|(of, _)| *of == bot).and_then(|(_, last)| last.parse().ok());
    let talk = updates(account, client, last.map_or(0, |last: i64| last.saturating_add(1)))?;
    let found = talk.json.pointer("/result").and_then(Value::as_array).cloned();
    let found = found.ok_or_else(|| Failure::later(Cause::Transient, words(&talk), None))?;
    let mut deliveries = Vec::new();
    for update in found {
        if let Some(id) = update.get("update_id").and_then(Value::as_i64) {
            if let Some(query) = pressed(&update) {
                answer(account, client, &query);
            }
            last = last.max(Some(id));
            deliveries.push((id.to_string(), update.to_string().into_bytes()));
        }
    }
    Ok(Polled { deliveries, cursor: last.map_or_else(String::new, |last| format!("{bot}:{last}")) })
}

/// The id of a pressed button's question, if the update is one.
fn pressed(update: &Value) -> Option<String> {
    update.pointer("/callback_query/id").and_then(as_text)
}

/// Ends the waiting that a pressed button shows. Telegram forgets the question by itself, so a lost answer does
/// no harm, and one that is given twice neither.
fn answer(account: &Account, client: &Client, query: &str) {
    let url = method_url(account, "answerCallbackQuery");
    if let Err(lost) = target(account, client, &url).post_json(&json!({ "callback_query_id": query })) {
        log::debug!("a pressed button was not answered: {}", lost.message);
    }
}

/// A webhook that is left over from before keeps updates from us, so it is taken away.
fn updates(account: &Account, client: &Client, offset: i64) -> Result<Talk, Failure> {
    let allowed: String = form_urlencoded::byte_serialize(UPDATES.as_bytes()).collect();
    let url = format!(
        "{}?offset={offset}&timeout={LONG}&allowed_updates={allowed}",
        method_url(account, "getUpdates")
    );
    let ask = || target(account, client, &url).get();
    let mut talk = ask()?;
    if talk.status == 409 && words(&talk).contains("webhook") {
        let removed = target(account, client, &method_url(account, "deleteWebhook")).post_json(&json!({}))?;
        if !good(&removed) {
            return Err(failure(&removed));
        }
        talk = ask()?;
    }
    if good(&talk) { Ok(talk) } else { Err(failure(&talk)) }
}

/// The status and the body say that it worked.
fn good(talk: &Talk) -> bool {
    talk.ok() && talk.json.get("ok").and_then(Value::as_bool) == Some(true)
}

fn subscribe(account: &Account, client: &Client) -> Result<String, String> {
    let body = json!({
        "url": account.hook_url(), "secret_token": account.get("webhook_secret"),
        "allowed_updates": serde_json::from_str::<Value>(UPDATES).unwrap_or_default(),
    });
    let talk = target(account, client, &method_url(account, "setWebhook"))
        .post_json(&body)
        .map_err(|f| f.message)?;
    if !good(&talk) {
        return Err(words(&talk));
    }
    let info =
        target(account, client, &method_url(account, "getWebhookInfo")).get().map_err(|f| f.message)?;
    // An error of old stays there for ever; while nothing waits, it is over.
    let waiting = info.json.pointer("/result/pending_update_count").and_then(Value::as_i64).unwrap_or(0);
    match info.text("/result/last_error_message").filter(|_| waiting > 0) {
        Some(error) => Err(error),
        None => Ok(info.text("/result/url").unwrap_or_default()),
    }
}

fn send_text(account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
    let mut body = json!({ "chat_id": order.to.1, "text": order.body });
    if let Some(replied) = replied(order) {
        body["reply_parameters"] = replied;
    }
    outcome(target(account, client, &method_url(account, "sendMessage")).post_json(&body))
}

fn replied(order: &Order<'_>) -> Option<Value> {
    let (_, number) = order.reply_to?.rsplit_once(':')?;
    let number: i64 = number.parse().ok()?;
    Some(json!({ "message_id": number, "allow_sending_without_reply": true }))
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
    if let Some(replied) = replied(order) {
        parts.push(Part::text("reply_parameters", replied.to_string()));
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
        Ok(talk) if good(&talk) => Outcome::Sent {
            provider_id: parse::message_id(talk.json.get("result").unwrap_or(&Value::Null)).ok(),
        },
        Ok(talk) => Outcome::Failed(failure(&talk)),
        Err(failure) => Outcome::Failed(failure),
    }
}

/// Source: Bot API 10.1, setMessageReaction; an empty list takes the reaction back.
fn react(account: &Account, client: &Client, reacting: &Reacting<'_>) -> Result<(), Failure> {
    let number = reacting.message.rsplit_once(':').and_then(|(_, number)| number.parse::<i64>().ok());
    let number = number.ok_or_else(|| Failure::never(Cause::Unreachable, "the message has no number"))?;
    let reaction = match reacting.emoji {
        "" => json!([]),
        emoji => json!([{ "type": "emoji", "emoji": emoji }]),
    };
    let body = json!({ "chat_id": reacting.to.1, "message_id": number, "reaction": reaction });
    let talk = target(account, client, &method_url(account, "setMessageReaction")).post_json(&body)?;
    if good(&talk) { Ok(()) } else { Err(failure(&talk)) }
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
        // Another program asks with the same token.
        409 => Failure::later(Cause::Transient, words, None),
        400 if ["chat not found", "PEER_ID_INVALID", "user not found"].iter().any(|w| words.contains(w)) => {
            Failure::never(Cause::Unreachable, words)
        }
        400 | 413 if ["PHOTO", "IMAGE", "file", "Too Large"].iter().any(|w| words.contains(w)) => {
            Failure::never(Cause::Media, words)
        }
        200..=299 => Failure::unsure(words),
        _ => by_status(talk, words),
    }
}

/// A bot is given files of up to 20 MB; a larger one, or one that is gone, never comes.
fn no_file(talk: &Talk) -> Failure {
    match talk.status {
        400 => Failure::never(Cause::Media, words(talk)),
        500.. => Failure::later(Cause::Media, words(talk), talk.retry_after),
        _ => failure(talk),
    }
}
