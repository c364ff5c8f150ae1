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
    let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong.clone())?;
    let scheme = scheme.to_ascii_lowercase();
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let strange = |c: char| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c);
    if !matches!(scheme.as_str(), "https" | "http") || !is_place(place) || text.contains(strange) {
        return Err(wrong);
    }
    if text.len() > 2000 {
        return Err(Refused::Field { field: "url", problem: Problem::TooLong { most: 2000 } });
    }
    Ok(format!("{scheme}://{rest}"))
}

/// A host as it is written in addresses, with a port or without.
fn is_place(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, port)) if inside.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
        Some(_) => return false,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let named = host.contains(|c: char| c.is_ascii_alphanumeric()) && host.chars().all(plain);
    named
        && (port.is_empty()
            || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)))
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
