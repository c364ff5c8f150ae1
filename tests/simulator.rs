//! The simulator: one plays the customer, and moves the clock.

use std::sync::Arc;

use transom::channels::{self, Raw};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind};
use transom::domain::inbound::{Event, FileContent};
use transom::net::Client;
use transom::store::{channel, setting};
use transom::web::App;

use crate::support::TestDesk;
use crate::support::desk::{NOON, Person};
use crate::support::visitor::connect;

/// A desk that runs as said.
fn desk_with(options: Options) -> TestDesk {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transom.db");
    let client = Client { allow_private: true, ..Client::default() };
    let desk = Arc::new(Desk::open(&path, Clock::standing(NOON), client, options).unwrap());
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder }
}

fn demo() -> TestDesk {
    desk_with(Options { demo: true, movable_clock: true, ..Options::default() })
}

/// What was kept for this channel, read by its own file.
fn events(desk: &TestDesk, channel: &Channel) -> Vec<Event> {
    let id = channel.id;
    let bodies: Vec<Vec<u8>> = desk.read(move |c| {
        let mut statement = c.prepare("SELECT body FROM inbound WHERE channel_id = ?1 ORDER BY id")?;
        Ok(statement.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    });
    let account = desk.read(|c| desk.desk.account(c, channel.clone()));
    let provider = channels::provider(channel.kind).unwrap();
    let headers = std::collections::BTreeMap::new();
    let read = |body: &Vec<u8>| {
        provider.parse(&account, &Raw { headers: &headers, body, received_at: desk.now() }).unwrap()
    };
    bodies.iter().flat_map(read).collect()
}

fn phones(desk: &TestDesk) -> Vec<Channel> {
    desk.read(channel::all).into_iter().filter(|channel| channel.kind == Kind::Simulator).collect()
}

fn offset(desk: &TestDesk) -> Option<String> {
    desk.read(|c| setting::get(c, setting::key::CLOCK_OFFSET))
}

#[test]
fn beginning_makes_three_phones_on_which_somebody_has_written_and_no_more_the_second_time() {
    let desk = demo();
    let ana = desk.person("Ana", Role::Agent);
    assert_eq!(desk.post(&ana, "/simulator/start", &[]).status, 303);
    assert_eq!(desk.post(&ana, "/simulator/start", &[]).status, 303);
    let kinds: Vec<Kind> = phones(&desk).iter().map(|phone| phone.card.speaks_as).collect();
    assert_eq!(kinds, [Kind::Whatsapp, Kind::Sms, Kind::Messenger]);
    for phone in phones(&desk) {
        assert!(matches!(events(&desk, &phone).as_slice(), [Event::Message(_)]), "{}", phone.name);
    }
}

#[test]
fn everything_that_a_phone_can_do_is_read_in_like_a_providers_delivery() {
    let desk = demo();
    let ana = desk.person("Ana", Role::Agent);
    let phone = connect(&desk, Kind::Simulator, &[("speaks_as", "whatsapp")]);
    let act = |what: &str, fields: &[(&str, &str)]| {
        let answer = desk.post(&ana, &format!("/simulator/{}/{what}", phone.id), fields);
        assert_eq!(answer.status, 303, "{what} {fields:?}: {}", answer.body);
    };
    let from = ("from", "+1 (202) 555-0123");
    act("say", &[from, ("name", "Ben"), ("text", "Hello"), ("what", "text")]);
    act("say", &[from, ("text", "Look"), ("what", "picture")]);
    act("say", &[from, ("text", ""), ("what", "location")]);
    act("react", &[from, ("message", "sim-1"), ("emoji", "👍")]);
    act("receipt", &[from, ("state", "read")]);
    act("consent", &[from, ("allowed", "no")]);
    let events = events(&desk, &phone);
    let [Event::Message(text), Event::Message(picture), Event::Message(place), rest @ ..] = events.as_slice()
    else {
        unreachable!("{events:?}")
    };
    assert_eq!((text.from.value.as_str(), text.body.as_str()), ("+12025550123", "Hello"));
    assert_eq!(text.from.name.as_deref(), Some("Ben"));
    assert_eq!(text.at, desk.now(), "by the desk's own clock");
    assert!(matches!(&picture.files[0].content, FileContent::Here(bytes) if bytes.starts_with(b"\x89PNG")));
    assert!(place.extra.location.is_some());
    assert!(
        matches!(&rest[0], Event::Reaction { emoji, provider_id, .. } if emoji == "👍" && provider_id == "sim-1")
    );
    assert!(matches!(&rest[1], Event::Watermark { .. }));
    assert!(matches!(&rest[2], Event::Consent { allowed: false, .. }));
}

#[test]
fn the_clock_moves_on_and_back_and_is_kept_over_a_restart() {
    let desk = demo();
    let ana = desk.person("Ana", Role::Agent);
    let before = desk.now();
    assert_eq!(desk.post(&ana, "/simulator/clock", &[("minutes", "1441")]).status, 303);
    assert_eq!(desk.now(), before + Span::minutes(1441));
    assert_eq!(desk.post(&ana, "/simulator/clock", &[("minutes", "60")]).status, 303);
    assert_eq!(desk.now(), before + Span::minutes(1501));
    assert_eq!(offset(&desk).as_deref(), Some(Span::minutes(1501).0.to_string().as_str()));
    let page = desk.get(&ana, "/simulator").body;
    assert!(page.contains("1 day 1 h 1 min ahead of the world"), "{page}");
    assert_eq!(desk.post(&ana, "/simulator/clock", &[("minutes", "back")]).status, 303);
    assert_eq!(desk.now(), before);
    assert_eq!(desk.post(&ana, "/simulator/clock", &[("minutes", "-60")]).status, 400);
}

#[test]
fn beside_a_real_channel_the_clock_stays_what_it_is() {
    let desk = demo();
    let ana = desk.person("Ana", Role::Agent);
    connect(&desk, Kind::Webchat, &[]);
    connect(&desk, Kind::Whatsapp, &[]);
    let before = desk.now();
    assert_eq!(desk.post(&ana, "/simulator/clock", &[("minutes", "60")]).status, 422);
    assert_eq!((desk.now(), offset(&desk)), (before, None));
    assert!(!desk.get(&ana, "/simulator").body.contains("name=\"minutes\""), "nor is it offered");
}

#[test]
fn an_ordinary_desks_clock_cannot_be_moved_by_anybody() {
    let desk = TestDesk::new();
    let root = desk.person("Root", Role::Admin);
    let before = desk.now();
    assert_eq!(desk.post(&root, "/simulator/clock", &[("minutes", "60")]).status, 422);
    assert_eq!(desk.now(), before);
}

#[test]
fn on_an_ordinary_desk_only_administrators_play() {
    let desk = TestDesk::new();
    let (ana, root) = (desk.person("Ana", Role::Supervisor), desk.person("Root", Role::Admin));
    let phone = connect(&desk, Kind::Simulator, &[]);
    let say = format!("/simulator/{}/say", phone.id);
    let fields = [("from", "+12025550123"), ("text", "Hello"), ("what", "text")];
    assert_eq!(desk.get(&ana, "/simulator").status, 403);
    assert_eq!(desk.post(&ana, &say, &fields).status, 403);
    assert_eq!(desk.post(&ana, "/simulator/phones", &[("kind", "sms")]).status, 403);
    assert!(events(&desk, &phone).is_empty());
    assert_eq!(desk.get(&root, "/simulator").status, 200);
    assert_eq!(desk.post(&root, &say, &fields).status, 303);
    assert_eq!(events(&desk, &phone).len(), 1);
}

#[test]
fn nobody_plays_on_a_real_channel() {
    let desk = demo();
    let ana = desk.person("Ana", Role::Admin);
    let real = connect(&desk, Kind::Whatsapp, &[]);
    let fields = [("from", "+12025550123"), ("text", "Hello"), ("what", "text")];
    assert_eq!(desk.post(&ana, &format!("/simulator/{}/say", real.id), &fields).status, 404);
    assert_eq!(
        desk.post(&ana, &format!("/simulator/{}/trouble", real.id), &[("trouble", "fail")]).status,
        404
    );
}

#[test]
fn a_phones_provider_can_be_made_to_misbehave() {
    let desk = demo();
    let ana: Person = desk.person("Ana", Role::Agent);
    let phone = connect(&desk, Kind::Simulator, &[("speaks_as", "sms")]);
    let set =
        |trouble: &str| desk.post(&ana, &format!("/simulator/{}/trouble", phone.id), &[("trouble", trouble)]);
    assert_eq!(set("unsure").status, 303);
    let id = phone.id;
    let kept = desk.read(|c| channel::get(c, id)).unwrap();
    assert_eq!(kept.settings.get("trouble").map(String::as_str), Some("unsure"));
    assert_eq!(kept.card, phone.card, "what it can do stays as it was");
    assert_eq!(set("explode").status, 400);
}

#[test]
fn the_page_of_phones_speaks_spanish() {
    let desk = demo();
    let ana = desk.person("Ana", Role::Agent);
    desk.write({
        let id = ana.id;
        move |tx| {
            let mut agent = transom::store::agent::get(tx, id)?.unwrap();
            agent.language = Some("es".into());
            transom::store::agent::update(tx, &agent)
        }
    });
    let page = desk.get(&ana, "/simulator").body;
    assert!(page.contains("Simulador") && page.contains("Añadir un teléfono"), "{page}");
}
