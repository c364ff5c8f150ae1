//! What a played customer does, in the form in which every delivery of ours is kept
//! (`channels/plain.rs` reads it).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::domain::Timestamp;

/// The picture that a played customer sends.
pub const PICTURE: &[u8] = include_bytes!("../../../static/simulator/picture.png");

/// Who is played.
pub struct Player<'a> {
    pub value: &'a str,
    pub name: &'a str,
}

impl Player<'_> {
    fn party(&self) -> Value {
        if self.name.is_empty() {
            json!({ "value": self.value })
        } else {
            json!({ "value": self.value, "name": self.name })
        }
    }

    fn event(&self, kind: &str, at: Timestamp, more: Value) -> Vec<u8> {
        let mut event = json!({ "type": kind, "at": at, "from": self.party() });
        if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        event.to_string().into_bytes()
    }

    /// A message; `id` is what the provider would call it.
    pub fn text(&self, id: &str, body: &str, at: Timestamp) -> Vec<u8> {
        self.event("text", at, json!({ "id": id, "body": body }))
    }

    /// The built-in picture, with what was typed beside it.
    pub fn picture(&self, id: &str, body: &str, at: Timestamp) -> Vec<u8> {
        let file = json!({ "name": "picture.png", "type": "image/png", "data": STANDARD.encode(PICTURE) });
        self.event("text", at, json!({ "id": id, "body": body, "files": [file] }))
    }

    /// A place on the map.
    pub fn location(&self, id: &str, name: &str, at: Timestamp) -> Vec<u8> {
        let place = json!({ "latitude": 40.4168, "longitude": -3.7038, "name": name });
        self.event("text", at, json!({ "id": id, "body": "", "location": place }))
    }

    /// A reaction to a message of ours; an empty emoji takes it back.
    pub fn reaction(&self, message: &str, emoji: &str, at: Timestamp) -> Vec<u8> {
        self.event("reaction", at, json!({ "message": message, "emoji": emoji }))
    }

    /// Everything of ours was `delivered` or `read`.
    pub fn watermark(&self, state: &str, at: Timestamp) -> Vec<u8> {
        self.event("watermark", at, json!({ "state": state }))
    }

    /// The person will, or will not, take messages from us.
    pub fn consent(&self, allowed: &Value, at: Timestamp) -> Vec<u8> {
        self.event("consent", at, json!({ "allowed": allowed }))
    }
}
