//! Telegram, LINE, Viber and SMS as providers: who may deliver, what is asked of each API, what its errors mean.

mod errors;
mod missed;
mod polling;
mod sent;
mod story;

use std::io::{Cursor, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::TestDesk;
use crate::support::bots::{self, SID};
use crate::support::channel::account;
use crate::support::desk::NOON;
use crate::support::provider::{Say, Seen, StandIn};
use transom::channels::{self, Account, Hook, Order, OutFile, Provider};
use transom::domain::Span;
use transom::domain::channel::{FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::outbox::{Cause, Failure, Next, Outcome};
use transom::domain::window::{Sender, Window};
use transom::net::signature;

struct Stage {
    desk: TestDesk,
    api: StandIn,
    account: Account,
    provider: &'static dyn Provider,
}

impl Stage {
    fn of(kind: Kind) -> Stage {
        Stage::with(kind, &[])
    }

    fn with(kind: Kind, more: &[(&str, &str)]) -> Stage {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let mut account = account(&desk, &bots::with(&desk, kind, &api.url, more));
        account.public_url = "https://desk.example".to_owned();
        Stage { desk, api, account, provider: channels::provider(kind).unwrap() }
    }

    fn send(&self, order: &Order<'_>) -> Outcome {
        self.provider.send(&self.account, &self.desk.desk.client, order)
    }

    /// What becomes of a plain text when the provider says this.
    fn fails(&self, word: &str, say: Say) -> Failure {
        self.api.say(word, &[say]);
        match self.send(&order("7", "x")) {
            Outcome::Failed(failure) => failure,
            sent => panic!("{sent:?}"),
        }
    }

    fn steps(&self) -> Vec<(&'static str, bool)> {
        let checks = self.provider.test(&self.account, &self.desk.desk.client);
        checks.into_iter().map(|check| (check.step, check.outcome.is_ok())).collect()
    }

    fn is_taken(&self, account: &Account, headers: &[(&str, &str)], query: &str, body: &[u8]) -> bool {
        let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let target = if query.is_empty() { "/hooks/1".to_owned() } else { format!("/hooks/1?{query}") };
        let hook = Hook { post: true, target: &target, query, header: &header, body, now: NOON };
        self.provider.verify(account, &hook).is_ok()
    }

    fn without_secrets(&self) -> Account {
        Account { secrets: channels::Secrets::new(), ..self.account.clone() }
    }
}

fn order<'a>(to: &'a str, body: &'a str) -> Order<'a> {
    Order {
        to: (AddressKind::Custom, to),
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
        author: Some("Marta"),
        now: NOON,
    }
}

type Opener = dyn Fn() -> std::io::Result<Box<dyn Read + Send>>;

fn nine_bytes() -> std::io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(Cursor::new("the bytes")))
}

const OPEN: &Opener = &nine_bytes;

fn file(class: FileClass, name: &'static str, media_type: &'static str, url: &str) -> OutFile<'static> {
    OutFile { name, media_type, size: 9, class, url: url.to_owned(), open: OPEN }
}

fn fields(seen: &Seen) -> Vec<(String, String)> {
    form_urlencoded::parse(&seen.body).into_owned().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Right, wrong, missing, another channel's, and an account that has lost its secrets.
#[test]
fn only_what_the_provider_signed_is_taken() {
    let body = "{\"events\":[],\"text\":\"ä\"}".as_bytes();
    let line = |key: &str| STANDARD.encode(signature::hmac_sha256(key.as_bytes(), body));
    let viber = |key: &str| signature::hex(&signature::hmac_sha256(key.as_bytes(), body));
    let cases = [
        (
            Kind::Telegram,
            "x-telegram-bot-api-secret-token",
            "the-word".to_owned(),
            "other".to_owned(),
            String::new(),
        ),
        (Kind::Line, "x-line-signature", line("the-channel-secret"), line("other"), line("")),
        (Kind::Viber, "x-viber-content-signature", viber("the-viber-token"), viber("other"), viber("")),
    ];
    for (kind, header, right, wrong, empty) in cases {
        let stage = Stage::of(kind);
        let mine = |value: &str| stage.is_taken(&stage.account, &[(header, value)], "", body);
        assert!(mine(&right), "{kind:?}");
        assert!(!mine(&wrong) && !mine("") && !mine("%%%"), "{kind:?}");
        assert!(!stage.is_taken(&stage.account, &[], "", body), "{kind:?}");
        assert!(!stage.is_taken(&stage.without_secrets(), &[(header, &empty)], "", body), "{kind:?}");
        let query = format!("sig={right}");
        assert_eq!(stage.is_taken(&stage.account, &[], &query, body), kind == Kind::Viber, "{kind:?}");
    }
}

/// Every field counts, in the order of names; so does the address as the provider called it, query and all.
#[test]
fn a_form_is_signed_with_its_address_and_every_field() {
    let stage = Stage::of(Kind::Sms);
    let sign = |key: &str, url: &str| {
        let text = format!("{url}BodyHola +&FromT+34612345678ToX+1");
        STANDARD.encode(signature::hmac_sha1(key.as_bytes(), text.as_bytes()))
    };
    let body = b"ToX=%2B1&FromT=%2B34612345678&Body=Hola+%2B%26";
    let taken = |account: &Account, given: &str, query: &str| {
        let host = ("host", "inner:8080");
        stage.is_taken(account, &[("x-twilio-signature", given), host], query, body)
    };
    let right = sign("the-auth-token", "https://desk.example/hooks/1");
    assert!(taken(&stage.account, &right, ""));
    assert!(!taken(&stage.account, &right, "key=1"));
    assert!(taken(&stage.account, &sign("the-auth-token", "https://desk.example/hooks/1?key=1"), "key=1"));
    assert!(taken(&stage.account, &sign("the-auth-token", "https://desk.example:443/hooks/1"), ""));
    for wrong in [
        sign("other", "https://desk.example/hooks/1"),
        sign("the-auth-token", "http://inner:8080/hooks/1"),
        sign("the-auth-token", "https://desk.example/hooks/2"),
        String::new(),
    ] {
        assert!(!taken(&stage.account, &wrong, ""));
    }
    let lost = stage.without_secrets();
    assert!(!taken(&lost, &sign("", "https://desk.example/hooks/1"), ""));
    // A desk under a path of its own, and one that nobody told its address.
    let under = Account { public_url: "https://example.org/desk".into(), ..stage.account.clone() };
    assert!(taken(&under, &sign("the-auth-token", "https://example.org/desk/hooks/1"), ""));
    let untold = Account { public_url: String::new(), ..stage.account.clone() };
    assert!(taken(&untold, &sign("the-auth-token", "https://inner:8080/hooks/1"), ""));
    assert!(!stage.is_taken(&stage.account, &[], "", body));
}

#[test]
fn telegram_is_asked_as_its_documentation_says() {
    let stage = Stage::of(Kind::Telegram);
    let sent = json!({ "ok": true, "result": { "message_id": 91, "chat": { "id": 77 } } }).to_string();
    stage.api.say("/send", &[Say::Answer(200, sent)]);
    let done = Outcome::Sent { provider_id: Some("77:91".into()) };
    assert_eq!(stage.send(&Order { reply_to: Some("77:40"), ..order("77", "Hola <b> _x_") }), done);
    let photo =
        Order { files: vec![file(FileClass::Image, "a.png", "image/png", "")], ..order("77", "Look") };
    assert_eq!(stage.send(&Order { reply_to: Some("77:40"), ..photo }), done);
    for (class, name, kind) in [
        (FileClass::Video, "v.mp4", "video/mp4"),
        (FileClass::Audio, "s.mp3", "audio/mpeg"),
        (FileClass::File, "Factura.pdf", "application/pdf"),
    ] {
        assert_eq!(stage.send(&Order { files: vec![file(class, name, kind, "")], ..order("77", "") }), done);
    }
    let seen = stage.api.seen();
    let at: Vec<&str> = seen.iter().map(|seen| seen.target.as_str()).collect();
    let under = "/bot7:the-bot-token";
    let methods = ["sendMessage", "sendPhoto", "sendVideo", "sendAudio", "sendDocument"];
    assert_eq!(at, methods.map(|method| format!("{under}/{method}")));
    let reply = json!({ "message_id": 40, "allow_sending_without_reply": true });
    let text = json!({ "chat_id": "77", "text": "Hola <b> _x_", "reply_parameters": reply });
    assert_eq!(seen[0].json(), text);
    let parts = String::from_utf8_lossy(&seen[1].body).into_owned();
    for part in [
        "name=\"chat_id\"\r\n\r\n77\r\n",
        "name=\"caption\"\r\n\r\nLook\r\n",
        "name=\"photo\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nthe bytes\r\n",
        "\"message_id\":40",
    ] {
        assert!(parts.contains(part), "{parts}");
    }
    assert!(!String::from_utf8_lossy(&seen[2].body).contains("caption"));
}

#[test]
fn line_replies_within_the_minute_and_pushes_after_it() {
    let stage = Stage::of(Kind::Line);
    let sent = |id: &str| Say::Answer(200, json!({ "sentMessages": [{ "id": id }] }).to_string());
    stage.api.say("/reply", &[sent("r1")]);
    stage.api.say("/push", &[sent("p1")]);
    let token = json!({ "reply_token": "tok" });
    let at = |seconds: i64| Order {
        last_inbound: Some(("m1", NOON - Span::seconds(seconds))),
        last_provider: &token,
        ..order("U1", "Hola")
    };
    assert_eq!(stage.send(&at(10)), Outcome::Sent { provider_id: Some("r1".into()) });
    let reply = stage.api.seen_at("/v2/bot/message/reply")[0].clone();
    assert_eq!(
        reply.json(),
        json!({ "replyToken": "tok", "messages": [{ "type": "text", "text": "Hola" }] })
    );
    assert_eq!(reply.header("authorization"), "Bearer the-token");
    assert_eq!(reply.header("x-line-retry-key"), "", "replies take none");
    for late in [at(50), Order { attempt: 2, ..at(10) }, order("U1", "Hola")] {
        assert_eq!(stage.send(&late), Outcome::Sent { provider_id: Some("p1".into()) });
    }
    let pushes = stage.api.seen_at("/v2/bot/message/push");
    assert_eq!(pushes[0].json(), json!({ "to": "U1", "messages": [{ "type": "text", "text": "Hola" }] }));
    let key = pushes[0].header("x-line-retry-key");
    assert_eq!(key.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{key}");
    assert!(pushes.iter().all(|push| push.header("x-line-retry-key") == key), "the same over all attempts");
    // A token that is used up or too old costs nothing.
    stage.api.say("/reply", &[Say::Answer(400, "{\"message\":\"Invalid reply token\"}".into())]);
    assert_eq!(stage.send(&at(10)), Outcome::Sent { provider_id: Some("p1".into()) });
    // A reply that was lost is not repeated by itself: no key tells LINE that it is the same.
    for lost in [Say::HangUp, Say::Cut("{\"sentMessages\":[]}".into()), Say::Answer(500, "{}".into())] {
        stage.api.say("/reply", &[lost]);
        let outcome = stage.send(&at(10));
        assert!(matches!(&outcome, Outcome::Failed(failure) if failure.next == Next::Ask), "{outcome:?}");
    }
    // The same push again is taken as sent.
    stage.api.say(
        "/push",
        &[Say::Answer(
            409,
            json!({ "message": "The retry key is already accepted", "sentMessages": [{ "id": "p1" }] })
                .to_string(),
        )],
    );
    assert_eq!(stage.send(&order("U1", "x")), Outcome::Sent { provider_id: Some("p1".into()) });
    stage.api.say("/push", &[sent("p2")]);
    let image = file(FileClass::Image, "a.png", "image/png", "https://desk.example/media/a.png");
    stage.send(&Order { files: vec![image], ..order("U1", "") });
    let last = stage.api.seen_at("/push").pop().unwrap().json();
    let url = "https://desk.example/media/a.png";
    assert_eq!(
        last["messages"],
        json!([{ "type": "image", "originalContentUrl": url, "previewImageUrl": url }])
    );
}

#[test]
fn viber_is_asked_as_its_documentation_says() {
    let stage = Stage::of(Kind::Viber);
    let taken =
        json!({ "status": 0, "status_message": "ok", "message_token": 17_912_661_846_655_238_149_u64 });
    stage.api.say("/pa/send_message", &[Say::Answer(200, taken.to_string())]);
    let done = Outcome::Sent { provider_id: Some("17912661846655238149".into()) };
    let long = "A name that is longer than twenty-eight letters";
    assert_eq!(stage.send(&Order { author: Some(long), ..order("01=", "Hola") }), done);
    let url = "https://desk.example/media/x";
    for (class, name, kind) in [
        (FileClass::Image, "a.jpg", "image/jpeg"),
        (FileClass::Video, "v.mp4", "video/mp4"),
        (FileClass::File, "Factura.pdf", "application/pdf"),
    ] {
        assert_eq!(
            stage.send(&Order { files: vec![file(class, name, kind, url)], ..order("01=", "") }),
            done
        );
    }
    let seen = stage.api.seen();
    assert!(seen.iter().all(|seen| seen.header("x-viber-auth-token") == "the-viber-token"));
    let whole = |content: Value, name: &str| {
        let mut body = json!({ "receiver": "01=", "sender": { "name": name }, "tracking_data": "key-1" });
        body.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        body
    };
    assert_eq!(seen[0].json(), whole(json!({ "type": "text", "text": "Hola" }), &long[..28]));
    assert_eq!(seen[1].json(), whole(json!({ "type": "picture", "text": "", "media": url }), "Marta"));
    assert_eq!(seen[2].json(), whole(json!({ "type": "video", "media": url, "size": 9 }), "Marta"));
    let pdf = json!({ "type": "file", "media": url, "size": 9, "file_name": "Factura.pdf" });
    assert_eq!(seen[3].json(), whole(pdf, "Marta"));
}

#[test]
fn a_number_is_asked_as_its_documentation_says() {
    let stage = Stage::with(Kind::Sms, &[("mms", "yes")]);
    stage
        .api
        .say("/Messages.json", &[Say::Answer(201, json!({ "sid": "SM7", "status": "queued" }).to_string())]);
    let done = Outcome::Sent { provider_id: Some("SM7".into()) };
    assert_eq!(stage.send(&order("+34612345678", "Hola & más")), done);
    let url = "https://desk.example/media/a.png";
    let image = file(FileClass::Image, "a.png", "image/png", url);
    assert_eq!(stage.send(&Order { files: vec![image], ..order("+34612345678", "") }), done);
    let seen = stage.api.seen_at(&format!("/2010-04-01/Accounts/{SID}/Messages.json"));
    let basic = STANDARD.encode(format!("{SID}:the-auth-token"));
    assert_eq!(seen[0].header("authorization"), format!("Basic {basic}"));
    let callback = format!("https://desk.example/hooks/{}?key=key-1", stage.account.channel.id);
    let common = [("To", "+34612345678"), ("From", "+14155550100")];
    let text = [&common[..], &[("Body", "Hola & más"), ("StatusCallback", &callback)]].concat();
    assert_eq!(fields(&seen[0]), pairs(&text));
    let picture = [&common[..], &[("StatusCallback", callback.as_str()), ("MediaUrl", url)]].concat();
    assert_eq!(fields(&seen[1]), pairs(&picture));
    let pool = Stage::with(Kind::Sms, &[("number", "MG0123")]);
    pool.send(&order("32665", "x"));
    assert!(fields(&pool.api.seen()[0]).contains(&("MessagingServiceSid".into(), "MG0123".into())));
}

/// A provider that fetches files itself cannot, from a desk without a public address.
#[test]
fn without_a_public_address_a_file_fails_with_a_reason() {
    for kind in [Kind::Line, Kind::Viber, Kind::Sms] {
        let stage = Stage::of(kind);
        let image = file(FileClass::Image, "a.png", "image/png", "");
        let outcome = stage.send(&Order { files: vec![image], ..order("7", "") });
        let Outcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!((failure.cause, failure.next), (Cause::Media, Next::Never));
        assert!(failure.message.contains("public address"), "{}", failure.message);
        assert!(stage.api.seen().is_empty());
    }
}
