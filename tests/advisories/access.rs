//! Rights: what belongs to others by its number, by many at once, by a name in a body, and by a role one gives oneself.

use crate::support::TestDesk;
use crate::support::api::Program;
use crate::support::story::KIM;
use crate::support::visitor::{Visitor, read_in};
use serde_json::{Value, json};
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::conversation::Conversation;
use transom::store;
use transom::web::http::{Method, Request};
use transom::web::routes;

const SECRET: &str = "The result of the examination";

/// A conversation of a queue of which Ben is a member and Eva is none, and one that both may see.
struct Ward {
    desk: TestDesk,
    eva: Program,
    ben: Program,
    hidden: Id<Conversation>,
    shared: Id<Conversation>,
    queue: i64,
}

fn ward() -> Ward {
    let desk = TestDesk::new();
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Agent));
    let (now, member) = (desk.now(), ben.agent);
    let queue = desk.write(move |tx| {
        let queue = store::queue::insert(tx, "Medical", now)?;
        store::queue::set_members(tx, queue, &[member])?;
        Ok(queue)
    });
    let mail = desk.connects(Kind::Email, "Post");
    let hidden = desk.says(&mail, KIM, SECRET);
    desk.write(move |tx| {
        let mut one = store::conversation::get(tx, hidden)?.unwrap();
        one.queue = Some(queue);
        store::conversation::update(tx, &one)
    });
    let chat = desk.channel(Kind::Webchat);
    let shared = desk.writes(&chat, "v1", "m1").id;
    Ward { desk, eva, ben, hidden, shared, queue: queue.get() }
}

impl Ward {
    /// What the hidden conversation is at present, to see that nothing touched it.
    fn state(&self) -> String {
        let one = self.desk.conversation(self.hidden);
        format!("{one:?} {}", self.desk.count("SELECT count(*) FROM message WHERE conversation_id = 1"))
    }
}

/// CVE-2026-115725 (Chatwoot), GHSA-c83g, GHSA-83xx, GHSA-cr68 (FreeScout): the number of something foreign in a body gave
/// access to it.
#[test]
fn cve_2026_115725_a_foreign_number_in_a_body_opens_nothing() {
    let ward = ward();
    let file = json!([{ "name": "a.txt", "content": "aGVsbG8=" }]);
    let path = format!("/conversations/{}/messages", ward.hidden);
    let sent = ward.desk.api_post(&ward.ben, &path, json!({ "body": SECRET, "attachments": file }));
    assert_eq!(sent.status, 201, "{sent:?}");
    let before = ward.state();
    let (message, attachment) = (sent.id(), sent.json["attachments"][0]["id"].clone());
    let (hidden, shared) = (ward.hidden.get(), ward.shared.get());
    let told = |path: &str, body: Value| {
        let told = ward.desk.api_post(&ward.eva, path, body);
        assert!(!told.json.to_string().contains(SECRET), "{path}: {told:?}");
        told.status
    };
    let own = format!("/conversations/{shared}/messages");
    assert!(
        told(&own, json!({ "body": "x", "attachments": [{ "id": attachment }] })) >= 400,
        "a foreign file"
    );
    let answers = ward.desk.api_post(&ward.eva, &own, json!({ "body": "x", "reply_to": message }));
    assert!(answers.json["reply_to"].is_null(), "a foreign message is answered nowhere else: {answers:?}");
    assert!(told(&own, json!({ "body": "x", "conversation_id": hidden })) >= 400, "another conversation");
    assert!(told("/conversations", json!({ "conversation_id": hidden, "body": "x" })) >= 400);
    let later = json!({ "body": "x", "at": "2026-03-04T12:00:00Z" });
    assert_eq!(told(&format!("/conversations/{hidden}/later"), later), 404);
    for (word, body) in [("retry", json!({})), ("undo", json!({})), ("settle", json!({ "verdict": "sent" }))]
    {
        assert_eq!(told(&format!("/messages/{message}/{word}"), body), 404, "{word}");
    }
    assert_eq!(ward.state(), before);
}

/// CVE-2026-27802 (Vaultwarden), GHSA-wqq7, GHSA-m4hc (FreeScout): the way for many at once forgot the check of the way for
/// one.
#[test]
fn cve_2026_27802_many_at_once_are_checked_one_by_one() {
    let ward = ward();
    let before = ward.state();
    let ids = [ward.hidden.get(), ward.shared.get()];
    let tag = ward.desk.token_of(ward.desk.person("Boss", Role::Supervisor).id);
    let tag = ward.desk.api_post(&tag, "/tags", json!({ "name": "VIP", "colour": "blue" })).id();
    for body in [
        json!({ "verb": "close" }),
        json!({ "verb": "assign", "agent_id": ward.eva.agent.get() }),
        json!({ "verb": "tag", "tag_id": tag }),
        json!({ "verb": "priority", "priority": "high" }),
        json!({ "verb": "read" }),
        json!({ "verb": "snooze", "until": "2026-03-04T12:00:00Z" }),
        json!({ "verb": "transfer", "queue_id": ward.queue }),
    ] {
        let mut body = body;
        body["ids"] = json!(ids);
        let told = ward.desk.api_post(&ward.eva, "/bulk", body.clone());
        assert!(!told.json.to_string().contains(SECRET), "{told:?}");
        assert!(told.status < 500, "{body}: {told:?}");
    }
    let eva = ward.desk.person("Eva2", Role::Agent);
    for verb in ["close", "assign", "read", "priority", "snooze", "tag"] {
        let (hidden, own, tag) = (ids[0].to_string(), eva.id.to_string(), tag.to_string());
        let fields = [
            ("verb", verb),
            ("c", &*hidden),
            ("assignee", &*own),
            ("priority", "high"),
            ("preset", "hour"),
            ("tag", &*tag),
        ];
        let page = ward.desk.post(&eva, "/bulk", &fields);
        assert!(page.status < 500 && !page.body.contains(SECRET), "{verb}: {}", page.status);
    }
    assert_eq!(ward.state(), before);
    for deed in 1..=8 {
        let told = ward.desk.api_post(&ward.ben, &format!("/deeds/{deed}/undo"), json!({}));
        assert!(told.status >= 400, "what Eva did is hers to take back: {told:?}");
    }
}

/// CVE-2026-95814 (Vaultwarden), CVE-2022-40816 (Zammad), GHSA-w668, GHSA-gh3r (FreeScout): who was taken out still heard of
/// what happened, by another way than pages.
#[test]
fn cve_2022_40816_who_was_taken_out_of_a_queue_hears_nothing_by_any_way() {
    let ward = ward();
    let path = format!("/conversations/{}", ward.hidden);
    assert_eq!(ward.desk.api_get(&ward.ben, &path).status, 200);
    let queue = Id::new(ward.queue);
    ward.desk.write(move |tx| store::queue::set_members(tx, queue, &[]));
    assert_eq!(ward.desk.api_get(&ward.ben, &path).status, 404);
    let mail = ward.desk.connects(Kind::Email, "Post 2");
    let _ = mail;
    let told = ward.desk.api_get(&ward.ben, "/events?after=0&limit=200");
    let hidden = json!(ward.hidden.get());
    assert!(!told.json["items"].as_array().unwrap().iter().any(|event| event["conversation_id"] == hidden));
    for path in
        ["/search?q=examination", "/conversations?view=all", "/conversations?view=queue:1", "/contacts?q=Kim"]
    {
        let told = ward.desk.api_get(&ward.ben, path);
        assert!(!told.json.to_string().contains("examination"), "{path}: {told:?}");
    }
    for like in ["queue:%", "queue:_", "queue:1%", "queue:1 OR 1=1", "saved:%", "%"] {
        let view: String = form_urlencoded::byte_serialize(like.as_bytes()).collect();
        let told = ward.desk.api_get(&ward.ben, &format!("/conversations?view={view}"));
        assert!(!told.json.to_string().contains("examination"), "{like}: {told:?}");
    }
}

/// CVE-2021-3813 (Chatwoot), CVE-2025-48478, CVE-2025-48476 (FreeScout): a field more in the form of one's own profile gave a
/// role, another address or a password.
#[test]
fn cve_2021_3813_a_field_more_gives_nobody_a_role() {
    let desk = TestDesk::new();
    let (eva, other) = (desk.person("Eva", Role::Agent), desk.person("Ada", Role::Admin));
    let program = desk.token_of(eva.id);
    let row = |id: Id<transom::domain::agent::Agent>| {
        desk.read(move |c| Ok((store::agent::get(c, id)?.unwrap(), store::agent::password_hash(c, id)?)))
    };
    let (before, ada) = (row(eva.id), row(other.id));
    let number = other.id.to_string();
    let fields = [
        ("name", "Eva"),
        ("role", "admin"),
        ("role[]", "admin"),
        ("agent[role]", "admin"),
        ("email", "ada@example.org"),
        ("password", "a quiet harbour at dawn"),
        ("password_hash", "x"),
        ("id", &*number),
        ("agent_id", &*number),
        ("disabled_at", ""),
        ("queues", "1"),
    ];
    assert_eq!(desk.post(&eva, "/settings/profile", &fields).status, 303);
    let after = row(eva.id);
    assert_eq!((after.0.role, &after.0.email, &after.1), (Role::Agent, &before.0.email, &before.1));
    assert_eq!(format!("{:?}", row(other.id)), format!("{ada:?}"));
    for body in
        [json!({ "role": "admin" }), json!({ "password": "a quiet harbour at dawn" }), json!({ "name": "X" })]
    {
        for id in [eva.id, other.id] {
            assert_eq!(desk.api_patch(&program, &format!("/users/{id}"), body.clone()).status, 403, "{body}");
        }
    }
    let new = json!({ "email": "x@example.org", "name": "X", "role": "admin" });
    assert_eq!(desk.api_post(&program, "/users", new).status, 403);
    let contact = json!({ "name": "Ana", "created_at": 0, "id": 7, "role": "admin" });
    assert_eq!(desk.api_post(&program, "/contacts", contact).status, 400, "a field that is none is refused");
}

/// CVE-2024-33668 (Zammad), CVE-2026-40496, GHSA-wg74 (FreeScout): files were reached by a number, a guessable word, or
/// before they were sent.
#[test]
fn cve_2024_33668_a_file_is_reached_by_who_may_see_it_and_by_nobody_who_guesses() {
    let ward = ward();
    let upload = Request::new(Method::Post, "/api/v1/attachments?name=plan.txt")
        .with_header("authorization", &format!("Bearer {}", ward.eva.token))
        .with_body("text/plain", SECRET);
    let draft = ward.desk.told(upload).id();
    let body = json!({ "body": "x", "attachments": [{ "id": draft }] });
    let taken = ward.desk.api_post(&ward.ben, &format!("/conversations/{}/messages", ward.shared), body);
    assert!(taken.status >= 400, "somebody else's draft: {taken:?}");
    assert_eq!(ward.desk.api_get(&ward.ben, &format!("/attachments/{draft}")).status, 404);
    let key: String =
        ward.desk.read(|c| Ok(c.query_row("SELECT key FROM attachment", [], |row| row.get(0))?));
    assert!(key.len() >= 22, "a hundred and twenty-eight bits: {key}");
    let (ben, boss) = (ward.desk.person("Ben2", Role::Agent), ward.desk.person("Boss", Role::Admin));
    let words = [
        draft.to_string(),
        key.clone(),
        key.to_lowercase(),
        key[..21].to_owned(),
        "%".into(),
        "1'%20OR%201=1--".into(),
    ];
    for word in words {
        for who in [&ben, &boss] {
            let page = ward.desk.get(who, &format!("/attachments/{word}"));
            assert!(page.status == 404 && !page.body.contains(SECRET), "{word}: {}", page.status);
        }
        let page = ward.desk.ask(Request::new(Method::Get, &format!("/attachments/{word}")));
        assert!(page.status != 200 && !page.body.contains(SECRET), "{word}");
        let page =
            ward.desk.ask(Request::new(Method::Get, &format!("/media/{word}/99999999999999/x/plan.txt")));
        assert_eq!(page.status, 404, "{word}");
    }
}

/// CVE-2026-44231, CVE-2015-1165 (RT), CVE-2022-1021 (Chatwoot): lists and logs gave out others' tokens.
#[test]
fn cve_2026_44231_no_list_gives_out_a_token() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    let (eva, ben) = (desk.program("Eva", Role::Agent), desk.program("Ben", Role::Admin));
    let made = desk.post(&ada, "/settings/tokens", &[("name", "Shop"), ("agent", &ada.id.to_string())]);
    assert!(made.status < 400, "{}", made.status);
    let secrets = [eva.token.as_str(), ben.token.as_str(), ada.token.as_str()];
    for target in
        ["/settings/tokens", "/settings/people", "/settings/profile", "/settings/audit", "/settings/webhooks"]
    {
        let page = desk.get(&ada, target);
        assert_eq!(page.status, 200, "{target}");
        assert!(!secrets.iter().any(|secret| page.body.contains(secret)), "{target}");
    }
    for path in ["/users", "/users/me", "/events?after=0&limit=200", "/channels"] {
        let told = desk.api_get(&ben, path).json.to_string();
        assert!(!secrets.iter().any(|secret| told.contains(secret)), "{path}");
    }
    let kept = std::fs::read(desk.folder.path().join("transom.db")).unwrap();
    let log = std::fs::read(desk.folder.path().join("transom.db-wal")).unwrap_or_default();
    for secret in secrets {
        let found = |bytes: &[u8]| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found(&kept) && !found(&log), "a token stands in the file as it is");
    }
}

/// GHSA-7f39 (Zammad), CVE-2025-58430 (listmonk): other sites could read answers, or send what changes something.
#[test]
fn ghsa_7f39_no_other_site_reads_an_answer() {
    let desk = TestDesk::new();
    let ada = desk.person("Ada", Role::Admin);
    for origin in ["https://evil.example", "null", "http://localhost", "https://desk.example.evil.example"] {
        for route in routes::all().filter(|route| !route.path.contains('{')) {
            for method in [route.method, Method::Options] {
                let request = Request::new(method, route.path)
                    .with_header("cookie", &format!("transom={}", ada.token))
                    .with_header("origin", origin)
                    .with_header("access-control-request-method", "POST")
                    .with_header("access-control-request-headers", "authorization");
                let page = desk.ask(request);
                let allowed = page.header("access-control-allow-origin");
                assert_ne!(allowed, Some(origin), "{}", route.path);
                assert_eq!(page.header("access-control-allow-credentials"), None, "{}", route.path);
                let known = route.path.ends_with("openapi.json") || route.path.contains("widget");
                assert!(allowed.is_none() || known, "{} is open to {origin}", route.path);
            }
        }
    }
}

/// CVE-2025-12245 and the visitors' part of CVE-2026-115725 (Chatwoot): one visitor, one chat.
#[test]
fn cve_2026_115725_a_visitor_reaches_no_other_visitor_and_no_other_chat() {
    let desk = TestDesk::new();
    let (shop, other) = (
        crate::support::visitor::connect(&desk, Kind::Webchat, &[]),
        crate::support::visitor::connect(&desk, Kind::Webchat, &[]),
    );
    let (ana, eve) = (Visitor::new(&shop), Visitor::new(&shop));
    assert_eq!(ana.say(&desk, "word-0001", SECRET).status, 200);
    assert_eq!(eve.say(&desk, "word-0002", "I am Eve").status, 200);
    read_in(&desk);
    assert!(ana.changes(&desk, -1).body.contains(SECRET));
    let across = Visitor { key: other.key.clone(), ..Visitor::new(&shop) };
    let across = Visitor { token: ana.token.clone(), ..across };
    let mut guesses = vec![eve.token.clone(), String::new(), "1".into(), "%".into(), "' OR 1=1--".into()];
    guesses.push(
        desk.read(
            |c| Ok(c.query_row("SELECT value FROM address ORDER BY id LIMIT 1", [], |row| row.get(0))?),
        ),
    );
    for token in guesses {
        let guess = Visitor { token: token.clone(), ..Visitor::new(&shop) };
        assert!(!guess.changes(&desk, -1).body.contains(SECRET), "{token}");
    }
    assert!(!across.changes(&desk, -1).body.contains(SECRET), "through another chat");
    for (name, value) in
        [("contact", "1"), ("conversation", "1"), ("source_id", "1"), ("c", "1"), ("id", "1")]
    {
        let target = format!("/chat/{}/changes?since=-1&{name}={value}", shop.key);
        let page = desk.ask(Request::new(Method::Get, &target).with_header("x-visitor", &eve.token));
        assert!(!page.body.contains(SECRET), "{name}");
    }
}
