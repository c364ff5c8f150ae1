//! Talking to a provider's API: JSON or forms there, JSON back, and what became of the call.

use std::time::Duration;

use serde_json::Value;

use crate::domain::Span;
use crate::domain::outbox::{Cause, Failure};
use crate::net::{Answer, Body, Call, CallError, Client};

/// For one exchange; longer than any provider needs, short enough not to block a channel for minutes.
const TIME: Duration = Duration::from_secs(30);
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
        self.exchange("POST", body).map(|answer| talk(&answer)).map_err(|error| failure(error, Failure::unsure))
    }

    /// Asks for something. Asking twice does no harm, so a broken exchange is simply tried again.
    pub fn get(&self) -> Result<Talk, Failure> {
        let again = |words: String| Failure::later(Cause::Transient, words, None);
        self.exchange("GET", Body::None).map(|answer| talk(&answer)).map_err(|error| failure(error, again))
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
    let header = |name: &str| {
        answer.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    Talk {
        status: answer.status,
        json: serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        retry_after: header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Span::seconds),
    }
}

fn failure(error: CallError, unsure: impl FnOnce(String) -> Failure) -> Failure {
    match error {
        CallError::NotSent(words) => Failure::later(Cause::Transient, words, None),
        CallError::Unsure(words) => unsure(words),
        CallError::Forbidden(words) => Failure::never(Cause::Policy, words),
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
