//! What four providers publish of the requests that they take, and whether a request is one of them.
//!
//! `tests/data/shapes.json` has the fields of their schemas: Telegram's Bot API 10.1 (June 2026), LINE's
//! `messaging-api.yml` (July 2026), Meta's `business-messaging-api_v23.0.yaml` (November 2025) and Twilio's
//! `CreateMessageRequest` (API 2010-04-01). A name with `!` is required, a list names the values, a text names the
//! types and, behind a space, the most letters or entries. Other fields than these are refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::provider::Seen;

static SHAPES: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../data/shapes.json")).unwrap());

/// Documented on pages of their own, and not in the schema: the key that comes back with receipts, and people
/// without a number (…/whatsapp/business-scoped-user-ids).
const ELSEWHERE: [&str; 2] = ["biz_opaque_callback_data", "recipient"];

/// What is wrong with a request, by the published shape of the call that it is; `None` where it fits, or where nobody
/// publishes one.
pub fn fault(seen: &Seen) -> Option<String> {
    let path = seen.target.split('?').next().unwrap_or_default();
    let found = match path {
        _ if seen.method != "POST" => Ok(()),
        _ if path.starts_with("/bot") => telegram(path.rsplit('/').next().unwrap_or_default(), seen),
        "/v2/bot/message/push" => line("line.PushMessageRequest", seen),
        "/v2/bot/message/reply" => line("line.ReplyMessageRequest", seen),
        _ if path.starts_with("/2010-04-01/") && path.ends_with("/Messages.json") => twilio(seen),
        _ if path.ends_with("/messages") && !path.starts_with("/hooks") => whatsapp(seen),
        _ => Ok(()),
    };
    found.err().map(|words| format!("{} {}: {words}", seen.method, seen.target))
}

fn telegram(method: &str, seen: &Seen) -> Result<(), String> {
    let name = format!("telegram.{method}");
    if seen.header("content-type").starts_with("multipart/") {
        let fields = parts(&seen.body);
        return fits(&name, &fields);
    }
    fits(&name, &object(seen)?)
}

/// The names of a form's parts; their contents have no types.
fn parts(body: &[u8]) -> Map<String, Value> {
    let text = String::from_utf8_lossy(body);
    let names = text.split("; name=\"").skip(1).filter_map(|part| part.split('"').next());
    names.map(|name| (name.to_owned(), Value::Null)).collect()
}

fn line(name: &str, seen: &Seen) -> Result<(), String> {
    let body = object(seen)?;
    fits(name, &body)?;
    for message in body["messages"].as_array().into_iter().flatten() {
        let kind = message["type"].as_str().unwrap_or_default();
        let kind = kind.get(..1).unwrap_or_default().to_uppercase() + kind.get(1..).unwrap_or_default();
        fits(&format!("line.{kind}Message"), message.as_object().ok_or("a message that is no object")?)?;
    }
    Ok(())
}

fn twilio(seen: &Seen) -> Result<(), String> {
    let fields: BTreeMap<String, String> = form_urlencoded::parse(&seen.body).into_owned().collect();
    let has_sender = fields.contains_key("From") != fields.contains_key("MessagingServiceSid");
    if !has_sender || !(fields.contains_key("Body") || fields.contains_key("MediaUrl")) {
        return Err("one sender, and a text or a file".to_owned());
    }
    fits("twilio.Messages", &fields.into_iter().map(|(name, value)| (name, value.into())).collect())
}

/// Others of Meta's are sent to the same path, for which no schema is published.
fn whatsapp(seen: &Seen) -> Result<(), String> {
    if seen.header("content-type").starts_with("multipart/") {
        return Ok(());
    }
    let mut body = object(seen)?;
    if body.get("messaging_product").is_none() {
        return Ok(());
    }
    if body.get("to").is_none() && body.get("recipient").is_some_and(Value::is_string) {
        body.insert("to".to_owned(), body["recipient"].clone());
    }
    body.retain(|name, _| !ELSEWHERE.contains(&name.as_str()));
    let kind = body["type"].as_str().unwrap_or_default();
    let kind = kind.get(..1).unwrap_or_default().to_uppercase() + kind.get(1..).unwrap_or_default();
    fits(&format!("whatsapp.{kind}Message"), &body)
}

fn object(seen: &Seen) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(&seen.body).map_err(|fault| format!("no JSON object: {fault}"))
}

fn fits(name: &str, body: &Map<String, Value>) -> Result<(), String> {
    let shape = SHAPES.get(name).and_then(Value::as_object).ok_or(format!("no such call as {name}"))?;
    fields(shape, body).map_err(|words| format!("{name}: {words}"))
}

fn fields(shape: &Map<String, Value>, body: &Map<String, Value>) -> Result<(), String> {
    for name in body.keys() {
        if !shape.contains_key(name) && !shape.contains_key(&format!("{name}!")) {
            return Err(format!("there is no field {name}"));
        }
    }
    for (name, wanted) in shape {
        match body.get(name.trim_end_matches('!')) {
            None if name.ends_with('!') => return Err(format!("{name} is missing")),
            None | Some(Value::Null) => {}
            Some(value) => one(wanted, value).map_err(|words| format!("{name}: {words}"))?,
        }
    }
    Ok(())
}

fn one(wanted: &Value, value: &Value) -> Result<(), String> {
    match wanted {
        Value::Object(shape) => fields(shape, value.as_object().ok_or("no object")?),
        Value::Array(values) if values.contains(value) => Ok(()),
        Value::Array(values) => Err(format!("{value} is none of {values:?}")),
        Value::String(text) => {
            let (types, most) = text.split_once(' ').unwrap_or((text, ""));
            let length = match value {
                Value::String(text) => text.encode_utf16().count(),
                Value::Array(all) => all.len(),
                _ => 0,
            };
            let is_long = most.parse().is_ok_and(|most: usize| length > most);
            let fits = types.split('|').any(|name| is_a(name, value)) && !is_long;
            if fits { Ok(()) } else { Err(format!("{value} is no {text}")) }
        }
        _ => Err("an odd shape".to_owned()),
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

fn seen(target: &str, body: &Value) -> Seen {
    let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    Seen {
        method: "POST".to_owned(),
        target: target.to_owned(),
        headers,
        body: body.to_string().into_bytes(),
    }
}

/// The check itself can fail: a field too many, one too few, a wrong type, a wrong value, too many messages.
#[test]
fn requests_that_no_provider_would_understand_are_found() {
    let push = |messages: Value| seen("/v2/bot/message/push", &json!({ "to": "U1", "messages": messages }));
    let hello = json!({ "type": "text", "text": "hello" });
    assert_eq!(fault(&push(json!([hello]))), None);
    assert!(fault(&push(json!([hello, hello, hello, hello, hello, hello]))).is_some());
    assert!(fault(&push(json!([{ "type": "file", "text": "x" }]))).is_some());
    assert!(fault(&push(json!([{ "type": "image", "originalContentUrl": "https://a.example" }]))).is_some());
    let send = |body: Value| fault(&seen("/bot1:a/sendMessage", &body));
    assert_eq!(send(json!({ "chat_id": 7, "text": "x" })), None);
    assert!(send(json!({ "chat_id": 7 })).unwrap().contains("text! is missing"));
    assert!(send(json!({ "chat_id": 7, "text": "x", "txt": "y" })).unwrap().contains("no field txt"));
    assert!(send(json!({ "chat_id": true, "text": "x" })).is_some());
    let text = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+1", "type": "text",
        "text": { "body": "x", "preview_url": false } });
    assert_eq!(fault(&seen("/v25.0/1/messages", &text)), None);
    let mut odd = text.clone();
    odd["recipient_type"] = "nobody".into();
    assert!(fault(&seen("/v25.0/1/messages", &odd)).is_some());
    let form =
        Seen { body: b"From=%2B1&Body=x".to_vec(), ..seen("/2010-04-01/Accounts/AC1/Messages.json", &text) };
    assert!(fault(&form).unwrap().contains("To! is missing"));
    let form = Seen { body: b"To=%2B2&From=%2B1&Body=x".to_vec(), ..form };
    assert_eq!(fault(&form), None);
}
