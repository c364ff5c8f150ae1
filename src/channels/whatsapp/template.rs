//! Templates as a message carries them.

use serde_json::{Value, json};

use crate::channels::meta::template::{Filled, buttons, kind};
use crate::domain::message::TemplateUse;
use crate::domain::outbox::Failure;
use crate::domain::template::{Template, gaps};

/// The `template` object of a message.
pub(super) fn payload(used: &TemplateUse, known: &Template) -> Result<Value, Failure> {
    let filled = Filled(&used.parameters);
    let mut components = Vec::new();
    for component in known.components.as_array().into_iter().flatten() {
        match kind(component).as_str() {
            "HEADER" => components.extend(filled.header(component)?),
            "BODY" => components.extend(filled.body(component)?),
            "BUTTONS" => {
                for (index, button) in buttons(component).enumerate() {
                    components.extend(button_part(&filled, index, button)?);
                }
            }
            _ => {}
        }
    }
    let mut payload =
        json!({ "name": used.name, "language": { "policy": "deterministic", "code": used.language } });
    if !components.is_empty() {
        payload["components"] = components.into();
    }
    Ok(payload)
}

fn button_part(filled: &Filled<'_>, index: usize, button: &Value) -> Result<Option<Value>, Failure> {
    let ours = format!("button.{index}");
    let (sub_type, parameter) = match kind(button).as_str() {
        "URL" if button["url"].as_str().is_some_and(|url| !gaps(url).is_empty()) => {
            ("url", json!({ "type": "text", "text": filled.get(&ours)? }))
        }
        "COPY_CODE" => ("copy_code", json!({ "type": "coupon_code", "coupon_code": filled.get(&ours)? })),
        _ => return Ok(None),
    };
    let index = index.to_string();
    Ok(Some(json!({ "type": "button", "sub_type": sub_type, "index": index, "parameters": [parameter] })))
}
