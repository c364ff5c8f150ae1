//! Among colleagues: what one person may do to what another one, or a customer, has written, and what only looking does.

use super::scripts::{furnished, pages};
use crate::support::TestDesk;
use crate::support::channel::WHATSAPP;
use crate::support::desk::{Page, Person};
use crate::support::letters::{Desk, comes, mailbox};
use crate::support::story::KIM;
use crate::support::visitor::{Visitor, connect, read_in};
use serde_json::json;
use std::collections::BTreeMap;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::message::Message;
use transom::domain::{Id, Span};
use transom::jobs::outbox;
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::routes::{self, Guard};

/// CVE-2026-40592 (FreeScout): whoever saw a conversation took back the answer that a colleague had just written.
#[test]
fn cve_2026_40592_nobody_takes_back_what_a_colleague_wrote() {
    let desk = TestDesk::new();
    let mail = desk.connects(Kind::Email, "Post");
    let id = desk.says(&mail, KIM, "It does not glow.");
    let petra = desk.person("Petra", Role::Agent);
    let sent = desk.answers(&petra, id, "Turn it round.");
    for role in [Role::Agent, Role::Supervisor, Role::Admin] {
        let other = desk.person(&format!("Other {}", role.as_str()), role);
        let page = desk.post(&other, &format!("/messages/{sent}/undo"), &[]);
        assert!(page.status >= 400 && !page.body.contains("Turn it round."), "{role:?}: {}", page.status);
        let told = desk.api_post(&desk.token_of(other.id), &format!("/messages/{sent}/undo"), json!({}));
        assert!(told.status >= 400, "{role:?}: {told:?}");
        assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'outbound'"), 1, "{role:?}");
    }
    assert!(desk.post(&petra, &format!("/messages/{sent}/undo"), &[]).status < 400, "whose it is does");
    assert_eq!(desk.count("SELECT count(*) FROM message WHERE kind = 'outbound'"), 0);
}

/// A mail to everybody, with a file, and one of a queue of which Eva is no member.
struct Mailroom {
    desk: TestDesk,
    eva: Person,
    open: Id<transom::domain::conversation::Conversation>,
    hidden: Message,
    file: String,
}

fn mailroom() -> Mailroom {
    let desk = TestDesk::new();
    let (eva, ben) = (desk.person("Eva", Role::Agent), desk.person("Ben", Role::Agent));
    let channel = mailbox(&desk);
    let hidden = comes(&desk, &channel, "hidden@example.com", "The result of the examination");
    let (now, member) = (desk.now(), ben.id);
    desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", now)?;
        store::queue::set_members(tx, queue, &[member])?;
        let mut one = store::conversation::get(tx, hidden)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    let hidden = desk.said(hidden).pop().unwrap();
    let file = desk.count("SELECT max(id) FROM attachment").to_string();
    let other = desk.channel_with(Kind::Email, |other| {
        other.name = "Second".into();
        other.settings.insert("address".into(), "second@shop.example".into());
    });
    let open = comes(&desk, &other, "open@example.com", "It does not glow.");
    Mailroom { desk, eva, open, hidden, file }
}

/// CVE-2026-108270 (RT), CVE-2025-48473 (FreeScout), CVE-2026-13229 (Zammad): by the number of a message of somewhere else, its
/// words and files were passed on, or stood in a conversation of one's own.
#[test]
fn cve_2026_108270_nothing_is_passed_on_from_where_one_may_not_look() {
    let Mailroom { desk, eva, open, hidden, file } = mailroom();
    let number = hidden.id.to_string();
    let at = Desk { desk: &desk, who: &eva, id: open };
    let before = desk.count("SELECT count(*) FROM message");
    let page = at.act("mode:forward", &[("seen", &number), ("along", &file), ("attachment", &file)]);
    assert!(!page.contains("examination"), "{page}");
    for (how, named) in [("forward", "along"), ("reply", "attachment"), ("forward", "attachment")] {
        let fields = [
            ("how", how),
            ("to", "eve@works.example"),
            ("body", "See below"),
            ("seen", &*number),
            (named, &*file),
        ];
        let page = at.post("messages", &fields);
        assert!(page.status == 303 || page.status >= 400, "{how} {named}: {}", page.status);
        assert!(!page.body.contains("examination"), "{how} {named}");
    }
    let begun = format!("/conversations/new?message={number}&conversation={}", hidden.conversation);
    assert!(!desk.get(&eva, &begun).body.contains("examination"));
    let sent: Vec<String> = desk.read(|c| {
        let mut all = c.prepare(
            "SELECT body || ifnull(extra, '') || ifnull(html, '') FROM message WHERE kind = 'outbound'",
        )?;
        let rows = all.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    });
    assert!(sent.iter().all(|text| !text.contains("examination")), "{sent:?}");
    let along = desk.count(
        "SELECT count(*) FROM attachment a JOIN message m ON m.id = a.message_id WHERE m.kind = 'outbound'",
    );
    assert_eq!(
        along,
        0,
        "no file went along, of {} messages",
        desk.count("SELECT count(*) FROM message") - before
    );
}

/// CVE-2026-41192 (FreeScout): the number of a file that had come, or of a colleague's, in the form of an answer threw it
/// away.
#[test]
fn cve_2026_41192_no_form_throws_away_a_file_that_is_in_a_message() {
    let Mailroom { desk, eva, open, file, .. } = mailroom();
    let own = desk.count("SELECT max(id) FROM attachment").to_string();
    let at = Desk { desk: &desk, who: &eva, id: open };
    let program = desk.token_of(eva.id);
    let before = desk.count("SELECT count(*) FROM attachment");
    for id in [&file, &own] {
        for act in [format!("drop:{id}"), format!("remove:{id}"), format!("detach:{id}"), "mode:reply".into()]
        {
            at.post("letter", &[("act", &act), ("attachment", id), ("along", id), ("body", "x")]);
        }
        at.post("draft", &[("attachment", id), ("files", id), ("body", "x")]);
        assert!(desk.api_delete(&program, &format!("/attachments/{id}")).status >= 400, "{id}");
    }
    at.post("messages", &[("body", "Turn it round.")]);
    assert_eq!(desk.count("SELECT count(*) FROM attachment"), before);
    assert_eq!(desk.count("SELECT count(*) FROM attachment WHERE message_id IS NULL"), 0);
}

/// What customers said, as it stands in the file.
fn words_of_customers(desk: &TestDesk) -> Vec<String> {
    desk.read(|c| {
        let mut all = c.prepare(
            "SELECT id || body || ifnull(html, '') || created_at || ifnull(author_id, '-') FROM message
             WHERE kind = 'inbound' ORDER BY id",
        )?;
        let rows = all.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    })
}

/// CVE-2026-32752 (FreeScout), CVE-2020-29160, CVE-2023-29868 (Zammad): people changed what a customer had written, and nothing
/// told of it. No address of the desk does that, whatever the form has in it.
#[test]
fn cve_2026_32752_nobody_rewrites_what_a_customer_said() {
    let (desk, ada) = furnished();
    let before = words_of_customers(&desk);
    assert!(before.len() >= 3);
    let fields = [
        "body",
        "text",
        "html",
        "content",
        "subject",
        "original",
        "message",
        "typed",
        "created_at",
        "author",
    ]
    .map(|name| (name, "Something else"));
    let program = desk.token_of(ada.id);
    let mut tried = 0;
    for route in routes::all().filter(|route| route.method != Method::Get) {
        let about =
            ["/messages/{id}", "/conversations/{id}", "/api/v1/messages/{id}", "/api/v1/conversations/{id}"];
        if !about.iter().any(|start| route.path.starts_with(start)) {
            continue;
        }
        for id in ["1", "2", "3"] {
            let path = ["{file}", "{tag}", "{other}", "{event}", "{address}", "{name}"]
                .iter()
                .fold(route.path.replace("{id}", id), |path, gap| path.replace(gap, "1"));
            tried += 1;
            if matches!(route.guard, Guard::Role(_)) {
                desk.post(&ada, &path, &fields);
                continue;
            }
            for name in ["body", "html", "text"] {
                desk.api(
                    Some(&program),
                    route.method,
                    path.trim_start_matches("/api/v1"),
                    Some(json!({ name: "Something else" })),
                );
            }
        }
    }
    assert!(tried > 60, "{tried}");
    assert_eq!(words_of_customers(&desk), before);
}

/// Every row of every table but those that a page may write to: when somebody was there, and what was seen or taken along.
fn rows(desk: &TestDesk) -> BTreeMap<String, Vec<String>> {
    desk.read(|c| {
        let mut names = c.prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite%'",
        )?;
        let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut all = BTreeMap::new();
        for name in
            names.into_iter().filter(|name| !["session", "device", "audit", "api_token"].contains(&&**name))
        {
            let mut found = c.prepare(&match &*name {
                // That somebody tried to come in is written down.
                "event" => "SELECT * FROM log WHERE kind NOT LIKE 'security.%'".to_owned(),
                _ => format!("SELECT * FROM {name}"),
            })?;
            let width = found.column_count();
            let mut lines = Vec::new();
            let mut table = found.query([])?;
            while let Some(row) = table.next()? {
                let cells = (0..width).map(|place| row.get_ref(place).map(|cell| format!("{cell:?}")));
                lines.push(cells.collect::<Result<Vec<_>, _>>()?.join("|"));
            }
            all.insert(name, lines);
        }
        Ok(all)
    })
}

/// CVE-2026-41194 (FreeScout): an address that is only looked at changed something,
/// so that a link or a picture on another site did it in the name of whoever was signed in.
#[test]
fn cve_2026_41194_looking_at_a_page_changes_nothing() {
    let (desk, ada) = furnished();
    let (mut before, mut changed) = (rows(&desk), Vec::new());
    for target in pages(&desk) {
        let request = Request::new(Method::Get, &target)
            .with_header("cookie", &format!("transom={}", ada.token))
            .with_header("origin", "https://evil.example")
            .with_header("sec-fetch-site", "cross-site");
        let page: Page = desk.ask(request);
        assert!(page.status < 500, "{target}: {}", page.status);
        let after = rows(&desk);
        changed.extend(
            before
                .iter()
                .filter(|(name, lines)| after[*name] != **lines)
                .map(|(name, _)| (target.clone(), name.clone())),
        );
        before = after;
    }
    assert_eq!(changed, []);
}

/// CVE-2026-40569, CVE-2025-48477, CVE-2025-48482 (FreeScout): a field more in the form of a channel or of a customer changed what
/// the form does not show.
#[test]
fn cve_2026_40569_a_field_more_changes_nothing_beside_the_form() {
    let (desk, ada) = furnished();
    let table = |name: &str| rows(&desk).remove(name).unwrap();
    let before = table("address");
    let fields = [
        ("name", "Ana"),
        ("language", ""),
        ("about", ""),
        ("id", "2"),
        ("channel_id", "2"),
        ("channel", "2"),
        ("kind", "telegram"),
        ("value", "+34600000000"),
        ("blocked_at", "1"),
        ("created_at", "1"),
    ];
    let page = desk.post(&ada, "/contacts/1", &fields);
    assert_eq!(page.status, 303, "{}", page.body);
    assert_eq!(table("address"), before);
    let kept =
        desk.count("SELECT count(*) FROM contact WHERE created_at <= 1 OR blocked_at IS NOT NULL OR id > 3");
    assert_eq!(kept, 0);
    let others = table("channel").split_off(1);
    let evil = [
        ("id", "2"),
        ("kind", "sms"),
        ("key", "evil"),
        ("card", "{}"),
        ("state", "disabled"),
        ("auto_bcc", "evil@e.example"),
        ("smtp_host", "evil.example"),
    ];
    let more = [&WHATSAPP[..], &evil].concat();
    assert_eq!(desk.post(&ada, "/settings/channels/1", &more).status, 303);
    let mine = "SELECT count(*) FROM channel WHERE id = 1 AND name = 'Shop Prague' AND kind = 'whatsapp' AND key <> 'evil'
         AND state = 'enabled' AND card <> '{}' AND settings NOT LIKE '%evil%'";
    assert_eq!(desk.count(mine), 1);
    assert_eq!(table("channel").split_off(1), others);
}

/// CVE-2026-34723, CVE-2023-50453 (Zammad): the page of the first run, and what the page to sign in asked for, told strangers of the
/// desk after it was set up.
#[test]
fn cve_2026_34723_the_first_pages_tell_a_stranger_nothing() {
    let (desk, _) = furnished();
    desk.write(|tx| store::setting::set(tx, store::setting::key::TEAM, Some("Lamps of Lola")));
    for path in
        ["/setup", "/setup?code=x", "/setup/done", "/login", "/", "/health", "/invitation/x", "/widget.js"]
    {
        let page = desk.ask(Request::new(Method::Get, path));
        for word in ["ada@example.org", "+346", "Sales", "VIP", "Texts", "name=\"team\""] {
            assert!(!page.body.contains(word), "{path} tells of {word}: {}", page.body);
        }
    }
}

/// CVE-2026-34248, CVE-2025-32360, CVE-2024-33666, CVE-2021-35301, CVE-2020-29158, CVE-2020-14213 (Zammad): customers read what
/// was written for colleagues.
#[test]
fn cve_2026_34248_a_visitor_reads_nothing_that_is_for_colleagues() {
    let desk = TestDesk::new();
    let petra = desk.person("Petra", Role::Agent);
    let chat = connect(&desk, Kind::Webchat, &[]);
    let visitor = Visitor::new(&chat);
    assert_eq!(visitor.say(&desk, "word-0001", "Where is my lamp?").status, 200);
    read_in(&desk);
    let id = desk.count("SELECT max(id) FROM conversation");
    let program = desk.token_of(petra.id);
    let boss = desk.program("Boss", Role::Admin);
    assert_eq!(desk.api_post(&boss, "/tags", json!({ "name": "TAG-FOR-US", "colour": "blue" })).status, 201);
    let path = format!("/conversations/{id}");
    for (way, body) in [
        ("messages", json!({ "kind": "note", "body": "NOTE-FOR-US" })),
        ("tags", json!({ "name": "TAG-FOR-US" })),
        ("messages", json!({ "body": "It is on its way." })),
    ] {
        let told = desk.api_post(&program, &format!("{path}/{way}"), body);
        assert!(told.status < 300, "{way}: {told:?}");
    }
    desk.post(&petra, &format!("{path}/draft"), &[("body", "DRAFT-FOR-US"), ("kind", "reply")]);
    assert_eq!(desk.count("SELECT count(*) FROM draft WHERE body = 'DRAFT-FOR-US'"), 1);
    desk.pass(Span::minutes(2));
    outbox::drain(&desk.desk);
    let read = visitor.changes(&desk, -1).body;
    assert!(read.contains("on its way"), "{read}");
    for word in ["NOTE-FOR-US", "TAG-FOR-US", "DRAFT-FOR-US", "petra@example.org", "assignee", "priority"] {
        assert!(!read.contains(word), "{word}: {read}");
    }
}
