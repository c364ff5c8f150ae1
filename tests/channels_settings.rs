//! Connecting channels: forms by kind, secrets that are never shown again, tests, templates, what each allows.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, ChannelState, OnClose, OnReturn};
use transom::domain::template::Status;
use transom::store::{channel, template};

use crate::support::TestDesk;
use crate::support::channel::WHATSAPP;
use crate::support::desk::{Page, Person};
use crate::support::provider::nowhere;

fn desk() -> (TestDesk, Person) {
    let desk = TestDesk::new();
    let admin = desk.person("Petra", Role::Admin);
    (desk, admin)
}

fn add(desk: &TestDesk, admin: &Person, kind: &str, fields: &[(&str, &str)]) -> Page {
    desk.post(admin, &format!("/settings/channels/new?kind={kind}"), fields)
}

fn only(desk: &TestDesk) -> Channel {
    desk.read(channel::all).into_iter().next().unwrap()
}

/// A provider on loopback that gives every request the same answer.
fn stand_in(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let length = answer.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    base
}

#[test]
fn a_whatsapp_channel_is_added_with_sealed_secrets_and_shows_what_to_paste() {
    let (desk, admin) = desk();
    let page = add(&desk, &admin, "whatsapp", &WHATSAPP);
    assert_eq!(page.status, 200, "{}", page.body);
    let row = only(&desk);
    assert!(page.body.contains(&format!("http://localhost/hooks/{}", row.id)), "{}", page.body);
    assert_eq!((row.on_close, row.on_return), (OnClose::Unassign, OnReturn::Reopen));
    assert_eq!(row.settings["phone_number_id"], "106540352242922");
    assert!(!row.settings.contains_key("access_token"));
    let account = desk.read(|c| desk.desk.account(c, row.clone()));
    assert_eq!(account.secrets["access_token"], "EAAG-very-secret");
    assert!(page.body.contains(&account.secrets["verify_token"]), "the verify token that was made up");
    for at in ["/settings/channels".to_owned(), format!("/settings/channels/{}", row.id)] {
        let page = desk.get(&admin, &at);
        assert!(!page.body.contains("very-secret"), "a secret is never shown again: {at}");
    }
    let sealed = desk.read(|c| channel::secrets(c, row.id)).unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("very-secret"));
}

#[test]
fn an_empty_secret_keeps_the_one_that_is_there() {
    let (desk, admin) = desk();
    add(&desk, &admin, "whatsapp", &WHATSAPP);
    let row = only(&desk);
    let before = desk.read(|c| desk.desk.account(c, row.clone())).secrets;
    let fields = [
        ("name", "Shop Brno"),
        ("phone_number_id", "1"),
        ("business_account_id", "2"),
        ("access_token", ""),
        ("app_secret", "a newer one"),
        ("on_return", "new"),
    ];
    let page = desk.post(&admin, &format!("/settings/channels/{}", row.id), &fields);
    assert_eq!(page.status, 303, "{}", page.body);
    let row = only(&desk);
    assert_eq!((row.name.as_str(), row.on_return, row.on_close), ("Shop Brno", OnReturn::New, OnClose::Keep));
    let after = desk.read(|c| desk.desk.account(c, row)).secrets;
    assert_eq!(after["access_token"], before["access_token"]);
    assert_eq!(after["verify_token"], before["verify_token"]);
    assert_eq!(after["app_secret"], "a newer one");
}

#[test]
fn a_missing_setting_comes_back_beside_its_field_with_what_was_typed() {
    let (desk, admin) = desk();
    let fields =
        [("name", "Shop Prague"), ("phone_number_id", "106540352242922"), ("access_token", "EAAG-typed")];
    let page = add(&desk, &admin, "whatsapp", &fields);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("id=\"f-business_account_id-error\""), "{}", page.body);
    assert!(page.body.contains("value=\"106540352242922\""));
    assert!(!page.body.contains("EAAG-typed"), "a secret is not sent back");
    assert!(desk.read(channel::all).is_empty());
    let fields = [("name", "Robot"), ("outbound_url", "ftp://example.org"), ("window_hours", "0")];
    assert!(add(&desk, &admin, "custom", &fields).body.contains("id=\"f-outbound_url-error\""));
    let fields = [("name", "Robot"), ("window_hours", "a day")];
    assert!(add(&desk, &admin, "custom", &fields).body.contains("id=\"f-window_hours-error\""));
}

#[test]
fn a_foreign_key_file_makes_the_channel_ask_for_its_secrets_again() {
    let (desk, admin) = desk();
    add(&desk, &admin, "whatsapp", &WHATSAPP);
    let row = only(&desk);
    let id = row.id;
    desk.write(move |tx| channel::set_secrets(tx, id, Some(&[7; 80])));
    assert!(desk.get(&admin, "/settings/channels").body.contains("Needs its secrets again"));
    assert!(desk.get(&admin, "/settings/status").body.contains("does not open the secrets"));
    let at = format!("/settings/channels/{id}");
    assert!(desk.get(&admin, &at).body.contains("sealed with another key file"));
    let page = desk.post(
        &admin,
        &at,
        &[("name", "Shop Prague"), ("phone_number_id", "1"), ("business_account_id", "2")],
    );
    assert_eq!(page.status, 422, "they have to be typed in");
    assert_eq!(desk.post(&admin, &at, &WHATSAPP).status, 303);
    assert!(!desk.get(&admin, "/settings/channels").body.contains("Needs its secrets again"));
}

#[test]
fn the_test_really_calls_and_says_what_is_wrong_and_what_to_do() {
    let (desk, admin) = desk();
    let url = format!("{}/in", nowhere());
    add(&desk, &admin, "custom", &[("name", "Robot"), ("outbound_url", &url)]);
    let page = desk.post(&admin, &format!("/settings/channels/{}/test", only(&desk).id), &[]);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Not good") && page.body.contains("answers with 200"), "{}", page.body);
}

#[test]
fn templates_are_fetched_listed_and_marked_when_they_are_gone() {
    let (desk, admin) = desk();
    let base = stand_in(
        r#"{"data":[{"name":"order_ready","language":"en","status":"APPROVED","category":"UTILITY","id":"1",
            "components":[{"type":"BODY","text":"Your order {{1}} is ready."}]}]}"#,
    );
    let fields: Vec<_> = WHATSAPP.into_iter().chain([("api_base", base.as_str())]).collect();
    add(&desk, &admin, "whatsapp", &fields);
    let id = only(&desk).id;
    let gone = transom::domain::template::Template {
        id: Id::new(0),
        channel: Some(id),
        name: "gone".into(),
        language: "en".into(),
        category: String::new(),
        body: "Old".into(),
        components: serde_json::Value::Null,
        status: Status::Approved,
        reason: None,
        locked: false,
        synced_at: None,
        ..transom::domain::template::Template::default()
    };
    let now = desk.now();
    desk.write(move |tx| template::insert(tx, &gone, now));
    let page = desk.post(&admin, &format!("/settings/channels/{id}/templates"), &[]);
    assert_eq!(page.status, 303, "{}", page.body);
    let listed = desk.read(|c| template::of_channel(c, id));
    let states: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.status)).collect();
    assert_eq!(states, [("gone", Status::Disabled), ("order_ready", Status::Approved)]);
    assert!(desk.get(&admin, &format!("/settings/channels/{id}")).body.contains("order_ready"));
}

#[test]
fn a_channel_is_switched_off_and_on() {
    let (desk, admin) = desk();
    add(&desk, &admin, "webchat", &[("name", "Website")]);
    let row = only(&desk);
    let page = desk.get(&admin, &format!("/settings/channels/{}", row.id));
    assert!(
        page.body.contains(&format!("/chat/{}", row.key)) && page.body.contains("/widget.js"),
        "{}",
        page.body
    );
    desk.post(&admin, &format!("/settings/channels/{}/disable", row.id), &[]);
    assert_eq!(only(&desk).state, ChannelState::Disabled);
    desk.post(&admin, &format!("/settings/channels/{}/enable", row.id), &[]);
    assert_eq!(only(&desk).state, ChannelState::Enabled);
}

#[test]
fn kinds_that_this_version_cannot_connect_say_so() {
    let (desk, admin) = desk();
    let page = desk.get(&admin, "/settings/channels/new");
    assert!(page.body.contains("kind=whatsapp") && page.body.contains("kind=webchat"));
    for kind in transom::domain::channel::Kind::ALL {
        let can = transom::channels::provider(kind).is_some();
        assert_eq!(page.body.contains(&format!("kind={}\"", kind.as_str())), can, "{kind:?}");
    }
}

#[test]
fn the_limit_is_set_for_each_channel() {
    // S122
    let (desk, admin) = desk();
    add(&desk, &admin, "webchat", &[("name", "Website"), ("text_limit", "300")]);
    assert_eq!(only(&desk).card.text.most, 300);
}

#[test]
fn s23_s24_s225_the_help_page_lists_every_window_and_card_and_the_support_link() {
    // S23, S24, S225
    let (desk, admin) = desk();
    desk.post(&admin, "/settings/team", &[("team", "Shop"), ("support_url", "https://help.example.org/")]);
    add(&desk, &admin, "webchat", &[("name", "Our website")]);
    let agent = desk.person("Ana", Role::Agent);
    let page = desk.get(&agent, "/help/channels");
    assert_eq!(page.status, 200);
    for words in [
        "WhatsApp",
        "Telegram",
        "TikTok",
        "Our website",
        "For 24 hours",
        "at most 10 messages",
        "Only templates that the provider has approved",
        "until the customer writes again",
        "no window",
        "https://help.example.org/",
        "images up to 5",
    ] {
        assert!(page.body.contains(words), "{words}");
    }
}
