//! Sends a message: the exact JSON, files uploaded first.

use serde_json::{Value, json};

use super::{Graph, errors, template};
use crate::channels::{Order, OutFile, Reacting, unanswered, unanswered_harmless};
use crate::domain::channel::FileClass;
use crate::domain::outbox::{Cause, Failure};
use crate::net::{Answer, Body, Part};

/// Sends it and returns Meta's id of the message.
pub(super) fn send(graph: &Graph<'_>, order: &Order<'_>) -> Result<Option<String>, Failure> {
    let payload = payload(graph, order)?;
    let url = graph.url(&format!("{}/messages", graph.account.get("phone_number_id")));
    let bytes = payload.to_string().into_bytes();
    let body = Body::Bytes { content_type: "application/json", bytes: &bytes };
    let answer = graph.call("POST", &url, body).map_err(unanswered)?;
    if answer.is_success() { Ok(id(&answer)) } else { Err(errors::refused(&answer)) }
}

/// A reaction is a message of a kind of its own; an empty one takes it back. Source: …/whatsapp/messages/reaction-messages
/// (May 2026); that an empty emoji takes it back stands in the schema and in Meta's own SDK.
pub(super) fn react(graph: &Graph<'_>, reacting: &Reacting<'_>) -> Result<(), Failure> {
    let mut payload = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "type": "reaction",
        "reaction": { "message_id": reacting.message, "emoji": reacting.emoji },
    });
    payload[named(reacting.to.1)] = reacting.to.1.into();
    let url = graph.url(&format!("{}/messages", graph.account.get("phone_number_id")));
    let bytes = payload.to_string().into_bytes();
    let body = Body::Bytes { content_type: "application/json", bytes: &bytes };
    let answer = graph.call("POST", &url, body).map_err(unanswered_harmless)?;
    if answer.is_success() { Ok(()) } else { Err(errors::refused(&answer)) }
}

/// Without its "+" a number would be taken for one of the business's own country.
fn named(to: &str) -> &'static str {
    if to.starts_with('+') { "to" } else { "recipient" }
}

fn id(answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body.pointer("/messages/0/id").and_then(Value::as_str).map(str::to_owned)
}

fn payload(graph: &Graph<'_>, order: &Order<'_>) -> Result<Value, Failure> {
    let mut payload = json!({
        "messaging_product": "whatsapp", "recipient_type": "individual",
        "biz_opaque_callback_data": order.key,
    });
    payload[named(order.to.1)] = order.to.1.into();
    if let Some(reply_to) = order.reply_to {
        payload["context"] = json!({ "message_id": reply_to });
    }
    let (kind, content) = content(graph, order)?;
    payload["type"] = kind.into();
    payload[kind] = content;
    Ok(payload)
}

fn content(graph: &Graph<'_>, order: &Order<'_>) -> Result<(&'static str, Value), Failure> {
    if let Some((used, known)) = order.template {
        return Ok(("template", template::payload(used, known)?));
    }
    match order.files.as_slice() {
        [] => Ok(("text", json!({ "body": order.body, "preview_url": false }))),
        [file] => media(graph, order, file),
        _ => Err(Failure::never(Cause::InvalidContent, "one message carries one file")),
    }
}

fn media(graph: &Graph<'_>, order: &Order<'_>, file: &OutFile<'_>) -> Result<(&'static str, Value), Failure> {
    let kind = match file.class {
        FileClass::Image => "image",
        FileClass::Audio => "audio",
        FileClass::Video => "video",
        FileClass::Sticker => "sticker",
        FileClass::File => "document",
    };
    if matches!(kind, "audio" | "sticker") && !order.body.is_empty() {
        return Err(Failure::never(Cause::InvalidContent, "a voice message or a sticker takes no text"));
    }
    let mut content = json!({ "id": upload(graph, file)? });
    if !order.body.is_empty() {
        content["caption"] = order.body.into();
    }
    if kind == "document" {
        content["filename"] = file.name.into();
    }
    Ok((kind, content))
}

/// Brings the file to Meta. Nobody sees it before a message names it, so this may be repeated freely.
fn upload(graph: &Graph<'_>, file: &OutFile<'_>) -> Result<String, Failure> {
    let content = (file.open)().map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
    let plain = |name, text: &'static str| Part {
        name,
        file_name: None,
        content_type: None,
        size: text.len() as u64,
        content: Box::new(text.as_bytes()),
    };
    let media_type = metas_name(file.media_type);
    let kind = Part {
        name: "type",
        file_name: None,
        content_type: None,
        size: media_type.len() as u64,
        content: Box::new(media_type.as_bytes()),
    };
    let bytes = Part {
        name: "file",
        file_name: Some(file.name),
        content_type: Some(media_type),
        size: file.size,
        content,
    };
    let url = graph.url(&format!("{}/media", graph.account.get("phone_number_id")));
    let body = Body::Multipart(vec![plain("messaging_product", "whatsapp"), kind, bytes]);
    let answer = graph.call("POST", &url, body).map_err(unanswered_harmless)?;
    if !answer.is_success() {
        return Err(harmless(errors::refused(&answer)));
    }
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let id = value["id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Failure::later(Cause::Media, "the upload was answered without an id", None))
}

/// Two kinds of sound have several names, of which Meta knows one.
fn metas_name(media_type: &str) -> &str {
    match media_type {
        "audio/m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        other => other,
    }
}

/// An upload whose end nobody knows is simply done again.
fn harmless(failure: Failure) -> Failure {
    match failure.next {
        crate::domain::outbox::Next::Unsure => Failure::later(Cause::Media, failure.message, None),
        _ => failure,
    }
}
