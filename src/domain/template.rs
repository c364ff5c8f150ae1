//! Prepared texts: saved replies of the team, and templates that a provider has approved.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::channel::Channel;
use super::{Id, Refused, Timestamp};

/// A prepared text.
#[derive(Clone, PartialEq, Debug)]
pub struct Template {
    pub id: Id<Template>,
    /// The account that it belongs to; `None`: every channel.
    pub channel: Option<Id<Channel>>,
    /// What the provider calls it, or what the team does.
    pub name: String,
    pub language: String,
    pub category: String,
    /// The text with its gaps as `{{name}}`.
    pub body: String,
    /// The provider's own description (header, buttons); null for saved replies.
    pub components: Value,
    pub status: Status,
    /// Why the provider rejected it.
    pub reason: Option<String>,
    /// The text may not be changed before it is sent (S210).
    pub locked: bool,
    pub synced_at: Option<Timestamp>,
}

/// Whether a template may be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A saved reply of our own: free text, so the window decides.
    Own,
    Approved,
    Pending,
    Rejected,
    Paused,
    Disabled,
}

impl Status {
    pub const ALL: [Status; 6] =
        [Status::Own, Status::Approved, Status::Pending, Status::Rejected, Status::Paused, Status::Disabled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Own => "own",
            Status::Approved => "approved",
            Status::Pending => "pending",
            Status::Rejected => "rejected",
            Status::Paused => "paused",
            Status::Disabled => "disabled",
        }
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Status::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// The names of the gaps of a text, in the order of their first appearance.
pub fn gaps(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in text.split("{{").skip(1) {
        if let Some((name, _)) = piece.split_once("}}") {
            let name = name.trim().to_owned();
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// The text with every gap filled; refuses while one is empty, so that nothing raw is ever sent (S212).
pub fn fill(text: &str, parameters: &BTreeMap<String, String>) -> Result<String, Refused> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            filled.push_str("{{");
            rest = after;
            continue;
        };
        let name = name.trim();
        match parameters.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()) {
            Some(value) => filled.push_str(value),
            None => return Err(Refused::TemplateGap { parameter: name.to_owned() }),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}
