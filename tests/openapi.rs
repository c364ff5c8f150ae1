//! The document says what the API does: every route, every field, nothing more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::TestDesk;
use crate::support::api::Program;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::wrapup::After;
use transom::domain::{Span, offer};
use transom::store;
use transom::web::api::openapi;
use transom::web::http::{Method, Request};
use transom::web::routes;

#[test]
fn the_document_and_the_routes_are_the_same() {
    let desk = TestDesk::new();
    let told = desk.told(Request::new(Method::Get, "/api/v1/openapi.json"));
    assert_eq!((told.status, &told.json["openapi"]), (200, &json!("3.1.0")));
    let mut documented = BTreeSet::new();
    for (path, methods) in told.json["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            documented.insert((path.clone(), method.to_uppercase()));
        }
    }
    let routed: BTreeSet<_> = routes::all()
        .filter(|route| route.path.starts_with("/api/"))
        .map(|route| (route.path.to_owned(), route.method.as_str().to_owned()))
        .collect();
    assert_eq!(documented, routed);
    assert!(routed.len() > 40);
}

#[test]
fn every_operation_has_its_own_name_and_every_reference_leads_somewhere() {
    let document = openapi::document();
    let mut names = BTreeSet::new();
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{operation}");
        }
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                references.push(reference.to_owned());
            }
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// A desk with one of each thing, so that each GET has something to show.
fn furnished() -> (TestDesk, Program) {
    let desk = TestDesk::new();
    let ada = desk.program("Ada", Role::Admin);
    let channel = desk.channel(Kind::Whatsapp);
    let id = desk.writes(&channel, "+34612345678", "m1").id;
    let file = json!([{ "name": "a.txt", "type": "text/plain", "content": "aGVsbG8=" }]);
    for (path, body) in [
        (format!("/conversations/{id}/messages"), json!({ "body": "Hello", "attachments": file })),
        ("/queues".to_owned(), json!({ "name": "Sales" })),
        ("/templates".to_owned(), json!({ "name": "Hi", "language": "en", "body": "Hi {{name}}" })),
        ("/wrapup-reasons".to_owned(), json!({ "name": "Sold" })),
        ("/tags".to_owned(), json!({ "name": "VIP" })),
        ("/segments".to_owned(), json!({ "name": "Not blocked", "rules": ["!blocked"] })),
        (format!("/conversations/{id}/later"), json!({ "body": "Later", "at": "2026-03-03T13:00:00Z" })),
        ("/webhooks".to_owned(), json!({ "url": "https://example.org/hook" })),
    ] {
        let told = desk.api_post(&ada, &path, body);
        assert_eq!(told.status, 201, "{path}: {told:?}");
    }
    let (agent, now) = (ada.agent, desk.now());
    desk.write(move |tx| {
        let new = store::offer::New {
            conversation: id,
            agent,
            kind: offer::Kind::Transfer,
            queue: None,
            from: Some(agent),
            note: "",
            why: "",
            expires_at: now + Span::minutes(1),
        };
        store::offer::insert(tx, &new, now)?;
        let conversation = store::conversation::get(tx, id)?.unwrap();
        store::wrapup::ask(tx, agent, &conversation, (After::Closed, None), now)
    });
    let dedicated = json!({ "dedicated_id": ada.agent.get() });
    assert_eq!(desk.api_patch(&ada, "/contacts/1", dedicated).status, 200);
    (desk, ada)
}

#[test]
fn every_get_answers_what_the_document_says_and_nothing_else() {
    let (desk, ada) = furnished();
    let document = openapi::document();
    let mut looked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        if schema.is_null() || path.ends_with("openapi.json") {
            continue;
        }
        let number = if path.contains("messages") && !path.contains("conversations") { "2" } else { "1" };
        let asked = path.trim_start_matches("/api/v1").replace("{id}", number);
        let asked = match asked.as_str() {
            "/search" => "/search?q=text".to_owned(),
            "/conversations/1/at" => format!("/conversations/1/at?time={}", desk.now().rfc3339()),
            _ => asked,
        };
        let told = desk.api_get(&ada, &asked);
        assert_eq!(told.status, 200, "{asked}: {told:?}");
        fits(&document, schema, &told.json, &asked);
        if let Some(items) = told.json["items"].as_array() {
            assert!(!items.is_empty(), "{asked} shows nothing, so nothing was looked at");
        }
        looked += 1;
    }
    assert!(looked >= 18, "{looked}");
}

/// Whether a value is as the schema says: kinds, words, every required field, and no field that is not told.
fn fits(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(reference.trim_start_matches('#')).unwrap();
        return fits(document, named, value, place);
    }
    if let Some(either) = schema["anyOf"].as_array() {
        if value.is_null() && either.iter().any(|one| one["type"] == "null") {
            return;
        }
        return fits(document, &either[0], value, place);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    assert!(allowed.contains(&kind), "{place} is {kind}, not {allowed:?}");
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value} is none of {words:?}");
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        for (n, value) in values.iter().enumerate() {
            fits(document, items, value, &format!("{place}/{n}"));
        }
    }
    let (Some(told), Some(fields)) = (schema["properties"].as_object(), value.as_object()) else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(fields.contains_key(name), "{place} lacks {name}");
    }
    for (name, value) in fields {
        let schema = told.get(name).unwrap_or_else(|| unreachable!("{place}: {name} is not in the document"));
        fits(document, schema, value, &format!("{place}/{name}"));
    }
}

#[test]
fn the_log_names_only_kinds_that_a_webhook_can_ask_for() {
    let source = include_str!("../src/domain/event/kind.rs");
    let told = source.matches("pub const ").filter(|_| true).count();
    let kinds = source.lines().filter(|line| {
        line.trim().starts_with("pub const ") && line.contains(": &str = \"") && line.contains('.')
    });
    assert_eq!(kinds.count(), transom::domain::event::kind::ALL.len(), "one of {told} is not in ALL");
}
