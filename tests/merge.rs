//! Two contacts become one, by a supervisor, and the log keeps what would undo it.

use serde_json::json;

use crate::support::TestDesk;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Status;

#[test]
fn the_survivor_keeps_its_name_and_gets_everything_else() {
    // S222, C23
    let desk = TestDesk::new();
    let (eva, sue) = (desk.program("Eva", Role::Agent), desk.program("Sue", Role::Supervisor));
    let (whatsapp, mail) = (desk.channel(Kind::Whatsapp), desk.channel(Kind::Email));
    let kept = desk.writes(&whatsapp, "+34612345678", "m1");
    let moved = desk.writes(&mail, "ana@example.org", "m2");
    let (survivor, other) = (kept.contact, moved.contact);
    desk.api_patch(&eva, &format!("/contacts/{survivor}"), json!({ "name": "Ana" }));
    desk.api_patch(
        &eva,
        &format!("/contacts/{other}"),
        json!({ "name": "Ana G.", "about": "VIP", "language": "es" }),
    );

    let path = format!("/contacts/{survivor}/merge");
    let order = json!({ "other_id": other.get() });
    assert_eq!(desk.api_post(&eva, &path, order.clone()).status, 403);
    let one = desk.api_post(&sue, &path, order);
    assert_eq!((one.status, &one.json["name"]), (200, &json!("Ana")), "{one:?}");
    assert_eq!((&one.json["about"], &one.json["language"]), (&json!("VIP"), &json!("es")));
    assert_eq!(one.json["addresses"].as_array().unwrap().len(), 2);
    assert_eq!(desk.api_get(&eva, &format!("/contacts/{other}")).status, 404);
    assert_eq!(desk.conversation(moved.id).contact, survivor);
    assert_eq!(desk.conversation(moved.id).status, Status::Closed, "the secondary contact's is closed");
    assert_eq!(desk.conversation(kept.id).status, Status::Open);
    let found = desk.api_get(&eva, "/contacts?q=ana%40example.org");
    assert_eq!(found.json["items"][0]["id"], survivor.get());

    let log = desk.api_get(&sue, "/events?after=0&limit=200");
    let events = log.json["items"].as_array().unwrap();
    let merged = events.iter().find(|event| event["kind"] == "contact.merged").unwrap();
    assert_eq!(merged["data"]["other"], json!({ "id": other.get() }), "the log holds nothing of a person");
    assert_eq!(merged["data"]["conversations"], json!([moved.id.get()]));
    assert_eq!(merged["data"]["closed"], json!([moved.id.get()]));
    assert_eq!(merged["data"]["addresses"].as_array().unwrap().len(), 1);

    let next = desk.writes(&mail, "ana@example.org", "m3");
    assert_eq!((next.id, next.contact, next.status), (moved.id, survivor, Status::Open));
}

#[test]
fn open_conversations_stay_open_where_that_is_asked() {
    let desk = TestDesk::new();
    let sue = desk.program("Sue", Role::Supervisor);
    let channel = desk.channel(Kind::Webchat);
    let (one, two) = (desk.writes(&channel, "v1", "m1"), desk.writes(&channel, "v2", "m2"));
    let order = json!({ "other_id": two.contact.get(), "keep_open": true });
    assert_eq!(desk.api_post(&sue, &format!("/contacts/{}/merge", one.contact), order).status, 200);
    assert_eq!(desk.conversation(two.id).status, Status::Open);
}

#[test]
fn nobody_is_merged_with_oneself_or_with_nobody() {
    let desk = TestDesk::new();
    let sue = desk.program("Sue", Role::Supervisor);
    let id = desk.api_post(&sue, "/contacts", json!({ "name": "Ana" })).id();
    for other in [id, 99] {
        let told = desk.api_post(&sue, &format!("/contacts/{id}/merge"), json!({ "other_id": other }));
        assert_eq!((told.status, &told.json["error"]["field"]), (422, &json!("other_id")));
    }
}
