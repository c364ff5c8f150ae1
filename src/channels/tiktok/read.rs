//! Reads what TikTok tells: messages, reactions, what was sent elsewhere, and how far somebody read.
//!
//! The provider's pages need an account; the fields are those that public programs read (`docs/channels.md`).

use serde_json::{Value, json};

use crate::channels::Malformed;
use crate::channels::talk::text_at;
use crate::domain::Timestamp;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::message::{Extra, State};
use crate::domain::window::Opener;

/// The events of one delivery; `own` is our account there.
pub(super) fn events(
    event: &str,
    content: &Value,
    own: &str,
    received_at: Timestamp,
) -> Result<Vec<Event>, Malformed> {
    let is_reaction = content.get("type").and_then(Value::as_str) == Some("reaction");
    let event = match event {
        "im_receive_msg" if is_reaction => return reactions(content, received_at),
        "im_send_msg" if is_reaction => Event::Ignored { why: "a reaction of ours, made elsewhere" },
        "im_receive_msg" => Event::Message(message(content, "/from_user/id", "/from", received_at)?),
        "im_send_msg" => {
            let echo = message(content, "/to_user/id", "/to", received_at)?;
            Event::Echo { to: echo.from.clone(), message: Incoming { opener: None, ..echo } }
        }
        "im_mark_read_msg" => read(content, own, received_at)?,
        // It carries no message, and nothing says that it lets anybody write.
        "im_referral_msg" => Event::Ignored { why: "an arrival by an ad or a link" },
        // In some countries TikTok tells that somebody wrote, and neither who nor what.
        "im_receive_msg_eu" => Event::Ignored { why: "a message without its content" },
        _ => Event::Ignored { why: "a kind of event that says nothing to people" },
    };
    Ok(vec![event])
}

fn time(content: &Value, received_at: Timestamp) -> Timestamp {
    content.get("timestamp").and_then(number).map_or(received_at, Timestamp)
}

/// Milliseconds, as a number or as text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn message(content: &Value, person: &str, name: &str, received_at: Timestamp) -> Result<Incoming, Malformed> {
    let value = text_at(content, person).ok_or_else(|| Malformed("nobody is named".into()))?;
    let provider_id = text_at(content, "/message_id").ok_or_else(|| Malformed("no message_id".into()))?;
    let conversation =
        text_at(content, "/conversation_id").ok_or_else(|| Malformed("no conversation_id".into()))?;
    let mut extra = Extra { provider: json!({ "conversation_id": conversation }), ..Extra::default() };
    let (mut body, mut files) = (String::new(), Vec::new());
    let kind = content.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "text" => body = text_at(content, "/text/body").unwrap_or_default(),
        "image" | "video" => files.extend(medium(content, kind, (&conversation, &provider_id))),
        "share_post" => {
            extra.label = Some("share".into());
            body = text_at(content, "/share_post/embed_url").unwrap_or_default();
        }
        "sticker" | "emoji" => {
            extra.label = Some("sticker".into());
            files.extend(text_at(content, &format!("/{kind}/url")).map(drawn));
        }
        "template" => body = asked(content),
        _ => extra.label = Some("unsupported".into()),
    }
    if body.is_empty() && files.is_empty() {
        extra.label.get_or_insert_with(|| "unsupported".into());
    }
    Ok(Incoming {
        from: Party { kind: AddressKind::Tiktok, value, name: text_at(content, name), also: Vec::new() },
        provider_id,
        at: time(content, received_at),
        body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: text_at(content, "/referenced_message_info/referenced_message_id"),
        extra,
        files,
        opener: Some(Opener::Message),
        letter: None,
    })
}

/// A picture or a film, which has to be asked for by its id.
fn medium(content: &Value, kind: &str, (conversation, message): (&str, &str)) -> Option<File> {
    let media = text_at(content, &format!("/{kind}/media_id"))?;
    let (name, media_type, word) = match kind {
        "video" => ("video.mp4", "video/mp4", "VIDEO"),
        _ => ("image.jpg", "image/jpeg", "IMAGE"),
    };
    let source = json!({
        "conversation_id": conversation, "message_id": message, "media_id": media, "media_type": word,
    });
    Some(File { name: name.into(), media_type: media_type.into(), content: FileContent::Remote(source) })
}

/// A sticker or a large emoji, which lies at an address.
fn drawn(url: String) -> File {
    let content = FileContent::Remote(json!({ "url": url }));
    File { name: "sticker.webp".into(), media_type: "image/webp".into(), content }
}

/// A question with its buttons, line by line.
fn asked(content: &Value) -> String {
    let all =
        |value: &Value, at: &str| value.pointer(at).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for element in all(content, "/template/elements") {
        lines.extend(text_at(&element, "/title"));
        lines.extend(all(&element, "/buttons").iter().filter_map(|button| text_at(button, "/text")));
    }
    lines.join("\n")
}

/// One delivery may tell of several. What is not added is taken back; an emoji that is a picture has no letter.
fn reactions(content: &Value, received_at: Timestamp) -> Result<Vec<Event>, Malformed> {
    let value = text_at(content, "/from_user/id").ok_or_else(|| Malformed("nobody is named".into()))?;
    let at = time(content, received_at);
    let one = |told: &Value| {
        let provider_id = text_at(told, "/original_msg_id")?;
        let is_there = text_at(told, "/operation").as_deref() == Some("ADD");
        let emoji = if is_there { text_at(told, "/emoji")? } else { String::new() };
        let from = Party { kind: AddressKind::Tiktok, value: value.clone(), name: None, also: Vec::new() };
        Some(Event::Reaction { from, provider_id, emoji, at, opener: None })
    };
    let told = content.get("reaction").and_then(Value::as_array).into_iter().flatten();
    let found: Vec<Event> = told.filter_map(one).collect();
    if found.is_empty() {
        return Ok(vec![Event::Ignored { why: "a reaction without a letter" }]);
    }
    Ok(found)
}

/// Everything of ours up to a moment was read; what we ourselves read is told as well.
fn read(content: &Value, own: &str, received_at: Timestamp) -> Result<Event, Malformed> {
    let value = text_at(content, "/from_user/id").ok_or_else(|| Malformed("nobody is named".into()))?;
    if value == own {
        return Ok(Event::Ignored { why: "our own reading" });
    }
    let told = content.pointer("/read/last_read_timestamp").and_then(number);
    let until = told.map_or_else(|| time(content, received_at), Timestamp);
    let from = Party { kind: AddressKind::Tiktok, value, name: None, also: Vec::new() };
    Ok(Event::Watermark { from, state: State::Read, until })
}
