//! Messenger and Instagram: signed deliveries in, exact requests out, receipts, windows, errors.

use std::collections::BTreeMap;

use crate::support::channel::message_of;
use crate::support::connected::{Stage, file, order};
use crate::support::provider::Say;
use serde_json::{Value, json};
use transom::domain::Span;
use transom::domain::channel::{FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::message::{State, TemplateUse};
use transom::domain::outbox::{Cause, Outcome};
use transom::domain::template::{Status, gaps};
use transom::domain::window::{Sender, Window};
use transom::net::signature::sha256_header;

const COMMON: [(&str, &str); 3] =
    [("access_token", "the-token"), ("app_secret", "the-app-secret"), ("verify_token", "the-word")];

fn stage(kind: Kind, more: &[(&str, &str)]) -> Stage {
    let stage = Stage::new(kind, &[&COMMON[..], more].concat());
    let sent = json!({ "recipient_id": "7700001", "message_id": "m_OUT1" });
    stage.api.say("/messages", &[Say::Answer(200, sent.to_string())]);
    stage
}

/// A page whose API is the stand-in.
pub fn messenger() -> Stage {
    stage(Kind::Messenger, &[("page_id", "110022")])
}

fn instagram(login: &str) -> Stage {
    stage(Kind::Instagram, &[("account_id", "178414"), ("login", login)])
}

fn own(stage: &Stage) -> &'static str {
    if stage.channel.kind == Kind::Messenger { "110022" } else { "178414" }
}

fn post(stage: &Stage, event: &Value, secret: &str) -> u16 {
    let body = json!({ "object": "page", "entry": [{ "id": own(stage), "messaging": [event] }] }).to_string();
    let signature = sha256_header(secret, body.as_bytes());
    stage.post("", Some(("x-hub-signature-256", &signature)), &body).0
}

fn delivered(stage: &Stage, mut event: Value) {
    if event["timestamp"].is_null() {
        event["timestamp"] = json!(stage.desk.now().0);
    }
    assert_eq!(post(stage, &event, "the-app-secret"), 200);
    stage.read();
}

/// Ana does something.
fn ana(stage: &Stage, mut event: Value) {
    event["sender"] = json!({ "id": "7700001" });
    event["recipient"] = json!({ "id": own(stage) });
    delivered(stage, event);
}

fn writes(stage: &Stage, mid: &str, text: &str) {
    ana(stage, json!({ "message": { "mid": mid, "text": text } }));
}

/// The provider tells what was sent for us.
fn echoed(stage: &Stage, message: Value) {
    let (from, to) = (json!({ "id": own(stage) }), json!({ "id": "7700001" }));
    delivered(stage, json!({ "sender": from, "recipient": to, "message": message }));
}

#[test]
fn only_what_meta_signed_is_taken() {
    for stage in [messenger(), instagram("page")] {
        let event = json!({ "sender": { "id": "1" }, "message": { "mid": "m", "text": "x" } });
        assert_eq!(post(&stage, &event, "guessed"), 401);
        assert_eq!(post(&stage, &event, "the-word"), 401);
        assert_eq!(post(&stage, &event, ""), 401);
        assert_eq!(stage.post("", None, "{}").0, 401);
        let other = stage.post("", Some(("x-line-signature", "x")), "{}").0;
        assert_eq!(other, 401);
        assert_eq!(stage.count("SELECT count(*) FROM inbound"), 0);
        assert_eq!(post(&stage, &event, "the-app-secret"), 200);
    }
}

/// S125, S129: the customer writes, the agent answers, the exact request.
#[test]
fn s125_ana_writes_and_gets_her_answer() {
    let stage = messenger();
    writes(&stage, "m_IN1", "Hola");
    writes(&stage, "m_IN1", "Hola");
    assert_eq!(stage.messages(), 1, "the same message twice is one");
    let id = stage.reply("Hello");
    let seen = &stage.api.seen_at("/messages")[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/v25.0/110022/messages"));
    assert_eq!(seen.header("authorization"), "Bearer the-token");
    let key = seen.json()["message"]["metadata"].clone();
    let expected = json!({ "recipient": { "id": "7700001" }, "messaging_type": "RESPONSE",
        "message": { "text": "Hello", "metadata": key } });
    assert_eq!(seen.json(), expected);
    assert_eq!(message_of(&stage.desk, id).provider_id.as_deref(), Some("m_OUT1"));
}

#[test]
fn instagram_has_two_hosts_and_no_type() {
    for (login, target) in [("page", "/v25.0/me/messages"), ("instagram", "/v25.0/178414/messages")] {
        let stage = instagram(login);
        writes(&stage, "m_IN1", "Hola");
        stage.reply("Hello");
        let seen = &stage.api.seen_at("/messages")[0];
        assert_eq!(seen.target, target);
        assert_eq!(seen.json(), json!({ "recipient": { "id": "7700001" }, "message": { "text": "Hello" } }));
    }
}

/// An echo of what we sent is no second message, whether it comes before the answer or after it was lost.
#[test]
fn an_echo_settles_what_we_sent() {
    for stage in [messenger(), instagram("instagram")] {
        writes(&stage, "m_IN1", "Hola");
        let known = stage.reply("known");
        echoed(&stage, json!({ "mid": "m_OUT1", "is_echo": true, "text": "known" }));
        assert_eq!((stage.messages(), stage.state(known)), (2, State::Sent));
        stage.api.say("/messages", &[Say::HangUp]);
        let lost = stage.reply("lost");
        assert_eq!(stage.state(lost), State::Unsure);
        let seen = stage.api.seen_at("/messages");
        let key = &seen.last().unwrap().json()["message"]["metadata"];
        // Messenger gives our key back; without one the words have to do.
        let text = if key.is_null() { "lost" } else { "shortened by the provider" };
        echoed(&stage, json!({ "mid": "m_OUT2", "is_echo": true, "text": text, "metadata": key }));
        let message = message_of(&stage.desk, lost);
        assert_eq!((message.state, message.provider_id.as_deref()), (State::Sent, Some("m_OUT2")));
        assert_eq!((stage.messages(), stage.thread().failed), (3, 0));
        echoed(&stage, json!({ "mid": "m_APP", "is_echo": true, "text": "from the app", "app_id": 1 }));
        assert_eq!(stage.messages(), 4);
    }
}

/// Receipts go forward only, by a moment (Messenger) or by name (Instagram).
#[test]
fn receipts_go_forward_only() {
    let stage = messenger();
    writes(&stage, "m_IN1", "Hola");
    let id = stage.reply("Hello");
    let now = stage.desk.now().0;
    ana(&stage, json!({ "read": { "watermark": now - 3_600_000 } }));
    assert_eq!(stage.state(id), State::Sent, "that moment was before it");
    ana(&stage, json!({ "read": { "watermark": now } }));
    ana(&stage, json!({ "delivery": { "watermark": now } }));
    assert_eq!(stage.state(id), State::Read);
    let stage = instagram("page");
    writes(&stage, "m_IN1", "Hola");
    let id = stage.reply("Hello");
    ana(&stage, json!({ "read": { "mid": "m_OUT1" } }));
    assert_eq!(stage.state(id), State::Read);
}

/// S18, S220: open, then a person only, then templates (Messenger) or nothing (Instagram, S19).
#[test]
fn the_window_closes_in_steps() {
    for (stage, end) in [
        (stage(Kind::Messenger, &[("page_id", "110022"), ("human_agent", "yes")]), "template_only"),
        (stage(Kind::Instagram, &[("account_id", "178414"), ("human_agent", "yes")]), "blocked"),
    ] {
        writes(&stage, "m_IN1", "Hola");
        assert_eq!(stage.window().as_str(), "open");
        stage.desk.pass(Span::hours(24));
        assert_eq!(stage.window().as_str(), "person_only");
        stage.reply("late");
        let seen = stage.api.seen_at("/messages")[0].json();
        assert_eq!((&seen["messaging_type"], &seen["tag"]), (&json!("MESSAGE_TAG"), &json!("HUMAN_AGENT")));
        stage.desk.pass(Span::days(6));
        assert_eq!(stage.window().as_str(), end);
        assert!(stage.replies("too late").is_err());
        writes(&stage, "m_IN2", "again");
        assert_eq!(stage.window().as_str(), "open");
    }
    let stage = messenger();
    writes(&stage, "m_IN1", "Hola");
    stage.desk.pass(Span::hours(24));
    assert_eq!(stage.window().as_str(), "template_only", "without Meta's leave there is no tag");
}

/// The tag is for people, and only with Meta's leave; nothing leaves without both.
#[test]
fn the_tag_is_never_sent_for_a_program() {
    let closes = transom::domain::Timestamp(i64::MAX);
    let late = |sender| {
        let window = Window::PersonOnly { closes };
        transom::channels::Order {
            window,
            sender,
            ..order(AddressKind::Messenger, "7700001", "x", &Value::Null)
        }
    };
    let granted = stage(Kind::Messenger, &[("page_id", "110022"), ("human_agent", "yes")]);
    assert_eq!(granted.failure(&late(Sender::Automatic)).cause, Cause::WindowClosed);
    assert_eq!(messenger().failure(&late(Sender::Person)).cause, Cause::WindowClosed);
    assert!(granted.api.seen().is_empty());
    assert!(matches!(granted.send(&late(Sender::Person)), Outcome::Sent { .. }));
}

/// S221: the first message after an ad opens seven days; a link, a tap and a reaction open a day.
#[test]
fn s221_what_opens_the_window_and_for_how_long() {
    let stage = messenger();
    let ad = json!({ "source": "ADS", "ad_id": "1", "type": "OPEN_THREAD" });
    ana(&stage, json!({ "message": { "mid": "m_1", "text": "x", "referral": ad } }));
    stage.desk.pass(Span::days(6));
    assert_eq!(stage.window().as_str(), "open");
    stage.desk.pass(Span::days(1));
    assert_eq!(stage.window().as_str(), "template_only");
    ana(&stage, json!({ "referral": ad }));
    assert_eq!(stage.window().as_str(), "template_only", "a click alone opens nothing");
    ana(&stage, json!({ "reaction": { "mid": "m_1", "action": "unreact" } }));
    assert_eq!(stage.window().as_str(), "template_only");
    ana(&stage, json!({ "reaction": { "mid": "m_1", "action": "react", "emoji": "❤" } }));
    assert_eq!(stage.window().as_str(), "open");
    stage.desk.pass(Span::hours(24));
    ana(&stage, json!({ "referral": { "source": "SHORTLINK", "ref": "x" } }));
    assert_eq!(stage.window().as_str(), "open");
}

#[test]
fn the_providers_closed_corrects_the_window() {
    for (stage, subcode, end) in
        [(messenger(), 2_018_278, "template_only"), (instagram("page"), 2_534_022, "blocked")]
    {
        writes(&stage, "m_IN1", "Hola");
        let error = json!({ "error": { "code": 10, "error_subcode": subcode,
            "message": "(#10) This message is sent outside of allowed window." } });
        stage.api.say("/messages", &[Say::Answer(400, error.to_string())]);
        let id = stage.reply("late after all");
        let fault = message_of(&stage.desk, id).error.unwrap();
        assert_eq!(fault.code, "window_closed");
        assert_eq!(fault.message, "(#10) This message is sent outside of allowed window.");
        assert_eq!(stage.window().as_str(), end);
    }
}

/// A batch in any order, with echoes and repetitions, ends in the same thread.
#[test]
fn a_batch_in_any_order() {
    let stage = messenger();
    let now = stage.desk.now().0;
    for (mid, at) in [("m_3", now), ("m_1", now - 2000), ("m_3", now), ("m_2", now - 1000)] {
        ana(&stage, json!({ "timestamp": at, "message": { "mid": mid, "text": mid } }));
    }
    assert_eq!((stage.messages(), stage.thread().snippet.as_str()), (3, "m_3"));
    ana(&stage, json!({ "message": { "mid": "m_1", "is_deleted": true } }));
    ana(&stage, json!({ "message_edit": { "mid": "m_2", "text": "corrected", "num_edit": 1 } }));
    assert_eq!(stage.count("SELECT count(*) FROM message WHERE revoked_at IS NOT NULL"), 1);
    assert_eq!(stage.count("SELECT count(*) FROM message WHERE body = 'corrected'"), 1);
}

#[test]
fn a_file_goes_up_with_its_message() {
    let stage = messenger();
    let files = file(FileClass::File, "Factura.pdf", "application/pdf");
    let bill = transom::channels::Order {
        files,
        reply_to: Some("m_IN1"),
        ..order(AddressKind::Messenger, "7700001", "", &Value::Null)
    };
    assert_eq!(stage.send(&bill), Outcome::Sent { provider_id: Some("m_OUT1".into()) });
    let seen = &stage.api.seen_at("/messages")[0];
    let text = String::from_utf8_lossy(&seen.body).into_owned();
    for part in [
        "name=\"recipient\"\r\n\r\n{\"id\":\"7700001\"}\r\n",
        "name=\"messaging_type\"\r\n\r\nRESPONSE\r\n",
        "name=\"reply_to\"\r\n\r\n{\"mid\":\"m_IN1\"}\r\n",
        "\"type\":\"file\"",
        "\"metadata\":\"Ab3-_9zQWERTyuio\"",
        "filename=\"Factura.pdf\"\r\nContent-Type: application/pdf\r\n\r\nthe bytes\r\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn utility_templates_are_listed_and_filled() {
    let stage = messenger();
    let page = json!({ "data": [{ "name": "shipped", "status": "APPROVED", "language": "en", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Dear {{name}}, number {{1}} is on its way" },
            { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Track", "url": "https://x.example/{{1}}" }] }] }] });
    stage.api.say("/message_templates", &[Say::Answer(200, page.to_string())]);
    let found = stage.provider().templates(&stage.account(), &stage.desk.desk.client).unwrap().unwrap();
    assert_eq!((found[0].status, found[0].locked), (Status::Approved, true));
    assert_eq!(gaps(&found[0].body), ["name", "1", "button.0"]);
    assert!(stage.api.seen()[0].target.starts_with("/v25.0/110022/message_templates?fields="));
    let given = [("name", "Ana"), ("1", "77"), ("button.0", "t/77")];
    let parameters: BTreeMap<String, String> = given.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    let used = TemplateUse { name: "shipped".into(), language: "en".into(), parameters };
    let late = transom::channels::Order {
        template: Some((&used, &found[0])),
        window: Window::TemplateOnly { since: None },
        ..order(AddressKind::Messenger, "7700001", "", &Value::Null)
    };
    stage.send(&late);
    let expected = json!({ "recipient": { "id": "7700001" }, "messaging_type": "UTILITY", "message": { "template": {
        "name": "shipped", "language": { "code": "en" }, "components": [
            { "type": "body", "parameters": [{ "type": "text", "text": "Ana", "parameter_name": "name" },
                { "type": "text", "text": "77" }] },
            { "type": "buttons", "parameters": [{ "type": "URL", "url": "t/77" }] }] } } });
    assert_eq!(stage.api.seen_at("/messages")[0].json(), expected);
    assert!(instagram("page").provider().templates(&stage.account(), &stage.desk.desk.client).is_none());
}

/// The Test button says which step fails, and subscribes again where Meta dropped us.
#[test]
fn the_test_subscribes_again() {
    let steps = |stage: &Stage| {
        let checks = stage.provider().test(&stage.account(), &stage.desk.desk.client);
        checks.into_iter().map(|check| (check.step, check.outcome.is_ok())).collect::<Vec<_>>()
    };
    let good = [("token", true), ("page", true), ("webhook", true)];
    let stage = messenger();
    stage.api.say("/110022?fields", &[Say::Answer(200, json!({ "name": "Shop" }).to_string())]);
    assert_eq!(steps(&stage), good);
    let again = &stage.api.seen_at("/subscribed_apps")[0];
    assert_eq!((again.method.as_str(), again.target.as_str()), ("POST", "/v25.0/110022/subscribed_apps"));
    let form = String::from_utf8_lossy(&again.body).into_owned();
    assert!(form.starts_with("subscribed_fields=messages%2Cmessaging_postbacks%2Cmessage_echoes"), "{form}");
    let denied = json!({ "error": { "code": 200, "message": "Requires pages_manage_metadata" } }).to_string();
    stage.api.say("/subscribed_apps", &[Say::Answer(403, denied)]);
    assert_eq!(steps(&stage), [("token", true), ("page", true), ("webhook", false)]);
    let expired = json!({ "error": { "code": 190, "message": "expired" } }).to_string();
    stage.api.say("/110022?fields", &[Say::Answer(401, expired)]);
    assert_eq!(steps(&stage), [("token", false)]);
    for (login, answer) in [
        ("page", json!({ "instagram_business_account": { "id": "178414" } })),
        ("instagram", json!({ "user_id": "178414", "username": "shop" })),
    ] {
        let stage = instagram(login);
        stage.api.say("/me?fields", &[Say::Answer(200, answer.to_string())]);
        assert_eq!(steps(&stage), good, "{login}");
        stage.api.say("/me?fields", &[Say::Answer(200, "{}".into())]);
        assert_eq!(steps(&stage), [("token", true), ("page", false)], "{login}: another account");
    }
}

/// Instagram counts a thousand bytes, not letters.
#[test]
fn instagram_counts_bytes() {
    let stage = instagram("page");
    writes(&stage, "m_IN1", "Hola");
    assert!(stage.replies(&"é".repeat(501)).is_err());
    assert!(stage.replies(&"é".repeat(500)).is_ok());
}
