//! What a channel's file is asked to bring: a message, a reaction, or what is said with the answer to a delivery.

use std::io::Read;

use serde_json::Value;

use super::Answer;
use crate::domain::Timestamp;
use crate::domain::channel::FileClass;
use crate::domain::contact::AddressKind;
use crate::domain::inbound::Event;
use crate::domain::mail::Envelope;
use crate::domain::message::TemplateUse;
use crate::domain::template::Template;
use crate::domain::window::{Sender, Window};

/// What is said to a customer in the answer to the customer's own delivery.
#[derive(Clone, PartialEq, Debug)]
pub struct Spoken {
    /// The message that is answered.
    pub to: Event,
    pub text: String,
    pub answer: Answer,
}

/// A message to be sent.
pub struct Order<'a> {
    pub to: (AddressKind, &'a str),
    pub subject: &'a str,
    pub body: &'a str,
    /// The same as HTML, for channels that take it.
    pub html: Option<&'a str>,
    /// The head of the mail.
    pub mail: Option<&'a Envelope>,
    /// The provider's template to use instead of `body`, with its description.
    pub template: Option<(&'a TemplateUse, &'a Template)>,
    pub files: Vec<OutFile<'a>>,
    /// The provider's id of the message that this one answers.
    pub reply_to: Option<&'a str>,
    /// What only the channel's own file understands, from that message.
    pub answered: &'a Value,
    /// The provider's id of the newest message of the customer, and when it came.
    pub last_inbound: Option<(&'a str, Timestamp)>,
    /// What only the channel's own file understands, from the newest message of the customer.
    pub last_provider: &'a Value,
    /// Stays the same over all attempts.
    pub key: &'a str,
    pub attempt: i64,
    pub sender: Sender,
    /// The window at this moment.
    pub window: Window,
    /// The agent who wrote it, for channels that show a name.
    pub author: Option<&'a str>,
    pub now: Timestamp,
}

/// A reaction to be brought to a message of the customer's.
#[derive(Clone, Copy, Debug)]
pub struct Reacting<'a> {
    pub to: (AddressKind, &'a str),
    /// The provider's id of the message.
    pub message: &'a str,
    /// Empty: what is there is taken back.
    pub emoji: &'a str,
}

/// A file to be sent.
pub struct OutFile<'a> {
    pub name: &'a str,
    pub media_type: &'a str,
    pub size: u64,
    pub class: FileClass,
    /// A public address under which the provider may fetch it for an hour; empty without a public URL.
    pub url: String,
    /// Opens the bytes anew for each try.
    pub open: &'a dyn Fn() -> std::io::Result<Box<dyn Read + Send>>,
}
