//! Telegram, LINE, Viber and SMS at the desk: deliveries in, files, STOP and START, tests of the settings page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Stage;
use crate::support::TestDesk;
use crate::support::bots::{self, SID};
use crate::support::cast::{answer, refusal};
use crate::support::desk::Page;
use crate::support::provider::{Say, StandIn};
use transom::actions::upload;
use transom::channels;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::message::State;
use transom::domain::{Id, Refused, Span};
use transom::jobs::{inbound, media, outbox};
use transom::net::{Client, signature};
use transom::web::App;
use transom::web::http::{Method, Request};

const PUBLIC: &str = "https://desk.example";

/// A desk that knows its public address.
fn public_desk() -> TestDesk {
    let mut desk = TestDesk::new();
    let options = Options { public_url: PUBLIC.to_owned(), ..Options::default() };
    let path = desk.desk.path.with_file_name("public.db");
    let clock = Clock::standing(desk.now());
    let opened =
        Desk::open(&path, clock, Client { allow_private: true, ..Client::default() }, options).unwrap();
    desk.desk = std::sync::Arc::new(opened);
    desk.app = App::new(desk.desk.clone()).unwrap();
    desk
}

fn post(desk: &TestDesk, channel: &Channel, query: &str, header: (&str, &str), body: String) -> Page {
    let at = format!("/hooks/{}{query}", channel.id);
    let request = Request::new(Method::Post, &at).with_header(header.0, header.1);
    let kind =
        if channel.kind == Kind::Sms { "application/x-www-form-urlencoded" } else { "application/json" };
    let page = desk.ask(request.with_body(kind, body));
    inbound::drain(&desk.desk).unwrap();
    page
}

fn sms(desk: &TestDesk, channel: &Channel, query: &str, fields: &[(&str, &str)]) -> Page {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let joined: String = sorted.iter().map(|(name, value)| format!("{name}{value}")).collect();
    let text = format!("{PUBLIC}/hooks/{}{query}{joined}", channel.id);
    let signed = STANDARD.encode(signature::hmac_sha1(b"the-auth-token", text.as_bytes()));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    post(desk, channel, query, ("x-twilio-signature", &signed), body)
}

fn bodies(desk: &TestDesk) -> Vec<String> {
    desk.said(Id::new(1)).into_iter().map(|message| message.body).collect()
}

/// S134: a text makes a chat; STOP ends writing to the person and START allows it again; what the provider
/// tells of a message finds it by our own word even where the answer was lost.
#[test]
fn s134_a_number_is_texted_answered_stopped_and_started() {
    let (desk, api) = (public_desk(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Sms, &api.url);
    let marta = desk.viewer("Marta", Role::Admin);
    let text = |sid: &str, body: &str| {
        sms(
            &desk,
            &channel,
            "",
            &[
                ("MessageSid", sid),
                ("From", "+34612345678"),
                ("To", "+14155550100"),
                ("Body", body),
                ("NumMedia", "0"),
            ],
        )
    };
    let page = text("SM1", "Hola & más");
    assert_eq!(
        (page.status, page.body.as_str(), page.header("content-type")),
        (200, "<Response></Response>", Some("text/xml"))
    );
    text("SM1", "Hola & más");
    assert_eq!(bodies(&desk), ["Hola & más"], "the same delivery twice is one message");
    text("SM2", "Stop");
    assert!(matches!(refusal(desk.replies(&marta, &answer(Id::new(1), "x"))), Refused::OptedOut));
    text("SM3", "START");
    api.say("/Messages.json", &[Say::HangUp]);
    let ours = desk.replies(&marta, &answer(Id::new(1), "Claro")).unwrap();
    desk.pass(Span::seconds(6));
    outbox::drain(&desk.desk);
    assert_eq!(desk.message(ours).state, State::Unsure);
    let sent = super::fields(&api.seen()[0]);
    let callback = sent.iter().find(|(name, _)| name == "StatusCallback").unwrap().1.clone();
    let query = callback.strip_prefix(&format!("{PUBLIC}/hooks/{}", channel.id)).unwrap().to_owned();
    for status in ["delivered", "sent"] {
        let told = [("MessageSid", "SM9"), ("MessageStatus", status), ("To", "+34612345678")];
        assert_eq!(sms(&desk, &channel, &query, &told).status, 200);
    }
    let message = desk.message(ours);
    assert_eq!((message.state, message.provider_id.as_deref()), (State::Delivered, Some("SM9")));
    let forged = post(&desk, &channel, "", ("x-twilio-signature", "AAAA"), "MessageSid=SM4".into());
    assert_eq!(forged.status, 401);
}

/// The provider's own host is shown the password; the one that it leads to is not.
#[test]
fn a_picture_that_was_texted_is_fetched_over_a_second_host() {
    let (desk, api, cdn) = (public_desk(), StandIn::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Sms, &api.url);
    let away = Box::leak(format!("Location: {}/file", cdn.url).into_boxed_str());
    api.say("/Media/", &[Say::With(302, away, String::new())]);
    cdn.say("/file", &[Say::Answer(200, "just text".into())]);
    let url = format!("{}/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1", api.url);
    let fields = [
        ("MessageSid", "MM1"),
        ("From", "+34612345678"),
        ("Body", ""),
        ("NumMedia", "1"),
        ("MediaUrl0", url.as_str()),
        ("MediaContentType0", "text/plain"),
    ];
    sms(&desk, &channel, "", &fields);
    media::drain(&desk.desk);
    assert_eq!(desk.count("SELECT count(*) FROM attachment WHERE state = 'stored' AND size = 9"), 1);
    assert!(api.seen()[0].header("authorization").starts_with("Basic "));
    assert_eq!(cdn.seen()[0].header("authorization"), "");
}

fn line_text(id: &str, body: &str, again: bool) -> Value {
    json!({ "type": "message", "mode": "active", "timestamp": 1_772_539_190_000_i64, "replyToken": "tok",
        "source": { "type": "user", "userId": "U1" }, "webhookEventId": id,
        "deliveryContext": { "isRedelivery": again }, "message": { "type": "text", "id": id, "text": body } })
}

fn line_post(desk: &TestDesk, channel: &Channel, events: &[Value]) -> u16 {
    let body = json!({ "destination": "U0", "events": events }).to_string();
    let signed = STANDARD.encode(signature::hmac_sha256(b"the-channel-secret", body.as_bytes()));
    post(desk, channel, "", ("x-line-signature", &signed), body).status
}

/// A batch, then parts of it again in another order; an image goes out under an address that opens for an hour.
#[test]
fn line_delivers_in_batches_and_fetches_what_we_send() {
    let (desk, api) = (public_desk(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Line, &api.url);
    assert_eq!(line_post(&desk, &channel, &[]), 200, "the console's own test");
    let (a, b) = (line_text("1", "uno", false), line_text("2", "dos", false));
    assert_eq!(line_post(&desk, &channel, &[a, b]), 200);
    line_post(&desk, &channel, &[line_text("2", "dos", true), line_text("1", "uno", true)]);
    let unsend = json!({ "type": "unsend", "timestamp": 1_772_539_195_000_i64, "source": { "type": "user", "userId": "U1" }, "unsend": { "messageId": "1" } });
    line_post(&desk, &channel, &[unsend]);
    let said = desk.said(Id::new(1));
    assert_eq!(said.len(), 2);
    assert_eq!(said.iter().map(|m| m.revoked_at.is_some()).collect::<Vec<_>>(), [true, false]);
    api.say("/v2/bot/message", &[Say::Answer(200, json!({ "sentMessages": [{ "id": "s1" }] }).to_string())]);
    let url = send_picture(&desk, &api, |seen| {
        seen["messages"][0]["originalContentUrl"].as_str().unwrap().to_owned()
    });
    picture_opens_for_an_hour(&desk, &url);
}

/// Sends a picture, and returns the address that the provider was given.
fn send_picture(desk: &TestDesk, api: &StandIn, url: impl Fn(&Value) -> String) -> String {
    let marta = desk.viewer("Marta", Role::Admin);
    let by = marta.clone();
    let file = desk.act(move |tx, now| {
        let id = upload::begin(tx, &by, "cup.PNG", now)?;
        upload::append(tx, &by, id, b"\x89PNG\r\n\x1a\n0000")?;
        upload::finish(tx, &by, id, "image/png")?;
        Ok(id)
    });
    let order = transom::actions::reply::Reply { attachments: vec![file.unwrap()], ..answer(Id::new(1), "") };
    let id = desk.replies(&marta, &order).unwrap();
    desk.pass(Span::seconds(6));
    outbox::drain(&desk.desk);
    assert_eq!(desk.message(id).state, State::Sent, "{:?}", desk.message(id).error);
    url(&api.seen().last().unwrap().json())
}

fn picture_opens_for_an_hour(desk: &TestDesk, url: &str) {
    let path = url.strip_prefix(PUBLIC).unwrap().to_owned();
    assert!(path.ends_with("/file.png"), "{path}");
    let get = |path: &str| desk.ask(Request::new(Method::Get, path));
    let page = get(&path);
    assert_eq!((page.status, page.header("content-type")), (200, Some("image/png")));
    assert_eq!(page.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    let parts: Vec<&str> = path.split('/').collect();
    let (key, until, seal) = (parts[2], parts[3], parts[4]);
    let later = until.parse::<i64>().unwrap() + 1;
    for wrong in [
        format!("/media/{key}/{later}/{seal}/file.png"),
        format!("/media/{key}/{until}/{}/file.png", seal.replace(&seal[..1], "x")),
        format!("/media/other/{until}/{seal}/file.png"),
        format!("/media/{key}/{until}//file.png"),
        format!("/media/{key}/x/{seal}/file.png"),
    ] {
        assert_eq!(get(&wrong).status, 404, "{wrong}");
    }
    desk.pass(Span::minutes(59));
    assert_eq!(get(&path).status, 200);
    desk.pass(Span::minutes(1));
    assert_eq!(get(&path).status, 404, "the hour is over");
}

/// What a customer sent is never opened by such an address, and the word is sealed in the file.
#[test]
fn only_what_goes_out_has_a_public_address() {
    let desk = public_desk();
    let channel = bots::connected(&desk, Kind::Viber, "");
    let body = json!({ "event": "message", "timestamp": 1, "message_token": 7, "sender": { "id": "01=" },
        "message": { "type": "picture", "media": "https://dl.example/p.jpg" } })
    .to_string();
    let signed = signature::hex(&signature::hmac_sha256(b"the-viber-token", body.as_bytes()));
    assert_eq!(post(&desk, &channel, "", ("x-viber-content-signature", &signed), body).status, 200);
    let id = desk.count("SELECT id FROM attachment");
    desk.write(move |tx| transom::store::attachment::complete(tx, Id::new(id), "image/jpeg"));
    let file = desk.read(|c| Ok(transom::store::attachment::get(c, Id::new(id))?.unwrap()));
    let url = desk.desk.media_url(&file, desk.now()).unwrap();
    assert_eq!(desk.ask(Request::new(Method::Get, url.strip_prefix(PUBLIC).unwrap())).status, 404);
    let kept =
        desk.read(|c| transom::store::setting::get(c, transom::store::setting::key::MEDIA_KEY)).unwrap();
    assert!(STANDARD.decode(kept).unwrap().len() > 32 + 24, "sealed");
}

#[test]
fn viber_tells_how_far_a_message_has_come_and_who_left() {
    let (desk, api) = (public_desk(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Viber, &api.url);
    let marta = desk.viewer("Marta", Role::Admin);
    let tell = |event: &str, token: u64, more: Value| {
        let mut body = json!({ "event": event, "timestamp": 1_772_539_190_000_i64, "message_token": token, "user_id": "01=" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = body.to_string();
        let signed = signature::hex(&signature::hmac_sha256(b"the-viber-token", body.as_bytes()));
        assert_eq!(post(&desk, &channel, "", ("x-viber-content-signature", &signed), body).status, 200);
    };
    let hello =
        json!({ "sender": { "id": "01=", "name": "Ana" }, "message": { "type": "text", "text": "Hola" } });
    tell("message", 1, hello.clone());
    tell("message", 1, hello);
    api.say("/pa/send_message", &[Say::Answer(200, json!({ "status": 0, "message_token": 2 }).to_string())]);
    let ours = desk.replies(&marta, &answer(Id::new(1), "Claro")).unwrap();
    desk.pass(Span::seconds(6));
    outbox::drain(&desk.desk);
    for event in ["seen", "delivered", "delivered"] {
        tell(event, 2, json!({}));
    }
    assert_eq!(desk.message(ours).state, State::Read);
    tell("unsubscribed", 3, json!({}));
    assert!(matches!(refusal(desk.replies(&marta, &answer(Id::new(1), "x"))), Refused::OptedOut));
    // Whoever writes again is subscribed by that.
    tell(
        "message",
        4,
        json!({ "sender": { "id": "01=" }, "message": { "type": "text", "text": "Otra vez" } }),
    );
    desk.replies(&marta, &answer(Id::new(1), "y")).unwrap();
    assert_eq!(bodies(&desk), ["Hola", "Claro", "Otra vez", "y"]);
}

#[test]
fn the_test_button_says_which_step_fails() {
    let say =
        |stage: &Stage, word: &str, body: Value| stage.api.say(word, &[Say::Answer(200, body.to_string())]);
    let telegram = Stage::with(Kind::Telegram, &[("mode", "webhook")]);
    telegram.api.say(
        "/getMe",
        &[Say::Answer(401, json!({ "ok": false, "description": "Unauthorized" }).to_string())],
    );
    assert_eq!(telegram.steps()[0], ("token", false));
    say(&telegram, "/getMe", json!({ "ok": true, "result": { "username": "shop_bot" } }));
    say(&telegram, "/setWebhook", json!({ "ok": true, "result": true }));
    say(
        &telegram,
        "/getWebhookInfo",
        json!({ "ok": true, "result": { "url": "u", "pending_update_count": 2, "last_error_message": "Wrong response" } }),
    );
    assert_eq!(telegram.steps(), [("token", true), ("webhook", false)]);
    say(
        &telegram,
        "/getWebhookInfo",
        json!({ "ok": true, "result": { "url": "u", "pending_update_count": 0, "last_error_message": "Wrong response" } }),
    );
    assert_eq!(telegram.steps(), [("token", true), ("webhook", true)]);
    let set = telegram.api.seen_at("/setWebhook")[0].json();
    assert_eq!(
        (set["url"].as_str(), set["secret_token"].as_str()),
        (Some(telegram.account.hook_url().as_str()), Some("the-word"))
    );

    let line = Stage::of(Kind::Line);
    line.api.say("/v2/bot/info", &[Say::Answer(401, "{\"message\":\"Authentication failed\"}".into())]);
    assert_eq!(line.steps(), [("token", false)]);
    say(&line, "/v2/bot/info", json!({ "displayName": "Shop" }));
    say(&line, "/webhook/endpoint", json!({ "endpoint": "https://elsewhere.example/" }));
    say(&line, "/quota/consumption", json!({ "totalUsage": 200 }));
    say(&line, "/v2/bot/message/quota", json!({ "type": "limited", "value": 200 }));
    assert_eq!(line.steps(), [("token", true), ("webhook", false), ("quota", false)]);
    say(&line, "/webhook/endpoint", json!({ "endpoint": line.account.hook_url() }));
    say(&line, "/v2/bot/message/quota", json!({ "type": "none" }));
    assert_eq!(line.steps(), [("token", true), ("webhook", true), ("quota", true)]);

    let viber = Stage::of(Kind::Viber);
    say(&viber, "/pa/get_account_info", json!({ "status": 2, "status_message": "invalidAuthToken" }));
    assert_eq!(viber.steps(), [("token", false)]);
    say(&viber, "/pa/get_account_info", json!({ "status": 0, "name": "Shop" }));
    say(&viber, "/pa/set_webhook", json!({ "status": 1, "status_message": "invalidUrl" }));
    assert_eq!(viber.steps(), [("token", true), ("webhook", false)]);

    let number = Stage::of(Kind::Sms);
    say(&number, &format!("/{SID}.json"), json!({ "status": "suspended" }));
    assert_eq!(number.steps(), [("token", false)]);
    say(&number, &format!("/{SID}.json"), json!({ "status": "active" }));
    say(&number, "/IncomingPhoneNumbers.json", json!({ "incoming_phone_numbers": [] }));
    assert_eq!(number.steps(), [("token", true), ("phone_number", false)]);
    let hook = format!("{}#rc=3", number.account.hook_url());
    let owned = json!({ "incoming_phone_numbers": [{ "phone_number": "+14155550100", "sms_url": hook }] });
    say(&number, "/IncomingPhoneNumbers.json", owned);
    assert_eq!(number.steps(), [("token", true), ("phone_number", true), ("webhook", true)]);
}

/// S133, S135: every kind can be connected from its page, in words and not in names of fields; what has to be
/// arranged at the provider is arranged by that, and what does not work is said.
#[test]
fn s133_every_bot_and_number_is_connected_on_its_page() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let petra = desk.person("Petra", Role::Admin);
    api.say(
        "/pa/get_account_info",
        &[Say::Answer(200, json!({ "status": 2, "status_message": "invalidAuthToken" }).to_string())],
    );
    for kind in [Kind::Telegram, Kind::Line, Kind::Viber, Kind::Sms] {
        let at = format!("/settings/channels/new?kind={}", kind.as_str());
        let page = desk.get(&petra, &at);
        assert!(page.body.contains("Step by step"), "{kind:?}");
        let names: Vec<&str> =
            channels::provider(kind).unwrap().fields().iter().map(|field| field.name).collect();
        for name in &names {
            assert!(!page.body.contains(&format!(">{name}<")), "{kind:?} shows the bare name {name}");
        }
        let value = |name: &&str| match *name {
            "api_base" => api.url.clone(),
            "mode" => "poll".to_owned(),
            "mms" => "no".to_owned(),
            "text_limit" | "per_second" => String::new(),
            _ => "7:given".to_owned(),
        };
        let values: Vec<(&str, String)> = names.iter().map(|name| (*name, value(name))).collect();
        let mut fields: Vec<(&str, &str)> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
        fields.push(("name", kind.label()));
        let page = desk.post(&petra, &at, &fields);
        assert_eq!(page.status, 200, "{kind:?} {}", page.body);
        assert_eq!(page.body.contains("invalidAuthToken"), kind == Kind::Viber, "{kind:?}");
        assert_eq!(page.body.contains("/hooks/"), kind != Kind::Telegram, "{kind:?} is asked");
    }
}
