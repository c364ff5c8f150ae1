//! What a visitor does, in the form in which every delivery of ours is kept (`channels/plain.rs` reads it).

use serde_json::{Value, json};

use crate::actions::visitor::Visitor;
use crate::domain::Timestamp;

/// The visitor wrote. `word` was made by the browser and is the id of the message.
pub fn said(who: &Visitor, word: &str, text: &str, now: Timestamp) -> Vec<u8> {
    let event = json!({ "type": "text", "id": word, "at": now, "from": party(who), "body": text });
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

/// The text of a kept delivery, if it is a message.
pub fn text_of(body: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(body).ok()?;
    event.get("body")?.as_str().map(str::to_owned)
}
