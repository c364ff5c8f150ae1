//! Small words for JSON Schema, so that each shape tells its schema in a few lines beside it.

use serde_json::{Map, Value, json};

/// Schemas by name.
pub type Schemas = Vec<(&'static str, Value)>;

/// A text.
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of at most so many characters.
pub fn text_up_to(most: u32) -> Value {
    json!({ "type": "string", "maxLength": most })
}

/// A whole number.
pub fn number() -> Value {
    json!({ "type": "integer" })
}

/// The number of something.
pub fn id() -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 1 })
}

/// Yes or no.
pub fn yes_no() -> Value {
    json!({ "type": "boolean" })
}

/// A moment: RFC 3339 in UTC.
pub fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// One of these words.
pub fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

/// A list.
pub fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// Another schema of the document.
pub fn named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The same, or null.
pub fn or_null(schema: &Value) -> Value {
    match schema.get("type").cloned() {
        Some(kind) if schema.get("enum").is_none() => {
            let mut schema = schema.clone();
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// Texts by name.
pub fn texts_by_name() -> Value {
    json!({ "type": "object", "additionalProperties": { "type": "string" } })
}

/// What is answered: every field is always there, and more may be added.
pub fn answer(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "required": names, "properties": properties(fields) })
}

/// What is asked: only these fields, of which `required` must be there.
pub fn request(required: &[&str], fields: &[(&str, Value)]) -> Value {
    let mut schema =
        json!({ "type": "object", "additionalProperties": false, "properties": properties(fields) });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn properties(fields: &[(&str, Value)]) -> Map<String, Value> {
    fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect()
}
