//! What the error codes of the Messenger Platform mean for us. The code decides, never the title.

use serde_json::Value;

use crate::channels::meta;
use crate::channels::talk::{Talk, by_status};
use crate::domain::Span;
use crate::domain::outbox::{Cause, Failure, Next};

/// The table of Meta's error-codes page. 1545041 and 551 are the person, not the window, whatever an older
/// page says.
pub(super) fn failure(talk: &Talk) -> Failure {
    let error = talk.json.get("error").unwrap_or(&Value::Null);
    let Some(code) = error.get("code").and_then(Value::as_i64) else {
        return by_status(talk, format!("Meta answered {}", talk.status));
    };
    let subcode = error.get("error_subcode").and_then(Value::as_i64).unwrap_or(0);
    let (cause, next) = verdict(code, subcode);
    let next = match next {
        Next::Later { after: None } => Next::Later { after: talk.retry_after },
        next => next,
    };
    Failure { cause, message: meta::words(error, code), next }
}

fn verdict(code: i64, subcode: i64) -> (Cause, Next) {
    const SOON: Next = Next::Later { after: None };
    match (code, subcode) {
        (10, 2_018_278 | 2_018_065 | 2_534_022) => (Cause::WindowClosed, Next::Never),
        // The page is restricted: every message would fail.
        (10, 1_893_063) | (100, 2_534_029) | (2022 | 368, _) => (Cause::Policy, Next::Reconnect),
        // The HUMAN_AGENT tag was not approved; or another program holds the thread.
        (100, 2_018_276 | 2_534_037) | (_, 2_018_300 | 2_018_321 | 2_018_171) => (Cause::Policy, Next::Never),
        (551, _) | (_, 1_545_041 | 2_018_108) | (100, 2_018_001 | 2_534_014 | 33) => {
            (Cause::Unreachable, Next::Never)
        }
        (100, 2_018_008 | 2_018_047 | 2_018_109 | 2_018_294 | 2_018_074) => (Cause::Media, Next::Never),
        (190 | 10 | 200..=299, _) | (100, 2_534_013) => (Cause::Auth, Next::Reconnect),
        // A warning that comes before a punishment.
        (613, 2_018_338) => (Cause::RateLimited, Next::Later { after: Some(Span::hours(1)) }),
        (4 | 17 | 32 | 613 | 80_006, _) => (Cause::RateLimited, SOON),
        (1 | 2 | 1200, _) => (Cause::Transient, SOON),
        (100 | 9_000_001, _) => (Cause::InvalidContent, Next::Never),
        _ => (Cause::Unknown, Next::Never),
    }
}
