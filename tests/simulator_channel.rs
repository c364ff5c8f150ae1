//! Simulated phones: every kind's card and window, its own troubles, no way in from outside. And the cards.

use std::collections::BTreeMap;

use crate::support::TestDesk;
use crate::support::channel::{account, connect, message_of, thread, viewer, wrote};
use crate::support::desk::NOON;
use serde_json::json;
use transom::actions::reply::{self, Reply};
use transom::channels::{self, Hook, Raw};
use transom::domain::agent::Role;
use transom::domain::channel::{Kind, Settings, Templates};
use transom::domain::contact::AddressKind;
use transom::domain::inbound::Event;
use transom::domain::limit::Unit;
use transom::domain::message::State;
use transom::domain::window::{After, Class};
use transom::domain::{Id, Span};
use transom::jobs::outbox as job;
use transom::net::signature::sha256_header;

fn set(settings: &[(&str, &str)]) -> Settings {
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// S15 and S220: the class of every kind, and what is left after its window.
#[test]
fn s15_s220_every_kind_has_its_window() {
    let table = [
        (Kind::Whatsapp, Class::B, Some(24), After::Template, None),
        (Kind::Messenger, Class::B, Some(24), After::Template, None),
        (Kind::Instagram, Class::C, Some(24), After::Nothing, None),
        (Kind::Telegram, Class::A, None, After::Nothing, None),
        (Kind::Line, Class::A, None, After::Nothing, None),
        (Kind::Viber, Class::A, None, After::Nothing, None),
        (Kind::Wechat, Class::C, Some(48), After::Nothing, Some(5)),
        (Kind::Tiktok, Class::C, Some(48), After::Nothing, Some(10)),
        (Kind::Sms, Class::A, None, After::Nothing, None),
        (Kind::Email, Class::A, None, After::Nothing, None),
        (Kind::Webchat, Class::A, None, After::Nothing, None),
        (Kind::Custom, Class::A, None, After::Nothing, None),
    ];
    for (kind, class, hours, after, sends) in table {
        let card = channels::card(kind, &Settings::new());
        assert_eq!((card.speaks_as, card.window.class()), (kind, class));
        assert_eq!(
            (card.window.free, card.window.after, card.window.sends),
            (hours.map(Span::hours), after, sends)
        );
        let simulated = channels::card(Kind::Simulator, &set(&[("speaks_as", kind.as_str())]));
        assert_eq!(simulated, card, "a simulated phone keeps the rules of its kind");
    }
    for kind in [Kind::Messenger, Kind::Instagram] {
        let card = channels::card(kind, &set(&[("human_agent", "yes")]));
        assert_eq!((card.window.person, card.window.class()), (Some(Span::days(7)), Class::B));
    }
}

/// S121, S122, S184: the configured limits, never above the provider's own.
#[test]
fn texts_are_limited_as_the_team_set_it() {
    let most = |kind: Kind, settings: &[(&str, &str)]| channels::card(kind, &set(settings)).text.most;
    for kind in [Kind::Messenger, Kind::Sms, Kind::Webchat] {
        assert_eq!(most(kind, &[]), 1000);
        assert_eq!(most(kind, &[("text_limit", "300")]), 300);
    }
    assert_eq!(most(Kind::Whatsapp, &[]), 4096);
    assert_eq!(most(Kind::Whatsapp, &[("text_limit", "9000")]), 4096);
    assert_eq!(most(Kind::Sms, &[("text_limit", "9000")]), 1600);
    assert_eq!(most(Kind::Messenger, &[("text_limit", "nonsense")]), 1000);
    assert_eq!(channels::card(Kind::Instagram, &Settings::new()).text.unit, Unit::Bytes);
    let caption = channels::card(Kind::Whatsapp, &set(&[("text_limit", "300")])).caption.unwrap();
    assert_eq!(caption.most, 300);
}

#[test]
fn one_may_write_first_where_the_provider_allows_it() {
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Simulator) {
        let card = channels::card(kind, &Settings::new());
        let expected = match kind {
            // The address by which the answer will come (S51).
            Kind::Whatsapp => Some(AddressKind::Whatsapp),
            Kind::Sms => Some(AddressKind::Phone),
            Kind::Email => Some(AddressKind::Email),
            Kind::Custom => Some(AddressKind::Custom),
            _ => None,
        };
        assert_eq!(card.starts_with, expected, "{}", kind.as_str());
        let approved = matches!(kind, Kind::Whatsapp | Kind::Messenger);
        assert_eq!(card.templates == Templates::Approved, approved, "{}", kind.as_str());
    }
}

#[test]
fn nobody_outside_plays_the_customer() {
    let desk = TestDesk::new();
    let body = b"{\"type\":\"left\",\"from\":{\"value\":\"1\"}}";
    for (kind, secret) in [(Kind::Simulator, ""), (Kind::Webchat, "identity")] {
        let account = account(&desk, &connect(&desk, kind, &[("identity_secret", secret)]));
        for key in ["", "identity"] {
            let header = |_: &str| Some(sha256_header(key, body));
            let hook = Hook { post: true, target: "/hooks/1", query: "", header: &header, body, now: NOON };
            assert!(channels::provider(kind).unwrap().verify(&account, &hook).is_err());
        }
    }
}

#[test]
fn the_people_of_a_simulated_phone_have_the_addresses_of_its_kind() {
    let desk = TestDesk::new();
    let delivery =
        json!({ "type": "text", "id": "1", "from": { "value": "0034 612 345 678" }, "body": "hi" })
            .to_string();
    for (kind, value) in
        [("whatsapp", "+0034612345678"), ("sms", "+0034612345678"), ("telegram", "0034 612 345 678")]
    {
        let account = account(&desk, &connect(&desk, Kind::Simulator, &[("speaks_as", kind)]));
        let headers = BTreeMap::new();
        let raw = Raw { headers: &headers, body: delivery.as_bytes(), received_at: NOON };
        let events = channels::provider(Kind::Simulator).unwrap().parse(&account, &raw).unwrap();
        let [Event::Message(message)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((message.from.value.as_str(), message.at), (value, NOON));
    }
}

#[test]
fn trouble_is_simulated_too() {
    for (trouble, state) in
        [("none", State::Sent), ("fail", State::Failed), ("busy", State::Queued), ("unsure", State::Unsure)]
    {
        let desk = TestDesk::new();
        let channel = connect(&desk, Kind::Simulator, &[("speaks_as", "whatsapp"), ("trouble", trouble)]);
        let marta = desk.person("Marta", Role::Agent);
        let ana = thread(&desk, &channel, AddressKind::Whatsapp, "+34612345678");
        wrote(&desk, &channel, &ana, desk.now());
        let order = Reply {
            conversation: ana.id,
            body: "hello".into(),
            template: None,
            attachments: Vec::new(),
            reply_to: None,
            seen: None,
            key: None,
        };
        let (by, now) = (viewer(&marta), desk.now());
        let id = desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap();
        desk.pass(Span::seconds(6));
        assert_eq!(job::drain(&desk.desk), 1);
        assert_eq!(message_of(&desk, id).state, state, "{trouble}");
    }
}

/// A new version of the program knows other limits: at start the channels learn them.
#[test]
fn cards_are_renewed_at_start() {
    let desk = TestDesk::new();
    let channel = connect(&desk, Kind::Webchat, &[("text_limit", "500")]);
    let id: Id<_> = channel.id;
    desk.write(move |tx| {
        let mut old = channel.clone();
        old.card.text.most = 7;
        old.name = "renamed".into();
        transom::store::channel::update(tx, &old)
    });
    transom::jobs::cards::refresh(&desk.desk);
    let renewed = crate::support::channel::channel_of(&desk, id);
    assert_eq!((renewed.card.text.most, renewed.name.as_str()), (500, "renamed"));
}
