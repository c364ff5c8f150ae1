//! Sending: what can become of an attempt, named by what to do next, and when to try again.

use serde::{Deserialize, Serialize};

use super::channel::{Channel, Kind};
use super::conversation::Conversation;
use super::message::Message;
use super::window::{Content, Sender};
use super::{Id, Span, Timestamp};

/// A message on its way.
#[derive(Clone, PartialEq, Debug)]
pub struct Dispatch {
    pub id: Id<Dispatch>,
    pub message: Id<Message>,
    pub conversation: Id<Conversation>,
    pub channel: Id<Channel>,
    pub state: DispatchState,
    /// How many attempts have begun.
    pub attempt: i64,
    pub due_at: Timestamp,
    pub started_at: Option<Timestamp>,
    /// Stays the same over the attempts of one dispatch; a new try by hand gets a new one.
    pub key: String,
    pub sender: Sender,
    pub content: Content,
    pub created_at: Timestamp,
}

/// Where a dispatch stands. What has ended leaves the outbox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DispatchState {
    Queued,
    Sending,
    /// The outcome of the last attempt is unknown; holds back what follows in the conversation.
    Unsure,
}

impl DispatchState {
    pub const fn as_str(self) -> &'static str {
        match self {
            DispatchState::Queued => "queued",
            DispatchState::Sending => "sending",
            DispatchState::Unsure => "unsure",
        }
    }
}

/// What an attempt came to.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The provider took it.
    Sent {
        provider_id: Option<String>,
    },
    /// The provider took it, and asks money for it that an answer in time would not have cost.
    Charged {
        provider_id: Option<String>,
    },
    Failed(Failure),
}

/// Why an attempt came to nothing, and what follows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    pub cause: Cause,
    /// The provider's own words, or ours where it said nothing.
    pub message: String,
    pub next: Next,
}

/// What to do after a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Next {
    /// Try again, not before this long.
    Later { after: Option<Span> },
    /// Nobody was there: nothing else of the channel would get through either, so all of it rests for a moment and then
    /// one message knocks for all.
    Knock,
    /// Trying again changes nothing.
    Never,
    /// The channel itself refuses us: it stops, and what waits stays waiting.
    Reconnect,
    /// It may have been sent: repeat it only where that is safe.
    Unsure,
    /// It may have been sent in a way that is not safe to repeat, even where others are.
    Ask,
}

/// The kinds of reasons, the same for every provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    WindowClosed,
    Unreachable,
    Policy,
    Auth,
    InvalidContent,
    Media,
    RateLimited,
    Transient,
    OptedOut,
    Template,
    Unknown,
}

impl Cause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::WindowClosed => "window_closed",
            Cause::Unreachable => "unreachable",
            Cause::Policy => "policy",
            Cause::Auth => "auth",
            Cause::InvalidContent => "invalid_content",
            Cause::Media => "media",
            Cause::RateLimited => "rate_limited",
            Cause::Transient => "transient",
            Cause::OptedOut => "opted_out",
            Cause::Template => "template",
            Cause::Unknown => "unknown",
        }
    }
}

impl Failure {
    /// A failure that no repetition mends.
    pub fn never(cause: Cause, message: impl Into<String>) -> Self {
        Failure { cause, message: message.into(), next: Next::Never }
    }

    /// A failure that passes.
    pub fn later(cause: Cause, message: impl Into<String>, after: Option<Span>) -> Self {
        Failure { cause, message: message.into(), next: Next::Later { after } }
    }

    /// The provider was not reached.
    pub fn away(message: impl Into<String>) -> Self {
        Failure { cause: Cause::Transient, message: message.into(), next: Next::Knock }
    }

    /// The provider refuses the account.
    pub fn reconnect(message: impl Into<String>) -> Self {
        Failure { cause: Cause::Auth, message: message.into(), next: Next::Reconnect }
    }

    /// The request was written, the answer never came.
    pub fn unsure(message: impl Into<String>) -> Self {
        Failure { cause: Cause::Unknown, message: message.into(), next: Next::Unsure }
    }
}

/// For how long an unlucky message is tried. Mail servers may be away for longer than those of a chat.
pub const fn patience(kind: Kind) -> Span {
    match kind {
        Kind::Email => Span::hours(48),
        _ => Span::hours(24),
    }
}

/// How long a channel rests whose provider was not reached. A try may take half a minute, and a minute after the network
/// is back everything is to go on.
pub const KNOCKS: Span = Span::seconds(25);

const STEPS: [Span; 7] = [
    Span::seconds(5),
    Span::seconds(30),
    Span::minutes(2),
    Span::minutes(10),
    Span::minutes(30),
    Span::hours(1),
    Span::hours(2),
];

/// How long to wait after the `attempt`th failure (from 1): growing steps, scattered by a fifth to either
/// side so that many failures do not come back together. `dice` is any number; the provider's wish, if
/// it is longer, is obeyed.
pub fn pause(attempt: i64, wish: Option<Span>, dice: u64) -> Span {
    let step = usize::try_from(attempt - 1).unwrap_or(0).min(STEPS.len() - 1);
    let base = STEPS[step].0;
    let scatter = i64::try_from(dice % 401).unwrap_or(200) - 200;
    let pause = Span(base + base * scatter / 1000);
    wish.map_or(pause, |wish| wish.max(pause))
}
