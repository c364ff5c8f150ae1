//! What Meta's errors mean for a message, code by code.

use crate::messenger::messenger;
use crate::support::connected::order;
use crate::support::provider::Say;
use serde_json::{Value, json};
use transom::domain::Span;
use transom::domain::contact::AddressKind;
use transom::domain::outbox::{Cause, Next};

const SOON: Next = Next::Later { after: None };

const CODES: &[(i64, i64, Cause, Next)] = &[
    (10, 2_018_278, Cause::WindowClosed, Next::Never),
    (10, 2_018_065, Cause::WindowClosed, Next::Never),
    (10, 2_534_022, Cause::WindowClosed, Next::Never),
    (10, 2_018_108, Cause::Unreachable, Next::Never),
    (551, 0, Cause::Unreachable, Next::Never),
    (551, 1_545_041, Cause::Unreachable, Next::Never),
    (200, 1_545_041, Cause::Unreachable, Next::Never),
    (100, 2_018_001, Cause::Unreachable, Next::Never),
    (100, 2_534_014, Cause::Unreachable, Next::Never),
    (100, 33, Cause::Unreachable, Next::Never),
    (10, 1_893_063, Cause::Policy, Next::Reconnect),
    (100, 2_534_029, Cause::Policy, Next::Reconnect),
    (2022, 0, Cause::Policy, Next::Reconnect),
    (368, 0, Cause::Policy, Next::Reconnect),
    (100, 2_018_276, Cause::Policy, Next::Never),
    (10, 2_018_300, Cause::Policy, Next::Never),
    (10, 2_018_321, Cause::Policy, Next::Never),
    (200, 2_018_171, Cause::Policy, Next::Never),
    (100, 2_534_037, Cause::Policy, Next::Never),
    (100, 2_018_008, Cause::Media, Next::Never),
    (100, 2_018_047, Cause::Media, Next::Never),
    (100, 2_018_074, Cause::Media, Next::Never),
    (100, 2_018_109, Cause::Media, Next::Never),
    (100, 2_018_294, Cause::Media, Next::Never),
    (10, 2_534_077, Cause::Auth, Next::Reconnect),
    (100, 2_534_013, Cause::Auth, Next::Reconnect),
    (200, 2_534_041, Cause::Auth, Next::Reconnect),
    (190, 0, Cause::Auth, Next::Reconnect),
    (200, 2_018_028, Cause::Auth, Next::Reconnect),
    (4, 0, Cause::RateLimited, SOON),
    (17, 0, Cause::RateLimited, SOON),
    (32, 0, Cause::RateLimited, SOON),
    (613, 0, Cause::RateLimited, SOON),
    (80_006, 0, Cause::RateLimited, SOON),
    (613, 2_018_338, Cause::RateLimited, Next::Later { after: Some(Span::hours(1)) }),
    (1, 0, Cause::Transient, SOON),
    (2, 0, Cause::Transient, SOON),
    (1200, 0, Cause::Transient, SOON),
    (100, 0, Cause::InvalidContent, Next::Never),
    (9_000_001, 0, Cause::InvalidContent, Next::Never),
    (999_999, 0, Cause::Unknown, Next::Never),
];

#[test]
fn every_documented_code_leads_somewhere() {
    let stage = messenger();
    let text = order(AddressKind::Messenger, "7700001", "x", &Value::Null);
    for (code, subcode, cause, next) in CODES {
        let error = json!({ "error": { "code": code, "error_subcode": subcode, "message": "Words" } });
        stage.api.say("/messages", &[Say::Answer(400, error.to_string())]);
        let failure = stage.failure(&text);
        assert_eq!((failure.cause, failure.next), (*cause, *next), "{code}/{subcode}");
        assert_eq!(failure.message, format!("(#{code}) Words"));
    }
    for (status, next) in [(401, Next::Reconnect), (429, SOON), (404, Next::Never), (502, Next::Unsure)] {
        stage.api.say("/messages", &[Say::Answer(status, "<html>".into())]);
        assert_eq!(stage.failure(&text).next, next, "{status}");
    }
    stage.api.say("/messages", &[Say::HangUp]);
    assert_eq!(stage.failure(&text).next, Next::Unsure);
}
