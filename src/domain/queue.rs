//! A queue: a named share of the work with the agents who do it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::wrapup::Reason;
use super::{Id, Span, Timestamp};

/// A share of the work. A team that never makes one never sees one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queue {
    pub id: Id<Queue>,
    pub name: String,
    pub mode: Mode,
    pub rules: Rules,
    pub created_at: Timestamp,
}

/// How work of a queue comes to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Mode {
    /// It lies there for everybody, and whoever answers first has it.
    #[default]
    Shared,
    /// The desk gives it to somebody.
    Assign,
    /// The desk asks somebody, who accepts or not.
    Offer,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Shared, Mode::Assign, Mode::Offer];

    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Shared => "shared",
            Mode::Assign => "assign",
            Mode::Offer => "offer",
        }
    }
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Mode::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or(())
    }
}

/// How work is spread over those who are free.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    #[default]
    LeastBusy,
    RoundRobin,
}

/// What an administrator decided for a queue. What is not decided is at its default.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// What it is for, in a few words of the team.
    pub purpose: String,
    /// Of two queues the one with the higher number is dealt first.
    pub priority: i64,
    /// The code of the language that its people speak; empty: any.
    pub language: String,
    pub spread: Spread,
    /// How long an offer waits for its answer, in milliseconds.
    pub offer_for: Span,
    /// What happens to accepted work when its agent's browser has been gone for [`Rules::gone_after`].
    pub release_when_gone: bool,
    pub gone_after: Span,
    pub wrap_up: WrapUp,
    /// Closes a conversation this long after our last word, unless the customer answers (S205).
    pub close_after: Option<Span>,
    /// Only open periods that began since then close by themselves.
    pub closes_since: Option<Timestamp>,
    /// What the customer is told when somebody joins, with `{{agent}}` for the name; empty: nothing (X3).
    pub joined_text: String,
    /// The same when somebody leaves or ends the conversation (S114).
    pub left_text: String,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            purpose: String::new(),
            priority: 0,
            language: String::new(),
            spread: Spread::LeastBusy,
            offer_for: Span::seconds(30),
            release_when_gone: false,
            gone_after: Span::minutes(2),
            wrap_up: WrapUp::default(),
            close_after: None,
            closes_since: None,
            joined_text: String::new(),
            left_text: String::new(),
        }
    }
}

/// What is asked when work of a queue ends (S124, S194, S204, X1).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct WrapUp {
    /// Who ends work of the queue is asked why.
    pub asked: bool,
    /// A reason has to be named.
    pub required: bool,
    /// How many reasons at most.
    pub most: u32,
    pub note: Note,
    /// After this long the default reason is taken; `None`: it waits.
    pub countdown: Option<Span>,
    pub default_reason: Option<Id<Reason>>,
    /// The agent may stop the countdown.
    pub may_stop: bool,
    /// Before work by messenger or SMS is ended, the customer has to agree (S113, S132).
    pub consent: bool,
}

impl WrapUp {
    /// Whether the agent is asked at all.
    pub const fn asks(&self) -> bool {
        self.asked || self.required
    }
}

impl Default for WrapUp {
    fn default() -> WrapUp {
        WrapUp {
            asked: false,
            required: false,
            most: 10,
            note: Note::Optional,
            countdown: None,
            default_reason: None,
            may_stop: true,
            consent: false,
        }
    }
}

/// Stands for the name of the agent in what the customer is told.
pub const AGENT: &str = "{{agent}}";

/// Whether a closing note is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Note {
    Off,
    #[default]
    Optional,
    Required,
}

impl Note {
    pub const ALL: [Note; 3] = [Note::Off, Note::Optional, Note::Required];

    pub const fn as_str(self) -> &'static str {
        match self {
            Note::Off => "off",
            Note::Optional => "optional",
            Note::Required => "required",
        }
    }
}

impl FromStr for Note {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Note::ALL.into_iter().find(|note| note.as_str() == text).ok_or(())
    }
}
