//! What is announced to the people of the team: to all of them, to those of a queue, or to those who lead; for a time.

use super::agent::{Agent, Role};
use super::queue::Queue;
use super::refused::Problem;
use super::{Id, Refused, Timestamp};

/// The longest text, in characters: it stands above the work of others.
pub const LONGEST: u32 = 500;

/// Something that people are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announcement {
    pub id: Id<Announcement>,
    pub text: String,
    pub audience: Audience,
    pub starts_at: Timestamp,
    /// `None`: until somebody ends it.
    pub ends_at: Option<Timestamp>,
    pub by: Id<Agent>,
    pub created_at: Timestamp,
}

/// Whom it is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    Everybody,
    /// The members of a queue.
    Queue(Id<Queue>),
    /// Supervisors and administrators.
    Leaders,
}

impl Audience {
    /// The word for it, and the queue where it names one.
    pub const fn parts(self) -> (&'static str, Option<Id<Queue>>) {
        match self {
            Audience::Everybody => ("all", None),
            Audience::Queue(queue) => ("queue", Some(queue)),
            Audience::Leaders => ("leaders", None),
        }
    }

    /// Of a word and a queue; `None` for what is neither.
    pub fn of(word: &str, queue: Option<Id<Queue>>) -> Option<Audience> {
        match (word, queue) {
            ("all", _) => Some(Audience::Everybody),
            ("leaders", _) => Some(Audience::Leaders),
            ("queue", Some(queue)) => Some(Audience::Queue(queue)),
            _ => None,
        }
    }

    /// Whether somebody of this role is meant. `member` tells whether that person is in a queue.
    pub fn means(self, role: Role, member: impl Fn(Id<Queue>) -> bool) -> bool {
        match self {
            Audience::Everybody => true,
            Audience::Queue(queue) => member(queue),
            Audience::Leaders => role >= Role::Supervisor,
        }
    }
}

/// Where an announcement stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    Planned,
    Shown,
    Over,
}

impl Announcement {
    /// Where it stands at this moment.
    pub fn stage(&self, now: Timestamp) -> Stage {
        if self.ends_at.is_some_and(|end| end <= now) {
            Stage::Over
        } else if self.starts_at > now {
            Stage::Planned
        } else {
            Stage::Shown
        }
    }
}

/// The text as it is kept. Lines stay, empty ones at its ends do not.
pub fn normal(text: &str) -> Result<String, Refused> {
    let refused = |problem| Refused::Field { field: "text", problem };
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return Err(refused(Problem::Missing));
    }
    if text.chars().count() > LONGEST as usize {
        return Err(refused(Problem::TooLong { most: LONGEST }));
    }
    Ok(text.to_owned())
}
