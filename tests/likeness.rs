//! One person on two channels: hinted at, merged by a supervisor who has compared, told apart for good.

use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::conversation::{Conversation, Status};
use transom::domain::inbound::Event;

use crate::support::TestDesk;
use crate::support::cast::text;

const NUMBER: &str = "+34612345678";

/// Ana writes by WhatsApp and by SMS from the same number.
fn ana_twice(desk: &TestDesk) -> (Conversation, Conversation) {
    let (whatsapp, sms) = (desk.channel(Kind::Whatsapp), desk.channel(Kind::Sms));
    let mut first = text(&whatsapp, NUMBER, "m1", desk.now());
    first.from.name = Some("Ana García".into());
    desk.hear(&whatsapp, Event::Message(first)).unwrap();
    let sms = desk.writes(&sms, NUMBER, "m2");
    let message = desk.read(|c| Ok(transom::store::message::by_provider(c, whatsapp.id, "m1")?.unwrap()));
    (desk.conversation(message.conversation), sms)
}

#[test]
fn the_same_number_on_two_channels_is_a_hint_and_no_merger() {
    let desk = TestDesk::new();
    let sue = desk.person("Sue", Role::Supervisor);
    let (whatsapp, sms) = ana_twice(&desk);
    assert_ne!(whatsapp.contact, sms.contact, "nobody is made one silently");
    for page in [format!("/conversations/{}", sms.id), format!("/contacts/{}", sms.contact)] {
        let body = desk.get(&sue, &page).body;
        assert!(body.contains("Perhaps the same person"), "{page}");
        assert!(body.contains("Ana García (WhatsApp +34"), "{page}");
    }
    let body = desk.get(&sue, &format!("/contacts/{}", whatsapp.contact)).body;
    assert!(body.contains("Perhaps the same person"), "it is seen from both sides");
    let stranger = desk.writes(&desk.channel(Kind::Viber), "v1", "m3");
    assert!(!desk.get(&sue, &format!("/contacts/{}", stranger.contact)).body.contains("Perhaps"));
}

#[test]
fn a_supervisor_compares_chooses_and_merges() {
    let desk = TestDesk::new();
    let (sue, eva) = (desk.person("Sue", Role::Supervisor), desk.person("Eva", Role::Agent));
    let (whatsapp, sms) = ana_twice(&desk);
    let path = format!("/contacts/{}/merge/{}", sms.contact, whatsapp.contact);
    assert!(!desk.get(&eva, &format!("/contacts/{}", sms.contact)).body.contains(&path));
    assert_eq!(desk.post(&eva, &path, &[("survivor", "1")]).status, 403);
    let preview = desk.get(&sue, &path);
    assert_eq!(preview.status, 200);
    assert!(preview.body.contains("Ana García") && preview.body.contains("1 conversation"));
    for wrong in ["", "999"] {
        assert_eq!(desk.post(&sue, &path, &[("survivor", wrong)]).status, 400);
    }
    let survivor = whatsapp.contact.to_string();
    let merged = desk.post(&sue, &path, &[("survivor", survivor.as_str())]);
    assert_eq!(merged.header("location"), Some(format!("/contacts/{survivor}").as_str()));
    assert_eq!(desk.conversation(sms.id).contact, whatsapp.contact);
    assert_eq!(desk.conversation(sms.id).status, Status::Closed, "S222");
    assert!(!desk.get(&sue, &format!("/contacts/{survivor}")).body.contains("Perhaps"));
    assert_eq!(desk.get(&sue, &path).status, 404);
}

#[test]
fn who_is_not_the_same_is_not_asked_about_again() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Agent);
    let (whatsapp, sms) = ana_twice(&desk);
    let path = format!("/contacts/{}/different/{}", sms.contact, whatsapp.contact);
    let back = sms.id.to_string();
    let told = desk.post(&eva, &path, &[("back", back.as_str())]);
    assert_eq!(told.header("location"), Some(format!("/conversations/{back}").as_str()));
    for contact in [sms.contact, whatsapp.contact] {
        assert!(!desk.get(&eva, &format!("/contacts/{contact}")).body.contains("Perhaps"));
    }
    desk.writes(&desk.read(|c| Ok(transom::store::channel::get(c, sms.channel)?.unwrap())), NUMBER, "m9");
    assert!(!desk.get(&eva, &format!("/contacts/{}", sms.contact)).body.contains("Perhaps"));
    assert_eq!(desk.post(&eva, &path, &[]).status, 404, "there is no hint any more");
    assert_eq!(desk.post(&eva, "/contacts/1/different/77", &[]).status, 404);
}

/// A channel says by which address it knows its person, and that address is somebody else's already.
#[test]
fn an_address_that_a_channel_vouches_for_and_somebody_else_has_is_a_hint() {
    let desk = TestDesk::new();
    let eva = desk.person("Eva", Role::Agent);
    let (mail, custom) = (desk.channel(Kind::Email), desk.channel(Kind::Custom));
    let by_mail = desk.writes(&mail, "ana@example.org", "m1");
    let mut signed = text(&custom, "ana-77", "m2", desk.now());
    signed.from.also.push((AddressKind::Email, "ana@example.org".into()));
    for id in ["m2", "m3"] {
        signed.provider_id = id.into();
        desk.hear(&custom, Event::Message(signed.clone())).unwrap();
    }
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 2);
    assert_eq!(desk.count("SELECT count(*) FROM likeness"), 1);
    let body = desk.get(&eva, &format!("/contacts/{}", by_mail.contact)).body;
    assert!(body.contains("Perhaps the same person") && body.contains("ana@example.org"));
    let other = desk.count("SELECT max(id) FROM contact");
    assert!(desk.get(&eva, &format!("/contacts/{other}")).body.contains("(E-mail ana@example.org)"));
}
