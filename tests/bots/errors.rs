//! What each refusal leads to.

use serde_json::json;

use super::Stage;
use crate::support::provider::Say;
use transom::domain::Span;
use transom::domain::channel::Kind;
use transom::domain::outbox::{Cause, Next};

const SOON: Next = Next::Later { after: None };

const fn after(seconds: i64) -> Next {
    Next::Later { after: Some(Span::seconds(seconds)) }
}

fn each(kind: Kind, table: Vec<(Say, Cause, Next)>) {
    for (say, cause, next) in table {
        let failure = Stage::of(kind).fails("/", say.clone());
        assert_eq!((failure.cause, failure.next), (cause, next), "{kind:?} {say:?}");
    }
}

fn busy() -> Say {
    Say::With(429, "Retry-After: 7", "{}".into())
}

#[test]
fn of_telegram() {
    let said = |status: u16, words: &str| {
        let parameters = json!({ "retry_after": 17 });
        let body =
            json!({ "ok": false, "error_code": status, "description": words, "parameters": parameters });
        Say::Answer(status, body.to_string())
    };
    let table = vec![
        (said(401, "Unauthorized"), Cause::Auth, Next::Reconnect),
        (said(404, "Not Found"), Cause::Auth, Next::Reconnect),
        (said(403, "Forbidden: bot was blocked by the user"), Cause::Unreachable, Next::Never),
        (said(400, "Bad Request: chat not found"), Cause::Unreachable, Next::Never),
        (said(400, "Bad Request: message is too long"), Cause::InvalidContent, Next::Never),
        (said(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), Cause::Media, Next::Never),
        (said(413, "Request Entity Too Large"), Cause::Media, Next::Never),
        (said(429, "Too Many Requests: retry after 17"), Cause::RateLimited, after(17)),
        (said(200, "odd"), Cause::Unknown, Next::Unsure),
    ];
    each(Kind::Telegram, table);
}

#[test]
fn of_line() {
    let said = |status: u16, words: &str| Say::Answer(status, json!({ "message": words }).to_string());
    let table = vec![
        (said(400, "The request body has 1 error(s)"), Cause::InvalidContent, Next::Never),
        (said(401, "Authentication failed"), Cause::Auth, Next::Reconnect),
        (said(403, "Not available for your account"), Cause::Policy, Next::Never),
        (said(429, "You have reached your monthly limit."), Cause::Policy, Next::Never),
        (busy(), Cause::RateLimited, after(7)),
    ];
    each(Kind::Line, table);
}

/// The HTTP status is always 200; the truth stands in the body.
#[test]
fn of_viber() {
    let said = |code: i64| Say::Answer(200, json!({ "status": code, "status_message": "words" }).to_string());
    let table = vec![
        (said(2), Cause::Auth, Next::Reconnect),
        (said(3), Cause::InvalidContent, Next::Never),
        (said(5), Cause::Unreachable, Next::Never),
        (said(6), Cause::OptedOut, Next::Never),
        (said(9), Cause::Auth, Next::Reconnect),
        (said(11), Cause::Unreachable, Next::Never),
        (said(12), Cause::RateLimited, SOON),
        (said(24), Cause::Policy, Next::Never),
        (said(99), Cause::Unknown, Next::Never),
        (Say::Answer(200, "<html>".into()), Cause::Unknown, Next::Unsure),
    ];
    each(Kind::Viber, table);
}

#[test]
fn of_the_number() {
    let said = |status: u16, code: i64| {
        Say::Answer(status, json!({ "code": code, "message": "words", "status": status }).to_string())
    };
    let table = vec![
        (said(401, 20003), Cause::Auth, Next::Reconnect),
        (said(404, 20404), Cause::Auth, Next::Reconnect),
        (said(429, 20429), Cause::RateLimited, SOON),
        (said(400, 21211), Cause::Unreachable, Next::Never),
        (said(400, 21606), Cause::Auth, Next::Reconnect),
        (said(400, 21610), Cause::OptedOut, Next::Never),
        (said(400, 21617), Cause::InvalidContent, Next::Never),
        (said(400, 21620), Cause::Media, Next::Never),
        (said(400, 21408), Cause::Policy, Next::Never),
        (said(400, 63016), Cause::WindowClosed, Next::Never),
        (busy(), Cause::RateLimited, after(7)),
    ];
    each(Kind::Sms, table);
}

/// Taken and never answered, cut in the answer, broken: nobody knows, and nobody claims to.
#[test]
fn a_lost_answer_is_unsure_everywhere() {
    for kind in [Kind::Telegram, Kind::Line, Kind::Viber, Kind::Sms] {
        for lost in [
            Say::HangUp,
            Say::Cut("{\"ok\":true,\"status\":0,\"sid\":\"SM1\"}".into()),
            Say::Answer(500, "{}".into()),
            Say::Answer(502, "<html>Bad gateway</html>".into()),
        ] {
            assert_eq!(Stage::of(kind).fails("/", lost.clone()).next, Next::Unsure, "{kind:?} {lost:?}");
        }
    }
}
