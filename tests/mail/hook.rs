//! A mail server hands letters over, and people find them in the inbox.

use super::{ADDRESS, letter};
use crate::support::TestDesk;
use crate::support::channel::{channel_of, connect};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::jobs::inbound;
use transom::net::signature::sha256_header;
use transom::web::http::{Method, Request};

fn desk() -> (TestDesk, Channel) {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Email, &[("address", ADDRESS), ("hook_secret", "s3cret word")]);
    (desk, channel)
}

fn hand_over(desk: &TestDesk, header: Option<(&str, &str)>, body: &[u8]) -> u16 {
    let mut request = Request::new(Method::Post, "/hooks/1").with_body("message/rfc822", body.to_vec());
    if let Some((name, value)) = header {
        request = request.with_header(name, value);
    }
    desk.ask(request).status
}

#[test]
fn whoever_knows_the_secret_hands_letters_over_in_three_ways() {
    let (desk, channel) = desk();
    let text = letter("Ana <ana@example.org>", "a@x", &["Subject: Lamp"], "Broken");
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let signed = sha256_header("s3cret word", text.as_bytes());
    for (name, value) in [
        ("authorization", "Bearer s3cret word"),
        ("authorization", &*basic("mail:s3cret word")),
        ("authorization", &*basic(":s3cret word")),
        ("x-transom-signature", &*signed),
    ] {
        assert_eq!(hand_over(&desk, Some((name, value)), text.as_bytes()), 200, "{name}: {value}");
    }
    for (name, value) in [
        ("authorization", "Bearer wrong"),
        ("authorization", "Bearer "),
        ("authorization", "s3cret word"),
        ("authorization", &*basic("s3cret word")),
        ("authorization", &*basic("mail:wrong")),
        ("x-transom-signature", "sha256=00"),
    ] {
        assert_eq!(hand_over(&desk, Some((name, value)), text.as_bytes()), 401, "{name}: {value}");
    }
    assert_eq!(hand_over(&desk, None, text.as_bytes()), 401);
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), 1);
    assert!(channel_of(&desk, channel.id).received_at.is_some());
}

#[test]
fn a_letter_is_in_the_inbox_and_on_its_page() {
    let (desk, _) = desk();
    let marta = desk.person("Marta", Role::Admin);
    let file = "Content-Type: application/pdf; name=\"bill.pdf\"\r\nContent-Disposition: attachment\r\n\r\n%PDF-1.4 x";
    let text = format!(
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nMy lamp ist kaputt – Grüße\r\n--b\r\n{file}\r\n--b--\r\n"
    );
    let more = [
        "Subject: =?utf-8?Q?Lampe_gr=C3=BCn?=",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=b",
    ];
    let bytes = letter("Ana Ruiz <ana@example.org>", "a@x", &more, &text);
    assert_eq!(hand_over(&desk, Some(("authorization", "Bearer s3cret word")), bytes.as_bytes()), 200);
    inbound::drain(&desk.desk).unwrap();
    let inbox = desk.get(&marta, "/inbox?view=all").body;
    assert!(inbox.contains("Ana Ruiz") && inbox.contains("Grüße"), "{inbox}");
    let page = desk.get(&marta, "/conversations/1").body;
    assert!(
        page.contains("Lampe grün") && page.contains("bill.pdf") && page.contains("My lamp ist kaputt"),
        "{page}"
    );
    assert_eq!(desk.count("SELECT count(*) FROM mail_part"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'done'"), 1);
}

#[test]
fn a_letter_larger_than_any_webhook_is_taken_and_one_larger_than_any_letter_is_not() {
    let (desk, _) = desk();
    let head = letter("ana@example.org", "big@x", &["Subject: Big"], "");
    let of = |size: usize| [head.as_bytes(), &b"0123456789abcde\n".repeat(size / 16)].concat();
    let secret = Some(("authorization", "Bearer s3cret word"));
    assert_eq!(hand_over(&desk, secret, &of(12_000_000)), 200);
    assert_eq!(hand_over(&desk, secret, &of(42_000_000)), 413);
    inbound::drain(&desk.desk).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'inbound'"), 1);
    assert_eq!(desk.count("SELECT size > 11000000 FROM mail"), 1);
    connect(&desk, Kind::Custom, &[("secret", "x")]);
    let request = Request::new(Method::Post, "/hooks/2").with_body("application/json", vec![b' '; 5_000_000]);
    assert_eq!(desk.ask(request).status, 413, "only letters are that large");
}

#[test]
fn the_channels_page_shows_the_line_for_a_mail_server() {
    let (desk, _) = desk();
    let boss = desk.person("Boss", Role::Admin);
    let page = desk.get(&boss, "/settings/channels/1").body;
    assert!(page.contains("/hooks/1") && page.contains("curl -sS --fail --data-binary @-"), "{page}");
    let new = desk.get(&boss, "/settings/channels/new?kind=email").body;
    for field in transom::channels::provider(Kind::Email).unwrap().fields() {
        assert!(new.contains(&format!("id=\"f-{}\"", field.name)), "{}", field.name);
        assert!(!new.contains(&format!(">{}</label>", field.name)), "{} has no words", field.name);
    }
}

#[test]
fn senders_are_blocked_and_brought_back_on_their_page() {
    let (desk, _) = desk();
    let (boss, eva) = (desk.person("Boss", Role::Supervisor), desk.person("Eva", Role::Agent));
    let done = desk.post(&boss, "/settings/senders", &[("sender", "Spam.Example")]);
    assert_eq!(done.status, 303);
    assert_eq!(desk.post(&eva, "/settings/senders", &[("sender", "x.example")]).status, 403);
    let text = letter("Mallory <m@mx.spam.example>", "m@x", &["Subject: Win a <b>lamp</b>"], "Click");
    hand_over(&desk, Some(("authorization", "Bearer s3cret word")), text.as_bytes());
    inbound::drain(&desk.desk).unwrap();
    let page = desk.get(&eva, "/settings/senders").body;
    assert!(
        page.contains("Win a &lt;b&gt;lamp")
            && page.contains("@spam.example")
            && page.contains("Blocked sender"),
        "{page}"
    );
    assert!(!page.contains("/settings/senders/remove"), "an agent looks, a supervisor changes");
    let back = desk.post(&eva, "/conversations/1/release", &[]);
    assert_eq!(back.status, 303);
    assert!(desk.get(&eva, "/settings/senders").body.contains("Nothing was put aside"));
    assert_eq!(desk.post(&boss, "/settings/senders/remove", &[("sender", "@spam.example")]).status, 303);
    assert!(desk.get(&boss, "/settings/senders").body.contains("No sender is blocked here"));
    let wrong = desk.post(&boss, "/settings/senders", &[("sender", "no address")]);
    assert_eq!(wrong.status, 422);
}
