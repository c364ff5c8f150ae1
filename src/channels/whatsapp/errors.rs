//! What Meta's error codes mean for us. The code decides, never the title: titles change.

use serde_json::Value;

use crate::channels::meta;
use crate::domain::Span;
use crate::domain::outbox::{Cause, Failure, Next};
use crate::net::Answer;

/// A refused call.
pub(super) fn refused(answer: &Answer) -> Failure {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = &body["error"];
    if error["code"].is_number() {
        let mut failure = meaning(error);
        if let Next::Later { after: None } = failure.next {
            failure.next = Next::Later { after: crate::channels::retry_after(answer) };
        }
        return failure;
    }
    let said = String::from_utf8_lossy(&answer.body);
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
    let said = format!("{} {said}", answer.status).trim_end().to_owned();
    match answer.status {
        401 | 403 => Failure::reconnect(said),
        429 => Failure::later(Cause::RateLimited, said, crate::channels::retry_after(answer)),
        400..=499 => Failure::never(Cause::Unknown, said),
        // A gateway on the way gave up: what stood behind it may have gone on.
        _ => Failure::unsure(said),
    }
}

/// Why a message failed, as a status webhook tells it.
pub(super) fn reported(error: &Value) -> Failure {
    meaning(error)
}

/// The number or the account that is asked for does not exist for this token.
pub(super) fn is_missing(failure: &Failure) -> bool {
    failure.message.contains("(#100)")
}

fn meaning(error: &Value) -> Failure {
    let code = error["code"].as_i64().unwrap_or_default();
    let (cause, next) = verdict(code, error["error_subcode"].as_i64());
    Failure { cause, message: meta::words(error, code), next }
}

fn verdict(code: i64, subcode: Option<i64>) -> (Cause, Next) {
    const SOON: Next = Next::Later { after: None };
    const PAUSE: Next = Next::Later { after: Some(Span::hours(1)) };
    match code {
        // "Object does not exist": the number's id is wrong, so every message would fail.
        100 if subcode == Some(33) => (Cause::Auth, Next::Reconnect),
        0 | 3 | 10 | 190 | 200..=299 | 131045 | 133010 | 133016 => (Cause::Auth, Next::Reconnect),
        // 131056 is about one person, so no rest for the whole number is asked for.
        4 | 80007 | 130429 | 131056 => (Cause::RateLimited, SOON),
        131048 | 131064 => (Cause::Policy, PAUSE),
        1 | 2 | 131000 | 131016 => (Cause::Transient, SOON),
        131057 => (Cause::Transient, Next::Later { after: Some(Span::minutes(10)) }),
        131047 => (Cause::WindowClosed, Next::Never),
        131021 | 131026 | 131030 | 131062 => (Cause::Unreachable, Next::Never),
        // The person takes no marketing; answers still arrive, so it is no opt-out of the address.
        131050 => (Cause::Policy, Next::Never),
        130472 | 130497 | 131049 | 131063 => (Cause::Policy, Next::Never),
        368 | 131031 | 131042 | 131044 => (Cause::Policy, Next::Reconnect),
        131052 | 131053 => (Cause::Media, SOON),
        100 | 131008 | 131009 | 131051 => (Cause::InvalidContent, Next::Never),
        132000..=132099 => (Cause::Template, Next::Never),
        _ => (Cause::Unknown, Next::Never),
    }
}
