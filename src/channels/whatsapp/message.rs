//! Reads one message of a webhook delivery, whatever its type.

use serde_json::{Value, json};

use super::parse::{party, time, wanted};
use crate::channels::Malformed;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, File, FileContent, Incoming, Party};
use crate::domain::message::{Extra, Location};
use crate::domain::window::Opener;

/// What a customer did.
pub(super) fn event(item: &Value, value: &Value) -> Result<Event, Malformed> {
    let at = time(item)?;
    let from = || party(item["from"].as_str(), item["from_user_id"].as_str(), value);
    Ok(match wanted(item, "type")? {
        "reaction" => Event::Reaction {
            from: from()?,
            provider_id: wanted(&item["reaction"], "message_id")?.to_owned(),
            // A reaction is taken back with an empty emoji, or with none.
            emoji: item["reaction"]["emoji"].as_str().unwrap_or_default().to_owned(),
            at,
            // Only a message or a call opens the window.
            opener: None,
        },
        "edit" => edited(item)?,
        "revoke" => revoked(item)?,
        "system" => return system(item, value),
        "request_welcome" => Event::Ignored { why: "the chat was opened" },
        _ => Event::Message(incoming(item, from()?)?),
    })
}

/// What somebody sent for us with the app on a telephone.
pub(super) fn echo(item: &Value, value: &Value) -> Result<Event, Malformed> {
    match wanted(item, "type")? {
        "edit" => edited(item),
        "revoke" => revoked(item),
        "reaction" => Ok(Event::Ignored { why: "our own reaction" }),
        _ => {
            let to = party(item["to"].as_str(), item["to_user_id"].as_str(), value)?;
            let message = Incoming { opener: None, ..incoming(item, to.clone())? };
            Ok(Event::Echo { to, message })
        }
    }
}

fn edited(item: &Value) -> Result<Event, Malformed> {
    let changed = &item["edit"]["message"];
    let kind = changed["type"].as_str().unwrap_or("text");
    let body = changed[kind]["body"].as_str().or(changed[kind]["caption"].as_str()).unwrap_or_default();
    Ok(Event::Edited {
        provider_id: wanted(&item["edit"], "original_message_id")?.to_owned(),
        body: body.to_owned(),
        at: time(item)?,
    })
}

fn revoked(item: &Value) -> Result<Event, Malformed> {
    let provider_id = wanted(&item["revoke"], "original_message_id")?.to_owned();
    Ok(Event::Revoked { provider_id, at: time(item)? })
}

/// A person moved to another number, or got another user id with it.
fn system(item: &Value, value: &Value) -> Result<Event, Malformed> {
    let system = &item["system"];
    match system["type"].as_str().unwrap_or_default() {
        "user_changed_number" => {
            let from = party(item["from"].as_str(), item["from_user_id"].as_str(), value)?;
            let to = crate::domain::phone::from_provider(wanted(system, "wa_id")?);
            Ok(Event::Moved { from, to })
        }
        "user_changed_user_id" => {
            let old = system["previous_user_id"].as_str().or(item["from_user_id"].as_str());
            let old = old.ok_or_else(|| Malformed("no previous_user_id".to_owned()))?;
            let from =
                Party { kind: AddressKind::Whatsapp, value: old.to_owned(), name: None, also: Vec::new() };
            Ok(Event::Moved { from, to: wanted(system, "user_id")?.to_owned() })
        }
        _ => Ok(Event::Ignored { why: "a system message" }),
    }
}

/// What a type of message carries.
#[derive(Default)]
struct Content {
    body: String,
    files: Vec<File>,
    extra: Extra,
}

fn incoming(item: &Value, from: Party) -> Result<Incoming, Malformed> {
    let kind = wanted(item, "type")?;
    let mut content = content(kind, item);
    content.extra.referral = referral(&item["referral"]);
    Ok(Incoming {
        from,
        provider_id: wanted(item, "id")?.to_owned(),
        at: time(item)?,
        body: content.body,
        html: None,
        subject: None,
        thread: String::new(),
        reply_to: item["context"]["id"].as_str().map(str::to_owned),
        extra: content.extra,
        files: content.files,
        // Twenty-four hours also after an ad: the longer time that an ad gives is one of prices.
        opener: Some(Opener::Message),
        letter: None,
    })
}

fn content(kind: &str, item: &Value) -> Content {
    let given = &item[kind];
    match kind {
        "text" => body(given["body"].as_str()),
        "image" | "video" | "audio" | "document" | "sticker" => Content {
            files: vec![file(kind, given)],
            extra: labelled(match kind {
                "sticker" => Some("sticker"),
                "audio" if given["voice"] == true => Some("voice"),
                _ => None,
            }),
            ..body(given["caption"].as_str())
        },
        "location" => Content { extra: located(given), ..Content::default() },
        "contacts" => Content { extra: labelled(Some("contacts")), ..body(Some(&cards(given))) },
        "button" => Content { extra: tapped(&given["payload"]), ..body(given["text"].as_str()) },
        "interactive" => interactive(given),
        "order" => Content { extra: labelled(Some("order")), ..body(Some(&order(given))) },
        // The raw item is kept, so that nothing is lost that a later version could show.
        _ => Content {
            extra: Extra { provider: item.clone(), ..labelled(Some("unsupported")) },
            ..Content::default()
        },
    }
}

fn body(text: Option<&str>) -> Content {
    Content { body: text.unwrap_or_default().to_owned(), ..Content::default() }
}

fn labelled(label: Option<&str>) -> Extra {
    Extra { label: label.map(str::to_owned), ..Extra::default() }
}

fn tapped(payload: &Value) -> Extra {
    Extra { provider: json!({ "payload": payload }), ..Extra::default() }
}

fn file(kind: &str, given: &Value) -> File {
    let media_type = given["mime_type"].as_str().unwrap_or("application/octet-stream");
    // "audio/ogg; codecs=opus" is a type with a parameter.
    let bare = media_type.split(';').next().unwrap_or_default().trim().to_owned();
    let ending = bare.rsplit('/').next().unwrap_or_default();
    let name = given["filename"].as_str().map_or_else(|| format!("{kind}.{ending}"), str::to_owned);
    let source = json!({ "id": given["id"], "sha256": given["sha256"] });
    File { name, media_type: bare, content: FileContent::Remote(source) }
}

fn located(given: &Value) -> Extra {
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let number = |name: &str| given[name].as_f64();
    let location = match (number("latitude"), number("longitude")) {
        (Some(latitude), Some(longitude)) => {
            Some(Location { latitude, longitude, name: text("name"), address: text("address") })
        }
        _ => None,
    };
    Extra { location, ..Extra::default() }
}

/// Shared contacts, a line each: the name and the numbers.
fn cards(given: &Value) -> String {
    let lines = given.as_array().into_iter().flatten().map(|card| {
        let name = card["name"]["formatted_name"].as_str().unwrap_or_default();
        let phones = card["phones"].as_array().into_iter().flatten();
        let phones = phones.filter_map(|phone| phone["phone"].as_str().or(phone["wa_id"].as_str()));
        let emails = card["emails"].as_array().into_iter().flatten();
        let emails = emails.filter_map(|email| email["email"].as_str());
        std::iter::once(name)
            .chain(phones)
            .chain(emails)
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn interactive(given: &Value) -> Content {
    match given["type"].as_str().unwrap_or_default() {
        kind @ ("button_reply" | "list_reply") => {
            Content { extra: tapped(&given[kind]["id"]), ..body(given[kind]["title"].as_str()) }
        }
        "nfm_reply" => {
            let reply = &given["nfm_reply"];
            let extra = Extra { provider: reply["response_json"].clone(), ..labelled(Some("form")) };
            Content { extra, ..body(reply["body"].as_str()) }
        }
        _ => Content {
            extra: Extra { provider: given.clone(), ..labelled(Some("unsupported")) },
            ..Content::default()
        },
    }
}

/// An order from the catalogue, a line an article.
fn order(given: &Value) -> String {
    let text = given["text"].as_str().map(str::to_owned);
    let lines = given["product_items"].as_array().into_iter().flatten().map(|product| {
        let show = |name: &str| match &product[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        format!(
            "{} × {} ({} {})",
            show("quantity"),
            show("product_retailer_id"),
            show("item_price"),
            show("currency")
        )
    });
    text.into_iter().filter(|text| !text.is_empty()).chain(lines).collect::<Vec<_>>().join("\n")
}

/// The ad or post that the customer came from.
fn referral(given: &Value) -> Option<String> {
    let parts = ["headline", "body", "source_url"].map(|name| given[name].as_str().unwrap_or_default());
    let said = parts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" — ");
    (!said.is_empty()).then_some(said)
}
