//! Programs are told what happened: signed, in order, once, and again when they did not hear it.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::api::Program;
use crate::support::listener::Listener;
use transom::actions::webhook as action;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::webhook;
use transom::domain::{Id, Span};
use transom::jobs::Stop;
use transom::jobs::webhooks;
use transom::net::signature;

/// A webhook for these kinds: its number and its secret.
fn added(desk: &TestDesk, ada: &Program, listener: &Listener, kinds: &[&str]) -> (i64, String) {
    let told = desk.api_post(ada, "/webhooks", json!({ "url": listener.url, "kinds": kinds }));
    assert_eq!(told.status, 201, "{told:?}");
    (told.id(), told.json["secret"].as_str().unwrap().to_owned())
}

fn tell(desk: &TestDesk, id: i64) {
    webhooks::tell(&desk.desk, Id::new(id), &Stop::default()).unwrap();
}

#[test]
fn each_entry_arrives_once_in_order_and_signed() {
    // C28
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let listener = Listener::answering(&[]);
    let (id, secret) = added(&desk, &ada, &listener, &["message.received"]);
    let channel = desk.channel(Kind::Webchat);
    for n in 1..=3 {
        desk.writes(&channel, "v1", &format!("m{n}"));
    }
    tell(&desk, id);
    tell(&desk, id);
    let heard = listener.heard();
    let numbers: Vec<i64> = heard.iter().map(|h| h.json()["id"].as_i64().unwrap()).collect();
    assert!(numbers.len() == 3 && numbers.is_sorted(), "{numbers:?}");
    for one in &heard {
        assert_eq!(one.json()["kind"], "message.received");
        assert_eq!(one.header("x-transom-signature"), signature::sha256_header(&secret, &one.body));
    }
    let shown = desk.api_get(&ada, &format!("/webhooks/{id}"));
    assert_eq!(shown.json["last_answers"].as_array().unwrap().len(), 3);
    assert_eq!(shown.json["last_answers"][0]["status"], 200);
}

#[test]
fn what_was_not_heard_is_told_again_later_under_the_same_name() {
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let listener = Listener::answering(&[500, 302]);
    let (id, _) = added(&desk, &ada, &listener, &["message.received"]);
    let channel = desk.channel(Kind::Webchat);
    desk.writes(&channel, "v1", "m1");
    desk.writes(&channel, "v1", "m2");
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 1);
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 1, "not before its time");
    desk.pass(Span::minutes(1));
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 2, "a redirect is not followed and no success");
    desk.pass(Span::hours(1));
    tell(&desk, id);
    let names: Vec<String> =
        listener.heard().iter().map(|h| h.header("x-transom-delivery").to_owned()).collect();
    assert_eq!((names.len(), names[0] == names[1], names[1] == names[2]), (4, true, true));
    assert_ne!(names[2], names[3]);
}

#[test]
fn a_webhook_is_replayed_switched_off_and_gone_for_good() {
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let listener = Listener::answering(&[200, 200, 410]);
    let (id, _) = added(&desk, &ada, &listener, &["message.received"]);
    let channel = desk.channel(Kind::Webchat);
    desk.writes(&channel, "v1", "m1");
    tell(&desk, id);
    let path = format!("/webhooks/{id}");
    let beyond = desk.api_post(&ada, &format!("{path}/replay"), json!({ "after": 99_999 }));
    assert_eq!(beyond.status, 422);
    assert_eq!(desk.api_post(&ada, &format!("{path}/replay"), json!({ "after": 0 })).status, 200);
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 2);
    desk.api_patch(&ada, &path, json!({ "enabled": false }));
    desk.writes(&channel, "v1", "m2");
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 2);
    desk.api_patch(&ada, &path, json!({ "enabled": true }));
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 3, "what happened meanwhile");
    let gone = desk.api_get(&ada, &path);
    assert!(gone.json["disabled_at"].is_string(), "{gone:?}");
}

#[test]
fn the_running_desk_tells_by_itself() {
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let listener = Listener::answering(&[]);
    added(&desk, &ada, &listener, &["message.received"]);
    let jobs = transom::jobs::start(&desk.desk).unwrap();
    let channel = desk.channel(Kind::Webchat);
    desk.writes(&channel, "v1", "m1");
    while listener.heard().is_empty() {
        std::thread::yield_now();
    }
    jobs.stop();
    assert_eq!(listener.heard()[0].json()["kind"], "message.received");
}

#[test]
fn only_an_address_that_can_be_called_is_taken() {
    let url = webhook::url;
    for bad in [
        "",
        "example.org",
        "ftp://example.org/",
        "https://",
        "https:///x",
        "https://:443/",
        "https://[::1",
        "https://[nothing]/",
        "https://例え.jp/",
        "http://%31/",
        "https://x.example:99999/",
        "https://x.example:0/",
        "https://x.example:/",
        "https://ana:word@x.example/",
        "https://x.example/a b",
    ] {
        assert!(url(bad).is_err(), "{bad}");
    }
    for (typed, kept) in [
        ("HTTPS://EXAMPLE.COM/", "https://EXAMPLE.COM/"),
        (" http://x.example:8080?a=1 ", "http://x.example:8080?a=1"),
        ("https://[2001:db8::1]:444/in", "https://[2001:db8::1]:444/in"),
        ("https://a-b.x_y.example", "https://a-b.x_y.example"),
    ] {
        assert_eq!(url(typed).unwrap(), kept);
    }
}

#[test]
fn one_failure_after_an_outage_waits_as_a_first_one_does() {
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let listener = Listener::answering(&[500, 500, 500, 500, 200, 500]);
    let (id, _) = added(&desk, &ada, &listener, &["message.received"]);
    let channel = desk.channel(Kind::Webchat);
    desk.writes(&channel, "v1", "m1");
    desk.writes(&channel, "v1", "m2");
    for _ in 0..4 {
        tell(&desk, id);
        desk.pass(Span::hours(3));
    }
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 6, "the first was heard at last, the second not");
    desk.pass(Span::minutes(1));
    tell(&desk, id);
    assert_eq!(listener.heard().len(), 7, "soon again");
}

#[test]
fn what_was_switched_off_or_narrowed_meanwhile_is_looked_up_again() {
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let listener = Listener::answering(&[]);
    let (id, _) = added(&desk, &ada, &listener, &["message.received"]);
    let id = Id::new(id);
    let answered = |kinds: &[&str]| {
        let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        desk.act(move |tx, now| {
            let from = transom::store::webhook::get(tx, id)?.unwrap().cursor;
            let (event, detail) = (Id::new(from.get() + 1), String::new());
            let answer = webhook::Answer { webhook: id, event, at: now, status: Some(200), detail };
            action::answered(tx, &action::Delivery { answer, from, kinds, dice: 0 }, now)
        })
        .unwrap()
    };
    assert!(answered(&["message.received"]));
    assert!(!answered(&["note.added"]), "it wants something else now");
    desk.api_patch(&ada, &format!("/webhooks/{id}"), json!({ "enabled": false }));
    assert!(!answered(&["message.received"]), "it is off");
}
