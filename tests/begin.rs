//! Writing first.

use std::collections::BTreeMap;

use crate::support::TestDesk;
use crate::support::cast::refusal;
use transom::actions::begin::{Begin, Beside, begin, first as begun};
use transom::actions::outgoing::Knows;
use transom::actions::{Result, close};
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::channel::{Channel, Kind, OnReturn};
use transom::domain::conversation::{Conversation, Status};
use transom::domain::template::{self, Template};
use transom::domain::window::Window;
use transom::domain::{Id, Refused};
use transom::store::{self, setting};

#[test]
fn s45_s51_a_conversation_that_one_of_us_begins_is_open_and_theirs() {
    // S45, S51
    let (desk, marta, sms) = with(Kind::Sms);
    let id = start(&desk, &marta, &to(&sms, "+34 612 345 678")).unwrap();
    let begun = desk.conversation(id);
    assert_eq!((begun.status, begun.assignee, begun.episode), (Status::Open, Some(marta.agent), 1));
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 1);
    let answered = desk.writes(&sms, "+34612345678", "m1");
    assert_eq!((answered.id, answered.contact), (begun.id, begun.contact));
}

#[test]
fn s38_s46_a_second_one_with_the_same_person_is_refused_with_the_way_to_the_first() {
    // S38, S46
    let (desk, marta, sms) = with(Kind::Sms);
    let first = start(&desk, &marta, &to(&sms, "+34612345678")).unwrap();
    let again = refusal(start(&desk, &marta, &to(&sms, "0034 612 345 678")));
    assert_eq!(again, Refused::AlreadyActive { conversation: Some(first) });
    let other = desk.channel(Kind::Sms);
    start(&desk, &marta, &to(&other, "+34612345678")).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1, "another entry point, the same person");
}

#[test]
fn s62_x12_a_closed_conversation_goes_on_or_begins_anew_as_the_entry_point_has_it() {
    // X12, S62
    for (on_return, same) in [(OnReturn::Reopen, true), (OnReturn::New, false)] {
        let (desk, marta, mut sms) = with(Kind::Sms);
        sms.on_return = on_return;
        desk.set_channel(&sms);
        let first = start(&desk, &marta, &to(&sms, "+34612345678")).unwrap();
        let by = marta.clone();
        desk.act(move |tx, now| close::close(tx, &by, first, &close::Closing::default(), now)).unwrap();
        let petra = desk.viewer("Petra", Role::Agent);
        let second = start(&desk, &petra, &to(&sms, "+34612345678")).unwrap();
        assert_eq!(second == first, same);
        let after = desk.conversation(second);
        assert_eq!((after.status, after.assignee), (Status::Open, Some(petra.agent)));
        assert_eq!(after.previous, (!same).then_some(first));
    }
}

#[test]
fn s40_s41_s47_a_number_needs_its_country_and_an_address_its_form_and_nothing_is_left_behind() {
    // S40, S41, S47
    let (desk, marta, sms) = with(Kind::Sms);
    assert_eq!(refusal(start(&desk, &marta, &to(&sms, "612 345 678"))), Refused::NoCountryCode);
    assert!(matches!(refusal(start(&desk, &marta, &to(&sms, "+34 1"))), Refused::BadAddress { .. }));
    let mail = desk.channel(Kind::Email);
    for wrong in ["ana", "ana@", "a b@example.org", "ana@example.org, b@example.org"] {
        let refused = refusal(start(&desk, &marta, &to(&mail, wrong)));
        assert_eq!(refused, Refused::BadAddress { expected: "ana@example.org" }, "{wrong}");
    }
    let empty = Begin { body: " ".into(), ..to(&sms, "+34612345678") };
    assert_eq!(refusal(start(&desk, &marta, &empty)), Refused::Empty);
    for table in ["contact", "address", "conversation", "message", "event", "outbox", "episode"] {
        assert_eq!(desk.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    desk.write(|tx| setting::set(tx, setting::key::COUNTRY, Some("ES")));
    start(&desk, &marta, &to(&sms, "612 345 678")).unwrap();
    desk.writes(&sms, "+34612345678", "m1");
    assert_eq!(desk.count("SELECT count(*) FROM conversation"), 1);
}

#[test]
fn s17_s18_who_never_wrote_gets_a_template_first_and_elsewhere_must_write_first() {
    // S17, S18
    let (desk, marta, whatsapp) = with(Kind::Whatsapp);
    let refused = refusal(start(&desk, &marta, &to(&whatsapp, "+34612345678")));
    assert_eq!(refused, Refused::WindowClosed { window: Window::TemplateOnly { since: None } });
    let template = hello(&desk, &whatsapp);
    let order = Begin { template: Some((template, BTreeMap::new())), ..to(&whatsapp, "+34612345678") };
    assert_eq!(
        refusal(start(&desk, &marta, &order)),
        Refused::TemplateLocked,
        "its words are the provider's"
    );
    let order = Begin { body: String::new(), ..order };
    let sms = desk.channel(Kind::Sms);
    desk.writes(&sms, "+34612345678", "s1");
    let id = start(&desk, &marta, &order).unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1, "one number, one person");
    assert_eq!(
        desk.writes(&whatsapp, "+34612345678", "m1").id,
        id,
        "S51: the answer comes to the same thread"
    );
    for kind in [Kind::Webchat, Kind::Tiktok, Kind::Messenger] {
        let channel = desk.channel(kind);
        assert_eq!(refusal(start(&desk, &marta, &to(&channel, "lucie"))), Refused::CannotBegin, "{kind:?}");
    }
}

#[test]
fn the_same_key_begins_one_conversation() {
    let (desk, marta, sms) = with(Kind::Sms);
    let keyed = Begin { key: Some("once".into()), ..to(&sms, "+34612345678") };
    let first = start(&desk, &marta, &keyed).unwrap();
    assert_eq!(start(&desk, &marta, &keyed).unwrap(), first);
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 1);
}

/// A2: of a conversation that somebody may not see nothing is told but that no second one can begin.
#[test]
fn a2_what_one_may_not_see_is_told_neither_by_a_number_nor_by_a_subject_nor_by_a_window() {
    let (desk, marta, post) = with(Kind::Email);
    let boss = desk.viewer("Boss", Role::Supervisor);
    let order = Begin { subject: "Invoice 77".into(), ..to(&post, "ana@example.org") };
    let first = start(&desk, &boss, &order).unwrap();
    desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Secret", transom::domain::Timestamp(0))?;
        let mut one = store::conversation::get(tx, first)?.unwrap();
        (one.queue, one.assignee) = (Some(queue), None);
        store::conversation::update(tx, &one)
    });
    let hidden = refusal(start(&desk, &marta, &order));
    assert_eq!(hidden, Refused::AlreadyActive { conversation: None });
    let told = refusal(start(&desk, &boss, &order));
    assert_eq!(told, Refused::AlreadyActive { conversation: Some(first) });
    // Closed, its subject is known to those who may see it.
    desk.act(move |tx, now| close::close(tx, &boss, first, &close::Closing::default(), now)).unwrap();
    let warned = Beside { knows: Some(Knows::default()), ..Beside::default() };
    let warned = |by: &Viewer| {
        let (by, order, warned) = (by.clone(), order.clone(), warned.clone());
        desk.act(move |tx, now| begun(tx, &by, &order, &warned, now))
    };
    assert_eq!(
        refusal(warned(&desk.viewer("Chief", Role::Supervisor))),
        Refused::SubjectUsed { conversation: first }
    );
    assert!(warned(&marta).is_ok());
}

fn with(kind: Kind) -> (TestDesk, Viewer, Channel) {
    let desk = TestDesk::new();
    let channel = desk.channel(kind);
    let marta = desk.viewer("Marta", Role::Agent);
    (desk, marta, channel)
}

fn to(channel: &Channel, to: &str) -> Begin {
    Begin {
        channel: channel.id,
        to: to.into(),
        subject: String::new(),
        body: "Hello".into(),
        template: None,
        attachments: Vec::new(),
        key: None,
    }
}

fn start(desk: &TestDesk, by: &Viewer, order: &Begin) -> Result<Id<Conversation>> {
    let (by, order) = (by.clone(), order.clone());
    desk.act(move |tx, now| begin(tx, &by, &order, now))
}

fn hello(desk: &TestDesk, channel: &Channel) -> Id<Template> {
    let template = Template {
        id: Id::new(0),
        channel: Some(channel.id),
        name: "hello".into(),
        language: "en".into(),
        category: String::new(),
        body: "Hello!".into(),
        components: serde_json::Value::Null,
        status: template::Status::Approved,
        reason: None,
        locked: false,
        synced_at: None,
        ..Template::default()
    };
    let now = desk.now();
    desk.write(move |tx| store::template::insert(tx, &template, now))
}
