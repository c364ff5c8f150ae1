//! Sends a message: its type and tag by the window, text or file or template, never two in one.

use std::io::Read;

use serde_json::{Value, json};

use super::{Graph, errors};
use crate::channels::meta::template::{Filled, buttons, kind};
use crate::channels::talk::Talk;
use crate::channels::{Order, OutFile, Reacting};
use crate::domain::channel::{FileClass, Kind};
use crate::domain::message::TemplateUse;
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::template::{Template, gaps};
use crate::domain::window::{Sender, Window};
use crate::net::{Body, Part};

pub(super) fn send(graph: &Graph<'_>, order: &Order<'_>) -> Outcome {
    match sent(graph, order) {
        Ok(talk) if talk.ok() => Outcome::Sent { provider_id: talk.text("/message_id") },
        Ok(talk) => Outcome::Failed(errors::failure(&talk)),
        Err(failure) => Outcome::Failed(failure),
    }
}

/// Messenger takes any emoji; Instagram one, by its name. Sources: …/messenger-platform/send-messages/sender-actions
/// (January 2026) and …/instagram-messaging/features/send-message (July 2026).
pub(super) fn react(graph: &Graph<'_>, reacting: &Reacting<'_>) -> Result<(), Failure> {
    let messenger = graph.account.channel.kind == Kind::Messenger;
    let mut body =
        json!({ "recipient": { "id": reacting.to.1 }, "payload": { "message_id": reacting.message } });
    body["sender_action"] = json!(if reacting.emoji.is_empty() { "unreact" } else { "react" });
    if !reacting.emoji.is_empty() {
        body["payload"]["reaction"] = json!(if messenger { reacting.emoji } else { "love" });
    }
    let talk = graph.post("messages", |target| target.post_json(&body))?;
    if talk.ok() { Ok(()) } else { Err(errors::failure(&talk)) }
}

fn sent(graph: &Graph<'_>, order: &Order<'_>) -> Result<Talk, Failure> {
    let mut body = addressed(graph, order)?;
    if let Some((used, known)) = order.template {
        body["message"] = json!({ "template": utility(used, known)? });
        return graph.post("messages", |target| target.post_json(&body));
    }
    match order.files.as_slice() {
        [] => {
            body["message"] = marked(graph, order, json!({ "text": order.body }));
            graph.post("messages", |target| target.post_json(&body))
        }
        [file] if order.body.is_empty() => {
            let attachment = json!({ "attachment": { "type": type_of(file.class), "payload": {} } });
            body["message"] = marked(graph, order, attachment);
            let content =
                (file.open)().map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
            let parts = parts(&body, file, content);
            graph.post("messages", |target| target.send(Body::Multipart(parts)))
        }
        _ => Err(Failure::never(Cause::InvalidContent, "one message carries one text or one file")),
    }
}

/// To whom, as an answer to what, and under which leave.
fn addressed(graph: &Graph<'_>, order: &Order<'_>) -> Result<Value, Failure> {
    let mut body = json!({ "recipient": { "id": order.to.1 } });
    let messenger = graph.account.channel.kind == Kind::Messenger;
    match (order.template.is_some(), order.window) {
        (true, _) if messenger => body["messaging_type"] = json!("UTILITY"),
        (true, _) => return Err(Failure::never(Cause::Template, "Instagram has no templates")),
        (false, Window::PersonOnly { .. }) => {
            // Anything automatic under this tag is a violation that costs the page its leave.
            if order.sender != Sender::Person || graph.account.get("human_agent") != "yes" {
                return Err(Failure::never(Cause::WindowClosed, ""));
            }
            body["messaging_type"] = json!("MESSAGE_TAG");
            body["tag"] = json!("HUMAN_AGENT");
        }
        (false, _) if messenger => body["messaging_type"] = json!("RESPONSE"),
        // Instagram names no type.
        (false, _) => {}
    }
    if let Some(mid) = order.reply_to {
        body["reply_to"] = json!({ "mid": mid });
    }
    Ok(body)
}

/// Messenger gives our key back with the echo; for Instagram nothing of that kind is documented.
fn marked(graph: &Graph<'_>, order: &Order<'_>, mut message: Value) -> Value {
    if graph.account.channel.kind == Kind::Messenger {
        message["metadata"] = json!(order.key);
    }
    message
}

/// A file goes up in the same request as the message that carries it.
fn parts<'a>(body: &Value, file: &OutFile<'a>, content: Box<dyn Read + Send + 'a>) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for name in ["recipient", "message", "messaging_type", "tag", "reply_to"] {
        match &body[name] {
            Value::Null => {}
            Value::String(text) => parts.push(Part::text(name, text.as_str())),
            value => parts.push(Part::text(name, value.to_string())),
        }
    }
    parts.push(Part {
        name: "filedata",
        file_name: Some(file.name),
        content_type: Some(file.media_type),
        size: file.size,
        content,
    });
    parts
}

const fn type_of(class: FileClass) -> &'static str {
    match class {
        FileClass::Image | FileClass::Sticker => "image",
        FileClass::Audio => "audio",
        FileClass::Video => "video",
        FileClass::File => "file",
    }
}

/// A utility template stands directly in the message, not in an attachment as other templates do.
fn utility(used: &TemplateUse, known: &Template) -> Result<Value, Failure> {
    let filled = Filled(&used.parameters);
    let mut components = Vec::new();
    for component in known.components.as_array().into_iter().flatten() {
        match kind(component).as_str() {
            "HEADER" => components.extend(filled.header(component)?),
            "BODY" => components.extend(filled.body(component)?),
            "BUTTONS" => components.extend(endings(&filled, component)?),
            _ => {}
        }
    }
    Ok(json!({ "name": used.name, "language": { "code": used.language }, "components": components }))
}

/// The ends of the addresses that buttons leave open.
fn endings(filled: &Filled<'_>, component: &Value) -> Result<Option<Value>, Failure> {
    let mut parameters = Vec::new();
    for (index, button) in buttons(component).enumerate() {
        if button["url"].as_str().is_some_and(|url| !gaps(url).is_empty()) {
            parameters.push(json!({ "type": "URL", "url": filled.get(&format!("button.{index}"))? }));
        }
    }
    Ok((!parameters.is_empty()).then(|| json!({ "type": "buttons", "parameters": parameters })))
}
