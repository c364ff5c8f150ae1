//! What a team does all day, done by a program.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::cast::text;
use transom::domain::Span;
use transom::domain::agent::Role;
use transom::domain::channel::{Kind, OnClose};
use transom::domain::inbound::Event;

const ANA: &str = "+34612345678";

#[test]
fn a_closed_conversation_is_found_by_phone_and_reopened_by_writing() {
    // S1, S2, S8, S10, S11, S13, S20, S21
    let desk = TestDesk::new();
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Agent));
    let channel = desk.channel(Kind::Whatsapp);
    let mut first = text(&channel, ANA, "m1", desk.now());
    first.from.name = Some("Ana García".into());
    desk.hear(&channel, Event::Message(first)).unwrap();

    let open = desk.api_get(&eva, "/conversations?view=unassigned&status=open");
    assert_eq!(open.status, 200, "{open:?}");
    let conversation = &open.json["items"][0];
    let id = conversation["id"].as_i64().unwrap();
    assert_eq!(conversation["contact"]["name"], "Ana García");
    assert_eq!(conversation["contact"]["addresses"][0]["value"], ANA);
    assert_eq!(conversation["last_message"]["body"], "text of m1");
    assert_eq!(conversation["channel"]["kind"], "whatsapp");
    assert_eq!(conversation["unread"], 1);

    let sent = desk.api_post(&eva, &format!("/conversations/{id}/messages"), json!({ "body": "Hello Ana" }));
    assert_eq!((sent.status, &sent.json["kind"]), (201, &json!("outbound")), "{sent:?}");
    assert_eq!(sent.json["state"], "queued");
    assert_eq!(sent.json["author"]["email"], "eva@example.org");

    let closed = desk.api_post(&eva, &format!("/conversations/{id}/close"), json!({ "note": "Done" }));
    assert_eq!((closed.status, &closed.json["status"]), (200, &json!("closed")), "{closed:?}");
    assert_eq!(closed.json["assignee"]["name"], "Eva");

    let none = desk.api_get(&ben, "/conversations?view=all&status=open&q=garcia");
    assert_eq!(none.json["items"], json!([]));
    let hits = json!([
        { "status": "snoozed", "hits": 0, "more": false },
        { "status": "closed", "hits": 1, "more": false }
    ]);
    assert_eq!(none.json["elsewhere"], hits, "S12, S14");
    let found = desk.api_get(&ben, "/conversations?view=all&status=closed&q=0034+612+345-678");
    assert_eq!(found.json["items"][0]["id"], id);
    let mine = desk.api_get(&ben, "/conversations?view=mine&status=closed&q=612345678");
    assert_eq!(mine.json["items"], json!([]));

    let again = desk.api_post(&ben, &format!("/conversations/{id}/messages"), json!({ "body": "One more" }));
    assert_eq!(again.status, 201);
    let now = desk.api_get(&ben, &format!("/conversations/{id}"));
    assert_eq!(now.json["status"], "open");
    assert_eq!(now.json["assignee"]["id"], ben.agent.get());
    assert_eq!(now.json["episode"], 2);
    let log = desk.api_get(&ben, "/events?after=0&limit=200");
    let kinds: Vec<_> = log.json["items"].as_array().unwrap().iter().map(|e| e["kind"].clone()).collect();
    assert!(kinds.contains(&json!("conversation.reopened")), "{kinds:?}");
}

#[test]
fn with_unassign_nobody_has_it_after_closing() {
    // S22
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel_with(Kind::Webchat, |channel| channel.on_close = OnClose::Unassign);
    let id = desk.writes(&channel, "v1", "m1").id;
    let mine =
        desk.api_post(&eva, &format!("/conversations/{id}/assign"), json!({ "email": "Eva@example.org" }));
    assert_eq!(mine.json["assignee"]["name"], "Eva");
    let closed = desk.api_post(&eva, &format!("/conversations/{id}/close"), json!({}));
    assert_eq!(closed.json["assignee"], json!(null));
}

#[test]
fn outside_the_window_the_answer_names_the_reason_and_what_to_do() {
    // S18
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Whatsapp);
    let id = desk.writes(&channel, ANA, "m1").id;
    let window = &desk.api_get(&eva, &format!("/conversations/{id}")).json["window"];
    assert_eq!((window["class"].as_str(), window["state"].as_str()), (Some("B"), Some("open")));
    assert_eq!(window["closes_at"], "2026-03-04T12:00:00Z");
    assert_eq!(window["allowed"], json!(["text", "file", "template", "note"]));
    assert_eq!(window["sends_left"], json!(null));

    desk.pass(Span::hours(24));
    let window = &desk.api_get(&eva, &format!("/conversations/{id}")).json["window"];
    assert_eq!((window["state"].as_str(), &window["closes_at"]), (Some("template_only"), &json!(null)));
    assert_eq!(window["allowed"], json!(["template", "note"]));
    assert!(window["reason"].as_str().unwrap().contains("template"));

    let refused = desk.api_post(&eva, &format!("/conversations/{id}/messages"), json!({ "body": "Hello" }));
    assert_eq!((refused.status, refused.code()), (409, "window_closed"), "{refused:?}");
    let error = &refused.json["error"];
    assert!(!error["message"].as_str().unwrap().is_empty() && !error["fix"].as_str().unwrap().is_empty());
    assert!(error.as_object().unwrap().contains_key("retry_at"));
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0);
    let note = json!({ "kind": "note", "body": "She will write again." });
    assert_eq!(desk.api_post(&eva, &format!("/conversations/{id}/messages"), note).status, 201);
}

#[test]
fn a_channel_of_class_c_is_shut_until_the_customer_writes() {
    // S19
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Wechat);
    let id = desk.writes(&channel, "open-id", "m1").id;
    desk.pass(Span::hours(48));
    let window = &desk.api_get(&eva, &format!("/conversations/{id}")).json["window"];
    assert_eq!((window["class"].as_str(), window["state"].as_str()), (Some("C"), Some("blocked")));
    assert_eq!(window["allowed"], json!(["note"]));
    desk.writes(&channel, "open-id", "m2");
    let window = &desk.api_get(&eva, &format!("/conversations/{id}")).json["window"];
    assert_eq!(window["state"], "open");
}

#[test]
fn a_refusal_speaks_the_language_that_was_asked_for() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let ask = |language: &str| {
        let request =
            transom::web::http::Request::new(transom::web::http::Method::Get, "/api/v1/contacts/99")
                .with_header("authorization", &format!("Bearer {}", eva.token))
                .with_header("accept-language", language);
        desk.told(request).json["error"]["message"].clone()
    };
    assert_ne!(ask("es-ES,es;q=0.9"), ask("en"));
}

#[test]
fn the_same_key_sends_once() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Webchat);
    let id = desk.writes(&channel, "v1", "m1").id;
    let other = desk.writes(&channel, "v2", "m2").id;
    let path = format!("/conversations/{id}/messages");
    let file = json!([{ "name": "a.txt", "type": "text/plain", "content": "aGVsbG8=" }]);
    let order = json!({ "body": "Once", "key": "k-1", "attachments": file });
    let first = desk.api_post(&eva, &path, order.clone());
    let second = desk.api_post(&eva, &path, order);
    assert_eq!((first.status, first.id()), (201, second.id()), "{first:?}");
    assert_eq!(first.json["attachments"][0]["size"], 5);
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'outbound'"), 1);
    assert_eq!(desk.count("SELECT count(*) FROM attachment"), 1);
    let elsewhere = json!({ "body": "Once", "key": "k-1" });
    let reused = desk.api_post(&eva, &format!("/conversations/{other}/messages"), elsewhere);
    assert_eq!((reused.status, reused.code()), (409, "key_reused"));
    let note = desk.api_post(&eva, &path, json!({ "kind": "note", "body": "For us", "key": "k-1" }));
    assert_eq!((note.status, note.code()), (409, "key_reused"), "a note is no message of ours");
    // Nor is the key of one that was begun with somebody the key of one with somebody else.
    let sms = desk.channel(Kind::Sms).id.get();
    let begin = |to: &str, key: &str| {
        desk.api_post(
            &eva,
            "/conversations",
            json!({ "channel_id": sms, "to": to, "body": "Hello", "key": key }),
        )
    };
    let ana = begin("+34699111222", "b-1");
    assert_eq!((ana.status, begin("+34 699 111 222", "b-1").id()), (201, ana.id()), "{ana:?}");
    let ben = begin("+34699111333", "b-1");
    assert_eq!((ben.status, ben.code()), (409, "key_reused"));
}

#[test]
fn who_did_not_see_the_newest_message_is_told() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Webchat);
    let id = desk.writes(&channel, "v1", "m1").id;
    let seen = desk.said(id)[0].id.get();
    desk.writes(&channel, "v1", "m2");
    let path = format!("/conversations/{id}/messages");
    let refused = desk.api_post(&eva, &path, json!({ "body": "Yes", "seen": seen }));
    assert_eq!((refused.status, refused.code()), (409, "newer_message"));
    let newest = desk.said(id)[1].id.get();
    assert_eq!(desk.api_post(&eva, &path, json!({ "body": "Yes", "seen": newest })).status, 201);
}

#[test]
fn a_conversation_is_begun_put_off_handed_over_and_reopened() {
    let desk = TestDesk::new();
    let admin = desk.program("Ada", Role::Admin);
    let channel = desk.channel(Kind::Sms).id;
    let order =
        json!({ "channel_id": channel.get(), "to": "+34 612 345 678", "body": "Your parcel is here" });
    let begun = desk.api_post(&admin, "/conversations", order.clone());
    assert_eq!(begun.status, 201, "{begun:?}");
    let id = begun.id();
    assert_eq!(begun.json["assignee"]["name"], "Ada");
    assert_eq!(begun.json["contact"]["addresses"][0]["value"], ANA);
    let twice = desk.api_post(&admin, "/conversations", order);
    assert_eq!((twice.status, twice.code()), (409, "already_active"));
    assert_eq!(twice.json["error"]["conversation_id"], id);

    let until = json!({ "until": "2026-03-03T14:00:00+01:00" });
    let snoozed = desk.api_post(&admin, &format!("/conversations/{id}/snooze"), until);
    assert_eq!(
        (&snoozed.json["status"], &snoozed.json["snoozed_until"]),
        (&json!("snoozed"), &json!("2026-03-03T13:00:00Z"))
    );
    let past = desk.api_post(
        &admin,
        &format!("/conversations/{id}/snooze"),
        json!({ "until": "2026-03-03T11:00:00Z" }),
    );
    assert_eq!((past.status, past.code()), (422, "time_passed"));
    let preset =
        desk.api_post(&admin, &format!("/conversations/{id}/snooze"), json!({ "preset": "tomorrow" }));
    assert_eq!(preset.json["snoozed_until"], "2026-03-04T09:00:00Z");

    let queue =
        desk.api_post(&admin, "/queues", json!({ "name": "Billing", "members": [admin.agent.get()] }));
    assert_eq!((queue.status, &queue.json["members"]), (201, &json!([admin.agent.get()])), "{queue:?}");
    let handed = desk.api_post(
        &admin,
        &format!("/conversations/{id}/transfer"),
        json!({ "queue_id": queue.id(), "note": "Please" }),
    );
    assert_eq!((&handed.json["queue"]["name"], &handed.json["assignee"]), (&json!("Billing"), &json!(null)));
    desk.api_post(&admin, &format!("/conversations/{id}/close"), json!({}));
    let open = desk.api_post(&admin, &format!("/conversations/{id}/reopen"), json!({}));
    assert_eq!(open.json["status"], "open");
    let nobody = desk.api_post(&admin, &format!("/conversations/{id}/assign"), json!({ "agent_id": null }));
    assert_eq!((nobody.status, &nobody.json["assignee"]), (200, &json!(null)), "S222");
    for word in ["accept", "decline"] {
        let refused = desk.api_post(&admin, &format!("/conversations/{id}/{word}"), json!({}));
        assert_eq!((refused.status, refused.code()), (409, "no_offer"));
    }
}

#[test]
fn a_thread_is_read_page_by_page_from_the_newest() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Webchat);
    let id = desk.writes(&channel, "v1", "m1").id;
    for n in 2..=5 {
        desk.writes(&channel, "v1", &format!("m{n}"));
    }
    let mut seen = Vec::new();
    let mut path = format!("/conversations/{id}/messages?limit=2");
    loop {
        let page = desk.api_get(&eva, &path);
        assert_eq!(page.status, 200, "{page:?}");
        let ids: Vec<i64> =
            page.json["items"].as_array().unwrap().iter().map(|m| m["id"].as_i64().unwrap()).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| seen.first().is_none_or(|first| id < first)));
        seen.splice(0..0, ids);
        let Some(next) = page.json["next_cursor"].as_str() else { break };
        path = format!("/conversations/{id}/messages?limit=2&before={next}");
    }
    let all = desk.count("SELECT count(*) FROM message");
    assert_eq!(i64::try_from(seen.len()).unwrap(), all);
}

#[test]
fn a_file_is_uploaded_sent_and_fetched_as_it_was() {
    let desk = TestDesk::new();
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Agent));
    let channel = desk.channel(Kind::Webchat);
    let id = desk.writes(&channel, "v1", "m1").id;
    let bytes = "día ".repeat(100_000);
    let request = transom::web::http::Request::new(
        transom::web::http::Method::Post,
        "/api/v1/attachments?name=d%C3%ADa.txt",
    )
    .with_header("authorization", &format!("Bearer {}", eva.token))
    .with_body("text/plain", bytes.clone());
    let file = desk.told(request);
    assert_eq!((file.status, &file.json["name"]), (201, &json!("día.txt")), "{file:?}");
    let path = format!("/attachments/{}", file.id());
    assert_eq!(desk.api_get(&ben, &path).status, 404, "not sent yet: only who uploaded it");
    let sent = desk.api_post(
        &eva,
        &format!("/conversations/{id}/messages"),
        json!({ "attachments": [{ "id": file.id() }] }),
    );
    assert_eq!(sent.status, 201, "{sent:?}");
    let page = desk.ask(
        transom::web::http::Request::new(transom::web::http::Method::Get, &format!("/api/v1{path}"))
            .with_header("authorization", &format!("Bearer {}", ben.token)),
    );
    assert_eq!((page.status, page.body == bytes), (200, true));
    assert!(page.header("content-disposition").unwrap().starts_with("attachment"));
}

#[test]
fn a_program_sends_nothing_into_a_window_that_is_open_to_people_only() {
    // S16: what is answered by hand for seven days is shut to rules, flows and programs after one.
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel_with(Kind::Messenger, |channel| {
        channel.settings.insert("human_agent".into(), "yes".into());
        channel.card = transom::channels::card(channel.kind, &channel.settings);
    });
    let id = desk.writes(&channel, "8001", "m1").id;
    let messages = format!("/conversations/{id}/messages");
    let sender =
        |id: i64| desk.count(&format!("SELECT sender = 'person' FROM outbox WHERE message_id = {id}"));

    let in_time = desk.api_post(&eva, &messages, json!({ "body": "Open to all" }));
    assert_eq!((in_time.status, sender(in_time.id())), (201, 0), "{in_time:?}");
    desk.pass(Span::hours(25));
    let state = desk.api_get(&eva, &format!("/conversations/{id}")).json["window"]["state"].clone();
    assert_eq!(state, "person_only");
    // What it queued while the window was open to it leaves no more.
    let (now, from) = (desk.now(), channel.id);
    let claimed = desk.act(move |tx, _| transom::actions::dispatch::claim(tx, from, now)).unwrap();
    assert!(claimed.is_none());
    let failed = desk.api_get(&eva, &format!("/messages/{}", in_time.id()));
    assert_eq!(
        (&failed.json["state"], &failed.json["error"]["code"]),
        (&json!("failed"), &json!("window_closed"))
    );

    for by in [json!({ "body": "Sale!" }), json!({ "body": "Sale!", "by": "program" })] {
        let refused = desk.api_post(&eva, &messages, by);
        assert_eq!((refused.status, refused.code()), (409, "window_closed"), "{refused:?}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM outbox"), 0);
    let by_hand = desk.api_post(&eva, &messages, json!({ "body": "I looked it up", "by": "person" }));
    assert_eq!((by_hand.status, sender(by_hand.id())), (201, 1), "{by_hand:?}");
    let wrong = desk.api_post(&eva, &messages, json!({ "body": "x", "by": "robot" }));
    assert_eq!(wrong.status, 400, "{wrong:?}");
}

#[test]
fn a_failed_message_is_sent_again_by_whoever_says_so() {
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel_with(Kind::Messenger, |channel| {
        channel.settings.insert("human_agent".into(), "yes".into());
        channel.card = transom::channels::card(channel.kind, &channel.settings);
    });
    let id = desk.writes(&channel, "8001", "m1").id;
    let sent = desk.api_post(&eva, &format!("/conversations/{id}/messages"), json!({ "body": "Hello" }));
    let message = transom::domain::Id::new(sent.id());
    let mut lost = desk.message(message);
    lost.state = transom::domain::message::State::Failed;
    desk.write(move |tx| {
        let dispatch = transom::store::outbox::of_message(tx, message)?.unwrap();
        transom::store::outbox::delete(tx, dispatch.id)?;
        transom::store::message::update(tx, &lost)
    });
    desk.pass(Span::hours(25));
    let again = format!("/messages/{message}/retry");
    let refused = desk.api_post(&eva, &again, json!({}));
    assert_eq!((refused.status, refused.code()), (409, "window_closed"), "{refused:?}");
    let again = desk.api_post(&eva, &again, json!({ "by": "person" }));
    assert_eq!((again.status, &again.json["state"]), (200, &json!("queued")), "{again:?}");
    assert_eq!(desk.count("SELECT count(*) FROM outbox WHERE sender = 'person'"), 1);
}
