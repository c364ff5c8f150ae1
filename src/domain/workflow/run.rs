//! A workflow on its way through one conversation.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Version;
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Timestamp};

/// A workflow on its way through one conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    pub id: Id<Run>,
    pub version: Id<Version>,
    pub conversation: Id<Conversation>,
    /// Who started it; `None`: it began by itself.
    pub agent: Option<Id<Agent>>,
    /// What fills the gaps: what was asked, and what programs answered.
    pub values: BTreeMap<String, String>,
    /// How many steps are done.
    pub done: u32,
    pub state: State,
    /// When it goes on.
    pub due_at: Timestamp,
    /// How often the present step was tried.
    pub attempt: i64,
    /// Why it does not go on.
    pub why: Option<Why>,
    /// What belongs to the reason: a gap, an answer.
    pub detail: String,
    /// The open period for which it was started.
    pub episode: i64,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Run {
    /// Whether its next step is to be done now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == State::Running && self.due_at <= now
    }
}

/// How a run stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It goes on by itself, now or when its wait is over.
    Running,
    /// A program is being called at this moment.
    Calling,
    /// A step did not go; a person decides.
    Failed,
    Done,
    /// It was ended before its last step.
    Stopped,
}

impl State {
    pub const ALL: [State; 5] = [State::Running, State::Calling, State::Failed, State::Done, State::Stopped];

    pub const fn as_str(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Calling => "calling",
            State::Failed => "failed",
            State::Done => "done",
            State::Stopped => "stopped",
        }
    }

    /// Whether it may still do something.
    pub const fn is_open(self) -> bool {
        matches!(self, State::Running | State::Calling | State::Failed)
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        State::ALL.into_iter().find(|one| one.as_str() == text).ok_or(())
    }
}

/// Why a run does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The window does not allow it.
    Window,
    /// The contact is blocked or wants no messages.
    Unwanted,
    /// The entry point is switched off.
    ChannelOff,
    /// Nothing stands in a gap; `detail` names it.
    Gap,
    /// What the step names is gone or cannot be used any more.
    Gone,
    /// The text does not fit or may not leave; `detail` says the code of the refusal.
    Refused,
    /// Who started it works here no longer, or may not do this.
    Rights,
    /// The program said no; `detail` holds its answer.
    Answer,
    /// The program could not be reached.
    Unreachable,
    /// The address may not be called from here.
    Forbidden,
    /// It is not known whether the program has heard it.
    Unsure,
    /// The conversation was closed or goes on elsewhere.
    Closed,
    /// Somebody stopped it.
    Hand,
    /// The desk was restored from a copy; it may have gone on since.
    Restored,
}

impl Why {
    pub const ALL: [Why; 14] = [
        Why::Window,
        Why::Unwanted,
        Why::ChannelOff,
        Why::Gap,
        Why::Gone,
        Why::Refused,
        Why::Rights,
        Why::Answer,
        Why::Unreachable,
        Why::Forbidden,
        Why::Unsure,
        Why::Closed,
        Why::Hand,
        Why::Restored,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Why::Window => "window",
            Why::Unwanted => "unwanted",
            Why::ChannelOff => "channel_off",
            Why::Gap => "gap",
            Why::Gone => "gone",
            Why::Refused => "refused",
            Why::Rights => "rights",
            Why::Answer => "answer",
            Why::Unreachable => "unreachable",
            Why::Forbidden => "forbidden",
            Why::Unsure => "unsure",
            Why::Closed => "closed",
            Why::Hand => "hand",
            Why::Restored => "restored",
        }
    }
}

impl FromStr for Why {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Why::ALL.into_iter().find(|one| one.as_str() == text).ok_or(())
    }
}

/// What the lines of a workflow tell, among the fields of an event line.
///
/// | kind | fields |
/// |---|---|
/// | `workflow.started` | `by` (nothing: by itself), `workflow`, `note` (what was asked and answered) |
/// | `workflow.step` | `workflow`, `step`, `what`, `until` (a wait), `note` (an answer) |
/// | `workflow.failed` | `workflow`, `step`, `failed`, `note` (what belongs to the reason) |
/// | `workflow.stopped` | `by`, `workflow`, `failed` |
/// | `workflow.done` | `workflow` |
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub workflow: String,
    /// The number of the step, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The kind of the step.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Why it does not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Why>,
}
