//! How long a letter is tried, and what its bytes hold where it shows pictures.

use transom::actions::reply::{self, Reply};
use transom::actions::{begin, hosted};
use transom::domain::agent::Role;
use transom::domain::contact::AddressKind;
use transom::domain::message::{Message, State};
use transom::domain::{Id, Span};
use transom::jobs::outbox;
use transom::store;

use super::outward::desk_with;
use crate::support::TestDesk;
use crate::support::channel::{message_of, thread, viewer};
use crate::support::desk::Person;
use crate::support::relay::{Manner, Relay};

fn answers(
    desk: &TestDesk,
    marta: &Person,
    channel: &transom::domain::channel::Channel,
    body: &str,
) -> Id<Message> {
    let thread = thread(desk, channel, AddressKind::Email, "eva@example.org");
    let order = Reply {
        conversation: thread.id,
        body: body.to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now) = (viewer(marta), desk.now());
    let id = desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
    desk.pass(Span::seconds(6));
    id
}

#[test]
fn a_server_that_says_not_now_is_asked_for_two_days_and_then_its_words_are_shown() {
    let relay = Relay::start(Manner::NotNow, &[]);
    let (desk, channel) = desk_with(&relay);
    let marta = desk.person("Marta", Role::Admin);
    let began = desk.now();
    let id = answers(&desk, &marta, &channel, "Hello");
    let tried = |relay: &Relay| relay.said().iter().filter(|line| line.starts_with("MAIL FROM")).count();
    let mut last = began;
    // A quarter of an hour at a time, for three days.
    for _ in 0..4 * 72 {
        let before = tried(&relay);
        outbox::drain(&desk.desk);
        if tried(&relay) > before {
            last = desk.now();
        }
        desk.pass(Span::minutes(15));
    }
    let message = message_of(&desk, id);
    assert_eq!(message.state, State::Failed);
    let why = desk.get(&marta, &format!("/conversations/{}", message.conversation)).body;
    assert!(why.contains("mailbox is full, come again"), "the words of the server: {why}");
    let over = last.since(began);
    assert!(over > Span::hours(45) && over <= Span::hours(51), "{over:?}");
    let times = tried(&relay);
    assert!((20..60).contains(&times), "neither given up early nor hammered at: {times}");
    assert!(relay.letters().is_empty());
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0, "it waits for nothing any more");
}

#[test]
fn a_server_that_says_not_now_and_then_takes_it_gets_one_letter() {
    let relay = Relay::start(Manner::NotNow, &[]);
    let (desk, channel) = desk_with(&relay);
    let marta = desk.person("Marta", Role::Admin);
    let id = answers(&desk, &marta, &channel, "Hello");
    for _ in 0..20 {
        outbox::drain(&desk.desk);
        desk.pass(Span::hours(2));
    }
    assert_eq!(message_of(&desk, id).state, State::Queued);
    relay.changes(Manner::Takes);
    for _ in 0..4 {
        outbox::drain(&desk.desk);
        desk.pass(Span::hours(3));
    }
    assert_eq!((message_of(&desk, id).state, relay.letters().len()), (State::Sent, 1));
}

#[test]
fn s55_s57_the_bytes_of_a_letter_hold_the_address_of_a_picture_and_no_part_of_it() {
    let relay = Relay::start(Manner::Takes, &[]);
    let (desk, channel) = desk_with(&relay);
    let marta = desk.person("Marta", Role::Admin);
    desk.act(|tx, _| hosted::reached_at(tx, "https://desk.example/")).unwrap();
    desk.write(|tx| store::setting::set(tx, store::setting::key::INLINE_PICTURES, Some("yes")));
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x1e\0\0\0\x14\x08\x02\0\0\0".to_vec();
    picture.resize(900, b'p');
    let (by, bytes) = (viewer(&marta), picture.clone());
    let address = desk.act(move |tx, now| hosted::add(tx, &by, bytes, now)).unwrap();
    let order = begin::Begin {
        channel: channel.id,
        to: "eva@example.org".to_owned(),
        subject: "The lamp".to_owned(),
        body: format!("So:\n\n![lamp]({address})"),
        template: None,
        attachments: Vec::new(),
        key: None,
    };
    let by = viewer(&marta);
    let begun = desk.act(move |tx, now| begin::begin(tx, &by, &order, now)).unwrap();
    let id = desk.said(begun).pop().unwrap().id;
    desk.pass(Span::seconds(6));
    outbox::drain(&desk.desk);
    assert_eq!(message_of(&desk, id).state, State::Sent);
    let letter = relay.letters().remove(0);
    let low = letter.to_ascii_lowercase();
    for none in ["cid:", "content-id", "multipart/related", "image/png", "content-disposition"] {
        assert!(!low.contains(none), "{none}: {letter}");
    }
    assert!(low.contains("content-type: multipart/alternative;"), "{letter}");
    let parsed = mail_parser::MessageParser::default().parse(&letter).unwrap();
    let html = parsed.body_html(0).unwrap();
    assert!(html.contains("<img src=\"https://desk.example/pictures/"), "{html}");
    assert!(parsed.body_text(0).unwrap().contains("lamp (https://desk.example/pictures/"));
    assert_eq!(
        (parsed.attachment_count(), parsed.parts.len()),
        (0, 3),
        "a text, its form, and what holds both"
    );
}
