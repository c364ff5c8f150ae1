//! Reads what a customer did, from the XML that WeChat posts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::channels::Malformed;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::message::{Extra, Location};
use crate::domain::window::Opener;
use crate::domain::{Span, Timestamp};

/// A tap on the menu, a scan or following opens a minute for three messages.
const TAP: Opener = Opener::Lasting { length: Span::minutes(1), sends: Some(3) };

type Fields = BTreeMap<String, String>;

pub(super) fn events(fields: &Fields, received_at: Timestamp) -> Result<Vec<Event>, Malformed> {
    let text = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let wanted = |name: &str| match text(name) {
        "" => Err(Malformed(format!("no {name}"))),
        found => Ok(found.to_owned()),
    };
    let value = wanted("FromUserName")?;
    let from = Party { kind: AddressKind::Wechat, value, name: None, also: Vec::new() };
    let at = text("CreateTime").parse().map_or(received_at, Timestamp::from_seconds);
    if wanted("MsgType")? == "event" {
        return Ok(happened(text("Event"), from, at));
    }
    let (body, files, extra) = content(&text);
    Ok(vec![Event::Message(Incoming {
        from,
        provider_id: wanted("MsgId")?,
        at,
        body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: None,
        extra,
        files,
        opener: Some(Opener::Message),
        letter: None,
    })])
}

fn happened(event: &str, from: Party, at: Timestamp) -> Vec<Event> {
    let opened = |from: Party| Event::Opened { from, opener: TAP, at };
    match event {
        "subscribe" => vec![Event::Consent { from: from.clone(), allowed: true, at }, opened(from)],
        "unsubscribe" => vec![Event::Consent { from, allowed: false, at }],
        "SCAN" | "CLICK" | "scancode_push" | "scancode_waitmsg" => vec![opened(from)],
        _ => vec![Event::Ignored { why: "a kind of event that says nothing to people" }],
    }
}

fn content<'a>(text: &impl Fn(&str) -> &'a str) -> (String, Vec<File>, Extra) {
    let labelled = |label: &str| Extra { label: Some(label.to_owned()), ..Extra::default() };
    let medium = |name: &str, media_type: &str| {
        let source = json!({ "media_id": text("MediaId") });
        let (name, media_type) = (name.to_owned(), media_type.to_owned());
        vec![File { name, media_type, content: FileContent::Remote(source) }]
    };
    match text("MsgType") {
        "text" => (text("Content").to_owned(), Vec::new(), Extra::default()),
        "image" => (String::new(), medium("image.jpg", "image/jpeg"), Extra::default()),
        // What WeChat understood of the words stands beside the voice.
        "voice" => (text("Recognition").to_owned(), medium("voice.amr", "audio/amr"), labelled("voice")),
        "video" | "shortvideo" => (String::new(), medium("video.mp4", "video/mp4"), Extra::default()),
        "location" => (String::new(), Vec::new(), located(text)),
        "link" => {
            let lines = ["Title", "Description", "Url"].map(text);
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            (lines.join("\n"), Vec::new(), labelled("share"))
        }
        kind => {
            let provider = Value::from(kind);
            (String::new(), Vec::new(), Extra { provider, ..labelled("unsupported") })
        }
    }
}

fn located<'a>(text: &impl Fn(&str) -> &'a str) -> Extra {
    let number = |name: &str| text(name).parse::<f64>().ok().filter(|number| number.is_finite());
    let location = match (number("Location_X"), number("Location_Y")) {
        (Some(latitude), Some(longitude)) => {
            let name = Some(text("Label").to_owned()).filter(|label| !label.is_empty());
            Some(Location { latitude, longitude, name, address: None })
        }
        _ => None,
    };
    let label = location.is_none().then(|| "unsupported".to_owned());
    Extra { location, label, ..Extra::default() }
}
