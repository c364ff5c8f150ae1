//! The append-only log: everything that happened at the desk, one entry each, never changed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agent::Agent;
use super::contact::Contact;
use super::conversation::Conversation;
use super::deed::Verb;
use super::later::Why;
use super::message::Message;
use super::tag::Priority;
use super::{Id, Timestamp, workflow};

mod cause;
pub mod kind;

pub use cause::Cause;

/// One thing that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    pub id: Id<Event>,
    pub at: Timestamp,
    /// A dotted word such as `conversation.closed`; see [`kind`].
    pub kind: &'static str,
    /// Who did it; `None`: the customer or the desk itself.
    pub agent: Option<Id<Agent>>,
    pub conversation: Option<Id<Conversation>>,
    pub contact: Option<Id<Contact>>,
    pub message: Option<Id<Message>>,
    pub data: Value,
}

/// Marks, in the data of an entry, what an import did: programs and people are not told of what is old.
pub const IMPORTED: &str = "imported";

impl Event {
    /// Whether an import did it.
    pub fn is_imported(&self) -> bool {
        self.data.get(IMPORTED).is_some_and(|mark| *mark == Value::Bool(true))
    }

    /// The entry as programs are told of it, in answers and in webhooks.
    pub fn told(&self) -> Value {
        json!({
            "id": self.id.get(),
            "at": self.at.rfc3339(),
            "kind": self.kind,
            "agent_id": self.agent.map(Id::get),
            "conversation_id": self.conversation.map(Id::get),
            "contact_id": self.contact.map(Id::get),
            "message_id": self.message.map(Id::get),
            "data": self.data,
        })
    }
}

/// What an event line tells beside its kind. It stands in [`super::message::Extra::event`] of the line in the
/// thread and as `data` of the entry in the log. Names are kept as they were when it happened.
///
/// | kind | fields |
/// |---|---|
/// | `conversation.opened` | `by`, `cause` (`customer`, `sent`), `episode`, `previous` |
/// | `conversation.reopened` | `by`, `cause` (`customer`, `sent`, `hand`), `episode` |
/// | `conversation.closed` | `by`, `episode`, `reasons`, `note`, `consent`, `cause` (`time`: nobody answered) |
/// | `conversation.wrapped` | `by`, `to` (whose work ended), `reasons`, `note`, `cause` (`time`: the default was taken) |
/// | `conversation.snoozed` | `by`, `until` (nothing: until the customer writes) |
/// | `conversation.woke` | `by`, `cause` (`customer`, `sent`, `hand`, `time`) |
/// | `conversation.assigned` | `by`, `to`, `from`, `cause` (`hand`, `sent`, `dealt`, `offered`) |
/// | `conversation.unassigned` | `by`, `from`, `cause` (`hand`, `closed`, `disabled`, `gone`) |
/// | `conversation.transferred` | `by`, `to` or `queue`, `from`, `note` |
/// | `conversation.asked` | `by`, `to` (the address), `beside` (the conversation with whom was asked) |
/// | `conference.joined` | `by`, `to`, `from` |
/// | `request.declined`, `request.unanswered` | `to`, `from`, `conference` |
/// | `conference.left` | `by`, `to` |
/// | `conversation.joined` | `to` (who wrote for the first time here) |
/// | `conversation.handed_over` | `from` (the assistant), `handed` (why), `by` (where somebody took over) |
/// | `conversation.split` | `by`, `other`, `away` (this is the one that was left) |
/// | `conversation.merged` | `by`, `other`, `away` (this is the one that is empty now) |
/// | `conversation.restored` | `by`, `other` |
/// | `conversation.released` | `by` |
/// | `conversation.closing` | `until` (when the window of a customer who waits closes; told once before) |
/// | `conversation.imported` | `from` (the program), `to` (who had it there, where nobody here has it), `queue` (the team there) |
/// | `conversation.told` | `note`: what the program that it comes from said had happened; in the thread only |
/// | `message.delayed` | `to`, `note` |
/// | `conversation.tagged`, `conversation.untagged` | `by`, `tag` |
/// | `conversation.priority` | `by`, `priority` |
/// | `conversation.undone` | `by`, `undone` |
/// | `later.held` | `to`, `held` |
/// | `contact.consent` | `allowed` |
/// | `message.queued` | `state`, `saw` (`window`, `newest`): what whoever sent it could see |
/// | `workflow.*` | see [`workflow::Told`] |
/// | `message.changed` | `what` (`edited`, `revoked`, `reaction`), `before` (the reaction that stood there) |
/// | `contact.merged` | `other` (`id`), `addresses`, `conversations`, `closed`: the numbers of what moved and was closed |
/// | `contact.parted` | `other`, `merged` (the entry of the merger) |
/// | every line of a conversation | `after`: how it stands then, see [`super::past::Stand`] |
/// | `contact.left` | – |
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// The agent who did it; empty: the customer, or the desk itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The number of the open period that began or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<i64>,
    /// The conversation that this one continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<i64>,
    /// The conversation that the messages went to or came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<i64>,
    /// They went away from here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub away: bool,
    /// The agent who has it now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The agent who had it before.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The queue that has it now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub queue: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The wrap-up reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What the agent wrote for the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// The name of a tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// Why a message that was to be sent later waits for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Why>,
    /// What was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone: Option<Verb>,
    /// Why an assistant handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handed: Option<super::greeter::Why>,
    /// How pressing it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// It was asked to write along, not to take over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub conference: bool,
    /// The customer agreed that it ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub consent: bool,
    /// What a workflow did.
    #[serde(flatten)]
    pub flow: workflow::Told,
    /// The conversation beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<i64>,
}

impl Line {
    /// The data of an event line; empty where it cannot be read.
    pub fn read(message: &Message) -> Line {
        Line::deserialize(&message.extra.event).unwrap_or_default()
    }
}
