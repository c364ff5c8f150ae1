//! From a provider's delivery to the desk: verified, kept, read once, and nothing lost.

use proptest::prelude::*;
use serde_json::json;

use crate::support::TestDesk;
use crate::support::desk::Page;
use transom::actions::inbound as action;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, ChannelState, Kind};
use transom::domain::{Id, Refused, Span};
use transom::jobs::inbound;
use transom::net::signature;
use transom::store;
use transom::web::http::{Method, Request};

#[test]
fn a_delivery_is_kept_before_it_is_acknowledged_and_read_afterwards() {
    // C4
    let (desk, channel) = custom();
    let answer = deliver(&desk, &channel, &says("m1", "Hello"), "open sesame");
    assert_eq!(answer.status, 200);
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'new'"), 1);
    assert_eq!(
        desk.count("SELECT count(*) FROM message"),
        0,
        "nothing but keeping happens before the answer"
    );
    let channel = desk.read(|c| Ok(store::channel::get(c, channel.id)?.unwrap()));
    assert_eq!(channel.received_at, Some(desk.now()));
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'done'"), 1);
    assert_eq!(desk.said(Id::new(1))[0].body, "Hello");
}

#[test]
fn deliveries_of_one_second_are_all_kept_and_the_channel_notes_the_first() {
    let (desk, channel) = custom();
    let first = desk.now();
    let noted = || desk.read(|c| Ok(store::channel::get(c, channel.id)?.unwrap())).received_at;
    for (message, after, noted_at) in [("m1", 0, 0), ("m2", 999, 0), ("m3", 1, 1000), ("m4", 60_000, 61_000)]
    {
        desk.pass(Span(after));
        assert_eq!(deliver(&desk, &channel, &says(message, "Hello"), "open sesame").status, 200);
        assert_eq!(noted(), Some(first + Span(noted_at)), "{message}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'new'"), 4);
}

#[test]
fn a_wrong_signature_is_401_and_nothing_is_kept_but_a_counter() {
    let (desk, channel) = custom();
    let answer = deliver(&desk, &channel, &says("m1", "Hello"), "wrong");
    assert_eq!(answer.status, 401);
    assert_eq!(desk.count("SELECT count(*) FROM inbound"), 0);
    assert_eq!(desk.desk.counts.forged.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert_eq!(desk.desk.counts.forged_by_channel(), [(channel.id, 1)].into());
    let ada = desk.person("Ada", Role::Admin);
    let page = desk.get(&ada, "/settings/status").body;
    assert!(page.contains("1 delivery had a wrong signature since the start"), "{page}");
}

#[test]
fn a_channel_that_is_switched_off_or_unknown_has_no_address() {
    let (desk, mut channel) = custom();
    channel.state = ChannelState::Disabled;
    desk.set_channel(&channel);
    assert_eq!(deliver(&desk, &channel, &says("m1", "a"), "open sesame").status, 404);
    channel.id = Id::new(77);
    assert_eq!(deliver(&desk, &channel, &says("m1", "a"), "open sesame").status, 404);
    assert_eq!(desk.ask(Request::new(Method::Get, "/hooks/1")).status, 404);
    let (desk, mut channel) = custom();
    channel.state = ChannelState::Broken;
    desk.set_channel(&channel);
    assert_eq!(
        deliver(&desk, &channel, &says("m1", "a"), "open sesame").status,
        200,
        "only sending is refused"
    );
}

#[test]
fn a_delivery_over_the_limit_is_refused() {
    let (desk, channel) = custom();
    let body = says("m1", &"x".repeat(4 * 1024 * 1024));
    assert_eq!(deliver(&desk, &channel, &body, "open sesame").status, 413);
    // Who is called is only known behind the front, which lets the largest letter pass.
    assert_eq!(desk.app.body_limit(Method::Post, "/hooks/1"), 40 * 1024 * 1024);
}

#[test]
fn what_cannot_be_read_is_put_aside_holds_nobody_up_and_is_read_again_on_demand() {
    let (desk, channel) = custom();
    deliver(&desk, &channel, b"{not json", "open sesame");
    deliver(&desk, &channel, &says("m1", "Hello"), "open sesame");
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.said(Id::new(1)).len(), 1);
    let failed = desk.read(|c| store::inbound::failed(c, 10));
    assert_eq!(failed.len(), 1);
    assert!(failed[0].error.as_deref().is_some_and(|why| !why.is_empty()));
    let id = failed[0].id;
    let agent = desk.viewer("Marta", Role::Supervisor);
    let refused = desk.act(move |tx, now| action::replay(tx, &agent, id, now));
    assert!(matches!(refused, Err(transom::actions::Error::Refused(Refused::NeedsRole { .. }))));
    // As after an update that can read it.
    let body = says("m2", "Now legible");
    desk.write(move |tx| {
        tx.execute("UPDATE inbound SET body = ?2 WHERE id = ?1", (id, body))?;
        Ok(())
    });
    let admin = desk.viewer("Ada", Role::Admin);
    desk.act(move |tx, now| action::replay(tx, &admin, id, now)).unwrap();
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.said(Id::new(1)).len(), 2);
    assert!(desk.read(|c| store::inbound::failed(c, 10)).is_empty());
}

#[test]
fn a_status_that_comes_before_its_message_waits_for_it_and_is_left_alone_in_the_end() {
    let (desk, channel) = custom();
    let marta = desk.viewer("Marta", Role::Agent);
    let both = json!([
        { "type": "text", "id": "m1", "from": { "value": "ana" }, "body": "Hello" },
        { "type": "receipt", "message": "ours", "state": "delivered" },
    ]);
    deliver(&desk, &channel, both.to_string().as_bytes(), "open sesame");
    let never = json!({ "type": "receipt", "message": "never", "state": "read" });
    deliver(&desk, &channel, never.to_string().as_bytes(), "open sesame");
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'new'"), 2);
    assert_eq!(desk.said(Id::new(1)).len(), 1, "what can happen has happened");
    let ours = desk.sends(&marta, Id::new(1), "ours");
    for _ in 0..10 {
        desk.pass(Span::minutes(5));
        inbound::drain(&desk.desk).unwrap();
    }
    assert_eq!(desk.message(ours).state, transom::domain::message::State::Delivered);
    assert_eq!(desk.said(Id::new(1)).len(), 2, "reading a delivery again doubles nothing");
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'done'"), 1);
    let left = "SELECT count(*) FROM inbound WHERE state = 'ignored' AND error <> ''";
    assert_eq!(desk.count(left), 1);
}

#[test]
fn one_delivery_that_breaks_is_put_aside_alone() {
    let (desk, channel) = custom();
    // A rule of the file that only one message breaks stands for any fault that lies in one event.
    desk.write(|tx| {
        tx.execute_batch(
            "CREATE TRIGGER odd BEFORE INSERT ON message WHEN new.provider_id = 'm2'
             BEGIN SELECT raise(ABORT, 'odd'); END",
        )?;
        Ok(())
    });
    for id in ["m1", "m2", "m3"] {
        deliver(&desk, &channel, &says(id, "Hello"), "open sesame");
    }
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'inbound'"), 2);
    let failed = desk.read(|c| store::inbound::failed(c, 10));
    assert_eq!(failed.len(), 1);
    assert!(failed[0].error.as_deref().is_some_and(|why| why.contains("odd")));
}

#[test]
fn the_running_reader_reads_by_itself() {
    let (desk, channel) = custom();
    let jobs = transom::jobs::start(&desk.desk).unwrap();
    deliver(&desk, &channel, &says("m1", "Hello"), "open sesame");
    desk.until(|desk| desk.said(Id::new(1)).len() == 1);
    jobs.stop();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// C3: the same deliveries, repeated, batched and in parallel, through the real door.
    #[test]
    fn a_storm_of_repeated_deliveries_makes_each_message_once(
        storm in prop::collection::vec((0_usize..5, 0_usize..5), 1..40)
    ) {
        let (desk, channel) = custom();
        std::thread::scope(|scope| {
            for part in storm.chunks(storm.len().div_ceil(4)) {
                let (desk, channel) = (&desk, &channel);
                scope.spawn(move || {
                    for (a, b) in part {
                        let event = |n: &usize| json!({ "type": "text", "id": format!("m{n}"),
                            "from": { "value": "ana" }, "body": "Hello" });
                        let body = json!([event(a), event(b)]).to_string();
                        assert_eq!(deliver(desk, channel, body.as_bytes(), "open sesame").status, 200);
                        inbound::drain(&desk.desk).unwrap();
                    }
                });
            }
        });
        inbound::drain(&desk.desk).unwrap();
        let mut wanted: Vec<usize> = storm.iter().flat_map(|(a, b)| [*a, *b]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let messages = desk.count("SELECT count(*) FROM message WHERE kind = 'inbound'");
        prop_assert_eq!(usize::try_from(messages).unwrap(), wanted.len());
        prop_assert_eq!(desk.count("SELECT count(*) FROM conversation"), 1);
        prop_assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state <> 'done'"), 0);
    }
}

fn custom() -> (TestDesk, Channel) {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Custom);
    (desk, channel)
}

fn says(id: &str, body: &str) -> Vec<u8> {
    let event = json!({ "type": "text", "id": id, "from": { "value": "ana", "name": "Ana" }, "body": body });
    event.to_string().into_bytes()
}

fn deliver(desk: &TestDesk, channel: &Channel, body: &[u8], secret: &str) -> Page {
    let signature = signature::hex(&signature::hmac_sha256(secret.as_bytes(), body));
    let request = Request::new(Method::Post, &format!("/hooks/{}", channel.id))
        .with_header("x-transom-signature", &format!("sha256={signature}"))
        .with_body("application/json", body);
    desk.ask(request)
}
