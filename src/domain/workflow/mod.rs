//! Workflows: what an administrator prepared, and what happens of it on one conversation, step by step.

mod run;

pub use run::{Run, State, Told, Why};

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::queue::Queue;
use super::refused::Problem;
use super::tag::Tag;
use super::template::{Template, gaps};
use super::{Id, Span, Timestamp, webhook};

/// The most steps of a workflow.
pub const STEPS: usize = 30;
/// The most things that are asked at its start.
pub const ASKS: usize = 10;
/// The longest wait, in minutes: a month.
pub const LONGEST_WAIT: i64 = 31 * 24 * 60;
/// The longest text of a step, in characters.
pub const LONGEST_TEXT: usize = 4000;
/// The longest answer to what is asked at the start, in characters.
pub const LONGEST_ANSWER: usize = 1000;
/// How often a program is called that cannot be reached or is busy, before a person is asked.
pub const CALLS: i64 = 5;

/// The gaps that the desk fills by itself.
pub const SYSTEM: [&str; 6] = ["customer", "agent", "queue", "channel", "conversation", "date"];
/// What begins the name of a gap that an answer of a program fills.
pub const ANSWER: &str = "answer.";

/// A workflow as administrators see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workflow {
    pub id: Id<Workflow>,
    pub name: String,
    /// What is being worked on; what runs is a [`Version`].
    pub draft: Flow,
    /// What can be started now; `None`: nothing yet, or no longer.
    pub published: Option<Id<Version>>,
    /// The last entry of the log that was looked at, where it begins by itself.
    pub cursor: i64,
    pub changed_at: Timestamp,
}

/// A workflow as it was published once. It never changes, so what runs goes on as it began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    pub id: Id<Version>,
    pub workflow: Id<Workflow>,
    pub name: String,
    /// Counted from 1 within its workflow.
    pub number: i64,
    pub flow: Flow,
    pub by: Option<Id<Agent>>,
    pub at: Timestamp,
}

/// What a workflow asks and does.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Flow {
    /// What agents read before they start it.
    pub about: String,
    pub begins: Begins,
    pub asks: Vec<Ask>,
    pub steps: Vec<Step>,
}

/// What begins it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Begins {
    /// An agent starts it (S215).
    #[default]
    Hand,
    /// A customer wrote, and a conversation began or was opened again by it.
    Created,
    /// Its queue gave it to somebody.
    Routed,
    /// It was closed.
    Ended,
}

impl Begins {
    pub const ALL: [Begins; 4] = [Begins::Hand, Begins::Created, Begins::Routed, Begins::Ended];

    pub const fn as_str(self) -> &'static str {
        match self {
            Begins::Hand => "hand",
            Begins::Created => "created",
            Begins::Routed => "routed",
            Begins::Ended => "ended",
        }
    }
}

impl FromStr for Begins {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Begins::ALL.into_iter().find(|one| one.as_str() == text).ok_or(())
    }
}

/// Something that whoever starts it is asked.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// The name of the gap that the answer fills.
    pub name: String,
    /// The words beside the field; empty: the name.
    pub label: String,
    pub kind: AskKind,
    /// What may be chosen.
    pub choices: Vec<String>,
    pub required: bool,
}

impl Ask {
    /// What stands beside its field.
    pub fn label(&self) -> &str {
        if self.label.is_empty() { &self.name } else { &self.label }
    }
}

/// What an answer has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskKind {
    #[default]
    Text,
    Number,
    Date,
    Choice,
}

impl AskKind {
    pub const ALL: [AskKind; 4] = [AskKind::Text, AskKind::Number, AskKind::Date, AskKind::Choice];

    pub const fn as_str(self) -> &'static str {
        match self {
            AskKind::Text => "text",
            AskKind::Number => "number",
            AskKind::Date => "date",
            AskKind::Choice => "choice",
        }
    }
}

impl FromStr for AskKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        AskKind::ALL.into_iter().find(|one| one.as_str() == text).ok_or(())
    }
}

/// One thing that happens. A draft may hold steps that are not complete; see [`Flow::faults`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Step {
    /// A text to the customer, with gaps.
    Message {
        text: String,
    },
    /// A prepared text to the customer; its gaps are filled with these texts, which may have gaps themselves.
    Template {
        template: Option<Id<Template>>,
        values: BTreeMap<String, String>,
    },
    /// A note among ourselves.
    Note {
        text: String,
    },
    Tag {
        tag: Option<Id<Tag>>,
    },
    Untag {
        tag: Option<Id<Tag>>,
    },
    /// Gives it to somebody; `None`: to who started it.
    Assign {
        agent: Option<Id<Agent>>,
    },
    /// Hands it to a queue.
    Queue {
        queue: Option<Id<Queue>>,
    },
    /// Tells a program, and keeps what it answers.
    Call {
        url: String,
    },
    /// Goes on after so many minutes; a text, because it stays as it was typed until it is published.
    Wait {
        minutes: String,
    },
    Close,
}

impl Step {
    /// Every kind of step, in the order in which they are offered.
    pub const KINDS: [&str; 10] =
        ["message", "template", "note", "tag", "untag", "assign", "queue", "call", "wait", "close"];

    /// A new step of this kind with nothing in it.
    pub fn blank(kind: &str) -> Option<Step> {
        let text = String::new();
        Some(match kind {
            "message" => Step::Message { text },
            "template" => Step::Template { template: None, values: BTreeMap::new() },
            "note" => Step::Note { text },
            "tag" => Step::Tag { tag: None },
            "untag" => Step::Untag { tag: None },
            "assign" => Step::Assign { agent: None },
            "queue" => Step::Queue { queue: None },
            "call" => Step::Call { url: text },
            "wait" => Step::Wait { minutes: text },
            "close" => Step::Close,
            _ => return None,
        })
    }

    /// The word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Step::Message { .. } => "message",
            Step::Template { .. } => "template",
            Step::Note { .. } => "note",
            Step::Tag { .. } => "tag",
            Step::Untag { .. } => "untag",
            Step::Assign { .. } => "assign",
            Step::Queue { .. } => "queue",
            Step::Call { .. } => "call",
            Step::Wait { .. } => "wait",
            Step::Close => "close",
        }
    }

    /// Whether the customer reads something by it.
    pub const fn says(&self) -> bool {
        matches!(self, Step::Message { .. } | Step::Template { .. })
    }

    /// For how long it waits.
    pub fn wait(&self) -> Option<Span> {
        let Step::Wait { minutes } = self else { return None };
        let minutes: i64 = minutes.trim().parse().ok()?;
        (1..=LONGEST_WAIT).contains(&minutes).then(|| Span::minutes(minutes))
    }

    /// The names of the gaps in its texts.
    pub fn gaps(&self) -> Vec<String> {
        match self {
            Step::Message { text } | Step::Note { text } => gaps(text),
            Step::Template { values, .. } => values.values().flat_map(|text| gaps(text)).collect(),
            _ => Vec::new(),
        }
    }
}

/// What has to be mended before a workflow can be published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Which step, counted from 1; `None`: something that is asked, or all of it.
    pub step: Option<usize>,
    pub what: Unfit,
}

/// Why a workflow cannot be published or started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It cannot be published before this is mended.
    Unfit { faults: Vec<Fault> },
    /// What is asked at its start is missing or wrong; `name` is the words beside the field.
    Input { name: String, problem: Problem },
    /// It is on its way through this conversation already.
    Runs { name: String },
}

/// Why it cannot be published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// There is no step.
    Nothing,
    /// What is asked needs a name of letters, digits and `_` that no other has and the desk does not fill.
    Name { name: String },
    /// A choice without choices.
    Choices { name: String },
    /// Nobody is there to be asked when it begins by itself.
    Asked,
    /// A text or a choice is missing.
    Missing,
    /// A text is too long.
    TooLong,
    /// Nothing fills this gap.
    Gap { name: String },
    /// No address that can be called.
    Url,
    /// Not a number of minutes from one to a month.
    Wait,
    /// Something comes after the end.
    AfterEnd,
    /// The conversation is closed by then.
    Closed,
    /// Nobody started it, so it cannot go to who did.
    Nobody,
    /// What the step names is gone.
    Gone,
}

impl Flow {
    /// What has to be mended. That what the steps name still exists is for the action to look at.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            self.asked_faults().into_iter().map(|what| Fault { step: None, what }).collect();
        if self.steps.is_empty() {
            faults.push(Fault { step: None, what: Unfit::Nothing });
        }
        let mut known: BTreeSet<String> = SYSTEM.iter().map(|name| (*name).to_owned()).collect();
        known.extend(self.asks.iter().map(|ask| ask.name.clone()));
        let mut called = false;
        for (place, step) in self.steps.iter().enumerate() {
            let mut add = |what| faults.push(Fault { step: Some(place + 1), what });
            if let Some(what) = self.unfit(place, step) {
                add(what);
            }
            for name in step.gaps() {
                if !(known.contains(&name) || called && name.starts_with(ANSWER)) {
                    add(Unfit::Gap { name });
                }
            }
            called |= matches!(step, Step::Call { .. });
        }
        faults
    }

    fn asked_faults(&self) -> Vec<Unfit> {
        let mut faults = Vec::new();
        if self.begins != Begins::Hand && !self.asks.is_empty() {
            faults.push(Unfit::Asked);
        }
        for (place, ask) in self.asks.iter().enumerate() {
            let name = ask.name.clone();
            let plain = |c: char| c.is_alphanumeric() || c == '_';
            let fits = !name.is_empty() && name.chars().count() <= 40 && name.chars().all(plain);
            let taken = self.asks[..place].iter().any(|other| other.name == name);
            if !fits || taken || SYSTEM.contains(&name.as_str()) {
                faults.push(Unfit::Name { name });
            } else if ask.kind == AskKind::Choice && ask.choices.is_empty() {
                faults.push(Unfit::Choices { name });
            }
        }
        faults
    }

    fn unfit(&self, place: usize, step: &Step) -> Option<Unfit> {
        let ended = self.begins == Begins::Ended;
        match step {
            Step::Message { .. } | Step::Template { .. } | Step::Close if ended => Some(Unfit::Closed),
            Step::Queue { .. } | Step::Assign { .. } if ended => Some(Unfit::Closed),
            Step::Message { text } | Step::Note { text } if text.trim().is_empty() => Some(Unfit::Missing),
            Step::Message { text } | Step::Note { text } if text.chars().count() > LONGEST_TEXT => {
                Some(Unfit::TooLong)
            }
            Step::Template { template: None, .. }
            | Step::Tag { tag: None }
            | Step::Untag { tag: None }
            | Step::Queue { queue: None } => Some(Unfit::Missing),
            Step::Assign { agent: None } if self.begins != Begins::Hand => Some(Unfit::Nobody),
            Step::Call { url } if webhook::url(url).is_err() => Some(Unfit::Url),
            Step::Wait { .. } if step.wait().is_none() => Some(Unfit::Wait),
            Step::Close if place + 1 < self.steps.len() => Some(Unfit::AfterEnd),
            _ => None,
        }
    }

    /// Whether the customer reads something by it.
    pub fn says(&self) -> bool {
        self.steps.iter().any(Step::says)
    }
}
