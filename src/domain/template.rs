//! Prepared texts: saved replies of the team, and templates that a provider has approved.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agent::Agent;
use super::channel::{Channel, Kind};
use super::parameter::{self, Source};
use super::queue::Queue;
use super::{Id, Refused, Timestamp, search};

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
    /// For which part of a conversation it is meant.
    pub stage: Stage,
    /// Only on channels of this kind.
    pub kind: Option<Kind>,
    /// Only in this queue.
    pub queue: Option<Id<Queue>>,
    /// Only administrators change it (S209).
    pub guarded: bool,
    /// Gaps whose names the provider chose, and what the desk puts there by itself: `1` to `contact.name`.
    pub fills: BTreeMap<String, String>,
    /// Counts what it has said, from 1.
    pub version: u32,
}

impl Default for Template {
    /// A saved reply without words, for every channel.
    fn default() -> Template {
        Template {
            id: Id::new(0),
            channel: None,
            name: String::new(),
            language: String::new(),
            category: String::new(),
            body: String::new(),
            components: Value::Null,
            status: Status::Own,
            reason: None,
            locked: false,
            synced_at: None,
            stage: Stage::Any,
            kind: None,
            queue: None,
            guarded: false,
            fills: BTreeMap::new(),
            version: 1,
        }
    }
}

impl Template {
    /// Whether it may be used on this channel in this queue. A provider's template is good on its own channel only.
    pub fn fits(&self, channel: &Channel, queue: Option<Id<Queue>>) -> bool {
        let here = match self.status {
            Status::Own => self.channel.is_none_or(|owner| owner == channel.id),
            _ => self.channel == Some(channel.id),
        };
        here && self.kind.is_none_or(|kind| kind == channel.card.speaks_as)
            && self.queue.is_none_or(|only| Some(only) == queue)
    }

    /// Where what stands in a gap comes from.
    pub fn source(&self, gap: &str) -> Source {
        Source::of(self.fills.get(gap).map_or(gap, String::as_str))
    }

    /// What stands in its gaps: what the desk knows by itself, and otherwise what somebody gave. What neither knows
    /// is missing here.
    pub fn values(
        &self,
        known: &parameter::Known,
        given: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let filled = |gap: String| {
            let own = match self.source(&gap) {
                Source::Desk(name) => known.get(&name),
                Source::Unknown | Source::Person => None,
            };
            let value = own.or_else(|| given.get(&gap).map(|value| value.trim()))?.to_owned();
            (!value.is_empty()).then_some((gap, value))
        };
        gaps(&self.body).into_iter().filter_map(filled).collect()
    }

    /// Whether its words can go into an answer as they are: nobody has to fill anything, and they may be changed there.
    pub fn is_ready(&self) -> bool {
        !self.locked && gaps(&self.body).is_empty()
    }

    /// Whether somebody who changes `before` into this gives it other words.
    pub fn says_the_same(&self, before: &Template) -> bool {
        let words = |one: &Template| {
            (
                one.name.clone(),
                one.language.clone(),
                one.category.clone(),
                one.stage,
                one.body.clone(),
                one.locked,
            )
        };
        words(self) == words(before) && self.components == before.components
    }
}

/// For which part of a conversation a prepared text is meant (S209).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    #[default]
    Any,
    Start,
    FollowUp,
    End,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Any, Stage::Start, Stage::FollowUp, Stage::End];

    /// The word in the file, in forms and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Any => "any",
            Stage::Start => "start",
            Stage::FollowUp => "follow_up",
            Stage::End => "end",
        }
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or(())
    }
}

/// What a prepared text said from one moment on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    pub number: u32,
    /// Who wrote it; `None`: the provider, or the command line.
    pub agent: Option<Id<Agent>>,
    pub name: String,
    pub language: String,
    pub category: String,
    pub stage: Stage,
    pub body: String,
    pub locked: bool,
    pub at: Timestamp,
}

/// What somebody looks for among prepared texts (S213). An empty part asks for nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sought {
    /// Words of the name, the category or the text.
    pub words: String,
    pub category: String,
    pub language: String,
    pub stage: Option<Stage>,
    /// `own` or `provider`.
    pub from: String,
}

impl Sought {
    /// Whether this one is meant.
    pub fn finds(&self, template: &Template) -> bool {
        let all = search::fold(&format!("{} {} {}", template.name, template.category, template.body));
        let own = template.status == Status::Own;
        search::fold(&self.words).split_whitespace().all(|word| all.contains(word))
            && (self.category.is_empty() || self.category == template.category)
            && (self.language.is_empty() || self.language == template.language)
            && self.stage.is_none_or(|stage| stage == template.stage)
            && match self.from.as_str() {
                "own" => own,
                "provider" => !own,
                _ => true,
            }
    }

    /// Whether anything is asked for.
    pub fn asks(&self) -> bool {
        *self != Sought::default()
    }
}

/// A language code as it is kept, `es` or `pt_BR`: two or three letters, and a region or script after them. `None` for
/// what is none. Providers write it with `_`, browsers with `-`.
pub fn language(typed: &str) -> Option<String> {
    let parts: Vec<&str> = typed.trim().split(['_', '-']).collect();
    let (first, rest) = parts.split_first()?;
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    let good = matches!(first.len(), 2 | 3)
        && letters(first)
        && rest.len() <= 2
        && rest
            .iter()
            .all(|part| (2..=4).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()));
    let region = |part: &&str| match part.len() {
        4 => {
            let (head, tail) = part.split_at_checked(1).unwrap_or((part, ""));
            format!("{}{}", head.to_ascii_uppercase(), tail.to_ascii_lowercase())
        }
        _ => part.to_ascii_uppercase(),
    };
    let all = std::iter::once(first.to_ascii_lowercase()).chain(rest.iter().map(region));
    good.then(|| all.collect::<Vec<_>>().join("_"))
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
