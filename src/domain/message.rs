//! A message in a thread: theirs, ours, a note among ourselves, or a line that says what happened.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::agent::Agent;
use super::conversation::Conversation;
use super::outbox::{Cause, Failure, Next};
use super::{Id, Timestamp};

/// One entry of a thread.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    pub id: Id<Message>,
    pub conversation: Id<Conversation>,
    pub kind: Kind,
    /// The agent who wrote it; for an inbound message `None`.
    pub author: Option<Id<Agent>>,
    /// Plain text; for an event its name.
    pub body: String,
    /// The HTML original of a mail. In the entries of a thread it is empty, and only says that there is one.
    pub html: Option<String>,
    pub state: State,
    pub error: Option<Fault>,
    /// The provider's id of the message.
    pub provider_id: Option<String>,
    /// The message that this one answers.
    pub reply_to: Option<Id<Message>>,
    /// What else belongs to it: template, location, reactions, the data of an event.
    pub extra: Extra,
    /// By the provider's clock where it has one.
    pub at: Timestamp,
    /// When the row was made.
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    /// The customer took it back; the body is kept out of sight.
    pub revoked_at: Option<Timestamp>,
}

impl Message {
    /// What whoever wrote it is called: the agent by these names, whoever wrote in another's place, or the customer; empty
    /// where nobody did.
    pub fn author_name(&self, names: &BTreeMap<Id<Agent>, String>, customer: &str) -> String {
        match (self.author.filter(|_| self.extra.writer.is_empty()), self.kind) {
            (Some(agent), _) => names.get(&agent).cloned().unwrap_or_default(),
            (None, Kind::Inbound) => customer.to_owned(),
            (None, _) => self.extra.writer.clone(),
        }
    }
}

/// What kind of entry it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Inbound,
    Outbound,
    Note,
    Event,
}

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Inbound, Kind::Outbound, Kind::Note, Kind::Event];

    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Inbound => "inbound",
            Kind::Outbound => "outbound",
            Kind::Note => "note",
            Kind::Event => "event",
        }
    }

    /// What the file keeps of it: its place in [`Kind::ALL`].
    pub const fn number(self) -> i64 {
        self as i64
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// How far a message has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Theirs, or one that never leaves the desk.
    Received,
    Queued,
    Sending,
    Sent,
    Delivered,
    Read,
    Failed,
    /// It was on its way when we lost sight of it: a person decides.
    Unsure,
}

impl State {
    pub const ALL: [State; 8] = [
        State::Received,
        State::Queued,
        State::Sending,
        State::Sent,
        State::Delivered,
        State::Read,
        State::Failed,
        State::Unsure,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Queued => "queued",
            State::Sending => "sending",
            State::Sent => "sent",
            State::Delivered => "delivered",
            State::Read => "read",
            State::Failed => "failed",
            State::Unsure => "unsure",
        }
    }

    /// What the file keeps of it: its place in [`State::ALL`].
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// Whether somebody has to look after it: it failed, or nobody knows.
    pub const fn is_trouble(self) -> bool {
        matches!(self, State::Failed | State::Unsure)
    }

    /// Where a provider's receipt leads from here: forward only, whatever order receipts come in. A
    /// failure counts until the message is known to have arrived; an arrival settles what was unsure or failed.
    pub const fn after_receipt(self, receipt: State) -> State {
        match (self, receipt) {
            (State::Received, _) => self,
            (_, State::Failed) => match self {
                State::Delivered | State::Read => self,
                _ => State::Failed,
            },
            (State::Failed, State::Sent) => self,
            _ if receipt.rank() > self.rank() => receipt,
            _ => self,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            State::Received | State::Queued => 0,
            State::Sending => 1,
            State::Unsure | State::Failed => 2,
            State::Sent => 3,
            State::Delivered => 4,
            State::Read => 5,
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        State::ALL.into_iter().find(|state| state.as_str() == text).ok_or(())
    }
}

/// Why a message did not go out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// Our word for it, one of the codes of [`super::outbox::Cause`].
    pub code: String,
    /// The provider's own words, for people.
    pub message: String,
    /// Trying again makes sense.
    pub again: bool,
}

impl From<&Failure> for Fault {
    fn from(failure: &Failure) -> Fault {
        Fault {
            code: failure.cause.as_str().to_owned(),
            message: failure.message.clone(),
            // A closed window opens again when the customer writes, and the next try asks it again.
            again: failure.next != Next::Never || failure.cause == Cause::WindowClosed,
        }
    }
}

/// What belongs to a message beside its text. Absent parts take no room in the file.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Extra {
    /// The template that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateUse>,
    /// The prepared text that it was made from, of the team or of the provider, with the version that it then had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Reactions by who reacted: `them` or `us`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Why our last reaction did not reach the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction_fault: Option<Fault>,
    /// What the text was before edits, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
    /// Where the customer came from: an ad, a link, a story.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<String>,
    /// What it is where it is no text: `contacts`, `ephemeral`, `form`, `in_answer`, `order`, `share`, `sticker`,
    /// `story_mention`, `story_reply`, `unsupported`, `voice`, for which pages have words; anything else is
    /// shown as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Words of it are covered; what it said lies beside it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub covered: bool,
    /// What it said before they were covered, on its way into the file.
    #[serde(skip)]
    pub original: Option<Box<super::restricted::Original>>,
    /// A bot or a program wrote it, not a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// The provider asked money for it that an answer in time would not have cost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub charged: bool,
    /// The number of the message that this one was written together with, where a channel takes no text beside
    /// a file: they are taken back together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<i64>,
    /// The head of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Box<super::mail::Envelope>>,
    /// Its HTML may show pictures that lie elsewhere: it was looked at when the mail came, so that a thread is shown
    /// without reading all of its HTML.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pictured: bool,
    /// For a mail of ours, what was typed, before signature and quotation: it comes back when it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<String>,
    /// The data of an event line.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub event: Value,
    /// Who wrote it, where that is nobody here: a colleague at the desk that it was brought from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub writer: String,
    /// What only the channel's own file understands.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub provider: Value,
}

/// A template with what was put into its gaps.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TemplateUse {
    pub name: String,
    pub language: String,
    pub parameters: BTreeMap<String, String>,
}

/// Which prepared text a message was made from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Prepared {
    pub id: Id<super::template::Template>,
    /// What it was called then.
    pub name: String,
    pub version: u32,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reaction {
    pub by: By,
    pub emoji: String,
}

/// Which side did it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Them,
    Us,
}

/// A file that belongs to a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    pub id: Id<Attachment>,
    pub message: Option<Id<Message>>,
    /// As the sender named it, for show only; never used as a path.
    pub name: String,
    /// The media type, found by looking at the bytes once they are there.
    pub media_type: String,
    pub size: u64,
    pub state: AttachmentState,
    /// How the channel's file fetches it, while it is pending.
    pub source: Option<Value>,
    /// Who uploaded it, where one of us did.
    pub agent: Option<Id<Agent>>,
    /// The unguessable word in its URL.
    pub key: String,
}

impl Attachment {
    /// Whether an agent may put it into a message: complete, and not yet sent with another.
    pub fn is_free(&self) -> bool {
        self.state == AttachmentState::Stored && self.message.is_none()
    }
}

/// Whether the bytes of an attachment are here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttachmentState {
    Stored,
    /// Still to be fetched from the provider.
    Pending,
    /// The provider no longer has it, or it is too large or refused.
    Failed,
    /// It was kept as long as the channel's rule says.
    Removed,
}

impl AttachmentState {
    pub const fn as_str(self) -> &'static str {
        match self {
            AttachmentState::Stored => "stored",
            AttachmentState::Pending => "pending",
            AttachmentState::Failed => "failed",
            AttachmentState::Removed => "removed",
        }
    }
}

impl FromStr for AttachmentState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            AttachmentState::Stored,
            AttachmentState::Pending,
            AttachmentState::Failed,
            AttachmentState::Removed,
        ];
        all.into_iter().find(|state| state.as_str() == text).ok_or(())
    }
}
