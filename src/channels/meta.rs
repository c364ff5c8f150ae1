//! What Meta's channels share: the handshake, the signature over the raw bytes, the words of an error, templates.

use serde_json::Value;

use super::talk::{Talk, Target, text_at};
use super::{Account, Answer, Forged, Hook};
use crate::domain::Id;
use crate::domain::inbound::Event;
use crate::domain::outbox::Failure;
use crate::domain::template::{Status, Template};
use crate::net::{Client, signature};

/// The version of the Graph API that these files were written for.
pub const VERSION: &str = "v25.0";

/// More pages than any account has templates for.
const PAGES: usize = 100;

/// Answers the set-up handshake: the challenge back for who knows the verify token.
pub fn handshake(account: &Account, hook: &Hook<'_>) -> Option<Answer> {
    if hook.post {
        return None;
    }
    let asked = |name: &str| {
        form_urlencoded::parse(hook.query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value)
    };
    let mode = asked("hub.mode")?;
    let token = asked("hub.verify_token").unwrap_or_default();
    let expected = account.get("verify_token");
    let known = !expected.is_empty() && signature::equal(token.as_bytes(), expected.as_bytes());
    match asked("hub.challenge") {
        Some(challenge) if known && mode == "subscribe" => Some(Answer::text(200, challenge.into_owned())),
        _ => Some(Answer::text(403, "")),
    }
}

/// `X-Hub-Signature-256` over the raw bytes, never over JSON that was read and written again.
pub fn verify(account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
    let given = (hook.header)("x-hub-signature-256").ok_or(Forged)?;
    signature::check_sha256(account.get("app_secret"), hook.body, &given).then_some(()).ok_or(Forged)
}

/// `base` with the version, unless it ends with one of its own.
pub fn versioned(base: &str) -> String {
    let last = base.rsplit('/').next().unwrap_or_default();
    let has_one =
        last.strip_prefix('v').is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    if has_one { base.to_owned() } else { format!("{base}/{VERSION}") }
}

/// Asks the Graph API.
pub fn get(account: &Account, client: &Client, url: &str) -> Result<Talk, Failure> {
    let bearer = format!("Bearer {}", account.get("access_token"));
    let headers = [("Authorization", bearer.as_str())];
    Target { client, url, headers: &headers, trusted: account.has_own_api() }.get()
}

/// Meta's own words, with the code that its documentation is searched by.
pub fn words(talk: &Talk) -> String {
    match (talk.text("/error/code"), talk.text("/error/message")) {
        (Some(code), Some(message)) => {
            format!("(#{code}) {}", message.trim_start_matches(&format!("(#{code})")).trim())
        }
        _ => format!("Meta answered {}", talk.status),
    }
}

/// Every template of a page. The ids and the time of the sync are the caller's to set.
pub fn templates(account: &Account, client: &Client, url: &str) -> Result<Vec<Template>, Failure> {
    let mut found = Vec::new();
    let mut after = String::new();
    for _ in 0..PAGES {
        let talk = get(account, client, &format!("{url}?limit=100{after}"))?;
        if !talk.ok() {
            return Err(super::talk::by_status(&talk, words(&talk)));
        }
        let page = talk.json.get("data").and_then(Value::as_array);
        found.extend(page.into_iter().flatten().filter_map(|given| template(account, given)));
        // The cursor and not the "next" address: that one carries the token and may lead anywhere.
        match talk.text("/paging/cursors/after").filter(|_| talk.json.pointer("/paging/next").is_some()) {
            Some(cursor) => {
                after = format!(
                    "&after={}",
                    form_urlencoded::byte_serialize(cursor.as_bytes()).collect::<String>()
                );
            }
            None => break,
        }
    }
    Ok(found)
}

fn template(account: &Account, given: &Value) -> Option<Template> {
    let components = given.get("components").cloned().unwrap_or_default();
    let is_body =
        |part: &&Value| text_at(part, "/type").is_some_and(|kind| kind.eq_ignore_ascii_case("body"));
    let body =
        components.as_array().into_iter().flatten().find(is_body).and_then(|part| text_at(part, "/text"));
    Some(Template {
        id: Id::new(0),
        channel: Some(account.channel.id),
        name: text_at(given, "/name")?,
        language: text_at(given, "/language").unwrap_or_default(),
        category: text_at(given, "/category").unwrap_or_default().to_lowercase(),
        body: body.unwrap_or_default(),
        components,
        status: standing(&text_at(given, "/status").unwrap_or_default()),
        reason: text_at(given, "/rejected_reason").filter(|reason| reason != "NONE"),
        locked: true,
        synced_at: None,
    })
}

fn standing(word: &str) -> Status {
    match word.to_ascii_uppercase().as_str() {
        "APPROVED" => Status::Approved,
        "REJECTED" => Status::Rejected,
        "PAUSED" => Status::Paused,
        "DISABLED" => Status::Disabled,
        _ => Status::Pending,
    }
}

/// A template's approval changed. The field has two names in Meta's own pages, so both are heard.
pub fn template_change(change: &Value) -> Event {
    let field = text_at(change, "/field").unwrap_or_default();
    if !field.ends_with("template_status_update") {
        return Event::Ignored { why: "something on the page that is no message" };
    }
    let text = |key: &str| text_at(change, &format!("/value/{key}")).unwrap_or_default();
    Event::Template {
        name: text("message_template_name"),
        language: text("message_template_language"),
        status: standing(&text("event")).as_str().to_owned(),
        reason: Some(text("reason")).filter(|reason| !reason.is_empty() && reason != "NONE"),
    }
}
