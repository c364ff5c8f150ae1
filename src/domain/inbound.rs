//! What came in from a channel, in our words. A channel's file turns a provider's bytes into these.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::channel::Channel;
use super::contact::AddressKind;
use super::message::{Extra, State};
use super::window::Opener;
use super::{Id, Timestamp};

/// What came in, as it came: kept before it was acknowledged, read afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    pub id: Id<Delivery>,
    pub channel: Id<Channel>,
    pub received_at: Timestamp,
    /// The few headers that reading needs, by lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// The body as it lies in the file, where it lies there compressed.
    pub packed: Option<Packed>,
    /// How often it was read without coming to an end.
    pub attempts: i64,
    /// Why it failed or was left alone.
    pub error: Option<String>,
}

/// Bytes that were compressed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packed {
    pub bytes: Vec<u8>,
    /// How many there were before.
    pub size: u64,
}

/// What a delivery carries, as it goes into the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    Plain(Vec<u8>),
    Packed(Packed),
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Body::Plain(bytes)
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        Body::Plain(bytes.to_vec())
    }
}

/// One thing that happened on a channel.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// The customer wrote.
    Message(Incoming),
    /// One of our messages went further, or failed.
    Receipt(Receipt),
    /// Everything of ours up to a moment was delivered or read.
    Watermark { from: Party, state: State, until: Timestamp },
    /// The customer reacted; an empty emoji takes the reaction back. May open the window.
    Reaction { from: Party, provider_id: String, emoji: String, at: Timestamp, opener: Option<Opener> },
    /// The customer changed a message.
    Edited { provider_id: String, body: String, at: Timestamp },
    /// The customer took a message back.
    Revoked { provider_id: String, at: Timestamp },
    /// Something was sent for us elsewhere: in the provider's app or by another program.
    Echo { to: Party, message: Incoming },
    /// The window was opened by something that is no message.
    Opened { from: Party, opener: Opener, at: Timestamp },
    /// The person got a new address of the same kind.
    Moved { from: Party, to: String },
    /// The person will (`false`: will not) take messages from us.
    Consent { from: Party, allowed: bool, at: Timestamp },
    /// The person left the session or the chat.
    Left { from: Party, at: Timestamp },
    /// A template's approval changed.
    Template { name: String, language: String, status: String, reason: Option<String> },
    /// Understood, and not for us.
    Ignored { why: &'static str },
}

/// The other side, as the channel knows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Party {
    pub kind: AddressKind,
    /// In its normal form, as [`super::contact::Address::value`].
    pub value: String,
    /// The name that the channel gives.
    pub name: Option<String>,
    /// Other addresses that the channel vouches for, such as the number behind a user id.
    pub also: Vec<(AddressKind, String)>,
}

/// A message from the other side.
#[derive(Clone, PartialEq, Debug)]
pub struct Incoming {
    pub from: Party,
    /// The provider's id; unique within the channel account.
    pub provider_id: String,
    /// The provider's time.
    pub at: Timestamp,
    pub body: String,
    pub html: Option<String>,
    pub subject: Option<String>,
    /// What tells threads of one person apart (mail); empty elsewhere.
    pub thread: String,
    /// The provider's id of the message that it answers.
    pub reply_to: Option<String>,
    pub extra: Extra,
    pub files: Vec<File>,
    /// What it opens; `None` for what the provider does not count.
    pub opener: Option<Opener>,
    /// For a mail, what else its letter tells.
    pub letter: Option<Box<Letter>>,
}

/// The bytes of a letter on their way to its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    pub letter: Packed,
    /// The delivery that holds them until they lie beside the message; `None` for a letter that was not delivered here.
    pub delivery: Option<Id<Delivery>>,
}

/// A letter behind a message: what decides where it belongs and how loudly it comes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Letter {
    /// The bytes as they came.
    pub kept: Option<Kept>,
    /// It names the time at which it was written.
    pub dated: bool,
    /// Every address it was delivered to or names as a recipient, in lower case; ours are found among them.
    pub delivered_to: Vec<String>,
    /// For a report on one of our mails: what became of it.
    pub report: Option<Report>,
    /// Why it is put aside as spam, in the words of the filter that marked it.
    pub spam: Option<String>,
}

/// What a mail server tells of a mail that we sent (RFC 3464 and its older relatives).
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The identifiers by which it may be ours, the likeliest first.
    pub identifiers: Vec<String>,
    /// It will not arrive; otherwise it is late and is still tried.
    pub failed: bool,
    /// Why, in the server's words.
    pub fault: super::outbox::Failure,
    /// Whom it did not reach, in lower case; empty where the server does not say.
    pub recipient: String,
}

/// A file that came with a message.
#[derive(Clone, PartialEq, Debug)]
pub struct File {
    pub name: String,
    pub media_type: String,
    pub content: FileContent,
}

/// Where the bytes of a file are.
#[derive(Clone, PartialEq, Debug)]
pub enum FileContent {
    /// They came with the delivery.
    Here(Vec<u8>),
    /// They are to be fetched; only the channel's own file understands the value.
    Remote(Value),
}

/// What the provider says of one of our messages.
#[derive(Clone, PartialEq, Debug)]
pub struct Receipt {
    /// The provider's id of the message, or
    pub provider_id: Option<String>,
    /// our own key that we sent with it and that the provider gives back.
    pub our_key: Option<String>,
    pub state: State,
    pub at: Timestamp,
    /// Why it failed.
    pub fault: Option<super::outbox::Failure>,
}
