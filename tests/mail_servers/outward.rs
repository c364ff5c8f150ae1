//! Letters on their way out: what they hold, and what becomes of them where servers refuse, stall or vanish.

use serde_json::Value;
use transom::channels::{self, Order};
use transom::domain::Span;
use transom::domain::channel::{FileClass, Kind};
use transom::domain::contact::AddressKind;
use transom::domain::mail::{Envelope, Mailbox};
use transom::domain::message::State;
use transom::domain::outbox::{Cause, Failure, Next, Outcome};
use transom::jobs::outbox;

use super::Post;
use crate::support::TestDesk;
use crate::support::channel::{account, connect, message_of};
use crate::support::connected::{file, order};
use crate::support::relay::{Manner, Relay};

pub fn desk_with(relay: &Relay) -> (TestDesk, transom::domain::channel::Channel) {
    let desk = TestDesk::new();
    let port = relay.port.to_string();
    let settings = [
        ("address", "help@shop.test"),
        ("smtp_host", "127.0.0.1"),
        ("smtp_port", port.as_str()),
        ("smtp_security", "plain"),
    ];
    let channel = connect(&desk, Kind::Email, &settings);
    (desk, channel)
}

fn send(relay: &Relay, order: &Order<'_>) -> Outcome {
    let (desk, channel) = desk_with(relay);
    channels::provider(Kind::Email).unwrap().send(&account(&desk, &channel), &desk.desk.client, order)
}

fn failure(outcome: Outcome) -> Failure {
    match outcome {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn mailbox(name: &str, address: &str) -> Mailbox {
    Mailbox { name: name.to_owned(), address: address.to_owned() }
}

fn envelope() -> Envelope {
    Envelope {
        identifier: "1.abc@shop.test".to_owned(),
        to: vec![mailbox("Eva Müller, Tee", "eva@example.org")],
        cc: vec![mailbox("", "bo@example.org"), mailbox("", "eva@example.org")],
        bcc: vec![mailbox("", "secret@example.org")],
        subject: "Re: Grüße — ありがとう".to_owned(),
        in_reply_to: vec!["q@example.org".to_owned()],
        references: (0..30).map(|n| format!("r{n}@example.org")).collect(),
        ..Envelope::default()
    }
}

#[test]
fn a_letter_holds_both_texts_its_files_and_nobody_hidden() {
    let relay = Relay::start(Manner::Takes, &["SIZE 1000000", "8BITMIME"]);
    let (mail, last) = (envelope(), Value::Null);
    let mut order = order(AddressKind::Email, "eva@example.org", "Grüße\n.\nbis bald", &last);
    order.mail = Some(&mail);
    order.html = Some("<p>Grüße</p>");
    order.files = file(FileClass::File, "Angebot – März.pdf", "application/pdf");
    assert_eq!(send(&relay, &order), Outcome::Sent { provider_id: Some("1.abc@shop.test".to_owned()) });
    let said = relay.said();
    let to: Vec<&String> = said.iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(to, ["RCPT TO:<eva@example.org>", "RCPT TO:<bo@example.org>", "RCPT TO:<secret@example.org>"]);
    let letter = relay.letters()[0].clone();
    assert!(!letter.contains("secret@example.org"), "{letter}");
    assert!(letter.is_ascii() && letter.lines().all(|line| line.len() <= 998), "{letter}");
    let parsed = mail_parser::MessageParser::default().parse(&letter).unwrap();
    assert_eq!(parsed.subject(), Some("Re: Grüße — ありがとう"));
    assert_eq!(parsed.message_id(), Some("1.abc@shop.test"));
    let person = parsed.to().unwrap().first().unwrap();
    assert_eq!((person.name(), person.address()), (Some("Eva Müller, Tee"), Some("eva@example.org")));
    let references = parsed.references().as_text_list().unwrap().to_vec();
    assert_eq!(
        (references.len(), &*references[0], &*references[19]),
        (20, "r0@example.org", "r29@example.org")
    );
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n").trim(), "Grüße\n.\nbis bald");
    assert_eq!(parsed.body_html(0).unwrap().trim(), "<p>Grüße</p>");
    assert_eq!(parsed.attachment_count(), 1);
    let attached = parsed.attachment(0).unwrap();
    use mail_parser::MimeHeaders as _;
    assert_eq!(attached.attachment_name(), Some("Angebot – März.pdf"));
    assert_eq!(attached.contents(), b"the bytes");
}

/// The same message gives the same letter, byte for byte, so that a second one is recognised.
#[test]
fn a_repeated_letter_is_the_same_letter() {
    let relay = Relay::start(Manner::Takes, &[]);
    let (mail, last) = (envelope(), Value::Null);
    let mut order = order(AddressKind::Email, "eva@example.org", "Hello", &last);
    order.mail = Some(&mail);
    order.html = Some("<p>Hello</p>");
    order.files = file(FileClass::File, "a.txt", "text/plain");
    send(&relay, &order);
    order.attempt = 2;
    send(&relay, &order);
    let letters = relay.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0], letters[1]);
}

#[test]
fn no_text_of_anybody_begins_a_line_of_the_head_or_a_command() {
    let bad = "x\r\nBcc: victim@example.org\r\n\r\nbody\nRCPT TO:<victim@example.org>\0";
    let relay = Relay::start(Manner::Takes, &[]);
    let mail = Envelope {
        identifier: format!("1@shop.test{bad}"),
        from: Some(mailbox(bad, bad)),
        reply_to: vec![mailbox(bad, &format!("help@shop.test{bad}"))],
        to: vec![mailbox(bad, &format!("eva@example.org{bad}"))],
        cc: vec![mailbox("", &format!("bo@example.org>{bad}"))],
        subject: bad.to_owned(),
        in_reply_to: vec![bad.to_owned()],
        references: vec![bad.to_owned(), bad.to_owned()],
        ..Envelope::default()
    };
    let last = Value::Null;
    let mut order = order(AddressKind::Email, "eva@example.org", "Hello", &last);
    order.mail = Some(&mail);
    order.files = file(FileClass::File, bad, bad);
    let _ = send(&relay, &order);
    let said = relay.said();
    assert!(!said.iter().any(|line| line.contains("RCPT TO:<victim")), "{said:?}");
    let letter = relay.letters()[0].clone();
    for line in letter.lines() {
        assert!(!line.to_ascii_lowercase().starts_with("bcc"), "{letter}");
    }
    let (head, _) = letter.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("multipart/mixed"), "the head goes to its own end: {letter}");
}

#[test]
fn a_letter_that_breaks_off_is_tried_again_and_one_that_may_have_arrived_only_once() {
    let last = Value::Null;
    let order = order(AddressKind::Email, "eva@example.org", "Hello, this is a text of some length.", &last);
    let relay = Relay::start(Manner::Breaks, &[]);
    // Whether the end of so short a letter has left before the line broke is a matter of luck.
    assert!(matches!(failure(send(&relay, &order)).next, Next::Later { .. } | Next::Unsure));
    let gone = Relay::gone();
    assert!(matches!(failure(send(&gone, &order)).next, Next::Knock));
    let relay = Relay::start(Manner::Vanishes, &[]);
    assert_eq!(failure(send(&relay, &order)).next, Next::Unsure);
}

/// One repeat under the same identifier; then a person decides.
#[test]
fn what_may_have_left_is_repeated_once_and_then_left_to_a_person() {
    let relay = Relay::start(Manner::Vanishes, &[]);
    let (desk, channel) = desk_with(&relay);
    let thread = crate::support::channel::thread(&desk, &channel, AddressKind::Email, "eva@example.org");
    let marta = desk.person("Marta", transom::domain::agent::Role::Admin);
    let order = transom::actions::reply::Reply {
        conversation: thread.id,
        body: "Hello".to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now) = (crate::support::channel::viewer(&marta), desk.now());
    let id = desk.desk.writer.write(move |tx| transom::actions::reply::reply(tx, &by, &order, now)).unwrap();
    for _ in 0..6 {
        desk.pass(Span::hours(3));
        outbox::drain(&desk.desk);
    }
    assert_eq!(message_of(&desk, id).state, State::Unsure);
    let letters = relay.letters();
    assert_eq!(letters.len(), 2);
    let identifier =
        |letter: &String| letter.lines().find(|line| line.starts_with("Message-ID")).unwrap().to_owned();
    assert_eq!(identifier(&letters[0]), identifier(&letters[1]));
}

#[test]
fn addresses_in_any_script_go_where_servers_take_them() {
    let last = Value::Null;
    let mail = |address: &str| Envelope { to: vec![mailbox("", address)], ..Envelope::default() };
    let relay = Relay::start(Manner::Takes, &[]);
    let domain = mail("eva@müller.example");
    let mut one = order(AddressKind::Email, "x@example.org", "Hello", &last);
    one.mail = Some(&domain);
    assert!(matches!(send(&relay, &one), Outcome::Sent { .. }));
    assert!(relay.said().iter().any(|line| line == "RCPT TO:<eva@xn--mller-kva.example>"));
    let local = mail("évà@example.org");
    one.mail = Some(&local);
    let refused = failure(send(&relay, &one));
    assert_eq!((refused.cause, refused.next), (Cause::Unreachable, Next::Never));
    let wide = Relay::start(Manner::Takes, &["SMTPUTF8", "8BITMIME"]);
    let sent = send(&wide, &one);
    assert!(matches!(sent, Outcome::Sent { .. }), "{sent:?} {:?}", wide.said());
    let said = wide.said();
    assert!(said.iter().any(|line| line.ends_with(" SMTPUTF8")), "{said:?}");
    assert!(said.iter().any(|line| line == "RCPT TO:<évà@example.org>"), "{said:?}");
}

#[test]
fn a_machines_letter_says_so_and_takes_no_answer() {
    let relay = Relay::start(Manner::Takes, &[]);
    let last = Value::Null;
    let mail = Envelope { automatic: Some("auto".to_owned()), ..envelope() };
    let mut order = order(AddressKind::Email, "eva@example.org", "We are closed today.", &last);
    order.mail = Some(&mail);
    send(&relay, &order);
    let letter = relay.letters()[0].clone();
    assert!(letter.contains("Auto-Submitted: auto-replied\r\n"), "{letter}");
    assert!(letter.contains("X-Auto-Response-Suppress: All\r\n"), "{letter}");
    assert!(relay.said().iter().any(|line| line.starts_with("MAIL FROM:<>")));
}

#[test]
fn a_real_server_refuses_in_its_own_words() {
    let Some(post) = Post::open(&[]) else { return };
    let last = Value::Null;
    let provider = channels::provider(Kind::Email).unwrap();
    let account = account(&post.desk, &post.channel);
    let try_one = |to: &str, subject: &str| {
        let mail = Envelope { to: vec![mailbox("", to)], subject: subject.to_owned(), ..Envelope::default() };
        let mut order = order(AddressKind::Email, to, "Hello", &last);
        order.mail = Some(&mail);
        provider.send(&account, &post.desk.desk.client, &order)
    };
    let gone = failure(try_one("gone@shop.test", "x"));
    assert_eq!((gone.cause, gone.next), (Cause::Unreachable, Next::Never));
    assert!(
        gone.message.contains("no such person here") && gone.message.contains("gone@shop.test"),
        "{gone:?}"
    );
    let later = failure(try_one("later@shop.test", "x"));
    assert!(matches!(later.next, Next::Later { .. }) && later.message.contains("come again"), "{later:?}");
    let spam = failure(try_one("eva@shop.test", "lottery"));
    assert_eq!((spam.cause, spam.next), (Cause::Policy, Next::Never));
    assert!(spam.message.contains("looks like spam"), "{spam:?}");
    // The connection is used again after all that.
    assert!(matches!(try_one("eva@shop.test", "x"), Outcome::Sent { .. }));
    assert_eq!(post.servers.arrived("eva", 1).len(), 1);
}

#[test]
fn a_copy_is_put_where_the_team_looks_for_it() {
    let Some(post) = Post::open(&[("sent_folder", "Sent")]) else { return };
    std::fs::create_dir_all(post.servers.path().join("home/help/Maildir/.Sent/cur")).unwrap();
    for sub in ["new", "tmp"] {
        std::fs::create_dir_all(post.servers.path().join("home/help/Maildir/.Sent").join(sub)).unwrap();
    }
    post.servers.settle();
    let last = Value::Null;
    let mail = Envelope { to: vec![mailbox("", "eva@shop.test")], ..Envelope::default() };
    let mut order = order(AddressKind::Email, "eva@shop.test", "Hello", &last);
    order.mail = Some(&mail);
    let account = account(&post.desk, &post.channel);
    let outcome = channels::provider(Kind::Email).unwrap().send(&account, &post.desk.desk.client, &order);
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    assert_eq!(post.servers.letters("help", "Sent").len(), 1);
}
