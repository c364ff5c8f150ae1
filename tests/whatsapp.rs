//! WhatsApp as a provider: who may deliver, what is asked of the API, what its errors mean.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use crate::support::TestDesk;
use crate::support::channel::{account, whatsapp};
use crate::support::desk::NOON;
use crate::support::provider::{Say, StandIn};
use serde_json::{Value, json};
use transom::channels::{self, Account, Hook, Order, OutFile, Provider};
use transom::domain::Span;
use transom::domain::channel::{FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::outbox::{Cause, Next, Outcome};
use transom::domain::template::{Status, gaps};
use transom::domain::window::{Sender, Window};
use transom::net::signature::sha256_header;

fn provider() -> &'static dyn Provider {
    channels::provider(Kind::Whatsapp).unwrap()
}

struct Stage {
    desk: TestDesk,
    api: StandIn,
    account: Account,
}

impl Stage {
    fn new() -> Stage {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let account = account(&desk, &whatsapp(&desk, &api.url));
        Stage { desk, api, account }
    }

    fn send(&self, order: &Order<'_>) -> Outcome {
        provider().send(&self.account, &self.desk.desk.client, order)
    }
}

fn order<'a>(to: &'a str, body: &'a str) -> Order<'a> {
    Order {
        to: (AddressKind::Whatsapp, to),
        subject: "",
        body,
        html: None,
        mail: None,
        template: None,
        files: Vec::new(),
        reply_to: None,
        last_inbound: None,
        answered: &Value::Null,
        last_provider: &Value::Null,
        key: "key-1",
        attempt: 1,
        sender: Sender::Person,
        window: Window::Unlimited,
        author: None,
        now: NOON,
    }
}

fn hook<'a>(
    post: bool,
    query: &'a str,
    header: &'a dyn Fn(&str) -> Option<String>,
    body: &'a [u8],
) -> Hook<'a> {
    Hook { post, target: "/hooks/1", query, header, body, now: NOON }
}

#[test]
fn the_handshake_gives_the_challenge_to_whoever_knows_the_word() {
    let stage = Stage::new();
    let none = |_: &str| None;
    let ask = |query: &str| provider().handshake(&stage.account, &hook(false, query, &none, b""));
    let good = ask("hub.mode=subscribe&hub.verify_token=the-verify-token&hub.challenge=1158201444").unwrap();
    assert_eq!((good.status, good.body.as_slice()), (200, b"1158201444".as_slice()));
    for query in [
        "hub.mode=subscribe&hub.verify_token=other&hub.challenge=1",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=the-verify-token&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=the-verify-token",
    ] {
        let refused = ask(query).unwrap();
        assert_eq!((refused.status, refused.body.is_empty()), (403, true), "{query}");
    }
    assert!(ask("x=1").is_none());
    assert!(provider().handshake(&stage.account, &hook(true, "hub.mode=subscribe", &none, b"{}")).is_none());
}

/// The bytes are signed as they came; an account without its secret lets nobody in.
#[test]
fn only_what_meta_signed_is_taken() {
    let mut stage = Stage::new();
    let body = "{\"entry\":[],\"text\":\"\\u00e4 ä\"}".as_bytes();
    let verify = |account: &Account, signature: Option<String>| {
        let header = move |name: &str| signature.clone().filter(|_| name == "x-hub-signature-256");
        provider().verify(account, &hook(true, "", &header, body)).is_ok()
    };
    assert!(verify(&stage.account, Some(sha256_header("the-app-secret", body))));
    assert!(!verify(&stage.account, Some(sha256_header("the-app-secret", b"{}"))));
    assert!(!verify(&stage.account, Some(sha256_header("the-verify-token", body))));
    assert!(!verify(&stage.account, None));
    stage.account.secrets.clear();
    assert!(!verify(&stage.account, Some(sha256_header("", body))));
}

#[test]
fn numbers_and_user_ids_are_named_as_meta_wants_them() {
    let stage = Stage::new();
    stage.send(&order("+34612345678", "a"));
    stage.send(&Order { reply_to: Some("wamid.THEIRS"), ..order("ES.13491208655302741918", "b") });
    let seen = stage.api.seen_at("/messages");
    assert_eq!(seen[0].json()["to"], "+34612345678");
    assert_eq!(seen[0].json()["recipient"], Value::Null);
    assert_eq!(seen[1].json()["recipient"], "ES.13491208655302741918");
    assert_eq!(seen[1].json()["to"], Value::Null);
    assert_eq!(seen[1].json()["context"], json!({ "message_id": "wamid.THEIRS" }));
    assert_eq!(seen[0].json()["context"], Value::Null);
}

fn with_file<'a>(
    order: Order<'a>,
    class: FileClass,
    name: &'a str,
    kind: &'a str,
    open: &'a Opener,
) -> Order<'a> {
    let file = OutFile { name, media_type: kind, size: 9, class, url: String::new(), open };
    Order { files: vec![file], ..order }
}

type Opener = dyn Fn() -> std::io::Result<Box<dyn Read + Send>>;

fn nine_bytes() -> std::io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(Cursor::new("the bytes")))
}

#[test]
fn a_file_is_uploaded_and_then_sent_by_its_id() {
    let stage = Stage::new();
    stage.api.say("/media", &[Say::Answer(200, "{\"id\":\"media-7\"}".into())]);
    stage.api.say("/messages", &[Say::Answer(200, "{\"messages\":[{\"id\":\"wamid.7\"}]}".into())]);
    let open: &Opener = &nine_bytes;
    let bill =
        with_file(order("+34612345678", "The bill"), FileClass::File, "Factura.pdf", "application/pdf", open);
    assert_eq!(stage.send(&bill), Outcome::Sent { provider_id: Some("wamid.7".into()) });
    let upload = &stage.api.seen_at("/media")[0];
    assert_eq!(upload.method, "POST");
    assert_eq!(upload.target, "/v25.0/1122334455667/media");
    let text = String::from_utf8_lossy(&upload.body).into_owned();
    assert!(text.contains("name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"), "{text}");
    assert!(text.contains("name=\"type\"\r\n\r\napplication/pdf\r\n"), "{text}");
    assert!(
        text.contains("filename=\"Factura.pdf\"\r\nContent-Type: application/pdf\r\n\r\nthe bytes\r\n"),
        "{text}"
    );
    let sent = stage.api.seen_at("/messages")[0].json();
    assert_eq!(sent["type"], "document");
    assert_eq!(
        sent["document"],
        json!({ "id": "media-7", "caption": "The bill", "filename": "Factura.pdf" })
    );
}

/// The upload may be repeated freely: nobody sees it. So a lost upload is no unsure message.
#[test]
fn a_lost_upload_is_tried_again() {
    let stage = Stage::new();
    stage.api.say("/media", &[Say::HangUp]);
    let open: &Opener = &nine_bytes;
    let outcome =
        stage.send(&with_file(order("+34612345678", ""), FileClass::Image, "a.png", "image/png", open));
    let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(failure.next, Next::Later { .. }), "{failure:?}");
    assert_eq!(stage.api.seen_at("/messages").len(), 0);
}

const SOON: Next = Next::Later { after: None };
const HOUR: Next = Next::Later { after: Some(Span::hours(1)) };

/// The table of the documentation: code, cause, what to do next.
const CODES: &[(i64, Cause, Next)] = &[
    (0, Cause::Auth, Next::Reconnect),
    (3, Cause::Auth, Next::Reconnect),
    (10, Cause::Auth, Next::Reconnect),
    (190, Cause::Auth, Next::Reconnect),
    (200, Cause::Auth, Next::Reconnect),
    (299, Cause::Auth, Next::Reconnect),
    (4, Cause::RateLimited, SOON),
    (80007, Cause::RateLimited, SOON),
    (130429, Cause::RateLimited, SOON),
    (131056, Cause::RateLimited, Next::Later { after: None }),
    (131048, Cause::Policy, HOUR),
    (131064, Cause::Policy, HOUR),
    (1, Cause::Transient, SOON),
    (2, Cause::Transient, SOON),
    (131000, Cause::Transient, SOON),
    (131016, Cause::Transient, SOON),
    (131057, Cause::Transient, Next::Later { after: Some(Span::minutes(10)) }),
    (131047, Cause::WindowClosed, Next::Never),
    (131021, Cause::Unreachable, Next::Never),
    (131026, Cause::Unreachable, Next::Never),
    (131030, Cause::Unreachable, Next::Never),
    (131062, Cause::Unreachable, Next::Never),
    (131049, Cause::Policy, Next::Never),
    (131050, Cause::Policy, Next::Never),
    (130472, Cause::Policy, Next::Never),
    (130497, Cause::Policy, Next::Never),
    (131063, Cause::Policy, Next::Never),
    (368, Cause::Policy, Next::Reconnect),
    (131031, Cause::Policy, Next::Reconnect),
    (131042, Cause::Policy, Next::Reconnect),
    (131044, Cause::Policy, Next::Reconnect),
    (131045, Cause::Auth, Next::Reconnect),
    (133010, Cause::Auth, Next::Reconnect),
    (133016, Cause::Auth, Next::Reconnect),
    (131052, Cause::Media, SOON),
    (131053, Cause::Media, SOON),
    (100, Cause::InvalidContent, Next::Never),
    (131008, Cause::InvalidContent, Next::Never),
    (131009, Cause::InvalidContent, Next::Never),
    (131051, Cause::InvalidContent, Next::Never),
    (132000, Cause::Template, Next::Never),
    (132001, Cause::Template, Next::Never),
    (132015, Cause::Template, Next::Never),
    (132016, Cause::Template, Next::Never),
    (132069, Cause::Template, Next::Never),
    (135000, Cause::Unknown, Next::Never),
    (137000, Cause::Unknown, Next::Never),
    (999_999, Cause::Unknown, Next::Never),
];

/// The table of the documentation, code by code.
#[test]
fn every_documented_code_leads_somewhere() {
    let stage = Stage::new();
    for (code, cause, next) in CODES {
        let error = json!({ "error": { "code": code, "message": format!("(#{code}) Title"),
            "error_data": { "details": "In words" } } });
        stage.api.say("/messages", &[Say::Answer(400, error.to_string())]);
        let outcome = stage.send(&order("+34612345678", "x"));
        let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!((failure.cause, failure.next), (*cause, *next), "{code}");
        assert_eq!(failure.message, format!("(#{code}) Title: In words"));
    }
}

#[test]
fn answers_that_are_no_meta_error_are_judged_by_their_status() {
    let stage = Stage::new();
    let table = [
        (401, Next::Reconnect),
        (403, Next::Reconnect),
        (404, Next::Never),
        (429, Next::Later { after: None }),
        (500, Next::Unsure),
        (502, Next::Unsure),
        (504, Next::Unsure),
    ];
    for (status, next) in table {
        stage.api.say("/messages", &[Say::Answer(status, "<html>Bad gateway</html>".into())]);
        let outcome = stage.send(&order("+34612345678", "x"));
        let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!(failure.next, next, "{status}");
    }
}

/// The number's id is wrong: every message would fail, so the channel stops.
#[test]
fn an_unknown_number_id_stops_the_channel() {
    let stage = Stage::new();
    let error =
        json!({ "error": { "code": 100, "error_subcode": 33, "message": "Unsupported post request." } });
    stage.api.say("/messages", &[Say::Answer(400, error.to_string())]);
    let outcome = stage.send(&order("+34612345678", "x"));
    assert!(matches!(&outcome, Outcome::Failed(failure) if failure.next == Next::Reconnect), "{outcome:?}");
}

#[test]
fn templates_come_in_pages_with_our_names_for_their_gaps() {
    let stage = Stage::new();
    let page = |name: &str, more: bool| {
        let next = more.then_some("https://evil.example/next?access_token=x");
        let components = json!([
            { "type": "HEADER", "format": "IMAGE" },
            { "type": "BODY", "text": "Dear {{customer_name}}, {{product}} is here" },
            { "type": "BUTTONS", "buttons": [{ "type": "COPY_CODE", "text": "Copy" },
                { "type": "URL", "text": "Shop", "url": "https://example.org/" }] },
        ]);
        json!({ "data": [{ "name": name, "status": "PAUSED", "language": "pt_BR", "category": "MARKETING",
            "components": components, "rejected_reason": "NONE" }],
            "paging": { "cursors": { "after": "A B" }, "next": next } })
    };
    let lines =
        [Say::Answer(200, page("one", true).to_string()), Say::Answer(200, page("two", false).to_string())];
    stage.api.say("/message_templates", &lines);
    let found = provider().templates(&stage.account, &stage.desk.desk.client).unwrap().unwrap();
    assert_eq!(found.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    let first = &found[0];
    assert_eq!((first.status, first.language.as_str(), first.locked), (Status::Paused, "pt_BR", true));
    assert_eq!(gaps(&first.body), ["header", "customer_name", "product", "button.0"]);
    assert!(first.body.ends_with("[Copy] {{button.0}}\n[Shop] https://example.org/"), "{}", first.body);
    let seen = stage.api.seen();
    assert!(seen[0].target.starts_with("/v25.0/1234567890/message_templates?fields="));
    assert!(seen[1].target.ends_with("&after=A+B"), "{}", seen[1].target);
    let parameters = [
        ("header", "https://example.org/i.png"),
        ("customer_name", "Ana"),
        ("product", "Tea"),
        ("button.0", "SAVE10"),
    ];
    let used = transom::domain::message::TemplateUse {
        name: "one".into(),
        language: "pt_BR".into(),
        parameters: parameters
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    };
    stage.send(&Order { template: Some((&used, first)), ..order("+34612345678", "") });
    let expected = json!([
        { "type": "header", "parameters": [{ "type": "image", "image": { "link": "https://example.org/i.png" } }] },
        { "type": "body", "parameters": [{ "type": "text", "text": "Ana", "parameter_name": "customer_name" },
            { "type": "text", "text": "Tea", "parameter_name": "product" }] },
        { "type": "button", "sub_type": "copy_code", "index": "0",
            "parameters": [{ "type": "coupon_code", "coupon_code": "SAVE10" }] },
    ]);
    assert_eq!(stage.api.seen_at("/messages")[0].json()["template"]["components"], expected);
}

#[test]
fn the_test_button_says_which_step_fails() {
    let stage = Stage::new();
    let steps = |stage: &Stage| {
        let checks = provider().test(&stage.account, &stage.desk.desk.client);
        checks.into_iter().map(|check| (check.step, check.outcome.is_ok())).collect::<Vec<_>>()
    };
    let expired = json!({ "error": { "code": 190, "message": "Error validating access token" } }).to_string();
    stage.api.say("/1122334455667", &[Say::Answer(401, expired)]);
    assert_eq!(steps(&stage), [("token", false)]);
    let missing =
        json!({ "error": { "code": 100, "error_subcode": 33, "message": "does not exist" } }).to_string();
    stage.api.say("/1122334455667", &[Say::Answer(400, missing)]);
    assert_eq!(steps(&stage), [("phone_number", false)]);
    let number = json!({ "display_phone_number": "+34 911 23 45 67", "verified_name": "Shop" }).to_string();
    stage.api.say("/1122334455667", &[Say::Answer(200, number)]);
    stage.api.say("/subscribed_apps", &[Say::Answer(200, "{\"data\":[]}".into())]);
    assert_eq!(steps(&stage), [("token", true), ("phone_number", true), ("webhook", false)]);
    let apps = json!({ "data": [{ "whatsapp_business_api_data": { "name": "Desk" } }] }).to_string();
    stage.api.say("/subscribed_apps", &[Say::Answer(200, apps)]);
    assert_eq!(steps(&stage), [("token", true), ("phone_number", true), ("webhook", true)]);
}
