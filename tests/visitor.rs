//! A22: signed identities of the website chat, and what they open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use transom::channels::Secrets;
use transom::domain::Span;
use transom::domain::channel::{Channel, Kind};
use transom::net::signature;
use transom::store::channel;

use crate::support::TestDesk;
use crate::support::desk::Page;
use crate::support::visitor::{Visitor, connect};

const SECRET: &str = "a secret of the shop";

fn shop(desk: &TestDesk) -> Channel {
    let channel = connect(desk, Kind::Webchat, &[]);
    let sealed = desk.desk.seal(&channel, &Secrets::from([("identity_secret".into(), SECRET.into())]));
    let id = channel.id;
    desk.write(move |tx| channel::set_secrets(tx, id, Some(&sealed)));
    channel
}

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let sum = signature::hmac_sha256(secret.as_bytes(), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(sum))
}

fn claims(desk: &TestDesk, channel: &Channel) -> Value {
    let exp = (desk.now() + Span::minutes(30)).seconds();
    json!({ "sub": "4711", "aud": channel.key, "exp": exp, "name": "Ana Pérez", "email": "ana@example.org" })
}

fn hs256() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

fn start(desk: &TestDesk, channel: &Channel, token: &str) -> Page {
    Visitor::new(channel).post(desk, "start", &[("identity", token)])
}

fn vouched(desk: &TestDesk, channel: &Channel, token: &str) -> Visitor {
    let answer = start(desk, channel, token);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    Visitor { token: said["visitor"].as_str().unwrap().to_owned(), ..Visitor::new(channel) }
}

#[test]
fn a_person_for_whom_the_website_vouches_is_the_same_one_in_every_browser() {
    let desk = TestDesk::new();
    let channel = shop(&desk);
    let token = signed(&hs256(), &claims(&desk, &channel), SECRET);
    let (phone, desktop) = (vouched(&desk, &channel, &token), vouched(&desk, &channel, &token));
    phone.say(&desk, "word-0001", "From the phone");
    desktop.say(&desk, "word-0002", "From the desktop");
    assert!(desktop.changes(&desk, -1).body.contains("From the phone"));
    let (name, value, verified, contacts): (String, String, bool, i64) = desk.read(|c| {
        Ok(c.query_row(
            "SELECT c.name, a.value, a.verified, (SELECT count(*) FROM contact) FROM address a
             JOIN contact c ON c.id = a.contact_id WHERE a.kind = 'visitor'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?)
    });
    assert_eq!((name.as_str(), value.as_str(), verified, contacts), ("Ana Pérez", "user:4711", true, 1));
}

#[test]
fn a_forged_identity_is_refused() {
    let desk = TestDesk::new();
    let channel = shop(&desk);
    let other = shop(&desk);
    let good = claims(&desk, &channel);
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        signed(&hs256(), &changed, SECRET)
    };
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(good.to_string())
    );
    let now = desk.now();
    let bad = [
        ("no signature", none),
        ("another key", signed(&hs256(), &good, "guessed")),
        ("an empty key", signed(&hs256(), &good, "")),
        ("another algorithm", signed(&json!({ "alg": "HS512" }), &good, SECRET)),
        ("the algorithm none, signed", signed(&json!({ "alg": "none" }), &good, SECRET)),
        ("another chat", with("aud", json!(other.key))),
        ("expired", with("exp", json!((now - Span::seconds(1)).seconds()))),
        ("for too long", with("exp", json!((now + Span::days(30)).seconds()))),
        ("no end", with("exp", Value::Null)),
        ("nobody", with("sub", json!(""))),
        ("a line break in the id", with("sub", json!("4711\nuser:1"))),
        ("not yet", with("nbf", json!((now + Span::minutes(20)).seconds()))),
        ("nonsense", "a.b.c".to_owned()),
        ("nothing", String::new()),
    ];
    for (what, token) in bad {
        assert_eq!(start(&desk, &channel, &token).status, 401, "{what}");
    }
    assert_eq!(start(&desk, &channel, &signed(&hs256(), &good, SECRET)).status, 200);
}

#[test]
fn a_chat_without_a_secret_believes_nobody() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[]);
    assert_eq!(start(&desk, &channel, &signed(&hs256(), &claims(&desk, &channel), "")).status, 401);
}

#[test]
fn a_visitors_word_opens_neither_a_persons_thread_nor_outlives_its_day() {
    let desk = TestDesk::new();
    let channel = shop(&desk);
    let ana = vouched(&desk, &channel, &signed(&hs256(), &claims(&desk, &channel), SECRET));
    ana.say(&desk, "word-0001", "Only for me");
    for guess in ["user:4711", "u.user:4711", "u.", "4711"] {
        let eve = Visitor { token: guess.to_owned(), ..Visitor::new(&channel) };
        assert!(!eve.changes(&desk, -1).body.contains("Only for me"), "{guess}");
    }
    let elsewhere = Visitor {
        key: shop(&desk).key,
        ..vouched(&desk, &channel, &signed(&hs256(), &claims(&desk, &channel), SECRET))
    };
    assert_eq!(elsewhere.changes(&desk, -1).status, 401);
    desk.pass(Span::hours(13));
    assert_eq!(ana.changes(&desk, -1).status, 401);
    assert_eq!(ana.say(&desk, "word-0002", "Still me?").status, 401);
}
