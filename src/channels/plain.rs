//! Our own JSON for what comes in: what a custom channel posts, a simulated phone and the website chat.
//!
//! A delivery is one event, a list of events, or `{"events": [ … ]}`. Every event has a `type`; times are
//! RFC 3339 or milliseconds since 1970, and the time of receipt where there is none.
//!
//! ```json
//! {"type": "text", "id": "m-1", "at": "2026-03-03T12:00:00Z", "from": {"value": "ana", "name": "Ana"},
//!  "body": "Hello", "reply_to": "m-0", "subject": "…", "referral": "an ad", "label": "Sticker",
//!  "location": {"latitude": 1.5, "longitude": 2.5, "name": "…", "address": "…"},
//!  "files": [{"name": "a.png", "type": "image/png", "url": "https://…"}, {"name": "b", "type": "…", "data": "base64"}],
//!  "opens": {"hours": 168, "sends": 3}}
//! {"type": "echo", …as text, but "from" is the customer that it was sent to}
//! {"type": "receipt", "message": "provider's id", "key": "or our key", "state": "sent|delivered|read|failed", "error": "why"}
//! {"type": "watermark", "from": {…}, "state": "delivered|read"}
//! {"type": "reaction", "from": {…}, "message": "m-1", "emoji": "👍"}         (an empty emoji takes it back)
//! {"type": "edited", "message": "m-1", "body": "new text"}
//! {"type": "revoked", "message": "m-1"}
//! {"type": "opened", "from": {…}, "opens": {…}}
//! {"type": "moved", "from": {…}, "to": "new value"}
//! {"type": "consent", "from": {…}, "allowed": false}
//! {"type": "left", "from": {…}}
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::talk::read_json;
use super::{Malformed, Raw};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party, Receipt};
use crate::domain::mail::has_remote_pictures;
use crate::domain::message::{Extra, Location, State};
use crate::domain::outbox::{Cause, Failure};
use crate::domain::window::Opener;
use crate::domain::{Span, Timestamp, phone};

/// Reads a delivery whose people are known by addresses of `kind`.
pub(super) fn parse(kind: AddressKind, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
    let value = read_json(raw.body)?;
    let events = match value {
        Value::Array(events) => events,
        Value::Object(mut object) if !object.contains_key("type") => match object.remove("events") {
            Some(Value::Array(events)) => events,
            _ => return Err(Malformed("neither \"type\" nor \"events\"".to_owned())),
        },
        event => vec![event],
    };
    let reader = Reader { kind, received_at: raw.received_at };
    events.into_iter().map(|event| reader.event(event)).collect()
}

struct Reader {
    kind: AddressKind,
    received_at: Timestamp,
}

/// Every field that any event may have.
#[derive(Deserialize)]
struct Given {
    r#type: String,
    id: Option<String>,
    at: Option<Value>,
    from: Option<Person>,
    #[serde(default)]
    body: String,
    html: Option<String>,
    reply_to: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    thread: String,
    referral: Option<String>,
    label: Option<String>,
    location: Option<Location>,
    #[serde(default)]
    files: Vec<GivenFile>,
    opens: Option<Opens>,
    message: Option<String>,
    key: Option<String>,
    state: Option<State>,
    error: Option<String>,
    #[serde(default)]
    emoji: String,
    to: Option<String>,
    allowed: Option<bool>,
}

#[derive(Deserialize)]
struct Person {
    value: String,
    name: Option<String>,
    #[serde(default)]
    also: Vec<(AddressKind, String)>,
}

#[derive(Deserialize)]
struct GivenFile {
    #[serde(default)]
    name: String,
    r#type: Option<String>,
    url: Option<String>,
    data: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
struct Opens {
    hours: i64,
    sends: Option<u32>,
}

impl Opens {
    fn opener(self) -> Opener {
        Opener::Lasting { length: Span::hours(self.hours.clamp(0, 8784)), sends: self.sends }
    }
}

impl Reader {
    fn event(&self, value: Value) -> Result<Event, Malformed> {
        let given: Given = serde_json::from_value(value).map_err(|fault| Malformed(fault.to_string()))?;
        let at = self.time(given.at.as_ref())?;
        Ok(match given.r#type.as_str() {
            "text" | "message" => Event::Message(self.incoming(given, at)?),
            "echo" => {
                let message = self.incoming(given, at)?;
                Event::Echo { to: message.from.clone(), message }
            }
            "receipt" => Event::Receipt(receipt(given, at)?),
            "watermark" => Event::Watermark { from: self.party(&given)?, state: state(&given)?, until: at },
            "reaction" => Event::Reaction {
                from: self.party(&given)?,
                provider_id: wanted(given.message, "message")?,
                emoji: given.emoji,
                at,
                opener: given.opens.map(Opens::opener),
            },
            "edited" => {
                Event::Edited { provider_id: wanted(given.message, "message")?, body: given.body, at }
            }
            "revoked" => Event::Revoked { provider_id: wanted(given.message, "message")?, at },
            "opened" => {
                let opener = given.opens.map_or(Opener::Message, Opens::opener);
                Event::Opened { from: self.party(&given)?, opener, at }
            }
            "moved" => {
                let from = self.party(&given)?;
                Event::Moved { from, to: self.normal(&wanted(given.to, "to")?) }
            }
            "consent" => {
                let from = self.party(&given)?;
                Event::Consent { from, allowed: wanted(given.allowed, "allowed")?, at }
            }
            "left" => Event::Left { from: self.party(&given)?, at },
            other => return Err(Malformed(format!("unknown type {other:?}"))),
        })
    }

    fn incoming(&self, given: Given, at: Timestamp) -> Result<Incoming, Malformed> {
        let from = self.party(&given)?;
        let files = given.files.into_iter().map(file).collect::<Result<Vec<_>, _>>()?;
        let extra = Extra {
            location: given.location,
            referral: given.referral,
            label: given.label,
            pictured: given.html.as_deref().is_some_and(has_remote_pictures),
            ..Extra::default()
        };
        Ok(Incoming {
            from,
            provider_id: wanted(given.id, "id")?,
            at,
            body: given.body,
            html: given.html,
            subject: given.subject,
            thread: given.thread,
            reply_to: given.reply_to,
            extra,
            files,
            opener: Some(given.opens.map_or(Opener::Message, Opens::opener)),
            letter: None,
        })
    }

    fn party(&self, given: &Given) -> Result<Party, Malformed> {
        let person = given.from.as_ref().ok_or_else(|| Malformed("\"from\" is missing".to_owned()))?;
        let value = self.normal(&person.value);
        if value.is_empty() {
            return Err(Malformed("\"from\" has no value".to_owned()));
        }
        let name = person.name.clone().filter(|name| !name.trim().is_empty());
        Ok(Party { kind: self.kind, value, name, also: person.also.clone() })
    }

    /// The value in its one normal form.
    fn normal(&self, value: &str) -> String {
        let value = value.trim();
        let digits = value.chars().all(|letter| letter.is_ascii_digit() || " +-().".contains(letter));
        match self.kind {
            AddressKind::Phone | AddressKind::Whatsapp if digits && !value.is_empty() => {
                phone::from_provider(value)
            }
            AddressKind::Email => value.to_lowercase(),
            _ => value.to_owned(),
        }
    }

    fn time(&self, at: Option<&Value>) -> Result<Timestamp, Malformed> {
        let wrong = || Malformed("\"at\" is neither RFC 3339 nor milliseconds".to_owned());
        match at {
            None | Some(Value::Null) => Ok(self.received_at),
            Some(Value::Number(number)) => number.as_i64().map(Timestamp).ok_or_else(wrong),
            Some(Value::String(text)) => {
                let moment: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
                Ok(Timestamp(moment.as_millisecond()))
            }
            Some(_) => Err(wrong()),
        }
    }
}

fn wanted<T>(value: Option<T>, field: &str) -> Result<T, Malformed> {
    value.ok_or_else(|| Malformed(format!("{field:?} is missing")))
}

fn state(given: &Given) -> Result<State, Malformed> {
    match given.state {
        Some(state @ (State::Sent | State::Delivered | State::Read | State::Failed)) => Ok(state),
        _ => Err(Malformed("\"state\" is not one of sent, delivered, read, failed".to_owned())),
    }
}

fn receipt(given: Given, at: Timestamp) -> Result<Receipt, Malformed> {
    let state = state(&given)?;
    if given.message.is_none() && given.key.is_none() {
        return Err(Malformed("neither \"message\" nor \"key\"".to_owned()));
    }
    let fault =
        (state == State::Failed).then(|| Failure::never(Cause::Unknown, given.error.unwrap_or_default()));
    Ok(Receipt { provider_id: given.message, our_key: given.key, state, at, fault })
}

fn file(given: GivenFile) -> Result<File, Malformed> {
    let content = match (given.url, given.data) {
        (Some(url), None) => FileContent::Remote(json!({ "url": url })),
        (None, Some(data)) => {
            let bytes = STANDARD.decode(data).map_err(|_| Malformed("\"data\" is not base64".to_owned()))?;
            FileContent::Here(bytes)
        }
        _ => return Err(Malformed("a file needs either \"url\" or \"data\"".to_owned())),
    };
    let media_type = given.r#type.unwrap_or_else(|| "application/octet-stream".to_owned());
    Ok(File { name: given.name, media_type, content })
}
