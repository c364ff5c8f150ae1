//! Talking to a provider's API: JSON or forms there, JSON back, and what became of the call.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use super::Malformed;
use crate::domain::Span;
use crate::domain::outbox::{Cause, Failure};
use crate::net::{Answer, Body, Call, CallError, Client};

/// For one exchange; longer than any provider needs, short enough not to block a channel for minutes.
const TIME: Duration = Duration::from_secs(30);
/// For a file.
const FILE_TIME: Duration = Duration::from_secs(300);
/// No provider's JSON answer is larger.
const MOST: u64 = 4 * 1024 * 1024;

/// What a provider answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Talk {
    pub status: u16,
    /// Null where the answer was no JSON.
    pub json: Value,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Span>,
}

impl Talk {
    /// The status is one of success.
    pub const fn ok(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// A text at a JSON pointer such as `/result/message_id`, numbers included.
    pub fn text(&self, pointer: &str) -> Option<String> {
        as_text(self.json.pointer(pointer)?)
    }
}

/// A JSON text or number as text.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Where a provider is called, and with which headers.
pub struct Target<'a> {
    pub client: &'a Client,
    pub url: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    /// An administrator chose the host.
    pub trusted: bool,
}

impl Target<'_> {
    /// Sends JSON. The outcome of a broken exchange is unknown, because the provider may have acted on it.
    pub fn post_json(&self, body: &Value) -> Result<Talk, Failure> {
        let bytes = body.to_string().into_bytes();
        self.send(Body::Bytes { content_type: "application/json", bytes: &bytes })
    }

    /// Sends a form.
    pub fn post_form(&self, fields: &[(&str, &str)]) -> Result<Talk, Failure> {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Body::Bytes { content_type: "application/x-www-form-urlencoded", bytes: text.as_bytes() })
    }

    /// Sends a body of any kind.
    pub fn send(&self, body: Body<'_>) -> Result<Talk, Failure> {
        self.exchange("POST", body).map(|answer| talk(&answer)).map_err(super::unanswered)
    }

    /// Asks for something. Asking twice does no harm, so a broken exchange is simply tried again.
    pub fn get(&self) -> Result<Talk, Failure> {
        self.exchange("GET", Body::None).map(|answer| talk(&answer)).map_err(super::unanswered_harmless)
    }

    fn exchange(&self, method: &'static str, body: Body<'_>) -> Result<Answer, CallError> {
        self.client.call(Call {
            method,
            url: self.url,
            headers: self.headers,
            body,
            time: TIME,
            trusted: self.trusted,
            most: MOST,
        })
    }
}

fn talk(answer: &Answer) -> Talk {
    Talk {
        status: answer.status,
        json: serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        retry_after: super::retry_after(answer),
    }
}

/// How often a file's address may lead to another one.
const HOPS: u32 = 3;

/// Fetches a file into `sink`. `headers` carry secrets only where the caller knows the host; an address that
/// leads to another host is followed without them, and without the trust in the first.
pub fn download(target: &Target<'_>, sink: &mut dyn Write) -> Result<(), Failure> {
    let mut url = target.url.to_owned();
    for _ in 0..HOPS {
        let own = super::same_origin(&url, target.url);
        let call = Call {
            method: "GET",
            url: &url,
            headers: if own { target.headers } else { &[] },
            body: Body::None,
            time: FILE_TIME,
            trusted: target.trusted && own,
            most: super::LARGEST_FILE,
        };
        let answer = target.client.download(call, sink).map_err(super::not_fetched)?;
        match (answer.status, answer.header("location")) {
            (301 | 302 | 303 | 307 | 308, Some(next)) => url = leads_to(&url, next),
            _ => return fetched(&answer),
        }
    }
    Err(Failure::never(Cause::Media, "the file's address leads from host to host"))
}

/// Where a `Location` leads that may leave the host out.
fn leads_to(from: &str, location: &str) -> String {
    let origin =
        from.find("://").and_then(|scheme| from.get(scheme + 3..)?.find('/').map(|at| scheme + 3 + at));
    match origin.and_then(|end| from.get(..end)) {
        Some(origin) if location.starts_with('/') && !location.starts_with("//") => {
            format!("{origin}{location}")
        }
        _ => location.to_owned(),
    }
}

fn fetched(answer: &Answer) -> Result<(), Failure> {
    match answer.status {
        200..=299 => Ok(()),
        404 | 410 => Err(Failure::never(Cause::Media, "the provider no longer has the file")),
        status => {
            let words = format!("the file's host answered {status}");
            Err(Failure::later(Cause::Media, words, super::retry_after(answer)))
        }
    }
}

/// What a status alone says, where a provider's words say no more.
pub fn by_status(talk: &Talk, words: String) -> Failure {
    match talk.status {
        401 => Failure::reconnect(words),
        403 => Failure::never(Cause::Policy, words),
        404 | 410 => Failure::never(Cause::Unreachable, words),
        408 | 429 => Failure::later(Cause::RateLimited, words, talk.retry_after),
        400..=499 => Failure::never(Cause::InvalidContent, words),
        // A server that broke may have done its work before.
        _ => Failure::unsure(words),
    }
}

/// A text at a JSON pointer, numbers included; an empty one is none.
pub fn text_at(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(as_text).filter(|text| !text.is_empty())
}

/// The most values that a delivery holds. A thousand events at once, the most that any provider sends, hold a tenth of it.
const VALUES: usize = 250_000;

/// JSON from a kept delivery.
pub fn read_json(body: &[u8]) -> Result<Value, Malformed> {
    // Values take many times their bytes in memory, and what has many values has many commas. Those in texts count too,
    // but no text is as long.
    if body.iter().filter(|byte| **byte == b',').count() >= VALUES {
        return Err(Malformed(format!("more than {VALUES} values")));
    }
    serde_json::from_slice(body).map_err(|fault| Malformed(fault.to_string()))
}
