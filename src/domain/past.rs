//! A conversation as it was: what each entry of the log says of how it stood, and messages before what became of
//! them later.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agent::Agent;
use super::conversation::{Conversation, Status};
use super::event::{Event, kind};
use super::message::{By, Message, Reaction, State};
use super::queue::Queue;
use super::tag::Priority;
use super::{Id, Timestamp};

/// How a conversation stood right after an entry of the log; `after` in the entry's data.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stand {
    pub status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Id<Agent>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Id<Queue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_plain")]
    pub priority: Priority,
    /// What its tags were called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

fn is_plain(priority: &Priority) -> bool {
    *priority == Priority::default()
}

impl Stand {
    /// How it stands, without its tags.
    pub fn of(conversation: &Conversation) -> Stand {
        Stand {
            status: conversation.status,
            assignee: conversation.assignee,
            queue: conversation.queue,
            until: conversation.snoozed_until,
            priority: conversation.priority,
            tags: Vec::new(),
        }
    }

    /// How it stood after this entry, where the entry tells it.
    pub fn told(event: &Event) -> Option<Stand> {
        Stand::deserialize(event.data.get("after")?).ok()
    }
}

/// What somebody had before them when they sent: up to when the window was open, and the newest message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    pub window: Option<Timestamp>,
    pub newest: Option<Id<Message>>,
}

impl View {
    /// The data of the entry for it.
    pub fn data(self) -> Value {
        let fields = [("window", self.window.map(|window| window.0)), ("newest", self.newest.map(Id::get))];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// What the entry of a message that was sent tells.
    pub fn told(event: &Event) -> Option<View> {
        let saw = event.data.get("saw")?;
        Some(View {
            window: saw.get("window").and_then(Value::as_i64).map(Timestamp),
            newest: saw.get("newest").and_then(Value::as_i64).map(Id::new),
        })
    }
}

/// The label of a message that went where whoever looks may not see it.
pub const OUT_OF_SIGHT: &str = "out_of_sight";

/// What happened to a message, in the data of `message.changed`.
pub mod what {
    pub const EDITED: &str = "edited";
    pub const REVOKED: &str = "revoked";
    /// Of the customer.
    pub const REACTION: &str = "reaction";
    /// Of ours.
    pub const OWN_REACTION: &str = "own_reaction";
}

/// The message before these changes, given oldest first, were made to it. `state`: what the log last said of it.
pub fn before(mut message: Message, changes: &[&Event], state: Option<State>) -> Message {
    for change in changes.iter().rev() {
        match change.data.get("what").and_then(Value::as_str) {
            Some(what::EDITED) => {
                if let Some(earlier) = message.extra.earlier.pop() {
                    message.body = earlier;
                    // Whatever was formatted shows the later text.
                    message.html = None;
                }
                if message.extra.earlier.is_empty() {
                    message.edited_at = None;
                }
            }
            Some(what::REVOKED) => message.revoked_at = None,
            Some(what @ (what::REACTION | what::OWN_REACTION)) => {
                let by = if what == what::REACTION { By::Them } else { By::Us };
                message.extra.reactions.retain(|reaction| reaction.by != by);
                let emoji = change.data.get("before").and_then(Value::as_str).unwrap_or_default();
                if !emoji.is_empty() {
                    message.extra.reactions.push(Reaction { by, emoji: emoji.to_owned() });
                }
            }
            _ => {}
        }
    }
    if let Some(state) = state {
        message.state = state;
    }
    message
}

/// The state that an entry gives its message.
pub fn state(event: &Event) -> Option<State> {
    match event.data.get("state").and_then(Value::as_str) {
        Some(state) if [kind::MESSAGE_QUEUED, kind::MESSAGE_STATE].contains(&event.kind) => {
            state.parse().ok()
        }
        None if event.kind == kind::MESSAGE_QUEUED && event.data.get("saw").is_some() => Some(State::Queued),
        _ => None,
    }
}
