//! A program that wants to be told what happens at the desk.

use super::event::{self, Event};
use super::refused::Problem;
use super::{Id, Refused, Timestamp};

/// An address that is told what happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    pub id: Id<Webhook>,
    pub url: String,
    /// The kinds of entries that it is told of; empty: all.
    pub kinds: Vec<String>,
    /// The last entry that was delivered.
    pub cursor: Id<Event>,
    /// How often the next entry was tried.
    pub attempt: i64,
    pub due_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What a webhook said to one delivery.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub webhook: Id<Webhook>,
    pub event: Id<Event>,
    pub at: Timestamp,
    /// `None`: nothing came back.
    pub status: Option<u16>,
    pub detail: String,
}

impl Webhook {
    /// Whether it is told of this entry: of one of its kinds, but never of what an import did.
    pub fn wants(&self, event: &Event) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.iter().any(|kind| *kind == event.kind);
        kind && !event.is_imported()
    }
}

impl Answer {
    /// Whether the entry arrived.
    pub fn is_good(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// An address that may be called: http or https with a host, without a password in it, in one piece.
pub fn url(text: &str) -> Result<String, Refused> {
    let wrong = Refused::Field { field: "url", problem: Problem::NotAUrl };
    let text = text.trim();
    let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let strange = |c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c);
    if host.is_empty() || host.starts_with(':') || host.contains('@') || text.contains(strange) {
        return Err(wrong);
    }
    if text.len() > 2000 {
        return Err(Refused::Field { field: "url", problem: Problem::TooLong { most: 2000 } });
    }
    Ok(text.to_owned())
}

/// The kinds that somebody wants, each of which must be one that exists.
pub fn kinds(wanted: &[String]) -> Result<Vec<String>, Refused> {
    let mut kinds = wanted.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.iter().all(|kind| event::kind::ALL.contains(&kind.as_str())) {
        Ok(kinds)
    } else {
        Err(Refused::Field { field: "kinds", problem: Problem::Unknown })
    }
}
