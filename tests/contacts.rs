//! The address book: found in any notation, one owner for each address, blocked, erased.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::cast::text;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::inbound::Event;
use transom::domain::{Id, Span};
use transom::store::{self, setting};

#[test]
fn addresses_are_kept_in_one_form_and_found_in_any() {
    // S5, S6, S7, S8, S196, S197
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    desk.write(|tx| setting::set(tx, setting::key::COUNTRY, Some("ES")));
    let new = json!({
        "name": "  Ana García ", "language": "es", "about": "Likes tea",
        "addresses": [
            { "kind": "phone", "value": "612 34 56 78" },
            { "kind": "email", "value": "Ana.Garcia@Example.ORG" },
        ],
    });
    let ana = desk.api_post(&eva, "/contacts", new);
    assert_eq!((ana.status, &ana.json["name"]), (201, &json!("Ana García")), "{ana:?}");
    let values: Vec<_> =
        ana.json["addresses"].as_array().unwrap().iter().map(|a| a["value"].clone()).collect();
    assert_eq!(values, [json!("+34612345678"), json!("ana.garcia@example.org")]);
    for wanted in [
        "ana",
        "garcia",
        "arc",
        "ana.garcia%40example.org",
        "%2B34612345678",
        "0034612345678",
        "612-34-56-78",
        "34567",
    ] {
        let found = desk.api_get(&eva, &format!("/contacts?q={wanted}"));
        assert_eq!(found.json["items"][0]["id"], ana.json["id"], "{wanted}");
    }
    assert_eq!(desk.api_get(&eva, "/contacts?q=tea").json["items"], json!([]), "S198: what the team wrote");
}

#[test]
fn an_address_that_somebody_has_is_refused_with_whose_it_is() {
    // C23
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let ana = json!({ "name": "Ana", "addresses": [{ "kind": "email", "value": "ana@example.org" }] });
    let ana = desk.api_post(&eva, "/contacts", ana).id();
    let twin = json!({ "name": "Twin", "addresses": [{ "kind": "email", "value": "ANA@example.org" }] });
    let refused = desk.api_post(&eva, "/contacts", twin);
    assert_eq!((refused.status, refused.code()), (409, "address_taken"), "{refused:?}");
    assert_eq!(refused.json["error"]["contact_id"], ana);
    assert!(refused.json["error"]["message"].as_str().unwrap().contains("Ana"));
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 1, "nothing is left of the refused one");
}

#[test]
fn what_is_no_address_is_refused_with_the_form_that_is_wanted() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    for (kind, value, code) in [
        ("phone", "612345678", "no_country_code"),
        ("phone", "+34 1", "bad_address"),
        ("email", "ana", "invalid_field"),
        ("email", "ana@example.org\nBcc: all@example.org", "invalid_field"),
        ("email", "a@b@example.org", "invalid_field"),
        ("telegram", "12345", "invalid_field"),
        ("phone", " ", "invalid_field"),
    ] {
        let new = json!({ "name": "Ana", "addresses": [{ "kind": kind, "value": value }] });
        let told = desk.api_post(&eva, "/contacts", new);
        assert_eq!((told.status, told.code()), (422, code), "{kind} {value}");
        assert!(!told.json["error"]["fix"].as_str().unwrap().is_empty());
    }
    assert_eq!(
        desk.api_post(&eva, "/contacts", json!({})).status,
        422,
        "nobody would find that contact again"
    );
}

#[test]
fn s3_a_contact_is_changed_in_parts_and_found_by_the_new_name() {
    // S3
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Supervisor);
    let id = desk.api_post(&eva, "/contacts", json!({ "name": "Ana", "language": "es" })).id();
    let path = format!("/contacts/{id}");
    desk.pass(Span::minutes(1));
    let changed = desk.api_patch(&eva, &path, json!({ "name": "Berta", "dedicated_id": eva.agent.get() }));
    assert_eq!(
        (&changed.json["language"], &changed.json["dedicated"]["name"]),
        (&json!("es"), &json!("Eva"))
    );
    assert_eq!(changed.json["updated_at"], "2026-03-03T12:01:00Z");
    let cleared = desk.api_patch(&eva, &path, json!({ "language": null, "dedicated_id": null }));
    assert_eq!((&cleared.json["language"], &cleared.json["dedicated"]), (&json!(null), &json!(null)));
    assert_eq!(desk.api_get(&eva, "/contacts?q=berta").json["items"][0]["id"], id);
    assert_eq!(desk.api_get(&eva, "/contacts?q=ana").json["items"], json!([]));
    let unknown = desk.api_patch(&eva, &path, json!({ "dedicated_id": 99 }));
    assert_eq!((unknown.status, &unknown.json["error"]["field"]), (422, &json!("dedicated_id")));
}

/// Whoever looks after a person sees every conversation with that person, so that nobody gives that to themselves.
#[test]
fn s3_only_supervisors_choose_who_looks_after_somebody() {
    let desk = TestDesk::new();
    let (tom, eva) = (desk.program("Tom", Role::Agent), desk.program("Eva", Role::Supervisor));
    let (agent, boss) = (desk.person("Max", Role::Agent), desk.person("Ada", Role::Supervisor));
    let channel = desk.channel(Kind::Webchat);
    let hidden = desk.writes(&channel, "v1", "m1");
    desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Secret", transom::domain::Timestamp(0))?;
        let mut one = store::conversation::get(tx, hidden.id)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    let path = format!("/contacts/{}", hidden.contact);
    let own = desk.api_patch(&tom, &path, json!({ "dedicated_id": tom.agent.get() }));
    assert_eq!((own.status, own.code()), (403, "needs_role"), "{own:?}");
    assert_eq!(desk.api_get(&tom, &format!("/conversations/{}", hidden.id)).status, 404);
    // The form does not offer it, and what is sent all the same is refused.
    assert!(!desk.get(&agent, &format!("{path}/edit")).body.contains("name=\"dedicated\""));
    let number = agent.id.to_string();
    let fields = [("name", "Ana"), ("language", ""), ("about", "")];
    let sent = desk.post(&agent, &path, &[fields.as_slice(), &[("dedicated", &number)]].concat());
    assert_eq!(sent.status, 403);
    assert_eq!(desk.post(&agent, &path, &fields).status, 303, "the rest is everybody's");
    assert_eq!(desk.api_get(&eva, &path).json["dedicated"], json!(null));
    // A supervisor does, also for somebody new.
    let sent = desk.post(&boss, &path, &[fields.as_slice(), &[("dedicated", &number)]].concat());
    assert_eq!(sent.status, 303);
    assert_eq!(desk.api_get(&eva, &path).json["dedicated"]["name"], "Max");
    assert_eq!(desk.get(&agent, &format!("/conversations/{}", hidden.id)).status, 200);
    assert_eq!(desk.post(&agent, &path, &fields).status, 303, "an agent changes nothing of it");
    assert_eq!(desk.api_get(&eva, &path).json["dedicated"]["name"], "Max");
    let made = desk.post(&boss, "/contacts", &[fields.as_slice(), &[("dedicated", &number)]].concat());
    let made = made.header("location").unwrap().to_owned();
    assert_eq!(desk.api_get(&eva, &made).json["dedicated"]["name"], "Max");
}

#[test]
fn a_blocked_contact_can_only_be_noted_about() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Webchat);
    let conversation = desk.writes(&channel, "v1", "m1");
    let path = format!("/contacts/{}", conversation.contact);
    assert_eq!(desk.api_patch(&eva, &path, json!({ "blocked": true })).json["blocked"], true);
    let thread = format!("/conversations/{}", conversation.id);
    assert_eq!(desk.api_get(&eva, &thread).json["window"]["allowed"], json!(["note"]));
    let refused = desk.api_post(&eva, &format!("{thread}/messages"), json!({ "body": "x" }));
    assert_eq!(refused.code(), "contact_blocked");
    assert_eq!(desk.api_patch(&eva, &path, json!({ "blocked": false })).json["blocked_at"], json!(null));
    assert_eq!(desk.api_post(&eva, &format!("{thread}/messages"), json!({ "body": "x" })).status, 201);
}

#[test]
fn an_address_comes_and_goes_but_not_from_under_a_conversation() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Whatsapp);
    let contact = desk.writes(&channel, "+34612345678", "m1").contact;
    let path = format!("/contacts/{contact}/addresses");
    let more = desk.api_post(&eva, &path, json!({ "kind": "email", "value": "ana@example.org" }));
    assert_eq!(more.status, 201, "{more:?}");
    let ids: Vec<i64> =
        more.json["addresses"].as_array().unwrap().iter().map(|a| a["id"].as_i64().unwrap()).collect();
    assert_eq!(desk.api_delete(&eva, &format!("{path}/{}", ids[0])).code(), "address_in_use");
    assert_eq!(desk.api_delete(&eva, &format!("/contacts/99/addresses/{}", ids[1])).status, 404);
    assert_eq!(desk.api_delete(&eva, &format!("{path}/{}", ids[1])).status, 204);
    assert_eq!(desk.api_get(&eva, "/contacts?q=ana%40example.org").json["items"], json!([]));
}

#[test]
fn an_erased_contact_leaves_only_a_receipt() {
    let desk = TestDesk::new();
    let (eva, sue) = (desk.program("Eva", Role::Agent), desk.program("Sue", Role::Supervisor));
    let channel = desk.channel(Kind::Whatsapp);
    let mut first = text(&channel, "+34612345678", "m1", desk.now());
    first.from.name = Some("Wilhelmina Canary".into());
    desk.hear(&channel, Event::Message(first)).unwrap();
    let conversation = desk.conversation(Id::new(1));
    let file = json!([{ "name": "canary.txt", "type": "text/plain", "content": "Y2FuYXJ5" }]);
    let thread = format!("/conversations/{}", conversation.id);
    let sent =
        desk.api_post(&sue, &format!("{thread}/messages"), json!({ "body": "canary", "attachments": file }));
    assert_eq!(sent.status, 201, "{sent:?}");
    desk.api_post(&sue, &format!("{thread}/close"), json!({ "note": "canary" }));
    let path = format!("/contacts/{}", conversation.contact);
    assert_eq!(desk.api_delete(&eva, &path).status, 403);
    let gone = desk.api_delete(&sue, &path);
    assert_eq!(
        (gone.status, &gone.json["conversations"], &gone.json["attachments"]),
        (200, &json!(1), &json!(1))
    );
    assert_eq!(desk.api_get(&sue, &path).status, 404);
    assert_eq!(desk.api_get(&sue, &thread).status, 404);
    for table in [
        "contact",
        "address",
        "conversation",
        "message",
        "attachment",
        "attachment_part",
        "outbox",
        "window_grant",
        "episode",
    ] {
        assert_eq!(desk.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM contact_words WHERE contact_words MATCH 'canary'"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM log WHERE lower(data) LIKE '%canary%'"), 0);
    assert_eq!(desk.count("SELECT sum(open + snoozed + closed) FROM folder_count"), 0);
    let receipt =
        "SELECT count(*) FROM log WHERE kind = 'contact.deleted' AND data LIKE '%\"conversations\":1%'";
    assert_eq!(desk.count(receipt), 1);
}

#[test]
fn what_channels_delivered_of_somebody_who_is_erased_is_nowhere_and_is_not_taken_twice() {
    let desk = TestDesk::new();
    let by = desk.viewer("Sue", Role::Supervisor);
    let channel = crate::support::channel::connect(&desk, Kind::Custom, &[("secret", "shared")]).id;
    let delivered = |key: &'static str, events: serde_json::Value| {
        let (now, body) = (desk.now(), transom::domain::inbound::Body::from(events.to_string().into_bytes()));
        let is_new = desk.write(move |tx| {
            let headers = std::collections::BTreeMap::from([("x-from".to_owned(), "canary".to_owned())]);
            let new = store::inbound::New { channel, dedupe_key: key, headers: &headers, body: &body };
            store::inbound::insert(tx, &new, now)
        });
        transom::jobs::inbound::drain(&desk.desk).unwrap();
        is_new
    };
    let says = |id: &str| json!({ "type": "text", "id": id, "from": { "value": "canary-1", "name": "Canary" }, "body": "canary words" });
    assert!(delivered("k1", says("m-1")));
    // What comes with a line about something that is not here is tried again, and done with in the end.
    let unknown = json!({ "type": "receipt", "message": "nowhere", "state": "read" });
    assert!(delivered("k2", json!([says("m-2"), unknown])));
    for _ in 0..20 {
        desk.pass(Span::hours(12));
        transom::jobs::inbound::drain(&desk.desk).unwrap();
    }
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'inbound'"), 2);
    assert_eq!(desk.count("SELECT count(*) FROM inbound WHERE state = 'done' AND length(body) = 0"), 2);
    let id = desk.conversation(Id::new(1)).contact;
    desk.act(move |tx, now| transom::actions::contact::delete(tx, &by, id, now)).unwrap();
    assert_eq!(crate::mergers::traces(&desk, &["canary"]), Vec::<String>::new());
    assert!(!delivered("k1", says("m-1")), "it was here before");
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 0);
}
