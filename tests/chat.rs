//! The website chat from the outside: its page, its forms, its widget.

use transom::domain::Span;
use transom::domain::channel::{ChannelState, Kind};
use transom::store::channel;
use transom::web::http::{Method, Request};

use crate::support::TestDesk;
use crate::support::visitor::{Visitor, connect};

fn kept(desk: &TestDesk) -> i64 {
    desk.read(|c| Ok(c.query_row("SELECT count(*) FROM inbound", [], |row| row.get(0))?))
}

fn contacts(desk: &TestDesk) -> i64 {
    desk.read(|c| Ok(c.query_row("SELECT count(*) FROM contact", [], |row| row.get(0))?))
}

fn get(desk: &TestDesk, target: &str) -> crate::support::desk::Page {
    desk.ask(Request::new(Method::Get, target))
}

#[test]
fn looking_at_the_chat_makes_nobody_a_contact() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    let page = get(&desk, &format!("/chat/{}", channel.key));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Your message"));
    assert_eq!(contacts(&desk), 0);
    let cookie = page.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains(&format!("Path=/chat/{}", channel.key)),
        "{cookie}"
    );
}

#[test]
fn a_visitor_without_scripts_writes_by_the_form_and_sees_it_on_the_page() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    let page = get(&desk, &format!("/chat/{}", channel.key));
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let answer = desk.ask(
        Request::new(Method::Post, &format!("/chat/{}/messages", channel.key))
            .with_header("cookie", &cookie)
            .with_body("application/x-www-form-urlencoded", "word=abcdefgh&text=Do+you+ship%3F"),
    );
    assert_eq!(answer.status, 303);
    let again =
        desk.ask(Request::new(Method::Get, &format!("/chat/{}", channel.key)).with_header("cookie", &cookie));
    assert!(again.body.contains("Do you ship?"), "{}", again.body);
    assert!(again.header("set-cookie").is_none(), "the visitor is known");
}

#[test]
fn a_message_sent_twice_is_kept_once() {
    let desk = TestDesk::new();
    let visitor = Visitor::new(&connect(&desk, Kind::Webchat, &[]));
    assert_eq!(visitor.say(&desk, "word-0001", "Hello").status, 200);
    assert_eq!(visitor.say(&desk, "word-0001", "Hello").status, 200);
    assert_eq!(kept(&desk), 1);
    assert_eq!(contacts(&desk), 1);
}

#[test]
fn what_a_visitor_wrote_is_shown_before_anybody_read_it_in_and_to_nobody_else() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    let (ana, ben) = (Visitor::new(&channel), Visitor::new(&channel));
    ana.say(&desk, "word-0001", "My order is 4711");
    ben.say(&desk, "word-0001", "Mine is another");
    assert_eq!(kept(&desk), 2, "the same word of two visitors is two messages");
    let (hers, his) = (ana.changes(&desk, -1), ben.changes(&desk, -1));
    assert!(hers.body.contains("4711") && !hers.body.contains("another"));
    assert!(his.body.contains("another") && !his.body.contains("4711"));
}

#[test]
fn a_token_of_one_chat_opens_no_other() {
    let desk = TestDesk::new();
    let (one, two) = (connect(&desk, Kind::Webchat, &[]), connect(&desk, Kind::Webchat, &[]));
    let ana = Visitor::new(&one);
    ana.say(&desk, "word-0001", "Only here");
    let elsewhere = Visitor { key: two.key, ..ana };
    assert!(!elsewhere.changes(&desk, -1).body.contains("Only here"));
}

#[test]
fn texts_over_the_limit_and_empty_ones_are_refused_and_what_was_typed_stays() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    let visitor = Visitor::new(&channel);
    let long = "x".repeat(1003); // S142: 1000 characters
    let answer = visitor.say(&desk, "word-0001", &long);
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("3 characters too long"), "{}", answer.body);
    assert_eq!(visitor.say(&desk, "word-0002", "  ").status, 422);
    let cookie = format!("transom-visitor={}", visitor.token);
    let page = desk.ask(
        Request::new(Method::Post, &format!("/chat/{}/messages", channel.key))
            .with_header("cookie", &cookie)
            .with_body("application/x-www-form-urlencoded", format!("word=word-0003&text={long}")),
    );
    assert_eq!(page.status, 422);
    assert!(page.body.contains(&long) && page.body.contains("too long"));
    assert_eq!(kept(&desk), 0);
    assert_eq!(visitor.say(&desk, "word-0004", &"x".repeat(1000)).status, 200);
}

#[test]
fn an_eleventh_message_in_a_minute_has_to_wait() {
    let desk = TestDesk::new();
    let visitor = Visitor::new(&connect(&desk, Kind::Webchat, &[]));
    for n in 0..10 {
        assert_eq!(visitor.say(&desk, &format!("word-000{n}"), "Hello").status, 200, "message {n}");
    }
    let answer = visitor.say(&desk, "word-0010", "Hello");
    assert_eq!(answer.status, 429);
    let wait: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(kept(&desk), 10);
    desk.pass(Span::seconds(wait));
    assert_eq!(visitor.say(&desk, "word-0010", "Hello").status, 200);
}

#[test]
fn one_network_brings_five_new_visitors_an_hour_and_another_is_not_held_up() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    for n in 0..5 {
        assert_eq!(Visitor::new(&channel).say(&desk, "word-0001", "Hello").status, 200, "visitor {n}");
    }
    assert_eq!(Visitor::new(&channel).say(&desk, "word-0001", "Hello").status, 429);
    let elsewhere = Visitor { peer: "192.0.2.7", ..Visitor::new(&channel) };
    assert_eq!(elsewhere.say(&desk, "word-0001", "Hello").status, 200);
    // One customer of an IPv6 network has more addresses than there are seconds.
    for n in 1..=6 {
        let peer: &'static str = format!("2001:db8::{n}").leak();
        let status = Visitor { peer, ..Visitor::new(&channel) }.say(&desk, "word-0001", "Hello").status;
        assert_eq!(status, if n <= 5 { 200 } else { 429 }, "visitor {n}");
    }
}

#[test]
fn another_site_cannot_send_in_a_visitors_name() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    let request = Request::new(Method::Post, &format!("/chat/{}/messages", channel.key))
        .with_header("cookie", &format!("transom-visitor={}", transom::random::token()))
        .with_header("sec-fetch-site", "cross-site")
        .with_body("application/x-www-form-urlencoded", "word=abcdefgh&text=hi");
    assert_eq!(desk.ask(request).status, 403);
    assert_eq!(kept(&desk), 0);
}

#[test]
fn the_chat_may_be_framed_by_the_sites_that_the_channel_names_and_by_no_other() {
    let desk = TestDesk::new();
    let open = connect(&desk, Kind::Webchat, &[]);
    let policy =
        |key: &str| get(&desk, &format!("/chat/{key}")).header("content-security-policy").unwrap().to_owned();
    assert!(policy(&open.key).ends_with("frame-ancestors *"));
    let listed = "https://shop.example, http://localhost:8000, https://evil.example;script-src *";
    let named = connect(&desk, Kind::Webchat, &[("allowed_origins", listed)]);
    assert!(
        policy(&named.key).ends_with("frame-ancestors 'self' https://shop.example http://localhost:8000"),
        "{}",
        policy(&named.key)
    );
    let look = |origin: &str| {
        let target = format!("/chat/{}/widget", named.key);
        let page = desk.ask(Request::new(Method::Get, &target).with_header("origin", origin));
        page.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(look("https://shop.example").as_deref(), Some("https://shop.example"));
    assert_eq!(look("https://evil.example"), None);
}

#[test]
fn the_widget_is_small_public_and_asked_for_again_by_its_checksum() {
    let desk = TestDesk::new();
    let first = get(&desk, "/widget.js");
    assert_eq!(first.status, 200);
    assert!(first.body.len() <= 6 * 1024, "{} bytes", first.body.len());
    assert_eq!(first.header("access-control-allow-origin"), Some("*"));
    let tag = first.header("etag").unwrap();
    let again = desk.ask(Request::new(Method::Get, "/widget.js").with_header("if-none-match", tag));
    assert_eq!((again.status, again.body.len()), (304, 0));
    for danger in ["innerHTML", "eval(", "document.write", "'*'"] {
        assert!(!first.body.contains(danger), "{danger}");
    }
}

#[test]
fn the_colour_of_the_chat_keeps_its_text_readable() {
    let desk = TestDesk::new();
    let css = |accent: &str| {
        let channel = connect(&desk, Kind::Webchat, &[("accent", accent)]);
        get(&desk, &format!("/chat/{}/accent.css", channel.key)).body
    };
    assert!(css("#ffdd00").contains("--on-accent: #000000"));
    assert!(css("#003366").contains("--on-accent: #ffffff"));
    assert_eq!(css("#fff } body { display: none"), "");
}

#[test]
fn a_chat_that_is_switched_off_says_so_and_takes_nothing() {
    let desk = TestDesk::new();
    let mut off = connect(&desk, Kind::Webchat, &[]);
    let key = off.key.clone();
    off.state = ChannelState::Disabled;
    desk.write({
        let off = off.clone();
        move |tx| channel::update(tx, &off)
    });
    assert!(get(&desk, &format!("/chat/{key}")).body.contains("closed at the moment"));
    assert_eq!(get(&desk, &format!("/chat/{key}/widget")).status, 404);
    assert_eq!(Visitor::new(&off).say(&desk, "word-0001", "Hello").status, 409);
    assert_eq!(kept(&desk), 0);
}

#[test]
fn only_website_chats_have_a_page() {
    let desk = TestDesk::new();
    let other = connect(&desk, Kind::Simulator, &[]);
    assert_eq!(get(&desk, &format!("/chat/{}", other.key)).status, 404);
    assert_eq!(get(&desk, "/chat/nothing-here").status, 404);
}

#[test]
fn the_chat_speaks_the_language_that_the_website_asks_for() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[("ask_name", "yes"), ("ask_email", "yes")]);
    let page = get(&desk, &format!("/chat/{}?language=es", channel.key));
    assert!(
        page.body.contains("lang=\"es\"")
            && page.body.contains("Su mensaje")
            && page.body.contains("Su nombre")
    );
    assert!(page.body.contains(&format!("/chat/{}/messages?language=es", channel.key)));
}

#[test]
fn a_typed_email_never_leads_to_the_person_who_has_it() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[("ask_email", "yes")]);
    let fields = [("word", "word-0001"), ("text", "Hello"), ("name", "Ana"), ("email", "Ana@Example.org")];
    assert_eq!(Visitor::new(&channel).post(&desk, "messages", &fields).status, 200);
    let fields = [("word", "word-0001"), ("text", "Hello"), ("name", "Eve"), ("email", "ana@example.org")];
    assert_eq!(Visitor::new(&channel).post(&desk, "messages", &fields).status, 200);
    let (owner, verified, others): (String, bool, i64) = desk.read(|c| {
        Ok(c.query_row(
            "SELECT c.name, a.verified, (SELECT count(*) FROM address WHERE kind = 'email') FROM address a
             JOIN contact c ON c.id = a.contact_id WHERE a.kind = 'email' AND a.value = 'ana@example.org'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?)
    });
    assert_eq!((owner.as_str(), verified, others), ("Ana", false, 1));
    let about: String =
        desk.read(|c| Ok(c.query_row("SELECT about FROM contact WHERE name = 'Eve'", [], |row| row.get(0))?));
    assert_eq!(about, "ana@example.org");
    let bad = [("word", "word-0002"), ("text", "Hello"), ("email", "not an address")];
    assert_eq!(Visitor::new(&channel).post(&desk, "messages", &bad).status, 422);
}

#[test]
fn only_a_hash_of_the_token_is_kept() {
    let desk = TestDesk::new();
    let visitor = Visitor::new(&connect(&desk, Kind::Webchat, &[]));
    visitor.say(&desk, "word-0001", "Hello");
    let (hash, value): (Vec<u8>, String) = desk.read(|c| {
        Ok(c.query_row(
            "SELECT v.token_hash, a.value FROM visitor v JOIN address a ON a.id = v.address_id",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?)
    });
    assert_eq!(hash, transom::web::session::hash(&visitor.token));
    assert!(!value.contains(&visitor.token));
}
