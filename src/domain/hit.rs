//! What a search asks of a message and its conversation, and how well it answers.

use std::collections::BTreeSet;

use super::access::Viewer;
use super::agent::Agent;
use super::channel::Channel;
use super::contact::Contact;
use super::conversation::{Conversation, Status};
use super::message::{Kind, Message};
use super::queue::Queue;
use super::{Id, Timestamp, words};

/// What is known of a message that may be a hit.
#[derive(Clone, Debug)]
pub struct Facts {
    pub message: Id<Message>,
    pub conversation: Id<Conversation>,
    pub kind: Kind,
    pub author: Option<Id<Agent>>,
    pub at: Timestamp,
    pub status: Status,
    pub assignee: Option<Id<Agent>>,
    pub queue: Option<Id<Queue>>,
    pub channel: Id<Channel>,
    pub contact: Id<Contact>,
    pub unread: bool,
    pub waiting: bool,
    pub window_closes_at: Option<Timestamp>,
    pub has_file: bool,
    /// The tags of the conversation, where tags are asked for.
    pub tags: Vec<i64>,
    /// Body, subject and names of files, where words have to be looked for.
    pub texts: Vec<String>,
}

/// The people whom a name means.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct People {
    pub known: BTreeSet<Id<Contact>>,
    /// So many are called so that they are not known beforehand: whoever is met is asked, and then known.
    pub name: Option<String>,
}

/// One condition of a search, with every name found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Written by one of these people, or by one of us.
    From {
        people: People,
        agents: BTreeSet<Id<Agent>>,
    },
    /// Written to one of these people.
    To(People),
    /// With one of these, or with nobody when there are none.
    Assignee(BTreeSet<Id<Agent>>),
    /// In one of these, or in none when there are none.
    Queue(BTreeSet<Id<Queue>>),
    Channel(BTreeSet<Id<Channel>>),
    Tag(BTreeSet<i64>),
    Status(Status),
    Before(Timestamp),
    After(Timestamp),
    Attachment,
    Unreplied,
    Unread,
    /// An open window that closes between these moments.
    Closing(Timestamp, Timestamp),
}

impl Condition {
    /// Whether a message is as the condition says.
    pub fn holds(&self, facts: &Facts) -> bool {
        match self {
            Condition::From { people, agents } => match facts.kind {
                Kind::Inbound => people.known.contains(&facts.contact),
                _ => facts.author.is_some_and(|author| agents.contains(&author)),
            },
            Condition::To(people) => facts.kind == Kind::Outbound && people.known.contains(&facts.contact),
            Condition::Assignee(agents) => match facts.assignee {
                Some(agent) => agents.contains(&agent),
                None => agents.is_empty(),
            },
            Condition::Queue(queues) => match facts.queue {
                Some(queue) => queues.contains(&queue),
                None => queues.is_empty(),
            },
            Condition::Channel(channels) => channels.contains(&facts.channel),
            Condition::Tag(tags) => facts.tags.iter().any(|tag| tags.contains(tag)),
            Condition::Status(status) => facts.status == *status,
            Condition::Before(at) => facts.at < *at,
            Condition::After(at) => facts.at >= *at,
            Condition::Attachment => facts.has_file,
            Condition::Unreplied => facts.waiting,
            Condition::Unread => facts.unread,
            Condition::Closing(from, to) => {
                facts.window_closes_at.is_some_and(|closes| *from < closes && closes <= *to)
            }
        }
    }

    /// The people whom it names.
    pub const fn people(&self) -> Option<&People> {
        match self {
            Condition::From { people, .. } | Condition::To(people) => Some(people),
            _ => None,
        }
    }

    /// Notes that somebody is one of the people whom it names.
    pub fn know(&mut self, contact: Id<Contact>) {
        if let Condition::From { people, .. } | Condition::To(people) = self {
            people.known.insert(contact);
        }
    }

    /// Whether it asks about what was said, and not only about the conversation.
    pub const fn is_of_message(&self) -> bool {
        matches!(
            self,
            Condition::From { .. }
                | Condition::To(_)
                | Condition::Before(_)
                | Condition::After(_)
                | Condition::Attachment
        )
    }
}

/// Words that must stand somewhere in a message, or nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phrase {
    /// As [`words::line`] writes it.
    pub line: String,
    pub open: bool,
    pub not: bool,
}

impl Phrase {
    /// Whether one of the texts holds it, or none does.
    pub fn holds(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| words::says(text, &self.line, self.open)) != self.not
    }
}

/// Everything that a hit must be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Conditions {
    /// Each with whether its opposite is meant.
    pub all: Vec<(bool, Condition)>,
    pub phrases: Vec<Phrase>,
}

impl Conditions {
    /// Whether this is a hit for `viewer`, whatever its status.
    pub fn hold(&self, viewer: &Viewer, facts: &Facts) -> bool {
        viewer.may_see(facts.queue, facts.assignee)
            && self
                .all
                .iter()
                .all(|(not, one)| matches!(one, Condition::Status(_)) || one.holds(facts) != *not)
            && self.phrases.iter().all(|phrase| phrase.holds(&facts.texts))
    }

    /// Whether the status is one that was asked for.
    pub fn in_status(&self, status: Status) -> bool {
        let mut asked = self.all.iter().filter_map(|(not, one)| match one {
            Condition::Status(wanted) => Some((*not, *wanted)),
            _ => None,
        });
        let denied = asked.clone().any(|(not, wanted)| not && wanted == status);
        let named: Vec<Status> = asked.by_ref().filter(|(not, _)| !not).map(|(_, wanted)| wanted).collect();
        !denied && (named.is_empty() || named.contains(&status))
    }

    /// Whether only some statuses were asked for.
    pub fn ask_for_status(&self) -> bool {
        self.all.iter().any(|(_, one)| matches!(one, Condition::Status(_)))
    }
}

/// How many hits stand somewhere else.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    pub hits: u32,
    /// Counting stopped there, at fifty or where enough was looked at, so that there may be more.
    pub more: bool,
}

impl Tally {
    /// Where counting stops.
    pub const MOST: u32 = 50;

    /// So many were counted.
    pub fn of(counted: usize) -> Tally {
        let hits = u32::try_from(counted).unwrap_or(u32::MAX);
        Tally { hits: hits.min(Tally::MOST), more: hits > Tally::MOST }
    }

    /// Whether there is something to tell.
    pub const fn is_any(self) -> bool {
        self.hits > 0 || self.more
    }
}

/// How well a message answers: its words as they were typed, together, often, and lately. `phrases` are what was
/// asked for; `whole` is all of it in the order in which it was typed.
pub fn score(texts: &[String], phrases: &[Phrase], whole: &str, age: super::Span) -> i64 {
    let lines: Vec<String> = texts.iter().map(|text| words::line(text)).collect();
    let mut score = 0;
    for (place, line) in lines.iter().enumerate() {
        // What stands in a subject or in the name of a file says more than a word among many.
        let weight = if place == 0 { 1 } else { 3 };
        for phrase in phrases.iter().filter(|phrase| !phrase.not) {
            let times = line.matches(phrase.line.trim_end()).take(4).count();
            score += weight * i64::try_from(times).unwrap_or_default() * 2;
            score += weight * if words::holds(line, &phrase.line, false) { 6 } else { 0 };
        }
        score += weight * if phrases.len() > 1 && words::holds(line, whole, true) { 20 } else { 0 };
    }
    let months = (age.whole_hours() / 720).clamp(0, 24);
    score * 4 + (24 - months)
}
