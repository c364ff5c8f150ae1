//! What stands on a letter: who wrote it, who it is for, and what it answers.

use serde::{Deserialize, Serialize};

use super::Id;
use super::conversation::Conversation;

/// How many identifiers a mail names at most: the first, which began the thread, and the newest (RFC 5322 sets no
/// limit, but some servers cut long headers).
const REFERENCES: usize = 20;

/// Why one of ours counts as written by a machine that nobody asked (RFC 3834 §5).
pub const GENERATED: &str = "generated";

/// A name and an address, as a mail writes them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Mailbox {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// In lower case.
    pub address: String,
}

/// Whether a picture of this HTML may lie elsewhere; the frame of a mail looks closer.
pub fn has_remote_pictures(html: &str) -> bool {
    let tags = html.match_indices(['i', 'I']).filter(|(at, _)| {
        html.get(at.saturating_sub(1)..at + 3).is_some_and(|tag| tag.eq_ignore_ascii_case("<img"))
    });
    tags.take(1000).any(|(at, _)| {
        let rest = html.get(at..).unwrap_or_default();
        rest.split('>').next().is_some_and(|tag| tag.contains("http") || tag.contains("HTTP"))
    })
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
    /// Why it counts as written by a machine (RFC 3834 and its relatives), in a word of the texts: `reply` (it answers
    /// by itself), `generated`, `list`, `bulk`, `no_reply`, `own` (from this entry point's own address), `report`
    /// (a mail server on one of ours), `loop` (too many in a short time).
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
    /// A word of the texts: `address`, `reference`, `subject_token`, `sender_and_subject`, `new`, `moved`, and for what
    /// was put aside `spam` and `blocked`.
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

/// What stands before a subject when it is answered or passed on, in the languages of the common mail programs.
const PREFIXES: [&str; 26] = [
    "re", "aw", "sv", "vs", "antw", "ref", "rif", "res", "odp", "ynt", "rv", "enc", "fwd", "fw", "wg", "tr",
    "vb", "vl", "doorst", "i", "pd", "ilt", "rép", "antwort", "回复", "答复",
];

/// The subject without what answering, passing on and our own token put before it; in lower case, for comparing.
pub fn base_subject(subject: &str) -> String {
    let mut words = subject.trim();
    loop {
        let bare = words.trim_start();
        if let Some((token, rest)) = bare.strip_prefix("[#").and_then(|rest| rest.split_once(']'))
            && token.bytes().all(|byte| byte.is_ascii_digit())
        {
            words = rest;
            continue;
        }
        let Some((prefix, rest)) = bare.split_once([':', '：']) else { break };
        // `Re[2]:` and `Re (2):` count answers.
        let prefix = prefix.split(['[', '(']).next().unwrap_or_default().trim().to_lowercase();
        if !PREFIXES.contains(&prefix.as_str()) {
            break;
        }
        words = rest;
    }
    let ours = words.split_whitespace().filter(|word| token_of(word).is_none());
    ours.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What may stand in a subject so that an answer finds its conversation: `[#123]`.
pub fn subject_token(conversation: Id<Conversation>) -> String {
    format!("[#{conversation}]")
}

/// The conversation that a subject names.
pub fn conversation_in(subject: &str) -> Option<Id<Conversation>> {
    subject.split_inclusive(']').find_map(|part| token_of(part.get(part.rfind("[#")?..)?))
}

fn token_of(word: &str) -> Option<Id<Conversation>> {
    word.strip_prefix("[#")?.strip_suffix(']')?.parse().ok()
}

/// The address with a tag (RFC 5233), as in `help+tag@example.org`.
pub fn tagged(address: &str, tag: &str) -> String {
    match address.split_once('@') {
        Some((name, host)) => format!("{name}+{tag}@{host}"),
        None => address.to_owned(),
    }
}

/// The tag that `written` adds to `address`.
pub fn tag_in<'a>(written: &'a str, address: &str) -> Option<&'a str> {
    let (name, host) = address.split_once('@')?;
    let (local, at) = written.rsplit_once('@')?;
    let tag = local.strip_prefix(name)?.strip_prefix('+')?;
    (at == host).then_some(tag)
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
    fn a_subject_is_compared_without_what_answering_puts_before_it() {
        let same = [
            "Broken lamp",
            "Re: Broken lamp",
            "RE: AW: Fwd: broken  lamp",
            "Re[2]: Broken lamp",
            "[#12] Re: Broken lamp",
            "Re: [#12] Broken lamp",
            "SV：Broken lamp",
            "Broken lamp [#12]",
        ];
        for subject in same {
            assert_eq!(base_subject(subject), "broken lamp", "{subject}");
        }
        for other in ["Order: lamp", "", "Re:", "[urgent] lamp"] {
            assert_ne!(base_subject(other), "broken lamp", "{other}");
        }
        assert_eq!(base_subject("[urgent] Lamp"), "[urgent] lamp");
    }

    #[test]
    fn a_subject_names_a_conversation_by_its_token_only() {
        let named = |subject| conversation_in(subject).map(Id::get);
        assert_eq!(named("Re: [#12] lamp"), Some(12));
        assert_eq!(named("[list] Re: [#12] [#13]"), Some(12));
        for none in ["#12", "[12]", "[#]", "[#-1x]", "[#12", "lamp"] {
            assert_eq!(named(none), None, "{none}");
        }
    }

    #[test]
    fn a_tag_belongs_to_its_own_address_only() {
        assert_eq!(tagged("help@desk.example", "c.1"), "help+c.1@desk.example");
        assert_eq!(tag_in("help+c.1@desk.example", "help@desk.example"), Some("c.1"));
        for other in ["help+c.1@other.example", "helper+c.1@desk.example", "help@desk.example", "x"] {
            assert_eq!(tag_in(other, "help@desk.example"), None, "{other}");
        }
    }

    #[test]
    fn an_answer_to_a_first_mail_names_it() {
        let mail = Envelope { identifier: "a@b".into(), ..Envelope::default() };
        assert_eq!(mail.references_of_answer(), ["a@b"]);
    }
}
