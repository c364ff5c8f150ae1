//! Wrap-up: the reasons that an agent names when work on a conversation ends.

use std::str::FromStr;

use super::agent::Agent;
use super::conversation::Conversation;
use super::queue::Queue;
use super::{Id, Timestamp};

/// A reason to choose from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    pub id: Id<Reason>,
    pub name: String,
    /// The queue in which it is offered; `None`: everywhere.
    pub queue: Option<Id<Queue>>,
}

/// What ended the work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// Somebody else has it now (S70, S104).
    Transferred,
    /// A mail was answered (S194).
    Sent,
    /// The customer left (S145).
    Left,
    /// A conference is over (S110).
    Conference,
    /// The conversation was closed.
    Closed,
}

impl After {
    pub const ALL: [After; 5] =
        [After::Transferred, After::Sent, After::Left, After::Conference, After::Closed];

    pub const fn as_str(self) -> &'static str {
        match self {
            After::Transferred => "transferred",
            After::Sent => "sent",
            After::Left => "left",
            After::Conference => "conference",
            After::Closed => "closed",
        }
    }

    /// Whether the conversation is finished when its reason is named (S116, S223).
    pub const fn finishes(self) -> bool {
        matches!(self, After::Sent | After::Left)
    }
}

impl FromStr for After {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        After::ALL.into_iter().find(|after| after.as_str() == text).ok_or(())
    }
}

/// An agent is asked why work ended, or was and has said so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrapUp {
    pub id: Id<WrapUp>,
    pub agent: Id<Agent>,
    pub conversation: Id<Conversation>,
    /// The open period in which it was.
    pub episode: i64,
    pub queue: Option<Id<Queue>>,
    pub after: After,
    /// When the work ended.
    pub since: Timestamp,
    /// When the default reason is taken; `None`: it waits.
    pub due_at: Option<Timestamp>,
    /// `None`: still asked.
    pub done_at: Option<Timestamp>,
    /// The default reason was taken, because the agent named none in time.
    pub automatic: bool,
}
