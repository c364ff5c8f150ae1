//! Events as JSON, so that recorded deliveries can carry what they are expected to tell.

use serde_json::{Map, Value, json};
use transom::domain::inbound::{Event, FileContent, Incoming, Party};
use transom::domain::window::Opener;

/// The event with everything that it tells; what is empty is left out.
pub fn event(event: &Event) -> Value {
    match event {
        Event::Message(message) => json!({ "message": incoming(message) }),
        Event::Echo { to, message } => json!({ "echo": incoming(message), "to": party(to) }),
        Event::Receipt(receipt) => json!({ "receipt": full(json!({
            "id": receipt.provider_id, "key": receipt.our_key, "state": receipt.state, "at": receipt.at,
            "cause": receipt.fault.as_ref().map(|fault| fault.cause),
            "said": receipt.fault.as_ref().map(|fault| &fault.message),
        })) }),
        Event::Watermark { from, state, until } => {
            json!({ "watermark": state, "from": party(from), "at": until })
        }
        Event::Reaction { from, provider_id, emoji, at, opener } => {
            json!({ "reaction": emoji, "from": party(from), "id": provider_id, "at": at, "opens": opener.map(opens) })
        }
        Event::Edited { provider_id, body, at } => json!({ "edited": provider_id, "body": body, "at": at }),
        Event::Revoked { provider_id, at } => json!({ "revoked": provider_id, "at": at }),
        Event::Opened { from, opener, at } => {
            json!({ "opened": opens(*opener), "from": party(from), "at": at })
        }
        Event::Moved { from, to } => json!({ "moved": party(from), "to": to }),
        Event::Consent { from, allowed, at } => json!({ "consent": allowed, "from": party(from), "at": at }),
        Event::Left { from, at } => json!({ "left": party(from), "at": at }),
        Event::Template { name, language, status, reason } => {
            json!({ "template": full(json!({ "name": name, "language": language, "status": status, "reason": reason })) })
        }
        Event::Ignored { why } => json!({ "ignored": why }),
    }
}

fn incoming(message: &Incoming) -> Value {
    let files: Vec<Value> = message
        .files
        .iter()
        .map(|file| {
            let content = match &file.content {
                FileContent::Here(bytes) => json!(String::from_utf8_lossy(bytes)),
                FileContent::Remote(source) => source.clone(),
            };
            json!({ "name": file.name, "type": file.media_type, "content": content })
        })
        .collect();
    full(json!({
        "from": party(&message.from), "id": message.provider_id, "at": message.at, "body": message.body,
        "html": message.html, "subject": message.subject, "thread": message.thread, "reply_to": message.reply_to,
        "extra": message.extra, "files": files, "opens": message.opener.map(opens),
    }))
}

fn party(party: &Party) -> Value {
    full(json!({ "kind": party.kind, "value": party.value, "name": party.name, "also": party.also }))
}

fn opens(opener: Opener) -> Value {
    match opener {
        Opener::Message => json!("message"),
        Opener::Lasting { length, sends } => json!({ "hours": length.whole_hours(), "sends": sends }),
    }
}

fn full(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    Value::Object(fields.into_iter().filter(|(_, value)| !empty(value)).collect::<Map<_, _>>())
}
