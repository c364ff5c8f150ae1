//! Calls into the house: addresses of webhooks, pictures, files and faces that lead to where only we can go.

use std::sync::Arc;

use crate::mail::letter;
use crate::support::TestDesk;
use crate::support::channel::connect;
use crate::support::desk::NOON;
use crate::support::provider::{Say, StandIn};
use serde_json::json;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::jobs::Stop;
use transom::jobs::{inbound, media, webhooks};
use transom::net::signature::sha256_header;
use transom::net::{Body, Call, CallError, Client};
use transom::web::App;
use transom::web::http::{Method, Request};

/// A desk as it is started without `--allow-private`.
fn careful() -> TestDesk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transom.db");
    let desk = Desk::open(&path, Clock::standing(NOON), Client::default(), Options::default()).unwrap();
    let desk = Arc::new(desk);
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder }
}

/// Where clouds keep their credentials, and every spelling of home.
const INWARD: [&str; 9] = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "2130706433",
    "0x7f.1",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "10.0.0.1",
    "user@127.0.0.1",
];

/// GHSA-wgm6 (libredesk), CVE-2025-32358 (Zammad): a webhook asked services of the house, and its
/// answers, or where they sent it on to, were shown.
#[test]
fn ghsa_wgm6_a_webhook_reads_nothing_inside_the_house() {
    let (desk, house) = (careful(), StandIn::new());
    house.say("/", &[Say::Answer(200, "the key of the house".into())]);
    let port = house.url.rsplit(':').next().unwrap().to_owned();
    let ada = desk.program("Ada", Role::Admin);
    let chat = desk.channel(Kind::Webchat);
    for (number, host) in INWARD.iter().enumerate() {
        let url = format!("http://{host}:{port}/latest/meta-data");
        let told = desk.api_post(&ada, "/webhooks", json!({ "url": url, "kinds": ["message.received"] }));
        assert!(told.status == 201 || told.status == 400 || told.status == 422, "{url}: {told:?}");
        if told.status != 201 {
            continue;
        }
        desk.writes(&chat, "v1", &format!("m{number}"));
        webhooks::tell(&desk.desk, Id::new(told.id()), &Stop::default()).unwrap();
        let shown = desk.api_get(&ada, &format!("/webhooks/{}", told.id()));
        assert!(shown.json["last_answers"].as_array().is_some_and(|all| !all.is_empty()), "{shown:?}");
        assert!(shown.json["last_answers"][0]["status"].is_null(), "{url}: {shown:?}");
        assert!(!shown.json.to_string().contains("the key of the house"), "{url}");
    }
    assert_eq!(house.seen().len(), 0);
    // Where it is allowed, an answer that sends it on is an answer and nothing more.
    let (open, other) = (TestDesk::new(), StandIn::new());
    house.say("/", &[Say::With(302, format!("Location: {}/inner", other.url).leak(), String::new())]);
    let ada = open.program("Ada", Role::Admin);
    let url = format!("{}/hook", house.url);
    let told = open.api_post(&ada, "/webhooks", json!({ "url": url, "kinds": ["message.received"] }));
    let chat = open.channel(Kind::Webchat);
    open.writes(&chat, "v1", "m1");
    webhooks::tell(&open.desk, Id::new(told.id()), &Stop::default()).unwrap();
    assert_eq!((house.seen().len(), other.seen().len()), (1, 0));
}

/// CVE-2026-34443, GHSA-6w8v, GHSA-22wf (FreeScout): neither what an administrator chose nor `--allow-private` leads to the addresses
/// of the link, where clouds hand out credentials.
#[test]
fn cve_2026_34443_the_address_of_a_clouds_credentials_is_never_called() {
    for host in [
        "169.254.169.254",
        "[fe80::1]",
        "0.0.0.0",
        "[::]",
        "[::ffff:169.254.169.254]",
        "224.0.0.1",
        "2852039166",
    ] {
        for (trusted, allow_private) in [(true, false), (false, false), (true, true), (false, true)] {
            let url = format!("http://{host}/latest/meta-data/iam/");
            let call = Call {
                method: "GET",
                url: &url,
                headers: &[],
                body: Body::None,
                time: std::time::Duration::from_secs(5),
                trusted,
                most: 1000,
            };
            let answer = Client { allow_private, ..Client::default() }.call(call);
            let refused = matches!(answer, Err(CallError::Forbidden(_) | CallError::NotSent(_)));
            assert!(refused, "{url} trusted {trusted}, --allow-private {allow_private}: {answer:?}");
        }
    }
}

/// CVE-2020-24881 (osTicket), CVE-2026-22200: a picture or a frame in a mail made the server fetch what only it reaches,
/// or read a file of its own.
#[test]
fn cve_2020_24881_a_picture_in_a_mail_fetches_nothing_inside_the_house() {
    let (desk, house) = (careful(), StandIn::new());
    house.say("/", &[Say::Bytes(b"\x89PNG\r\n\x1a\n the house".to_vec())]);
    let port = house.url.rsplit(':').next().unwrap().to_owned();
    let ada = desk.person("Ada", Role::Admin);
    connect(&desk, Kind::Email, &[("address", "help@desk.example"), ("hook_secret", "open")]);
    let mut html: String =
        INWARD.iter().map(|host| format!("<img src=\"http://{host}:{port}/x.png\">")).collect();
    html += "<img src=\"file:///etc/passwd\"><img src=\"//127.0.0.1/x\"><iframe src=\"file:///etc/passwd\"></iframe>\
        <link rel=stylesheet href=\"http://127.0.0.1/x\"><img src=\"php://filter/resource=/etc/passwd\">";
    let text = letter(
        "ana@example.org",
        "a@x",
        &["Subject: Lamp", "MIME-Version: 1.0", "Content-Type: text/html"],
        &html,
    );
    let request = Request::new(Method::Post, "/hooks/1")
        .with_header("authorization", "Bearer open")
        .with_body("message/rfc822", text);
    assert_eq!(desk.ask(request).status, 200);
    inbound::drain(&desk.desk).unwrap();
    let id = desk.count("SELECT id FROM message WHERE kind = 'inbound'");
    assert!(
        desk.get(&ada, &format!("/messages/{id}/mail")).body.contains("unshown"),
        "off until somebody asks"
    );
    desk.get(&ada, &format!("/messages/{id}/mail?pictures=1"));
    for number in 0..INWARD.len() + 4 {
        let page = desk.get(&ada, &format!("/messages/{id}/pictures/{number}"));
        assert_eq!(page.status, 404, "{number}");
        assert!(!page.body.contains("root:"));
    }
    assert_eq!(house.seen().len(), 0);
}

/// CVE-2021-3742 (Chatwoot), CVE-2020-26032 (Zammad): the address of a file or a face in a delivery was fetched wherever it
/// led.
#[test]
fn cve_2021_3742_a_file_that_a_delivery_names_is_not_fetched_inside_the_house() {
    let (desk, house) = (careful(), StandIn::new());
    house.say("/", &[Say::Answer(200, "the key of the house".into())]);
    let port = house.url.rsplit(':').next().unwrap().to_owned();
    let channel =
        connect(&desk, Kind::Custom, &[("secret", "s"), ("outbound_url", "https://example.org/in")]);
    for (number, host) in INWARD.iter().enumerate() {
        for url in [format!("http://{host}:{port}/key"), format!("http://{host}/key")] {
            let body = json!({
                "type": "text", "id": format!("{number}{url}"), "from": { "value": "ana" }, "body": "Look",
                "files": [{ "url": url, "name": "a.png", "type": "image/png", "size": 3 }],
            })
            .to_string();
            let request = Request::new(Method::Post, &format!("/hooks/{}", channel.id))
                .with_header("x-transom-signature", &sha256_header("s", body.as_bytes()))
                .with_body("application/json", body);
            assert_eq!(desk.ask(request).status, 200);
        }
    }
    inbound::drain(&desk.desk).unwrap();
    let named = desk.count("SELECT count(*) FROM attachment");
    media::drain(&desk.desk);
    assert!(named > 0, "the deliveries name files");
    assert_eq!(desk.count("SELECT count(*) FROM attachment WHERE state = 'stored'"), 0);
    assert_eq!(house.seen().len(), 0);
}
