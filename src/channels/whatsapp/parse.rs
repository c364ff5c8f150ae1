//! Reads webhook deliveries: the envelope, receipts, template decisions, calls.

use serde_json::Value;

use super::{errors, message};
use crate::channels::meta::template;
use crate::channels::talk::read_json;
use crate::channels::{Malformed, Raw};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::{Event, Party, Receipt};
use crate::domain::message::State;
use crate::domain::window::Opener;
use crate::domain::{Timestamp, phone};

/// Everything that happened in one delivery, which may carry a thousand things for several numbers.
pub(super) fn parse(number: &str, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
    let body = read_json(raw.body)?;
    let entries = body["entry"].as_array().ok_or_else(|| Malformed("no entry".to_owned()))?;
    let mut events = Vec::new();
    for entry in entries {
        let changes = entry["changes"].as_array().ok_or_else(|| Malformed("no changes".to_owned()))?;
        for change in changes {
            let field = change["field"].as_str().unwrap_or_default();
            read_change(number, field, &change["value"], &mut events)?;
        }
    }
    Ok(events)
}

fn read_change(number: &str, field: &str, value: &Value, events: &mut Vec<Event>) -> Result<(), Malformed> {
    if field == "message_template_status_update" {
        events.push(template::decision(value));
        return Ok(());
    }
    let meant_for = value.pointer("/metadata/phone_number_id").and_then(Value::as_str);
    if meant_for.is_some_and(|meant| !number.is_empty() && meant != number) {
        // One app has one webhook for all its numbers; each of them is a channel of its own here.
        events.push(Event::Ignored { why: "for another number" });
        return Ok(());
    }
    match field {
        "messages" => {
            for item in items(value, "messages") {
                events.push(message::event(item, value)?);
            }
            for item in items(value, "statuses") {
                events.push(status(item)?);
            }
            if value["errors"].is_array() {
                events.push(Event::Ignored { why: "an error without a message" });
            }
        }
        "smb_message_echoes" => {
            for item in items(value, "message_echoes") {
                events.push(message::echo(item, value)?);
            }
        }
        "calls" => {
            for item in items(value, "calls") {
                events.push(call(item, value)?);
            }
        }
        _ => events.push(Event::Ignored { why: "a field that the desk does not use" }),
    }
    Ok(())
}

fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

/// A text field that must be there.
pub(super) fn wanted<'v>(item: &'v Value, name: &str) -> Result<&'v str, Malformed> {
    item[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| Malformed(format!("no {name}")))
}

/// The provider's time: seconds, mostly as text.
pub(super) fn time(item: &Value) -> Result<Timestamp, Malformed> {
    let seconds = match &item["timestamp"] {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    seconds.map(Timestamp::from_seconds).ok_or_else(|| Malformed("no timestamp".to_owned()))
}

/// The person behind a number, a user id, or both. The number leads as long as it is told, because what we
/// send goes to numbers; the id is kept beside it, so that the person is known when the number is hidden.
pub(super) fn party(number: Option<&str>, user: Option<&str>, value: &Value) -> Result<Party, Malformed> {
    let number = number.filter(|text| text.chars().any(|c| c.is_ascii_digit()));
    let user = user.filter(|text| !text.is_empty());
    let contact = items(value, "contacts").find(|contact| {
        let is = |name: &str, wanted: Option<&str>| wanted.is_some() && contact[name].as_str() == wanted;
        is("wa_id", number) || is("user_id", user)
    });
    let profile = contact.map(|contact| &contact["profile"]);
    let named = |field: &str| profile.and_then(|profile| profile[field].as_str()).filter(|n| !n.is_empty());
    let name = named("name").or(named("username")).map(str::to_owned);
    let user = user.or_else(|| contact.and_then(|contact| contact["user_id"].as_str()));
    let Some(number) = number else {
        let user = user.ok_or_else(|| Malformed("neither number nor user id".to_owned()))?;
        return Ok(Party { kind: AddressKind::Whatsapp, value: user.to_owned(), name, also: Vec::new() });
    };
    let number = phone::from_provider(number);
    let mut also = vec![(AddressKind::Phone, number.clone())];
    also.extend(user.map(|user| (AddressKind::Whatsapp, user.to_owned())));
    Ok(Party { kind: AddressKind::Whatsapp, value: number, name, also })
}

fn status(item: &Value) -> Result<Event, Malformed> {
    let state = match wanted(item, "status")? {
        "sent" => State::Sent,
        "delivered" => State::Delivered,
        "read" | "played" => State::Read,
        "failed" => State::Failed,
        _ => return Ok(Event::Ignored { why: "a status that the desk does not show" }),
    };
    let fault = (state == State::Failed).then(|| errors::reported(&item["errors"][0]));
    Ok(Event::Receipt(Receipt {
        provider_id: Some(wanted(item, "id")?.to_owned()),
        our_key: item["biz_opaque_callback_data"].as_str().map(str::to_owned),
        state,
        at: time(item)?,
        fault,
    }))
}

fn call(item: &Value, value: &Value) -> Result<Event, Malformed> {
    let theirs = item["direction"] == "USER_INITIATED" && item["event"] == "connect";
    if !theirs {
        return Ok(Event::Ignored { why: "a call" });
    }
    // Whoever calls may be written to, as if a message had come.
    let from = party(item["from"].as_str(), item["from_user_id"].as_str(), value)?;
    Ok(Event::Opened { from, opener: Opener::Message, at: time(item)? })
}
