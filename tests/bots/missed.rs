//! What came while nobody heard the provider of a number is looked up in its list; each message once.

use serde_json::{Value, json};

use crate::support::TestDesk;
use crate::support::bots::{self, SID};
use crate::support::provider::{Say, StandIn};
use transom::domain::channel::{Channel, Kind};
use transom::domain::{Id, Span};
use transom::jobs::{inbound, missed};
use transom::store;

/// NOON is 2026-03-03T12:00:00Z; a message of so many minutes after it.
fn listed(sid: &str, minute: u32, body: &str, direction: &str) -> Value {
    json!({ "sid": sid, "direction": direction, "from": "+34612345678", "to": "+14155550100", "body": body,
        "num_media": "0", "date_sent": format!("Tue, 03 Mar 2026 12:{minute:02}:00 +0000"), "status": "received" })
}

fn page(messages: &[Value], next: Option<&str>) -> Say {
    Say::Answer(200, json!({ "messages": messages, "next_page_uri": next }).to_string())
}

fn bodies(desk: &TestDesk) -> Vec<String> {
    inbound::drain(&desk.desk).unwrap();
    desk.said(Id::new(1)).into_iter().map(|message| message.body).collect()
}

fn stage() -> (TestDesk, StandIn, Channel) {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Sms, &api.url);
    (desk, api, channel)
}

#[test]
fn what_was_missed_comes_once_in_its_order_whatever_was_heard_meanwhile() {
    let (desk, api, channel) = stage();
    let mut rounds = missed::Rounds::new();
    assert_eq!(missed::round(&desk.desk, &mut rounds), 1);
    assert!(api.seen().is_empty(), "what was written before the number was connected is not the desk's");
    desk.pass(Span::minutes(11));
    // One of them was heard: its delivery has the word that the list gives it.
    let (id, now) = (channel.id, desk.now());
    desk.write(move |tx| {
        let body = b"MessageSid=SM1&From=%2B34612345678&Body=one&NumMedia=0";
        let headers = std::collections::BTreeMap::new();
        store::inbound::insert(
            tx,
            &store::inbound::New {
                channel: id,
                dedupe_key: "SM1:",
                headers: &headers,
                body: &body[..].into(),
            },
            now,
        )
    });
    let next = format!("/2010-04-01/Accounts/{SID}/Messages.json?Page=1");
    let first = [listed("SM3", 9, "three", "inbound"), listed("SM0", 8, "ours", "outbound-api")];
    let second = [listed("SM2", 7, "two", "inbound"), listed("SM1", 6, "one", "inbound")];
    api.say("Page=1", &[page(&second, None)]);
    api.say("Messages.json", &[page(&first, Some(&next))]);
    for _ in 0..3 {
        missed::round(&desk.desk, &mut rounds);
        assert_eq!(bodies(&desk), ["one", "two", "three"]);
        desk.pass(Span::minutes(10));
    }
    let asked = &api.seen()[0].target;
    assert!(asked.contains("DateSent%3E=2026-03-03") && asked.contains("To=%2B14155550100"), "{asked}");
    assert!(api.seen()[0].header("authorization").starts_with("Basic "));
    let at: Vec<_> = desk.said(Id::new(1)).iter().map(|message| message.at.rfc3339()).collect();
    assert!(at[2].starts_with("2026-03-03T12:09:00"), "the provider's own time: {at:?}");
}

#[test]
fn the_pictures_of_a_missed_message_are_found() {
    let (desk, api, _) = stage();
    let mut rounds = missed::Rounds::new();
    missed::round(&desk.desk, &mut rounds);
    desk.pass(Span::minutes(11));
    let mut message = listed("MM1", 5, "look", "inbound");
    message["num_media"] = json!("1");
    api.say(
        "/Media.json",
        &[Say::Answer(
            200,
            json!({ "media_list": [{ "sid": "ME1", "content_type": "text/plain" }] }).to_string(),
        )],
    );
    api.say("Messages.json", &[page(&[message], None)]);
    api.say("/Media/ME1", &[Say::Answer(200, "just text".into())]);
    missed::round(&desk.desk, &mut rounds);
    assert_eq!(bodies(&desk), ["look"]);
    transom::jobs::media::drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM attachment WHERE state = 'stored' AND size = 9"), 1);
}

/// A list that cannot be read moves nothing on: the next look begins where this one began.
#[test]
fn a_look_that_fails_is_made_again_from_the_same_place() {
    let (desk, api, channel) = stage();
    let mut rounds = missed::Rounds::new();
    missed::round(&desk.desk, &mut rounds);
    let before = desk.read(|c| store::channel::cursor(c, channel.id));
    desk.pass(Span::hours(30));
    api.say(
        "Messages.json",
        &[Say::Answer(503, "{}".into()), page(&[listed("SM5", 1, "late", "inbound")], None)],
    );
    assert_eq!(missed::round(&desk.desk, &mut rounds), 0);
    assert_eq!(desk.read(|c| store::channel::cursor(c, channel.id)), before);
    desk.pass(Span::minutes(10));
    assert_eq!(missed::round(&desk.desk, &mut rounds), 1);
    assert_eq!(bodies(&desk), ["late"]);
    assert!(api.seen()[1].target.contains("DateSent%3E=2026-03-03"), "{}", api.seen()[1].target);
}
