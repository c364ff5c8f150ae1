//! What a visitor does, in the form in which every delivery of ours is kept (`channels/plain.rs` reads it).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::actions::visitor::Visitor;
use crate::domain::Timestamp;
use crate::web::form::Upload;

/// What the visitor wrote.
pub struct Saying {
    /// Made by the browser; the id of the message.
    pub word: String,
    pub text: String,
    pub files: Vec<Upload>,
}

/// The visitor wrote.
pub fn said(who: &Visitor, saying: &Saying, now: Timestamp) -> Vec<u8> {
    let file = |file: &Upload| json!({ "name": file.name, "type": file.media_type, "data": STANDARD.encode(&file.bytes) });
    let files: Vec<Value> = saying.files.iter().map(file).collect();
    let event = json!({
        "type": "text", "id": saying.word, "at": now, "from": party(who), "body": saying.text, "files": files,
    });
    event.to_string().into_bytes()
}

/// The visitor left the chat.
pub fn left(who: &Visitor, now: Timestamp) -> Vec<u8> {
    json!({ "type": "left", "at": now, "from": party(who) }).to_string().into_bytes()
}

fn party(who: &Visitor) -> Value {
    if who.name.is_empty() {
        json!({ "value": who.value })
    } else {
        json!({ "value": who.value, "name": who.name })
    }
}

/// The text of a kept message and the names of its files; `None` when it is no message.
pub fn read(body: &[u8]) -> Option<(String, Vec<String>)> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let text = event.get("body")?.as_str()?.to_owned();
    let files = event.get("files").and_then(Value::as_array);
    let name = |file: &Value| file.get("name").and_then(Value::as_str).map(str::to_owned);
    Some((text, files.into_iter().flatten().filter_map(name).collect()))
}
