//! Every address of the API for everybody: who may, who may not, and who may not even know.

use serde_json::{Value, json};

use crate::support::TestDesk;
use crate::support::api::Program;
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::store;
use transom::web::api;
use transom::web::http::Method;
use transom::web::routes::Guard;

/// What follows `/api/v1`, with the numbers filled in by something that is not there.
fn filled(path: &str) -> String {
    let path = path.trim_start_matches("/api/v1");
    path.replace("{id}", "987654").replace("{address}", "987654")
}

#[test]
fn every_address_asks_for_a_token_and_for_its_role() {
    // A2: made of the route table, so that no address can be forgotten.
    let desk = TestDesk::new();
    let people: Vec<(Role, Program)> =
        Role::ALL.into_iter().map(|role| (role, desk.program(role.as_str(), role))).collect();
    let gone = desk.program("Gone", Role::Admin);
    let now = desk.now();
    let id = gone.agent;
    desk.write(move |tx| {
        let mut agent = store::agent::get(tx, id)?.unwrap();
        agent.disabled_at = Some(now);
        store::agent::update(tx, &agent)
    });
    let mut checked = 0;
    for route in api::routes() {
        let Guard::Token(needed) = route.guard else {
            assert_eq!(route.path, "/api/v1/openapi.json", "the only address without a token");
            continue;
        };
        let path = filled(route.path);
        let body = matches!(route.method, Method::Post | Method::Patch).then(|| json!({}));
        for nobody in [None, Some(&gone)] {
            let told = desk.api(nobody, route.method, &path, body.clone());
            assert_eq!(told.status, 401, "{:?} {path}", route.method);
        }
        for (role, program) in &people {
            let told = desk.api(Some(program), route.method, &path, body.clone());
            assert_eq!(told.status == 403, *role < needed, "{role:?} {:?} {path}: {told:?}", route.method);
            assert!(told.status < 500, "{role:?} {:?} {path}: {told:?}", route.method);
            checked += 1;
        }
    }
    assert!(checked > 100);
}

/// A conversation in a queue that only Ben is in, with a note, a file, and a failed message.
fn secluded(desk: &TestDesk, ben: &Program) -> (i64, Vec<String>) {
    let (ben, now) = (ben.agent, desk.now());
    let queue = desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", now)?;
        store::queue::set_members(tx, queue, &[ben])?;
        Ok(queue)
    });
    let channel = desk.channel_with(Kind::Webchat, |channel| channel.queue = Some(queue));
    let id = desk.writes(&channel, "v1", "m1").id;
    let ben = desk.token_of(ben);
    let file = json!([{ "name": "a.txt", "content": "aGVsbG8=" }]);
    let sent = desk.api_post(&ben, &format!("/conversations/{id}/messages"), json!({ "attachments": file }));
    assert_eq!(sent.status, 201, "{sent:?}");
    let message = sent.id();
    let attachment = &sent.json["attachments"][0]["id"];
    let unassigned = desk.api_post(&ben, &format!("/conversations/{id}/assign"), json!({ "agent_id": null }));
    assert_eq!(unassigned.status, 200);
    (id.get(), vec![format!("/attachments/{attachment}"), format!("/messages/{message}")])
}

#[test]
fn an_agent_of_another_queue_sees_nothing_of_a_conversation() {
    // A2
    let desk = TestDesk::new();
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Agent));
    let (id, mut hidden) = secluded(&desk, &ben);
    hidden.push(format!("/conversations/{id}"));
    hidden.push(format!("/conversations/{id}/messages"));
    for path in &hidden {
        assert_eq!(desk.api_get(&ben, path).status, 200, "{path}");
        assert_eq!(desk.api_get(&eva, path).status, 404, "{path}");
    }
    for (word, body) in [
        ("messages", json!({ "body": "x" })),
        ("messages", json!({ "kind": "note", "body": "x" })),
        ("close", json!({})),
        ("reopen", json!({})),
        ("handover", json!({})),
        ("assistant", json!({ "label": "x", "body": "x" })),
        ("read", json!({})),
        ("snooze", json!({ "preset": "hour" })),
        ("assign", json!({ "agent_id": eva.agent.get() })),
        ("transfer", json!({ "agent_id": eva.agent.get() })),
        ("accept", json!({})),
        ("decline", json!({})),
    ] {
        let told = desk.api_post(&eva, &format!("/conversations/{id}/{word}"), body);
        assert_eq!((told.status, told.code()), (404, "not_found"), "{word}");
    }
    let message = hidden.iter().find(|path| path.starts_with("/messages")).unwrap();
    for (word, body) in [("retry", json!({})), ("undo", json!({})), ("settle", json!({ "verdict": "sent" }))]
    {
        assert_eq!(desk.api_post(&eva, &format!("{message}/{word}"), body).status, 404, "{word}");
    }
    for path in ["/conversations?view=all", "/conversations?view=unassigned", "/conversations?view=queue:1"] {
        assert_eq!(desk.api_get(&eva, path).json["items"], json!([]), "{path}");
    }
    assert_eq!(desk.api_get(&ben, "/conversations?view=all").json["items"].as_array().unwrap().len(), 1);
    let told = desk.api_get(&eva, "/events?after=0&limit=200");
    assert!(told.json["next_after"].as_i64().unwrap() > 0);
    let about = |event: &Value| event["conversation_id"] == json!(id);
    assert!(!told.json["items"].as_array().unwrap().iter().any(about), "{told:?}");
    let known = desk.api_get(&ben, "/events?after=0&limit=200");
    assert!(known.json["items"].as_array().unwrap().iter().any(about));
}

#[test]
fn who_hands_a_conversation_out_of_sight_is_not_told_that_it_failed() {
    let desk = TestDesk::new();
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Agent));
    let (now, member) = (desk.now(), ben.agent);
    let queue = desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", now)?;
        store::queue::set_members(tx, queue, &[member])?;
        Ok(queue)
    });
    let channel = desk.channel(Kind::Webchat);
    let id = desk.writes(&channel, "v1", "m1").id;
    let told =
        desk.api_post(&eva, &format!("/conversations/{id}/transfer"), json!({ "queue_id": queue.get() }));
    assert_eq!(told.status, 204);
    assert_eq!(desk.conversation(Id::new(id.get())).queue, Some(queue));
}

#[test]
fn agents_see_no_settings_of_channels() {
    let desk = TestDesk::new();
    let (eva, ada) = (desk.program("Eva", Role::Agent), desk.program("Ada", Role::Admin));
    desk.channel(Kind::Whatsapp);
    let agent = &desk.api_get(&eva, "/channels").json["items"][0];
    assert_eq!((&agent["settings"], &agent["webhook_url"]), (&json!(null), &json!(null)));
    let admin = &desk.api_get(&ada, "/channels").json["items"][0];
    assert!(admin["settings"].is_object() && admin["webhook_url"].is_string());
}
