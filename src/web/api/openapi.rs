//! The document that describes the API (OpenAPI 3.1), made of the table from which the routes are made.

use serde_json::{Map, Value, json};

use super::endpoint::{Endpoint, Gives, Param, ParamKind, Takes};
use super::schema::{Schemas, answer, id, list, moment, named, or_null, text};
use super::shape;
use crate::domain::agent::Role;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::{Method, Response};
use crate::web::routes::Guard;

/// The document itself.
pub const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/api/v1/openapi.json", Role::Agent, show, Gives::Document)
        .about("This document.")
        .open()];

fn show(_: &mut Cx<'_>) -> Result<Response, Failure> {
    let bytes =
        serde_json::to_vec(&document()).map_err(|_| Failure::Bad("the document cannot be written"))?;
    Ok(Response::json(200, bytes))
}

/// The whole document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for endpoint in super::endpoints() {
        let path = paths.entry(endpoint.route.path).or_insert_with(|| json!({}));
        path[endpoint.route.method.as_str().to_lowercase()] = operation(endpoint);
    }
    let schemas: Map<String, Value> = schemas().into_iter().map(|(n, s)| (n.to_owned(), s)).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Transom",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Times are RFC 3339 in UTC. Unknown fields and parameters are refused. A message that a \
                program sends counts as written by the owner of its token. More fields may be added to answers; \
                none is renamed or taken away.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas,
            "responses": { "Refusal": json_answer("Why not, and what to do instead.", &named("Refusal")) },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.about,
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
    });
    match endpoint.takes {
        Takes::Nothing => {}
        Takes::Json(name) => {
            operation["requestBody"] =
                json!({ "content": { "application/json": { "schema": named(name) } } });
        }
        Takes::File => {
            operation["requestBody"] = json!({ "required": true, "content": { "*/*": { "schema": { "type": "string", "format": "binary" } } } });
        }
    }
    if let Guard::Token(role) = endpoint.route.guard {
        operation["description"] = json!(format!("For tokens of the role {} or above.", role.as_str()));
    } else {
        operation["security"] = json!([]);
    }
    operation
}

/// `post /api/v1/contacts/{id}/merge` is `post_contacts_id_merge`.
fn operation_id(endpoint: &Endpoint) -> String {
    let path = endpoint.route.path.trim_start_matches("/api/v1/");
    let words: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let words = words.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    format!("{}_{words}", endpoint.route.method.as_str().to_lowercase())
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let named_in_path = endpoint.route.path.split('/').filter_map(|part| part.strip_prefix('{'));
    let in_path = named_in_path.map(
        |name| json!({ "name": name.trim_end_matches('}'), "in": "path", "required": true, "schema": id() }),
    );
    let in_query = endpoint.query.iter().map(|param| {
        json!({ "name": param.name, "in": "query", "description": param.about, "schema": kind(param) })
    });
    in_path.chain(in_query).collect()
}

fn kind(param: &Param) -> Value {
    match param.kind {
        ParamKind::Text => text(),
        ParamKind::Number => json!({ "type": "integer", "minimum": 0 }),
        ParamKind::OneOf(words) => json!({ "type": "string", "enum": words }),
    }
}

fn responses(endpoint: &Endpoint) -> Value {
    let (status, good) = match endpoint.gives {
        Gives::One(name) => ("200", json_answer("It.", &named(name))),
        Gives::Created(name) => ("201", json_answer("The new one itself.", &named(name))),
        Gives::All(name) => ("200", json_answer("All of them.", &answer(&[("items", list(&named(name)))]))),
        Gives::Page(name) => {
            let page = answer(&[("items", list(&named(name))), ("next_cursor", or_null(&text()))]);
            ("200", json_answer("A page of them.", &page))
        }
        Gives::File => ("200", json!({ "description": "The bytes of the file.", "content": { "*/*": {} } })),
        Gives::Nothing => ("204", json!({ "description": "It is done." })),
        Gives::Document => ("200", json_answer("The document.", &json!({ "type": "object" }))),
    };
    let mut responses = json!({ status: good });
    let mut fail = vec!["400"];
    if matches!(endpoint.route.guard, Guard::Token(_)) {
        fail.extend(["401", "403", "429"]);
    }
    if endpoint.route.path.contains('{') {
        fail.push("404");
    }
    if endpoint.route.method != Method::Get {
        fail.extend(["409", "422"]);
    }
    if !matches!(endpoint.takes, Takes::Nothing) {
        fail.push("413");
    }
    for status in fail {
        responses[status] = json!({ "$ref": "#/components/responses/Refusal" });
    }
    responses
}

fn json_answer(about: &str, schema: &Value) -> Value {
    json!({ "description": about, "content": { "application/json": { "schema": schema } } })
}

/// Every schema that the document names.
pub fn schemas() -> Schemas {
    let mut all = vec![("Refusal", refusal())];
    all.extend(shape::schemas());
    all.extend(shape::person::schemas());
    all.extend(shape::conversation::schemas());
    all.extend(shape::window::schemas());
    all.extend(shape::happening::schemas());
    all.extend(shape::bulk::schemas());
    all.extend(shape::message::schemas());
    all.extend(shape::later::schemas());
    all.extend(shape::past::schemas());
    all.extend(shape::contact::schemas());
    all.extend(shape::segment::schemas());
    all.extend(shape::card::schemas());
    all.extend(shape::channel::schemas());
    all.extend(shape::tag::schemas());
    all.extend(shape::search::schemas());
    all.extend(shape::text::schemas());
    all.extend(shape::user::schemas());
    all.extend(shape::offer::schemas());
    all.extend(shape::wrapup::schemas());
    all.extend(shape::event::schemas());
    all.extend(shape::webhook::schemas());
    all
}

fn refusal() -> Value {
    let mut error =
        answer(&[("code", text()), ("message", text()), ("fix", text()), ("retry_at", or_null(&moment()))]);
    error["properties"]["field"] = text();
    error["properties"]["contact_id"] = id();
    error["properties"]["conversation_id"] = id();
    answer(&[("error", error)])
}
