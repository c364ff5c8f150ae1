//! Who writes: the name and the picture that a channel tells, asked once and seldom again; and the names that
//! people of the team gave, which no channel takes from them.

use std::collections::BTreeMap;

use serde_json::json;
use transom::actions::contact::{self as contacts, Change};
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::contact::Contact;
use transom::domain::inbound::Event;
use transom::domain::{Id, Span};
use transom::jobs::face as job;
use transom::store::check::{self, Step};
use transom::store::{contact, face as faces};

use crate::support::TestDesk;
use crate::support::bots;
use crate::support::cast::text;
use crate::support::channel::connect;
use crate::support::provider::{Say, StandIn};

/// A picture of one pixel: no stand-in says bytes, so it is one that is text as well but for its first letters.
fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(1_u32.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes
}

fn name(desk: &TestDesk) -> String {
    desk.read(|c| contact::get(c, Id::new(1))).unwrap().name
}

fn key(desk: &TestDesk) -> Option<String> {
    desk.read(|c| contact::get(c, Id::new(1)))?.picture
}

/// A LINE account whose provider tells this of everybody.
fn line(desk: &TestDesk, api: &StandIn, called: &str, picture: Option<&str>) -> Channel {
    tells(api, called, picture);
    bots::connected(desk, Kind::Line, &api.url)
}

fn tells(api: &StandIn, called: &str, picture: Option<&str>) {
    let mut told = json!({ "userId": "U1", "displayName": called });
    if let Some(path) = picture {
        told["pictureUrl"] = json!(format!("{}{path}", api.url));
    }
    api.say("/v2/bot/profile/", &[Say::Answer(200, told.to_string())]);
}

#[test]
fn a_stranger_gets_a_name_and_a_face_which_only_the_team_sees() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana García", Some("/face.png"));
    api.say("/face.png", &[Say::Bytes(png(64))]);
    let there = desk.writes(&channel, "U1", "m1");
    assert_eq!(name(&desk), "");
    assert_eq!(job::drain(&desk.desk), 1);
    assert_eq!(name(&desk), "Ana García");
    let asked = &api.seen_at("/v2/bot/profile/U1")[0];
    assert_eq!(asked.header("authorization"), "Bearer the-token");
    assert_eq!(api.seen_at("/face.png")[0].header("authorization"), "", "the token is for the API alone");

    let face = format!("/faces/{}", key(&desk).unwrap());
    let eva = desk.person("Eva", Role::Agent);
    let conversation = format!("/conversations/{}", there.id);
    for page in ["/inbox?view=unassigned", &conversation, "/contacts/1", "/contacts", "/contacts?q=Ana"] {
        assert!(desk.get(&eva, page).body.contains(&face), "{page}");
    }
    let picture = desk.get(&eva, &face);
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    assert_eq!(picture.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    let stranger = desk.ask(transom::web::http::Request::new(transom::web::http::Method::Get, &face));
    assert_ne!(stranger.status, 200);
}

#[test]
fn it_is_asked_once_and_again_when_the_person_writes_a_month_later() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana", None);
    desk.writes(&channel, "U1", "m1");
    desk.writes(&channel, "U1", "m2");
    assert_eq!(job::drain(&desk.desk), 1);
    desk.pass(Span::days(29));
    desk.writes(&channel, "U1", "m3");
    assert_eq!(job::drain(&desk.desk), 0);
    tells(&api, "Ana María", None);
    desk.pass(Span::days(2));
    assert_eq!(job::drain(&desk.desk), 0, "nobody is asked for who does not write");
    desk.writes(&channel, "U1", "m4");
    assert_eq!(job::drain(&desk.desk), 1);
    assert_eq!(name(&desk), "Ana María", "what the channel gave, the channel may change");
}

#[test]
fn a_name_that_somebody_of_the_team_typed_is_never_changed() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana", None);
    desk.writes(&channel, "U1", "m1");
    job::drain(&desk.desk);
    let marta = desk.viewer("Marta", Role::Agent);
    for (typed, told) in [("Sra. García", "Anita"), ("Anita", "Somebody else")] {
        let (by, id) = (marta.clone(), Id::<Contact>::new(1));
        let change = Change { name: Some(typed.to_owned()), ..Change::default() };
        desk.act(move |tx, now| contacts::change(tx, &by, id, &change, now)).unwrap();
        tells(&api, told, None);
        desk.pass(Span::days(31));
        desk.writes(&channel, "U1", &format!("after {typed}"));
        assert_eq!(job::drain(&desk.desk), 1);
        assert_eq!(name(&desk), typed);
    }
}

/// Two kinds that say the name with each message: what the message said may change with the next one.
#[test]
fn a_name_in_the_message_follows_the_person_but_not_against_the_team() {
    let desk = TestDesk::new();
    let channel = desk.channel(Kind::Whatsapp);
    let says = |called: &str, id: &str| {
        let mut incoming = text(&channel, "+34612345678", id, desk.now());
        incoming.from.name = Some(called.to_owned());
        desk.hear(&channel, Event::Message(incoming)).unwrap();
    };
    says("Kim", "1");
    job::drain(&desk.desk);
    says("Kim Lee", "2");
    assert_eq!(name(&desk), "Kim", "senders call themselves now this and now that");
    desk.pass(Span::days(31));
    says("Kim Lee", "3");
    assert_eq!(name(&desk), "Kim Lee");
    job::drain(&desk.desk);
    let by = desk.viewer("Marta", Role::Agent);
    let change = Change { name: Some("Kim from the shop".to_owned()), ..Change::default() };
    desk.act(move |tx, now| contacts::change(tx, &by, Id::new(1), &change, now)).unwrap();
    desk.pass(Span::days(31));
    says("K", "4");
    assert_eq!(name(&desk), "Kim from the shop");
}

/// What a provider says is a picture is fetched through the guard: no name of a machine in the house is called for it.
#[test]
fn a_picture_that_lies_in_the_house_is_not_fetched() {
    use transom::net::Client;
    let inside = StandIn::new();
    let guarded = Client::default();
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana", None);
    // The address of the API was chosen by an administrator; a picture elsewhere was not.
    let account = crate::support::channel::account(&desk, &channel);
    let provider = transom::channels::provider(channel.kind).unwrap();
    let port = inside.url.rsplit(':').next().unwrap().to_owned();
    let targets = [
        format!("{}/face.png", inside.url),
        format!("http://localhost:{port}/face.png"),
        format!("http://[::1]:{port}/face.png"),
        format!("http://2130706433:{port}/face.png"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/face.png".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    for url in targets {
        let mut sink = Vec::new();
        let fetched = provider.fetch(&account, &guarded, &json!({ "url": url }), &mut sink);
        assert!(fetched.is_err() && sink.is_empty(), "{url}");
    }
    assert!(inside.seen().is_empty());
    // The same stand-in would be called if the guard were open, so the guard it is.
    let mut sink = Vec::new();
    let open = Client { allow_private: true, ..Client::default() };
    inside.say("/face.png", &[Say::Bytes(png(1))]);
    provider
        .fetch(&account, &open, &json!({ "url": format!("{}/face.png", inside.url) }), &mut sink)
        .unwrap();
    assert_eq!(inside.seen().len(), 1);
    // Nor where the provider's own host leads there.
    let led: &'static str = format!("Location: {}/face.png", inside.url).leak();
    api.say("/face.png", &[Say::With(302, led, String::new())]);
    let mut sink = Vec::new();
    let led =
        provider.fetch(&account, &guarded, &json!({ "url": format!("{}/face.png", api.url) }), &mut sink);
    assert!(
        led.is_err() && sink.is_empty() && inside.seen().len() == 1 && api.seen_at("/face.png").len() == 1
    );
}

#[test]
fn what_is_no_small_still_picture_is_no_face() {
    let large = vec![0xff; transom::domain::media::FACE + 1];
    let huge = png(40_000);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec();
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    for bytes in [large, huge, svg, gif, Vec::new()] {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let channel = line(&desk, &api, "Ana", Some("/face.png"));
        api.say("/face.png", &[Say::Bytes(bytes)]);
        desk.writes(&channel, "U1", "m1");
        assert_eq!(job::drain(&desk.desk), 1);
        assert_eq!((name(&desk).as_str(), key(&desk)), ("Ana", None));
    }
}

#[test]
fn a_picture_that_goes_at_the_provider_or_with_the_contact_is_gone_here() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana", Some("/face.png"));
    api.say("/face.png", &[Say::Bytes(png(64))]);
    desk.writes(&channel, "U1", "m1");
    job::drain(&desk.desk);
    let first = key(&desk).unwrap();
    // The same picture keeps its address, another one gets another.
    desk.pass(Span::days(31));
    desk.writes(&channel, "U1", "m2");
    job::drain(&desk.desk);
    assert_eq!(key(&desk), Some(first.clone()));
    api.say("/face.png", &[Say::Bytes(png(65))]);
    desk.pass(Span::days(31));
    desk.writes(&channel, "U1", "m3");
    job::drain(&desk.desk);
    assert_ne!(key(&desk), Some(first));
    let by = desk.viewer("Boss", Role::Supervisor);
    desk.act(move |tx, now| contacts::delete(tx, &by, Id::new(1), now).map(drop)).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM face"), 0);
}

#[test]
fn a_picture_goes_where_its_address_goes() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana", Some("/face.png"));
    for (person, message, width) in [("U1", "m1", 64), ("U2", "m2", 65)] {
        api.say("/face.png", &[Say::Bytes(png(width))]);
        desk.writes(&channel, person, message);
        assert_eq!(job::drain(&desk.desk), 1);
    }
    let both = || -> BTreeMap<_, _> {
        let contacts = desk.read(|c| contact::many(c, &[Id::new(1), Id::new(2)]));
        contacts.into_iter().filter_map(|contact| Some((contact.id, contact.picture?))).collect()
    };
    let apart = both();
    let (first, second) = (apart[&Id::new(1)].clone(), apart[&Id::new(2)].clone());
    assert_ne!(first, second);

    // One person now: the newest of the two addresses gives the picture, until the mistake is seen.
    let (by, one, other) =
        (desk.viewer("Sue", Role::Supervisor), Id::<Contact>::new(1), Id::<Contact>::new(2));
    let (sue, order) =
        (by.clone(), contacts::Merge { survivor: one, other, open: contacts::OpenOnes::Close });
    desk.act(move |tx, now| contacts::merge(tx, &sue, order, now)).unwrap();
    assert_eq!(both().into_values().collect::<Vec<_>>(), [second]);
    let merger = desk.count("SELECT max(id) FROM log WHERE kind = 'contact.merged'");
    desk.act(move |tx, now| contacts::part(tx, &by, (one, Id::new(merger)), now)).unwrap();
    assert_eq!(both(), apart);

    // An address takes its picture along, and so does a channel.
    desk.write(|tx| {
        Ok(tx.execute_batch(
            "DELETE FROM conversation WHERE contact_id = 2; DELETE FROM address WHERE contact_id = 2",
        )?)
    });
    assert_eq!(both().into_values().collect::<Vec<_>>(), [first]);
    assert_eq!(desk.read(|c| check::run(c, Step::Counts)), Vec::<String>::new());
    desk.write(|tx| Ok(tx.execute("DELETE FROM face", [])?));
    assert!(both().is_empty());
    desk.write(|tx| Ok(tx.execute("UPDATE contact SET picture = 'strange' WHERE id = 1", [])?));
    let wrong = desk.read(|c| check::run(c, Step::Counts));
    assert_eq!(wrong, ["contact 1 shows another picture than its addresses have"]);
}

#[test]
fn a_busy_provider_is_left_alone_and_a_lost_answer_is_asked_for_again() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = line(&desk, &api, "Ana", None);
    let busy = Say::With(429, "Retry-After: 60", "{\"message\":\"too many\"}".to_owned());
    api.say("/v2/bot/profile/", &[busy]);
    desk.writes(&channel, "U1", "m1");
    desk.writes(&channel, "U2", "m2");
    assert_eq!(job::drain(&desk.desk), 1, "after the first no for all nobody else is asked for");
    desk.pass(Span::minutes(16));
    api.say("/v2/bot/profile/", &[Say::HangUp]);
    assert_eq!(job::drain(&desk.desk), 2);
    tells(&api, "Ana", None);
    assert_eq!(job::drain(&desk.desk), 0, "not at once");
    desk.pass(Span::minutes(1));
    assert_eq!(job::drain(&desk.desk), 2);
    assert_eq!(name(&desk), "Ana");
}

/// What each provider is asked, and what is made of its answer.
#[test]
fn every_provider_that_tells_of_people_is_asked_as_its_documentation_says() {
    let instagram = [("account_id", "17"), ("access_token", "t"), ("app_secret", "s")];
    let messenger = [("page_id", "1000"), ("access_token", "t"), ("app_secret", "s")];
    let wechat = [("app_id", "wx-profile"), ("app_secret", "s"), ("verify_token", "v")];
    let cases = [
        (
            Kind::Messenger,
            &messenger[..],
            "/v25.0/7?fields=name,profile_pic",
            json!({ "name": "Ana", "profile_pic": "P" }),
        ),
        (
            Kind::Instagram,
            &instagram[..],
            "/v25.0/7?fields=name,username,profile_pic",
            json!({ "username": "Ana", "profile_pic": "P" }),
        ),
        (
            Kind::Wechat,
            &wechat[..],
            "/cgi-bin/user/info?openid=7",
            json!({ "subscribe": 1, "nickname": "", "remark": "Ana", "headimgurl": "P" }),
        ),
        (
            Kind::Viber,
            &[("auth_token", "t")][..],
            "/pa/get_user_details",
            json!({ "status": 0, "user": { "name": "Ana", "avatar": "P" } }),
        ),
    ];
    for (kind, settings, at, told) in cases {
        let (desk, api) = (TestDesk::new(), StandIn::new());
        let told = told.to_string().replace("\"P\"", &format!("\"{}/face.png\"", api.url));
        api.say(
            "/cgi-bin/token",
            &[Say::Answer(200, json!({ "access_token": "T", "expires_in": 7200 }).to_string())],
        );
        api.say(at, &[Say::Answer(200, told)]);
        api.say("/face.png", &[Say::Bytes(png(64))]);
        let channel = connect(&desk, kind, &[settings, &[("api_base", &api.url)]].concat());
        desk.writes(&channel, "7", "m1");
        assert_eq!(job::drain(&desk.desk), 1, "{kind:?}");
        assert_eq!(name(&desk), "Ana", "{kind:?}: {:?}", api.seen());
        assert!(key(&desk).is_some(), "{kind:?}: {:?}", api.seen());
    }
}

#[test]
fn telegram_gives_the_smallest_picture_that_fills_a_face() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Telegram, &api.url);
    let size = |id: &str, width: u32| json!({ "file_id": id, "width": width, "height": width });
    let photos = json!([[size("tiny", 60), size("big", 640), size("right", 160)]]);
    let told = json!({ "ok": true, "result": { "total_count": 1, "photos": photos } });
    api.say("/getUserProfilePhotos", &[Say::Answer(200, told.to_string())]);
    let path = json!({ "ok": true, "result": { "file_path": "photos/1.jpg" } });
    api.say("/getFile", &[Say::Answer(200, path.to_string())]);
    api.say("/file/", &[Say::Bytes(png(160))]);
    desk.writes(&channel, "77", "m1");
    assert_eq!(job::drain(&desk.desk), 1);
    assert!(api.seen_at("/getUserProfilePhotos")[0].target.ends_with("?user_id=77&limit=1"));
    assert!(api.seen_at("/getFile")[0].target.ends_with("?file_id=right"));
    assert!(key(&desk).is_some());
}

/// A number tells nobody's name, so nobody is asked and nothing waits.
#[test]
fn a_channel_that_tells_nothing_is_not_asked() {
    let (desk, api) = (TestDesk::new(), StandIn::new());
    let channel = bots::connected(&desk, Kind::Sms, &api.url);
    desk.writes(&channel, "+34612345678", "m1");
    job::drain(&desk.desk);
    assert!(api.seen().is_empty());
    assert_eq!(desk.read(|c| faces::channels_due(c, desk.now())), []);
}
