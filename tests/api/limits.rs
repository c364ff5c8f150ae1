//! What is asked wrongly is refused, never guessed.

use serde_json::json;

use crate::support::TestDesk;
use crate::support::cast::text;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::inbound::Event;
use transom::web::http::{Method, Request};

#[test]
fn unknown_fields_and_parameters_are_refused() {
    // security.md 8.1, 15.3
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let told = desk.api_post(&eva, "/contacts", json!({ "name": "Ana", "role": "admin" }));
    assert_eq!((told.status, told.code()), (400, "unknown_field"), "{told:?}");
    assert!(told.json["error"]["message"].as_str().unwrap().contains("role"));
    for (path, code) in [
        ("/contacts?query=ana", "unknown_parameter"),
        ("/contacts?q=ana&q=ben", "repeated_parameter"),
        ("/contacts?limit=many", "invalid_parameter"),
        ("/contacts?limit=0", "invalid_parameter"),
        ("/contacts?limit=-1", "invalid_parameter"),
        ("/conversations?status=gone", "invalid_parameter"),
        ("/conversations?view=yours", "invalid_parameter"),
        ("/conversations?cursor=x", "invalid_parameter"),
    ] {
        let told = desk.api_get(&eva, path);
        assert_eq!((told.status, told.code()), (400, code), "{path}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM contact"), 0);
    for path in ["/conversations?view=&status=&q=&sort=&limit=&cursor=", "/contacts?limit=100000"] {
        assert_eq!(desk.api_get(&eva, path).status, 200, "{path}");
    }
}

#[test]
fn no_body_breaks_the_reader() {
    // A16
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(1000), "]".repeat(1000));
    let bodies = [
        "{",
        "null",
        "[]",
        "\"x\"",
        "{\"name\":7}",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "\u{feff}{}",
        deep.as_str(),
    ];
    for body in bodies {
        let request = Request::new(Method::Post, "/api/v1/contacts")
            .with_header("authorization", &format!("Bearer {}", eva.token))
            .with_body("application/json", body);
        let told = desk.told(request);
        assert_eq!(told.status, 400, "{body:.40}: {told:?}");
    }
    let form = Request::new(Method::Post, "/api/v1/contacts")
        .with_header("authorization", &format!("Bearer {}", eva.token))
        .with_body("application/x-www-form-urlencoded", "name=Ana");
    assert_eq!(desk.told(form).code(), "content_type");
}

#[test]
fn a_search_is_text_and_never_a_command() {
    // A12
    let desk = TestDesk::new();
    let eva = desk.program("Eva", Role::Agent);
    let channel = desk.channel(Kind::Whatsapp);
    let mut first = text(&channel, "+34612345678", "m1", desk.now());
    first.from.name = Some("Oscar \"Ö\" O'Hara".into());
    desk.hear(&channel, Event::Message(first)).unwrap();
    for wanted in ["\"", "'", "a OR b", "NEAR(", "*", "name:x", "%", "_", "--", "\u{0}", "(((", "😀", "car"]
    {
        let encoded: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        for path in ["/contacts?q=", "/conversations?status=open&q="] {
            let told = desk.api_get(&eva, &format!("{path}{encoded}"));
            assert_eq!(told.status, 200, "{path}{wanted}: {told:?}");
        }
    }
    let part = desk.api_get(&eva, "/contacts?q=car");
    assert_eq!(part.json["items"][0]["name"], "Oscar \"Ö\" O'Hara", "S196");
}

#[test]
fn secrets_go_in_and_never_come_out() {
    // A10
    const CANARY: &str = "canary-4711-secret";
    let desk = TestDesk::new();
    let admin = desk.program("Ada", Role::Admin);
    let settings = json!({ "secret": CANARY, "outbound_url": "https://example.org/in" });
    let added =
        desk.api_post(&admin, "/channels", json!({ "kind": "custom", "name": "Shop", "settings": settings }));
    assert_eq!(added.status, 201, "{added:?}");
    assert_eq!(added.json["secrets"], json!(["secret"]));
    let hook = desk.api_post(
        &admin,
        "/webhooks",
        json!({ "url": "https://example.org/hook", "kinds": ["message.received"] }),
    );
    assert_eq!(hook.status, 201, "{hook:?}");
    let shown_once = hook.json["secret"].as_str().unwrap().to_owned();
    let user =
        desk.api_post(&admin, "/users", json!({ "email": "x@example.org", "name": "X", "password": CANARY }));
    assert_eq!((user.status, &user.json["role"]), (201, &json!("agent")), "{user:?}");
    let mut everything = format!("{:?} {:?}", added.json, user.json);
    let id = hook.id();
    for path in [
        "/channels",
        "/users",
        "/users/me",
        "/webhooks",
        &format!("/webhooks/{id}"),
        "/events?after=0&limit=200",
        &format!("/channels/{}", added.id()),
    ] {
        let told = desk.api_get(&admin, path);
        assert_eq!(told.status, 200, "{path}");
        everything.push_str(&told.json.to_string());
    }
    for secret in [CANARY, shown_once.as_str(), admin.token.as_str(), "argon2"] {
        assert!(!everything.contains(secret), "{secret} came out");
    }
    let wrong = desk.api_patch(
        &admin,
        &format!("/channels/{}", added.id()),
        json!({ "settings": { "nothing": "1" } }),
    );
    assert_eq!((wrong.status, wrong.code()), (400, "unknown_field"));
    assert_eq!(desk.api_delete(&admin, &format!("/webhooks/{id}")).status, 204);
    assert_eq!(desk.api_get(&admin, &format!("/webhooks/{id}")).status, 404);
}

#[test]
fn a_webhook_needs_an_address_that_can_be_called_and_kinds_that_exist() {
    let desk = TestDesk::new();
    let admin = desk.program("Ada", Role::Admin);
    for url in [
        "",
        "ftp://example.org",
        "https://",
        "https://user:pass@example.org/",
        "https://exa mple.org",
        "javascript:1",
    ] {
        let told = desk.api_post(&admin, "/webhooks", json!({ "url": url }));
        assert_eq!((told.status, &told.json["error"]["field"]), (422, &json!("url")), "{url}");
    }
    let told = desk.api_post(
        &admin,
        "/webhooks",
        json!({ "url": "https://example.org", "kinds": ["message.eaten"] }),
    );
    assert_eq!((told.status, &told.json["error"]["field"]), (422, &json!("kinds")));
}
