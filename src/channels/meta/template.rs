//! Templates: the list that Meta approved, turned into one text with gaps, and back into Meta's parameters.
//!
//! The gaps of [`Template::body`], which agents and programs fill, are named so:
//!
//! | gap | what it fills |
//! |---|---|
//! | `1`, `2`, … or a name | the body's own gaps, named as Meta names them |
//! | `header` | the gap of a text header, or the https address of a header's image, video or document |
//! | `button.0`, `button.1`, … | the end of the address, or the code, of that button (counted from 0) |

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::channels::Account;
use crate::domain::inbound::Event;
use crate::domain::outbox::{Cause, Failure};
use crate::domain::template::{Status, Template, gaps};
use crate::domain::{Id, Timestamp};

/// More pages than any account has templates for.
const PAGES: usize = 100;

/// Every template of `owner`, a page or a business account; `get` asks for what stands at a path. The ids and
/// the time of the sync are the caller's to set.
pub fn all(
    account: &Account,
    owner: &str,
    get: impl Fn(&str) -> Result<Value, Failure>,
) -> Result<Vec<Template>, Failure> {
    let fields = "fields=name,status,language,category,components,rejected_reason&limit=100";
    let mut found = Vec::new();
    let mut after = String::new();
    for _ in 0..PAGES {
        // The cursor and not the "next" address: that one carries the token and may lead anywhere.
        let page = get(&format!("{owner}/message_templates?{fields}{after}"))?;
        let listed = page["data"].as_array().into_iter().flatten();
        found.extend(listed.filter_map(|given| template(account, given)));
        let cursor = page.pointer("/paging/cursors/after").and_then(Value::as_str);
        match cursor.filter(|_| page.pointer("/paging/next").is_some_and(Value::is_string)) {
            Some(cursor) => {
                let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
                after = format!("&after={cursor}");
            }
            None => break,
        }
    }
    Ok(found)
}

fn template(account: &Account, given: &Value) -> Option<Template> {
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    let reason = given["rejected_reason"].as_str().filter(|reason| !matches!(*reason, "" | "NONE"));
    (!text("name").is_empty()).then(|| Template {
        id: Id::new(0),
        channel: Some(account.channel.id),
        name: text("name").to_owned(),
        language: language(text("language")),
        category: text("category").to_lowercase(),
        body: readable(&given["components"]),
        components: given["components"].clone(),
        status: standing(text("status")),
        reason: reason.map(str::to_owned),
        locked: true,
        synced_at: None::<Timestamp>,
        ..Template::default()
    })
}

/// A template's approval changed, as a webhook tells it.
pub fn decision(value: &Value) -> Event {
    let text = |name: &str| value[name].as_str().unwrap_or_default();
    let reason = value["reason"].as_str().filter(|reason| !matches!(*reason, "" | "NONE")).map(str::to_owned);
    Event::Template {
        name: text("message_template_name").to_owned(),
        language: language(text("message_template_language")),
        status: standing(text("event")).as_str().to_owned(),
        reason,
    }
}

/// Webhooks write `pt-BR` where the list has `pt_BR`.
fn language(code: &str) -> String {
    code.replace('-', "_")
}

/// Meta's word for a template's standing, as ours.
fn standing(word: &str) -> Status {
    match word {
        // A flagged one may still be sent.
        "APPROVED" | "REINSTATED" | "FLAGGED" => Status::Approved,
        "REJECTED" => Status::Rejected,
        "PAUSED" => Status::Paused,
        "PENDING" | "IN_APPEAL" | "PENDING_APPEAL" => Status::Pending,
        _ => Status::Disabled,
    }
}

/// The template as one text with gaps.
fn readable(components: &Value) -> String {
    let mut parts = Vec::new();
    for component in components.as_array().into_iter().flatten() {
        let text = component["text"].as_str().unwrap_or_default();
        match kind(component).as_str() {
            "HEADER" if is_media(component) => parts.push("{{header}}".to_owned()),
            "HEADER" => parts.push(renamed(text, "header")),
            "BUTTONS" => parts.push(buttons(component).enumerate().map(line).collect::<Vec<_>>().join("\n")),
            _ => parts.push(text.to_owned()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// The type of a component or a button, in capitals.
pub fn kind(component: &Value) -> String {
    component["type"].as_str().unwrap_or_default().to_ascii_uppercase()
}

fn is_media(component: &Value) -> bool {
    matches!(component["format"].as_str(), Some("IMAGE" | "VIDEO" | "DOCUMENT"))
}

/// The buttons of a component.
pub fn buttons(component: &Value) -> impl Iterator<Item = &Value> {
    component["buttons"].as_array().into_iter().flatten()
}

fn line((index, button): (usize, &Value)) -> String {
    let label = button["text"].as_str().unwrap_or_default();
    match (kind(button).as_str(), button["url"].as_str()) {
        ("URL", Some(url)) => format!("[{label}] {}", renamed(url, &format!("button.{index}"))),
        ("COPY_CODE", _) => format!("[{label}] {{{{button.{index}}}}}"),
        _ => format!("[{label}]"),
    }
}

/// The text with its gap, of which Meta allows one here, under our name for it.
fn renamed(text: &str, name: &str) -> String {
    match (text.find("{{"), text.find("}}")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{{{{{name}}}}}{}", &text[..start], &text[end + 2..])
        }
        _ => text.to_owned(),
    }
}

/// What was put into the gaps of a template.
pub struct Filled<'a>(pub &'a BTreeMap<String, String>);

impl Filled<'_> {
    /// What was put into a gap. Line breaks are refused by Meta, so they become spaces.
    pub fn get(&self, name: &str) -> Result<String, Failure> {
        let value = self.0.get(name).map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Failure::never(Cause::Template, format!("the gap {name:?} is empty")))
    }

    fn text(&self, gap: &str, ours: &str) -> Result<Value, Failure> {
        let mut parameter = json!({ "type": "text", "text": self.get(ours)? });
        if !gap.chars().all(|c| c.is_ascii_digit()) {
            parameter["parameter_name"] = gap.into();
        }
        Ok(parameter)
    }

    /// The header's part of a message; `None` where nothing is to be filled.
    pub fn header(&self, component: &Value) -> Result<Option<Value>, Failure> {
        let parameter = if is_media(component) {
            let kind = component["format"].as_str().unwrap_or_default().to_lowercase();
            let mut parameter = json!({ "type": kind });
            parameter[&kind] = json!({ "link": self.get("header")? });
            parameter
        } else {
            match gaps(component["text"].as_str().unwrap_or_default()).first() {
                Some(gap) => self.text(gap, "header")?,
                None => return Ok(None),
            }
        };
        Ok(Some(json!({ "type": "header", "parameters": [parameter] })))
    }

    /// The body's part.
    pub fn body(&self, component: &Value) -> Result<Option<Value>, Failure> {
        let gaps = gaps(component["text"].as_str().unwrap_or_default());
        let parameters = gaps.iter().map(|gap| self.text(gap, gap)).collect::<Result<Vec<_>, _>>()?;
        Ok((!parameters.is_empty()).then(|| json!({ "type": "body", "parameters": parameters })))
    }
}
