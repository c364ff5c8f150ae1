//! Reads an update, whatever it tells.

use serde_json::{Value, json};

use crate::channels::Malformed;
use crate::channels::talk::as_text;
use crate::domain::Timestamp;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::message::{Extra, Location};
use crate::domain::window::Opener;

/// What an update tells.
pub(super) fn event(update: &Value, received_at: Timestamp) -> Result<Event, Malformed> {
    if update.get("update_id").is_none_or(|id| !id.is_i64()) {
        return Err(Malformed("no update_id".into()));
    }
    if let Some(message) = update.get("message") {
        return incoming(message);
    }
    if let Some(message) = update.get("edited_message") {
        if !is_private(message) {
            return Ok(Event::Ignored { why: "a message in a group" });
        }
        return Ok(Event::Edited {
            provider_id: message_id(message)?,
            body: text_of(message),
            at: time(message, "edit_date"),
        });
    }
    if let Some(query) = update.get("callback_query") {
        return pressed(query, received_at);
    }
    if let Some(change) = update.get("my_chat_member") {
        let status = change.pointer("/new_chat_member/status").and_then(Value::as_str).unwrap_or_default();
        if !is_private(change) {
            return Ok(Event::Ignored { why: "a change in a group" });
        }
        return Ok(Event::Consent {
            from: party(change)?,
            allowed: status == "member",
            at: time(change, "date"),
        });
    }
    Ok(Event::Ignored { why: "a kind of update that was not asked for" })
}

fn incoming(message: &Value) -> Result<Event, Malformed> {
    if !is_private(message) {
        return Ok(Event::Ignored { why: "a message in a group" });
    }
    let (body, files) = (text_of(message), files(message));
    let mut extra = Extra { location: location(message), label: label(message), ..Extra::default() };
    if body.is_empty() && files.is_empty() && extra.location.is_none() && extra.label.is_none() {
        // The raw message is kept, so that nothing is lost that a later version could show.
        extra = Extra { label: Some("unsupported".into()), provider: message.clone(), ..Extra::default() };
    }
    Ok(Event::Message(Incoming {
        from: party(message)?,
        provider_id: message_id(message)?,
        at: time(message, "date"),
        body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: message.get("reply_to_message").and_then(|replied| message_id(replied).ok()),
        extra,
        files,
        opener: Some(Opener::Message),
        letter: None,
    }))
}

/// A pressed button comes as a message that says what the button said. The time in it is that of the message
/// that the button stood under, so the time of receipt stands for the press.
fn pressed(query: &Value, at: Timestamp) -> Result<Event, Malformed> {
    let message = query.get("message").ok_or_else(|| Malformed("a callback without its message".into()))?;
    let id = query.get("id").and_then(as_text).ok_or_else(|| Malformed("a callback without an id".into()))?;
    if !is_private(message) {
        return Ok(Event::Ignored { why: "a button in a group" });
    }
    let mut from = party(message)?;
    from.name = name(query.get("from").unwrap_or(&Value::Null)).or(from.name);
    Ok(Event::Message(Incoming {
        from,
        provider_id: format!("callback:{id}"),
        at,
        body: pressed_text(query, message),
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: message_id(message).ok(),
        extra: Extra { provider: json!({ "payload": query.get("data") }), ..Extra::default() },
        files: Vec::new(),
        opener: Some(Opener::Message),
        letter: None,
    }))
}

/// What stands on the button, or its word for programs where the button is not there any more.
fn pressed_text(query: &Value, message: &Value) -> String {
    let data = query.get("data").and_then(Value::as_str).unwrap_or_default();
    let rows = message.pointer("/reply_markup/inline_keyboard").and_then(Value::as_array);
    let mut buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let pressed = buttons.find(|button| button.get("callback_data").and_then(Value::as_str) == Some(data));
    pressed.and_then(|button| button.get("text")?.as_str()).unwrap_or(data).to_owned()
}

fn is_private(value: &Value) -> bool {
    value.pointer("/chat/type").and_then(Value::as_str) == Some("private")
}

/// Message numbers count within a chat, so the chat belongs to the id.
pub(super) fn message_id(message: &Value) -> Result<String, Malformed> {
    let chat = message.pointer("/chat/id").and_then(as_text);
    let number = message.get("message_id").and_then(as_text);
    match (chat, number) {
        (Some(chat), Some(number)) => Ok(format!("{chat}:{number}")),
        _ => Err(Malformed("a message without chat or number".into())),
    }
}

fn party(message: &Value) -> Result<Party, Malformed> {
    let value = message.pointer("/chat/id").and_then(as_text).ok_or_else(|| Malformed("no chat".into()))?;
    let person = message.get("chat").unwrap_or(&Value::Null);
    Ok(Party { kind: AddressKind::Telegram, value, name: name(person), also: Vec::new() })
}

fn name(person: &Value) -> Option<String> {
    let part = |key: &str| person.get(key).and_then(Value::as_str).unwrap_or_default();
    let full = format!("{} {}", part("first_name"), part("last_name")).trim().to_owned();
    let shown = if full.is_empty() { part("username").to_owned() } else { full };
    (!shown.is_empty()).then_some(shown)
}

fn time(value: &Value, key: &str) -> Timestamp {
    Timestamp::from_seconds(
        value.get(key).or_else(|| value.get("date")).and_then(Value::as_i64).unwrap_or_default(),
    )
}

fn text_of(message: &Value) -> String {
    let text = message.get("text").or_else(|| message.get("caption")).and_then(Value::as_str);
    match (text, message.get("contact")) {
        (Some(text), _) => text.to_owned(),
        (None, Some(contact)) => {
            let phone = contact.get("phone_number").and_then(Value::as_str).unwrap_or_default();
            format!("{}\n{phone}", name(contact).unwrap_or_default()).trim().to_owned()
        }
        (None, None) => String::new(),
    }
}

fn location(message: &Value) -> Option<Location> {
    let venue = message.get("venue");
    let place = venue.and_then(|venue| venue.get("location")).or_else(|| message.get("location"))?;
    let words = |key: &str| venue.and_then(|v| v.get(key)).and_then(Value::as_str).map(str::to_owned);
    Some(Location {
        latitude: place.get("latitude")?.as_f64()?,
        longitude: place.get("longitude")?.as_f64()?,
        name: words("title"),
        address: words("address"),
    })
}

fn label(message: &Value) -> Option<String> {
    const LABELS: [(&str, &str); 3] = [("contact", "contacts"), ("sticker", "sticker"), ("voice", "voice")];
    let found = LABELS.iter().find(|(key, _)| message.get(key).is_some());
    found.map(|(_, label)| (*label).to_owned())
}

/// Telegram forgets names and types when a file is fetched, so they are kept from the message.
fn files(message: &Value) -> Vec<File> {
    const KINDS: [(&str, &str, &str); 7] = [
        ("document", "file", "application/octet-stream"),
        ("audio", "audio.mp3", "audio/mpeg"),
        ("voice", "voice.ogg", "audio/ogg"),
        ("video", "video.mp4", "video/mp4"),
        ("video_note", "video.mp4", "video/mp4"),
        ("animation", "animation.mp4", "video/mp4"),
        ("sticker", "sticker.webp", "image/webp"),
    ];
    let mut found = Vec::new();
    if let Some(largest) = message.get("photo").and_then(Value::as_array).and_then(|sizes| sizes.last()) {
        found.extend(remote(largest, "photo.jpg", "image/jpeg"));
    }
    for (key, name, media_type) in KINDS {
        // An animation is sent as a document as well, for old programs.
        if key == "document" && message.get("animation").is_some() {
            continue;
        }
        let moving = |flag: &str| message.pointer(&format!("/sticker/{flag}")) == Some(&Value::Bool(true));
        let (name, media_type) = match key {
            "sticker" if moving("is_animated") => ("sticker.tgs", "application/x-tgsticker"),
            "sticker" if moving("is_video") => ("sticker.webm", "video/webm"),
            _ => (name, media_type),
        };
        found.extend(message.get(key).and_then(|file| remote(file, name, media_type)));
    }
    found
}

fn remote(file: &Value, name: &str, media_type: &str) -> Option<File> {
    let id = file.get("file_id")?.as_str()?;
    let word = |key: &str, other: &str| file.get(key).and_then(Value::as_str).unwrap_or(other).to_owned();
    Some(File {
        name: word("file_name", name),
        media_type: word("mime_type", media_type),
        content: FileContent::Remote(json!({ "file_id": id })),
    })
}
