//! Messages that wait for a moment, or for the customer's window to open again, before they are sent.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::answering::Form;
use super::conversation::{Conversation, Status};
use super::message::Message;
use super::{Id, Span, Timestamp};

/// The most that may wait in one conversation.
pub const MOST: usize = 20;
/// How far ahead one may plan.
pub const FARTHEST: Span = Span::days(366);

/// A message that waits. Nothing of it stands in the outbox before its time, and then it passes the same gate as
/// any answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Later {
    pub id: Id<Later>,
    pub conversation: Id<Conversation>,
    /// In whose name it is sent.
    pub agent: Id<Agent>,
    pub body: String,
    pub when: When,
    /// Past this it is not sent by itself any more.
    pub until: Option<Timestamp>,
    /// The newest message when it was written.
    pub seen: Option<Id<Message>>,
    /// The open period for which it was written; see [`period`].
    pub episode: i64,
    /// Why it was not sent when its time came: it waits for its owner now.
    pub held: Option<Why>,
    /// How a mail is answered; `None` for other messages, and for what programs plan.
    pub mail: Option<Mail>,
    pub created_at: Timestamp,
}

/// What belongs to a mail that waits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mail {
    pub form: Form,
    /// The line above what is quoted.
    pub line: Option<String>,
}

/// For what it waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// A moment. With `alone` only if neither the customer nor a colleague has written before.
    At { at: Timestamp, alone: bool },
    /// The window to open again. With `by_itself` it leaves at once then; otherwise its owner is asked.
    Window { by_itself: bool },
}

/// Why a message waits for its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The window has opened: one click sends it.
    Ready,
    /// The window was closed when its moment came.
    Window,
    /// Somebody wrote, or the conversation was closed in the meantime.
    Moved,
    /// It was valid until a moment that has passed.
    Expired,
    /// The contact is blocked or asked not to be written to.
    Unwanted,
    /// The desk was restored from a copy, so it may have been sent already.
    Restored,
    /// Whoever wrote it does not work here any more, or does not see the conversation any more.
    Owner,
    /// Another rule said no; trying to send it says which.
    Refused,
}

impl Why {
    pub const ALL: [Why; 8] = [
        Why::Ready,
        Why::Window,
        Why::Moved,
        Why::Expired,
        Why::Unwanted,
        Why::Restored,
        Why::Owner,
        Why::Refused,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Why::Ready => "ready",
            Why::Window => "window",
            Why::Moved => "moved",
            Why::Expired => "expired",
            Why::Unwanted => "unwanted",
            Why::Restored => "restored",
            Why::Owner => "owner",
            Why::Refused => "refused",
        }
    }
}

impl FromStr for Why {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Why::ALL.into_iter().find(|why| why.as_str() == text).ok_or(())
    }
}

/// The open period that a message sent now would belong to: the present one, or the next where it is closed.
pub fn period(conversation: &Conversation) -> i64 {
    conversation.episode + i64::from(conversation.status == Status::Closed)
}
