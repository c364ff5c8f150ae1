//! The custom channel: signed both ways, repeated by key, its answers understood.

use crate::support::TestDesk;
use crate::support::channel::{account, channel_of, connect, message_of, thread, viewer};
use crate::support::desk::{NOON, Person};
use crate::support::provider::{Say, StandIn};
use serde_json::json;
use transom::actions::reply::{self, Reply};
use transom::channels::{self, Hook};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, ChannelState, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::conversation::Conversation;
use transom::domain::message::{Message, State};
use transom::domain::window::{After, Class};
use transom::domain::{Id, Span};
use transom::jobs::outbox as job;
use transom::net::signature::{check_sha256, sha256_header};

struct Stage {
    desk: TestDesk,
    other: StandIn,
    channel: Channel,
    marta: Person,
    eva: Conversation,
}

impl Stage {
    fn new() -> Stage {
        let (desk, other) = (TestDesk::new(), StandIn::new());
        let url = format!("{}/out", other.url);
        let channel = connect(&desk, Kind::Custom, &[("secret", "shared"), ("outbound_url", &url)]);
        let marta = desk.person("Marta", Role::Agent);
        let eva = thread(&desk, &channel, AddressKind::Custom, "eva");
        Stage { desk, other, channel, marta, eva }
    }

    fn reply(&self, body: &str) -> Id<Message> {
        let order = Reply {
            conversation: self.eva.id,
            body: body.to_owned(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let (by, now) = (viewer(&self.marta), self.desk.now());
        let id = self.desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
        self.desk.pass(Span::seconds(6));
        id
    }

    fn state(&self, id: Id<Message>) -> State {
        message_of(&self.desk, id).state
    }
}

#[test]
fn a_reply_is_posted_signed_with_its_key() {
    let stage = Stage::new();
    stage.other.say("/out", &[Say::Answer(201, "{\"id\": 77}".into())]);
    let id = stage.reply("Hola");
    assert_eq!(job::drain(&stage.desk.desk), 1);
    let message = message_of(&stage.desk, id);
    assert_eq!((message.state, message.provider_id.as_deref()), (State::Sent, Some("77")));
    let sent = &stage.other.seen()[0];
    assert!(check_sha256("shared", &sent.body, sent.header("x-transom-signature")));
    let body = sent.json();
    assert_eq!(body["key"], sent.header("idempotency-key"));
    assert_eq!(body["to"], json!({ "kind": "custom", "value": "eva" }));
    assert_eq!(
        (&body["type"], &body["body"], &body["author"]),
        (&json!("message"), &json!("Hola"), &json!("Marta"))
    );
    assert_eq!(body["at"], "2026-03-03T12:00:06Z");
}

/// The other side knows our key, so a lost answer is repeated and nobody is asked.
#[test]
fn a_lost_answer_is_repeated_under_the_same_key() {
    let stage = Stage::new();
    stage.other.say("/out", &[Say::HangUp, Say::Answer(500, "oops".into()), Say::Answer(200, "{}".into())]);
    let id = stage.reply("once");
    for _ in 0..2 {
        assert_eq!(job::drain(&stage.desk.desk), 1);
        assert_eq!(stage.state(id), State::Queued);
        stage.desk.pass(Span::minutes(1));
    }
    assert_eq!(job::drain(&stage.desk.desk), 1);
    assert_eq!(stage.state(id), State::Sent);
    let seen = stage.other.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|one| one.header("idempotency-key") == seen[0].header("idempotency-key")));
    assert_eq!((seen[0].json()["attempt"].as_i64(), seen[2].json()["attempt"].as_i64()), (Some(1), Some(3)));
}

#[test]
fn a_refusal_carries_the_other_sides_words_and_code() {
    let stage = Stage::new();
    let refusal = json!({ "error": { "code": "unreachable", "message": "Eva\n left" } }).to_string();
    stage.other.say("/out", &[Say::Answer(422, refusal)]);
    let id = stage.reply("hello?");
    job::drain(&stage.desk.desk);
    let fault = message_of(&stage.desk, id).error.unwrap();
    assert_eq!(
        (fault.code.as_str(), fault.message.as_str(), fault.again),
        ("unreachable", "Eva left", false)
    );
}

#[test]
fn a_door_that_is_shut_stops_the_channel() {
    for status in [401, 403, 404, 410] {
        let stage = Stage::new();
        stage.other.say("/out", &[Say::Answer(status, "no".into())]);
        let id = stage.reply("hello?");
        job::drain(&stage.desk.desk);
        assert_eq!(stage.state(id), State::Queued);
        assert_eq!(channel_of(&stage.desk, stage.channel.id).state, ChannelState::Broken, "{status}");
    }
}

#[test]
fn only_signed_deliveries_are_taken() {
    let stage = Stage::new();
    let account = account(&stage.desk, &stage.channel);
    let body = b"{\"type\":\"left\",\"from\":{\"value\":\"eva\"}}";
    let verify = |signature: Option<String>, body: &[u8]| {
        let header = move |name: &str| signature.clone().filter(|_| name == "x-transom-signature");
        let hook = Hook { post: true, target: "/hooks/1", query: "", header: &header, body, now: NOON };
        channels::provider(Kind::Custom).unwrap().verify(&account, &hook).is_ok()
    };
    let good = sha256_header("shared", body);
    assert!(verify(Some(good.clone()), body));
    assert!(!verify(Some(good), b"{}"));
    assert!(!verify(Some(sha256_header("other", body)), body));
    assert!(!verify(None, body));
}

/// S220: configurable hours, and nothing after them.
#[test]
fn the_window_is_as_long_as_it_is_set() {
    let card =
        |hours: &str| channels::card(Kind::Custom, &[("window_hours".to_owned(), hours.to_owned())].into());
    assert_eq!(card("48").window.free, Some(Span::hours(48)));
    assert_eq!((card("48").window.after, card("48").window.class()), (After::Nothing, Class::C));
    for none in ["0", "", "-3", "soon", "99999999999"] {
        assert_eq!(card(none).window.class(), Class::A, "{none}");
    }
}
