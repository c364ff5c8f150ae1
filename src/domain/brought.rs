//! What another team inbox tells of itself, in our words: its entry points, its people, their conversations and what was
//! said in them. Numbers are theirs and are kept as text.

use super::Timestamp;
use super::channel::{self, Settings};
use super::contact::AddressKind;
use super::conversation::Status;
use super::field;
use super::mail::Envelope;
use super::message::{self, Location, State};
use super::tag::Priority;

/// Where it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Tells this instance from any other: the program, its address, and the account in it.
    pub key: String,
    /// What the program is called.
    pub name: &'static str,
}

/// One of their entry points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inbox {
    pub their: String,
    pub name: String,
    pub kind: channel::Kind,
    pub settings: Settings,
}

/// A field of their people: their word for it, its name, and what it holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attribute {
    pub key: String,
    pub name: String,
    pub kind: field::Kind,
}

/// Somebody who writes to them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    pub their: String,
    pub name: String,
    pub language: Option<String>,
    pub addresses: Vec<Reach>,
    /// Their word for a field, and what stands in it.
    pub fields: Vec<(String, String)>,
    pub blocked: bool,
    pub created_at: Option<Timestamp>,
}

/// A way to reach somebody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reach {
    /// Their entry point, inside which the value has a meaning, for kinds that have one.
    pub inbox: Option<String>,
    pub kind: AddressKind,
    pub value: String,
}

/// Who of them did something. `email` finds the same person here.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Colleague {
    pub name: String,
    pub email: String,
}

/// A conversation of theirs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    pub their: String,
    pub inbox: String,
    pub person: String,
    pub subject: String,
    pub status: Status,
    pub until: Option<Timestamp>,
    pub assignee: Option<Colleague>,
    /// The team that it lay with there; empty: none.
    pub team: String,
    pub priority: Priority,
    pub tags: Vec<String>,
    /// How many messages of the customer nobody has looked at.
    pub unread: i64,
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub moved_at: Timestamp,
}

/// Something that stands in a conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    pub their: String,
    pub kind: message::Kind,
    /// Who wrote it, for what is theirs.
    pub by: Option<Colleague>,
    pub body: String,
    pub html: Option<String>,
    pub state: State,
    /// A bot or a program wrote it.
    pub automatic: bool,
    pub at: Timestamp,
    /// Their number of the message that it answers.
    pub answers: Option<String>,
    /// The provider's id, where it is one for the whole entry point.
    pub provider_id: Option<String>,
    /// The head of a mail.
    pub mail: Option<Envelope>,
    pub location: Option<Location>,
    pub files: Vec<File>,
}

/// A file that belongs to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    pub their: String,
    pub name: String,
    pub media_type: String,
    /// Where it lies, for now.
    pub url: String,
}
