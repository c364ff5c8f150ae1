//! Limits: how large the file may become, how often somebody may ask, and what was freed going back to the disk.

use crate::support::TestDesk;
use crate::support::channel::connect;
use transom::actions::{self, upload};
use transom::domain::Refused;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::jobs::{Stop, tidier::tidy};
use transom::net::signature::sha256_header;
use transom::store::attachment;
use transom::web::http::{Method, Request};

fn begin(desk: &TestDesk, by: &transom::domain::access::Viewer) -> actions::Result<()> {
    let (by, now) = (by.clone(), desk.now());
    desk.desk.writer.write(move |tx| upload::begin(tx, &by, "a.png", now).map(|_| ()))
}

#[test]
fn files_are_refused_before_messages_are() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let by = crate::support::channel::viewer(&ada);
    begin(&desk, &by).unwrap();
    let team = [("team", "Shop"), ("language", "en"), ("time_zone", "UTC"), ("file_quota", "2")];
    assert_eq!(desk.post(&ada, "/settings/team", &team).status, 303);
    begin(&desk, &by).unwrap();
    let now = desk.now();
    desk.write(move |tx| {
        let new = attachment::New {
            message: None,
            agent: None,
            name: "b",
            media_type: "image/png",
            key: "k",
            source: None,
        };
        let id = attachment::insert(tx, &new, now)?;
        attachment::append(tx, id, &vec![7; 2_500_000])
    });
    assert!(matches!(begin(&desk, &by), Err(actions::Error::Refused(Refused::NoRoom))));
    let channel = connect(&desk, Kind::Custom, &[("secret", "s")]);
    assert_eq!(deliver(&desk, channel.id.get(), "m1", "s").0, 200, "messages still come in");
    assert!(desk.get(&ada, "/settings/team").body.contains("value=\"2\""));
    assert_eq!(desk.post(&ada, "/settings/team", &[("team", "Shop"), ("file_quota", "much")]).status, 422);
}

/// The status and how long to wait.
fn deliver(desk: &TestDesk, channel: i64, name: &str, secret: &str) -> (u16, Option<String>) {
    let body =
        format!("{{\"type\":\"text\",\"id\":\"{name}\",\"from\":{{\"value\":\"ana\"}},\"body\":\"Hello\"}}");
    let request = Request::new(Method::Post, &format!("/hooks/{channel}"))
        .with_header("x-transom-signature", &sha256_header(secret, body.as_bytes()))
        .with_body("application/json", body);
    let page = desk.ask(request);
    (page.status, page.header("retry-after").map(str::to_owned))
}

#[test]
fn who_forges_deliveries_is_told_to_wait_and_the_provider_is_not() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Custom, &[("secret", "s")]).id.get();
    for _ in 0..60 {
        assert_eq!(deliver(&desk, channel, "x", "wrong").0, 401);
    }
    let (status, wait) = deliver(&desk, channel, "x", "wrong");
    assert_eq!(status, 429);
    assert!(wait.unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(deliver(&desk, channel, "m1", "s").0, 200, "from the same address, with the right signature");
    desk.pass(Span::minutes(1));
    assert_eq!(deliver(&desk, channel, "x", "wrong").0, 401);
}

#[test]
fn who_guesses_at_the_login_is_told_how_long_to_wait() {
    let desk = TestDesk::new();
    desk.person("Ada", Role::Admin);
    let guess = || {
        desk.ask(
            Request::new(Method::Post, "/login")
                .with_body("application/x-www-form-urlencoded", "email=ada%40example.org&password=wrong"),
        )
    };
    for _ in 0..10 {
        assert_eq!(guess().status, 422);
    }
    let page = guess();
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").is_some());
}

#[test]
fn what_was_freed_goes_back_to_the_disk_in_small_steps() {
    let desk = TestDesk::new();
    let now = desk.now();
    desk.write(move |tx| {
        let new = attachment::New {
            message: None,
            agent: None,
            name: "b",
            media_type: "image/png",
            key: "k",
            source: None,
        };
        let id = attachment::insert(tx, &new, now)?;
        attachment::append(tx, id, &vec![7; 12_000_000])
    });
    let pages = || desk.read(|c| Ok(c.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))?));
    let before = pages();
    // The upload that nobody sent goes after a day, and its pages with it.
    desk.pass(Span::days(2));
    tidy(&desk.desk, &Stop::default()).unwrap();
    let after = pages();
    assert!(after * 3 < before, "{before} pages, then {after}");
    let wrong = desk.read(|c| transom::store::check::run(c, transom::store::check::Step::Structure));
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_channel_that_is_flooded_waits_and_the_others_do_not() {
    let desk = TestDesk::new();
    let flooded = connect(&desk, Kind::Custom, &[("secret", "s")]).id.get();
    let other = connect(&desk, Kind::Custom, &[("secret", "t")]).id.get();
    // As many as a channel takes in a minute, counted where the deliveries are.
    let rate = transom::web::brake::Rate { times: 30_000, per: Span::minutes(1) };
    for _ in 0..30_000 {
        desk.app.brake.take(&format!("hook {flooded}"), rate, desk.now()).unwrap();
    }
    let (status, wait) = deliver(&desk, flooded, "m1", "s");
    assert_eq!((status, wait.as_deref()), (429, Some("1")));
    assert_eq!(deliver(&desk, other, "m1", "t").0, 200);
    desk.pass(Span::seconds(1));
    assert_eq!(deliver(&desk, flooded, "m1", "s").0, 200, "it goes on as the provider comes again");
}
