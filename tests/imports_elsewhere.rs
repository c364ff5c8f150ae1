//! Imports from other team inboxes over their APIs: everything comes, at its time and once, and nobody is told.

mod odd;

use std::path::Path;

use serde_json::{Value, json};
use transom::domain::event::Event;
use transom::domain::webhook::Webhook;
use transom::domain::{Id, Timestamp};

use crate::support::elsewhere::{Chatwoot, Libredesk, PICTURE, day};
use crate::support::process::{complained, run};
use crate::support::provider::Say;

/// A desk with an agent who works at the other desk as well; its file.
pub(crate) fn desk(folder: &Path) -> String {
    let db = folder.join("transom.db").to_str().unwrap().to_owned();
    let words =
        ["user", "add", "--email", "olga@example.com", "--name", "Olga", "--role", "agent", "--db", &db];
    assert!(run(&words).status.success());
    db
}

pub(crate) fn chatwoot<'a>(there: &'a Chatwoot, db: &'a str) -> Vec<&'a str> {
    let url = &there.server.url;
    vec!["import", "chatwoot", "--url", url, "--token", "word", "--account", "3", "--json", "--db", db]
}

pub(crate) fn told(words: &[&str]) -> Value {
    let output = run(words);
    assert!(output.status.success(), "{words:?}: {}", complained(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn number(db: &str, sql: &str) -> i64 {
    rusqlite::Connection::open(db).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// One row, or an array of rows, as JSON.
pub(crate) fn read(db: &str, sql: &str) -> Value {
    let text: String = rusqlite::Connection::open(db).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Everything that stands in the desk, without the numbers that depend on when it came.
pub(crate) fn whole(db: &str) -> Value {
    read(
        db,
        "SELECT json_group_array(json_array(h.name, c.name, v.status, v.snippet, v.unread, v.waiting_since, m.kind,
             w.body, m.at, m.state, m.extra, (SELECT sum(size) FROM attachment a WHERE a.message_id = m.id)))
         FROM (SELECT * FROM message ORDER BY conversation_id, id) m
         JOIN v_messages w ON w.id = m.id AND w.body <> 'conversation.imported' JOIN conversation v ON v.id = m.conversation_id JOIN contact c ON c.id = v.contact_id
         JOIN channel h ON h.id = v.channel_id",
    )
}

#[test]
fn a_chatwoot_comes_whole_at_its_own_time_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    let words = chatwoot(&there, &db);
    let first = told(&words);
    for (kind, new) in
        [("channels", 3), ("contacts", 3), ("conversations", 3), ("messages", 11), ("files", 1)]
    {
        assert_eq!(first[kind]["new"], new, "{kind}: {first}");
    }
    assert_eq!((&first["complete"], &first["differences"]), (&json!(true), &json!([])), "{first}");
    assert!(there.server.seen().iter().all(|seen| seen.header("api_access_token") == "word"));

    let channels =
        "SELECT json_group_array(json_array(kind, name, state, settings ->> 'address')) FROM channel";
    let wanted = json!([
        ["whatsapp", "Shop", "disabled", null],
        ["email", "Post", "disabled", "shop@example.org"],
        ["telegram", "Bot", "disabled", null]
    ]);
    assert_eq!(read(&db, channels), wanted);
    let people = "SELECT json_group_array(json_array(c.name,
            (SELECT group_concat(a.kind || ':' || a.value, ' ' ORDER BY a.kind) FROM address a WHERE a.contact_id = c.id),
            (SELECT group_concat(f.name || '=' || w.value, ' ' ORDER BY f.id) FROM field_value w
             JOIN field f ON f.id = w.field_id WHERE w.contact_id = c.id), c.created_at / 1000)) FROM contact c";
    let fields = "Tariff=Gold Important=yes";
    let wanted = json!([
        ["Ana García", "email:ana@example.com phone:+34600111222 whatsapp:+34600111222", fields, day(0)],
        ["Ben", "email:ben@example.com", fields, day(0)],
        ["Quiet Water", "telegram:987654", fields, day(0)]
    ]);
    assert_eq!(read(&db, people), wanted);
    let threads = "SELECT json_group_array(json_array(h.name, v.subject, v.status, g.name, v.priority, v.unread,
            v.created_at / 1000, v.last_message_at / 1000, v.snoozed_until IS NOT NULL, v.failed, a.kind,
            (SELECT group_concat(t.name, ' ' ORDER BY t.id) FROM conversation_tag x JOIN tag t ON t.id = x.tag_id
             WHERE x.conversation_id = v.id)))
         FROM conversation v JOIN channel h ON h.id = v.channel_id JOIN address a ON a.id = v.address_id
         LEFT JOIN agent g ON g.id = v.assignee_id";
    let tags = "Billing VIP";
    let row = |name: &str, status: &str, unread: i64, last: i64, snoozed: i64, failed: i64, kind: &str| {
        json!([name, "The parcel", status, "Olga", 1, unread, day(1), last, snoozed, failed, kind, tags])
    };
    let wanted = json!([
        row("Shop", "open", 1, day(4), 0, 1, "whatsapp"),
        row("Post", "closed", 0, day(2), 0, 0, "email"),
        row("Bot", "snoozed", 1, day(3), 1, 0, "telegram"),
    ]);
    assert_eq!(read(&db, threads), wanted);

    let again = told(&words);
    assert_eq!(
        (&again["messages"]["new"], &again["conversations"]["known"]),
        (&json!(0), &json!(3)),
        "{again}"
    );
    assert_eq!(number(&db, "SELECT count(*) FROM v_messages WHERE body = 'conversation.imported'"), 3);
    assert_eq!(number(&db, "SELECT count(*) FROM contact"), 3);
    let checked = run(&["check", &db]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn each_message_of_a_chatwoot_is_what_it_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    told(&chatwoot(&there, &db));
    let said = read(
        &db,
        "SELECT json_group_array(json_array(m.kind, w.body, m.state, g.name, m.extra ->> 'writer', m.provider_id,
             m.at / 1000, (SELECT q.body FROM message q WHERE q.id = m.reply_to_id)))
         FROM (SELECT * FROM message ORDER BY id) m JOIN v_messages w ON w.id = m.id LEFT JOIN agent g ON g.id = m.author_id
         WHERE m.conversation_id = (SELECT min(id) FROM conversation)",
    );
    let imported = said.as_array().unwrap().last().unwrap();
    assert_eq!((&imported[0], &imported[1]), (&json!("event"), &json!("conversation.imported")));
    let wanted = json!([
        ["inbound", "Hello, where is it?", "received", null, null, "wamid.1", day(1) + 1, null],
        ["inbound", "", "received", null, null, "wamid.2", day(1) + 2, null],
        ["event", "conversation.told", "received", null, null, null, day(1) + 3, null],
        ["note", "Is Olga there?", "received", null, "Gone Gil", null, day(2), null],
        ["outbound", "On its way", "delivered", "Olga", null, null, day(2) + 1, "Hello, where is it?"],
        ["outbound", "Not sent", "failed", "Olga", null, null, day(2) + 2, null],
        ["outbound", "We are back tomorrow", "sent", null, null, null, day(2) + 3, null],
        ["inbound", "Thank you", "received", null, null, null, day(4), null]
    ]);
    assert_eq!(json!(said.as_array().unwrap()[..8]), wanted);
    let mail = read(
        &db,
        "SELECT json_group_array(json_array(l.identifier, m.extra ->> 'writer', m.html, m.body,
             m.extra ->> '$.mail.from.address')) FROM mail l JOIN message m ON m.id = l.message_id",
    );
    let wanted = json!([
        ["m1@x.example", null, "<p>It is <b>broken</b>.</p>", "It is broken.\n\n-- \nBen", "ben@example.com"],
        ["m2@shop.example", "Pia of old", null, "We send another", null]
    ]);
    assert_eq!(mail, wanted);
    let file = "SELECT json_array(a.name, a.media_type, a.state, hex(p.bytes)) FROM attachment a
         JOIN attachment_part p ON p.attachment_id = a.id";
    let bytes: String = PICTURE.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(read(&db, file), json!(["a photo.png", "image/png", "stored", bytes]));
}

#[test]
fn an_import_that_broke_goes_on_where_it_broke_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    std::fs::create_dir_all(&one).unwrap();
    std::fs::create_dir_all(&other).unwrap();
    let (db, straight) = (desk(&one), desk(&other));
    told(&chatwoot(&Chatwoot::new(), &straight));

    let there = Chatwoot::new();
    // A connection breaks, which another try mends; then, in the middle of a conversation, it no longer lets us in.
    there.server.say("sort=name&page=1", &[Say::HangUp, first_people()]);
    there.server.say("/conversations/7/messages?after=102", &[Say::Answer(401, "{}".to_owned())]);
    let output = run(&chatwoot(&there, &db));
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("goes on from there"), "{}", complained(&output));
    assert_eq!(number(&db, "SELECT count(*) FROM message"), 3, "what came before is kept");
    assert_eq!(number(&db, "SELECT count(*) FROM conversation WHERE status <> 'closed'"), 0, "no half work");

    there.chats(day(4), &[]);
    let busy = Say::With(429, "Retry-After: 1", "{}".to_owned());
    there.server.say("sort=name&page=1", &[busy, first_people()]);
    let done = told(&chatwoot(&there, &db));
    assert_eq!(done["complete"], true, "{done}");
    assert!(there.server.seen_at("sort=name&page=1").len() >= 4, "it was asked again, both times");
    assert_eq!(whole(&db), whole(&straight));
    assert_eq!(number(&db, "SELECT count(*) FROM attachment"), 1);
}

/// What the first page of contacts says.
fn first_people() -> Say {
    let fresh = json!({ "meta": { "count": 2 }, "payload": [{ "id": 11, "name": "Ana García",
        "email": "ana@example.com", "custom_attributes": { "plan": "Gold", "vip": true }, "contact_inboxes": [] }] });
    Say::Answer(200, fresh.to_string())
}

#[test]
fn a_second_import_brings_what_is_new_and_leaves_what_was_done_here() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    told(&chatwoot(&there, &db));
    // Somebody here closed it, and another contact was erased here.
    let here = rusqlite::Connection::open(&db).unwrap();
    here.execute("UPDATE conversation SET status = 'closed', updated_at = updated_at + 1 WHERE id = 1", [])
        .unwrap();
    here.execute_batch(
        "DELETE FROM conversation WHERE contact_id = (SELECT id FROM contact WHERE name = 'Ben');
         DELETE FROM contact WHERE name = 'Ben'",
    )
    .unwrap();
    drop(here);
    there.chats(day(5), &[(108, "One more thing", day(5))]);
    let second = told(&chatwoot(&there, &db));
    assert_eq!(second["messages"]["new"], 1, "{second}");
    let whys: Vec<&str> =
        second["differences"].as_array().unwrap().iter().filter_map(|one| one["why"].as_str()).collect();
    assert_eq!(whys, ["it was erased here"], "{second}");
    assert_eq!(number(&db, "SELECT count(*) FROM contact WHERE name = 'Ben'"), 0);
    let last = "SELECT json_array(status, snippet, last_message_at / 1000) FROM conversation WHERE id = 1";
    assert_eq!(read(&db, last), json!(["closed", "One more thing", day(5)]));
}

#[test]
fn what_cannot_be_taken_is_named_with_the_reason_and_no_other_host_is_asked_for_files() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    let inside = crate::support::provider::StandIn::new();
    let location = format!("Location: {}/secret", inside.url).leak();
    there.server.say("/blobs/redirect/", &[Say::With(302, location, String::new())]);
    there.server.say("/contacts/13", &[Say::Answer(404, "{}".to_owned())]);
    let done = told(&chatwoot(&there, &db));
    assert_eq!(done["complete"], false);
    assert_eq!(
        (&done["files"]["left_out"], &done["conversations"]["left_out"]),
        (&json!(1), &json!(1)),
        "{done}"
    );
    let named = done["differences"].to_string();
    assert!(named.contains("contact is gone") && named.contains("cannot be had"), "{named}");
    assert!(inside.seen().is_empty(), "an address inside the house was asked for a file");
    assert_eq!(number(&db, "SELECT count(*) FROM attachment WHERE state = 'failed'"), 1);
    let words: Vec<&str> = chatwoot(&there, &db).into_iter().filter(|word| *word != "--json").collect();
    let shown = String::from_utf8(run(&words).stdout).unwrap();
    assert!(shown.contains("left out") && shown.contains("its contact is gone"), "{shown}");
}

#[test]
fn a_libredesk_comes_whole_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Libredesk::new());
    let url = &there.server.url;
    let words =
        ["import", "libredesk", "--url", url, "--key", "key", "--secret", "word", "--json", "--db", &db];
    let first = told(&words);
    assert_eq!((&first["complete"], &first["messages"]["new"]), (&json!(true), &json!(5)), "{first}");
    assert!(there.server.seen().iter().all(|seen| seen.header("authorization") == "Basic a2V5OndvcmQ="));
    let threads =
        "SELECT json_group_array(json_array(h.kind, h.settings ->> 'address', c.name, v.subject, v.status,
             v.assignee_id, v.priority, (SELECT group_concat(a.value, ' ' ORDER BY a.id) FROM address a
             WHERE a.contact_id = c.id AND a.kind <> 'custom')))
         FROM conversation v JOIN channel h ON h.id = v.channel_id JOIN contact c ON c.id = v.contact_id";
    let wanted = json!([
        [
            "email",
            "shop@example.org",
            "Ana García",
            "The parcel",
            "closed",
            1,
            1,
            "ana@example.com +34600111222"
        ],
        ["webchat", null, "Visitor", "", "open", null, 0, null]
    ]);
    assert_eq!(read(&db, threads), wanted);
    let said = read(
        &db,
        "SELECT json_group_array(json_array(kind, coalesce(extra ->> '$.event.note', body), author_id,
             extra ->> 'writer', at / 1000, html))
         FROM (SELECT * FROM message WHERE kind <> 'event' OR body <> '' ORDER BY id)",
    );
    let at = |number: i64| day(number) + 36_000;
    let wanted = json!([
        ["inbound", "words of m-1", null, null, at(0), "<p>Hello</p>"],
        ["note", "words of m-2", null, "Pia of old", at(1), null],
        ["outbound", "words of m-3", 1, null, at(2), null],
        ["event", "Olga resolved it", null, null, at(3), null],
        ["inbound", "words of m-9", null, null, at(4), null]
    ]);
    assert_eq!(said, wanted);
    assert_eq!(
        number(&db, "SELECT size FROM attachment WHERE name = 'a.png'"),
        i64::try_from(PICTURE.len()).unwrap()
    );
    let again = told(&words);
    assert_eq!(
        (&again["messages"]["new"], &again["conversations"]["known"]),
        (&json!(0), &json!(2)),
        "{again}"
    );
    assert_eq!(number(&db, "SELECT count(*) FROM contact"), 2);
}

#[test]
fn nobody_is_told_of_what_an_import_brings() {
    let folder = tempfile::tempdir().unwrap();
    let (db, there) = (desk(folder.path()), Chatwoot::new());
    told(&chatwoot(&there, &db));
    let loud = "SELECT count(*) FROM log WHERE conversation_id IS NOT NULL AND data ->> 'imported' IS NOT 1";
    assert!(number(&db, "SELECT count(*) FROM log WHERE conversation_id IS NOT NULL") >= 3);
    assert_eq!(number(&db, loud), 0);
    assert_eq!(number(&db, "SELECT count(*) FROM notice"), 0);
    assert_eq!(number(&db, "SELECT count(*) FROM outbox"), 0);
    assert_eq!(
        number(&db, "SELECT count(*) FROM conversation WHERE queue_id IS NOT NULL"),
        0,
        "nothing is dealt"
    );
    let windows = "SELECT count(*) FROM conversation WHERE window_closes_at IS NOT NULL";
    assert_eq!(number(&db, windows), 0, "no window that is about to close");

    let webhook = Webhook {
        id: Id::new(1),
        url: String::new(),
        kinds: Vec::new(),
        cursor: Id::new(0),
        attempt: 0,
        due_at: Timestamp(0),
        disabled_at: None,
        created_at: Timestamp(0),
    };
    let event = |data: Value| Event {
        id: Id::new(1),
        at: Timestamp(0),
        kind: "message.received",
        agent: None,
        conversation: None,
        contact: None,
        message: None,
        data,
    };
    assert!(webhook.wants(&event(json!({ "late": false }))));
    assert!(!webhook.wants(&event(json!({ "late": false, "imported": true }))));
}

#[test]
fn letters_that_are_imported_are_told_to_nobody_who_follows() {
    let folder = tempfile::tempdir().unwrap();
    let db = desk(folder.path());
    let words =
        ["channel", "add", "email", "--name", "Post", "--set", "address=shop@example.org", "--db", &db];
    assert!(run(&words).status.success());
    let letter = |id: &str, answers: &str| {
        let text = format!(
            "From: Ana <ana@example.com>\r\nTo: shop@example.org\r\nSubject: The parcel\r\n\
             Date: 1 Mar 2021 10:00:00 +0000\r\nMessage-ID: <{id}>\r\n{answers}\r\nHello\r\n"
        );
        let path = folder.path().join(format!("{id}.eml"));
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let take =
        |path: &str| assert!(run(&["import", "mbox", path, "--channel", "1", "--db", &db]).status.success());
    take(&letter("a1@x.example", ""));
    let here = rusqlite::Connection::open(&db).unwrap();
    here.execute("INSERT INTO follower (agent_id, conversation_id) VALUES (1, 1)", []).unwrap();
    drop(here);
    take(&letter("a2@x.example", "In-Reply-To: <a1@x.example>\r\n"));
    assert_eq!(number(&db, "SELECT count(*) FROM message WHERE kind = 'inbound' AND conversation_id = 1"), 2);
    assert_eq!(number(&db, "SELECT count(*) FROM notice"), 0);
    let loud = "SELECT count(*) FROM log WHERE kind LIKE 'message.%' AND data ->> 'imported' IS NOT 1";
    assert_eq!(number(&db, loud), 0);
}
