//! What stands on a letter: who wrote it, who it is for, and what it answers.

use serde::{Deserialize, Serialize};

/// How many identifiers a mail names at most: the first, which began the thread, and the newest (RFC 5322 sets no
/// limit, but some servers cut long headers).
const REFERENCES: usize = 20;

/// A name and an address, as a mail writes them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Mailbox {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// In lower case.
    pub address: String,
}

/// How an answer relates to the mail that it answers (S157).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Reply,
    ReplyAll,
    Forward,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Reply, Mode::ReplyAll, Mode::Forward];

    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Reply => "reply",
            Mode::ReplyAll => "reply_all",
            Mode::Forward => "forward",
        }
    }
}

impl std::str::FromStr for Mode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Mode::ALL.into_iter().find(|mode| mode.as_str() == text).ok_or(())
    }
}

/// The head of one mail, theirs or ours. Absent parts take no room in the file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Envelope {
    /// Its `Message-ID` without the angle brackets; empty where the sender gave none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub identifier: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Mailbox>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The identifiers of the mail that it answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_reply_to: Vec<String>,
    /// The identifiers of the thread, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Why it counts as written by a machine (RFC 3834 and its relatives), in a word of the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<String>,
    /// Why it lies in its conversation, in a word of the texts and what was found: the evidence that people can ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Pictures that its HTML shows: the `Content-ID` and which of the message's files it is, counted from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inline: Vec<(String, usize)>,
    /// For one of ours: how it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
}

/// Why a mail lies in its conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// A word of the texts: `address`, `reference`, `subject_token`, `sender_and_subject`, `new`, `moved`.
    pub by: String,
    /// What was found: the address, the identifier, the token.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub found: String,
}

impl Envelope {
    /// What an answer to this mail has to name as its thread (RFC 5322 §3.6.4), bounded.
    pub fn references_of_answer(&self) -> Vec<String> {
        let known = if self.references.is_empty() { &self.in_reply_to } else { &self.references };
        let mut thread: Vec<String> = known.iter().filter(|id| **id != self.identifier).cloned().collect();
        if !self.identifier.is_empty() {
            thread.push(self.identifier.clone());
        }
        if thread.len() > REFERENCES {
            thread.drain(1..=thread.len() - REFERENCES);
        }
        thread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_first_and_the_newest_of_a_long_thread() {
        let references: Vec<String> = (0..50).map(|n| format!("{n}@example.org")).collect();
        let mail = Envelope { identifier: "last@example.org".into(), references, ..Envelope::default() };
        let named = mail.references_of_answer();
        assert_eq!(named.len(), 20);
        assert_eq!(named.first().map(String::as_str), Some("0@example.org"));
        assert_eq!(named.last().map(String::as_str), Some("last@example.org"));
    }

    #[test]
    fn an_answer_to_a_first_mail_names_it() {
        let mail = Envelope { identifier: "a@b".into(), ..Envelope::default() };
        assert_eq!(mail.references_of_answer(), ["a@b"]);
    }
}
