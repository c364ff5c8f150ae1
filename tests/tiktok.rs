//! TikTok: double JSON in, conversations out, ten messages in 48 hours.

use crate::support::channel::message_of;
use crate::support::connected::{Stage, file, order};
use crate::support::provider::Say;
use serde_json::{Value, json};
use transom::channels::Order;
use transom::domain::Span;
use transom::domain::channel::{FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::message::State;
use transom::domain::outbox::{Cause, Next, Outcome};
use transom::net::signature::{hex, hmac_sha256};

fn stage() -> Stage {
    let settings = [
        ("client_key", "the-app"),
        ("client_secret", "the-secret"),
        ("access_token", "the-token"),
        ("business_id", "biz-1"),
    ];
    let stage = Stage::new(Kind::Tiktok, &settings);
    sent_as(&stage, "tt-out-1");
    stage
}

fn sent_as(stage: &Stage, id: &str) {
    let said = json!({ "code": 0, "message": "OK", "data": { "message": { "message_id": id } } });
    stage.api.say("/message/send/", &[Say::Answer(200, said.to_string())]);
}

fn signed(secret: &str, seconds: i64, body: &str) -> String {
    let mac = hmac_sha256(secret.as_bytes(), format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},s={}", hex(&mac))
}

fn delivered(stage: &Stage, event: &str, content: &Value) {
    let body = json!({ "event": event, "user_openid": "biz-1", "content": content.to_string() }).to_string();
    let header = signed("the-secret", stage.desk.now().seconds(), &body);
    assert_eq!(stage.post("", Some(("tiktok-signature", &header)), &body).0, 200);
    stage.read();
}

fn writes(stage: &Stage, id: &str, text: &str) {
    let content = json!({ "conversation_id": "conv-1", "message_id": id, "type": "text",
        "timestamp": stage.desk.now().0, "text": { "body": text }, "from": "ana.g",
        "from_user": { "id": "u-1" }, "to_user": { "id": "biz-1" } });
    delivered(stage, "im_receive_msg", &content);
}

#[test]
fn only_what_tiktok_signed_just_now_is_taken() {
    let stage = stage();
    let body = json!({ "event": "x", "content": "{}" }).to_string();
    let now = stage.desk.now().seconds();
    let status = |header: Option<&str>| stage.post("", header.map(|h| ("tiktok-signature", h)), &body).0;
    assert_eq!(status(Some(&signed("guessed", now, &body))), 401);
    assert_eq!(status(Some(&signed("the-secret", now, "{}"))), 401);
    assert_eq!(status(Some(&signed("the-secret", now - 300, &body))), 401, "a replay");
    assert_eq!(status(Some("t=x,s=")), 401);
    assert_eq!(status(Some("")), 401);
    assert_eq!(status(None), 401);
    let other = transom::net::signature::sha256_header("the-secret", body.as_bytes());
    assert_eq!(stage.post("", Some(("x-hub-signature-256", &other)), &body).0, 401);
    assert_eq!(status(Some(&signed("the-secret", now - 299, &body))), 200);
}

#[test]
fn ana_writes_and_gets_her_answer() {
    let stage = stage();
    writes(&stage, "tt-1", "Hola");
    writes(&stage, "tt-1", "Hola");
    assert_eq!((stage.messages(), stage.thread().snippet.as_str()), (1, "Hola"));
    let id = stage.reply("Hello");
    let seen = &stage.api.seen_at("/message/send/")[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/open_api/v1.3/business/message/send/")
    );
    assert_eq!(seen.header("access-token"), "the-token");
    let expected = json!({ "business_id": "biz-1", "recipient_type": "CONVERSATION", "recipient": "conv-1",
        "message_type": "TEXT", "text": { "body": "Hello" } });
    assert_eq!(seen.json(), expected);
    let read = json!({ "conversation_id": "conv-1", "from_user": { "id": "u-1" },
        "read": { "last_read_timestamp": stage.desk.now().0 } });
    delivered(&stage, "im_mark_read_msg", &read);
    let message = message_of(&stage.desk, id);
    assert_eq!((message.state, message.provider_id.as_deref()), (State::Read, Some("tt-out-1")));
    let echo = json!({ "conversation_id": "conv-1", "message_id": "tt-out-1", "type": "text",
        "text": { "body": "Hello" }, "from_user": { "id": "biz-1" }, "to_user": { "id": "u-1" } });
    delivered(&stage, "im_send_msg", &echo);
    assert_eq!(stage.messages(), 2, "the echo of our own is no second message");
}

/// S19, S220: ten messages, or 48 hours, whichever is first; a new message of the customer resets both.
#[test]
fn ten_messages_or_two_days() {
    let stage = stage();
    writes(&stage, "tt-1", "Hola");
    for number in 0..10 {
        sent_as(&stage, &format!("out-{number}"));
        stage.reply(&format!("answer {number}"));
    }
    assert_eq!(stage.api.seen_at("/message/send/").len(), 10);
    assert_eq!(stage.window().as_str(), "blocked");
    assert!(stage.replies("the eleventh").is_err());
    writes(&stage, "tt-2", "and?");
    assert_eq!(stage.window().as_str(), "open");
    stage.desk.pass(Span::hours(48));
    assert_eq!(stage.window().as_str(), "blocked");
    assert!(stage.replies("too late").is_err());
}

#[test]
fn an_image_is_uploaded_first_and_nobody_else_can_be_written_to() {
    let stage = stage();
    let last = json!({ "conversation_id": "conv-1" });
    let uploaded = json!({ "code": 0, "data": { "media_id": "media-7" } }).to_string();
    stage.api.say("/media/upload/", &[Say::Answer(200, uploaded)]);
    let image = || Order {
        files: file(FileClass::Image, "a.png", "image/png"),
        reply_to: Some("tt-1"),
        ..order(AddressKind::Tiktok, "u-1", "", &last)
    };
    assert_eq!(stage.send(&image()), Outcome::Sent { provider_id: Some("tt-out-1".into()) });
    let text = String::from_utf8_lossy(&stage.api.seen_at("/media/upload/")[0].body).into_owned();
    assert!(text.contains("name=\"business_id\"\r\n\r\nbiz-1\r\n") && text.contains("the bytes"), "{text}");
    let seen = stage.api.seen_at("/message/send/")[0].json();
    assert_eq!((&seen["message_type"], &seen["image"]), (&json!("IMAGE"), &json!({ "media_id": "media-7" })));
    assert_eq!(seen["referenced_message_info"], json!({ "referenced_message_id": "tt-1" }));
    stage.api.say("/media/upload/", &[Say::HangUp]);
    assert!(matches!(stage.failure(&image()).next, Next::Later { .. }), "nobody saw the upload");
    let unknown = stage.failure(&order(AddressKind::Tiktok, "u-2", "x", &Value::Null));
    assert_eq!((unknown.cause, unknown.next), (Cause::Unreachable, Next::Never));
    assert_eq!(stage.api.seen_at("/message/send/").len(), 1);
}

#[test]
fn every_code_leads_somewhere() {
    let stage = stage();
    let last = json!({ "conversation_id": "conv-1" });
    let text = order(AddressKind::Tiktok, "u-1", "x", &last);
    let soon = Next::Later { after: None };
    for (code, cause, next) in [
        (40_064, Cause::RateLimited, soon),
        (40_100, Cause::RateLimited, soon),
        (40_133, Cause::RateLimited, soon),
        (40_001, Cause::Auth, Next::Reconnect),
        (40_102, Cause::Auth, Next::Reconnect),
        (40_105, Cause::Auth, Next::Reconnect),
        (40_002, Cause::InvalidContent, Next::Never),
        (50_000, Cause::Unknown, Next::Unsure),
    ] {
        let said = json!({ "code": code, "message": "Words" }).to_string();
        stage.api.say("/message/send/", &[Say::Answer(200, said)]);
        let failure = stage.failure(&text);
        assert_eq!((failure.cause, failure.next), (cause, next), "{code}");
        assert_eq!(failure.message, format!("({code}) Words"));
    }
    stage.api.say("/message/send/", &[Say::Answer(502, "<html>".into())]);
    assert_eq!(stage.failure(&text).next, Next::Unsure);
    stage.api.say("/message/send/", &[Say::HangUp]);
    assert_eq!(stage.failure(&text).next, Next::Unsure);
}

#[test]
fn a_picture_is_fetched_by_way_of_its_address() {
    let stage = stage();
    let url = format!("{}/picture", stage.api.url);
    let said = json!({ "code": 0, "data": { "download_url": url } }).to_string();
    stage.api.say("/media/download/", &[Say::Answer(200, said)]);
    stage.api.say("/picture", &[Say::Answer(200, "bytes".into())]);
    let source =
        json!({ "conversation_id": "conv-1", "message_id": "tt-1", "media_id": "m", "media_type": "IMAGE" });
    let mut sink = Vec::new();
    stage.provider().fetch(&stage.account(), &stage.desk.desk.client, &source, &mut sink).unwrap();
    assert_eq!(sink, b"bytes");
    let asked = stage.api.seen_at("/media/download/")[0].json();
    assert_eq!((&asked["business_id"], &asked["media_id"]), (&json!("biz-1"), &json!("m")));
    let seen = stage.api.seen_at("/picture");
    assert_eq!((seen[0].header("access-token"), seen[0].header("x-user")), ("", "the-token"));
    // A sticker lies at an address that customers could have named: it gets no token.
    stage.api.say("/sticker", &[Say::Answer(200, "drawn".into())]);
    let (mut sink, source) = (Vec::new(), json!({ "url": format!("{}/sticker", stage.api.url) }));
    stage.provider().fetch(&stage.account(), &stage.desk.desk.client, &source, &mut sink).unwrap();
    assert_eq!((sink, stage.api.seen_at("/sticker")[0].header("x-user")), (b"drawn".to_vec(), ""));
}

#[test]
fn the_test_tells_tiktok_where_to_deliver() {
    let stage = stage();
    let steps = || {
        let checks = stage.provider().test(&stage.account(), &stage.desk.desk.client);
        checks.into_iter().map(|check| (check.step, check.outcome.is_ok())).collect::<Vec<_>>()
    };
    let good = json!({ "code": 0, "data": { "display_name": "Shop" } }).to_string();
    stage.api.say("/business/get/", &[Say::Answer(200, good.clone())]);
    stage.api.say("/webhook/update/", &[Say::Answer(200, good)]);
    assert_eq!(steps(), [("token", true), ("webhook", true)]);
    let told = stage.api.seen_at("/webhook/update/")[0].json();
    assert_eq!((&told["app_id"], &told["event_type"]), (&json!("the-app"), &json!("DIRECT_MESSAGE")));
    let expired = json!({ "code": 40_105, "message": "expired" }).to_string();
    stage.api.say("/business/get/", &[Say::Answer(200, expired)]);
    assert_eq!(steps(), [("token", false), ("webhook", true)]);
}
