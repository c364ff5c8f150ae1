//! Words that the team puts on conversations, and how pressing a conversation is.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Id, Timestamp, search};

/// A word of the team, with its colour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    pub id: Id<Tag>,
    pub name: String,
    pub colour: Colour,
    pub created_at: Timestamp,
}

/// The most tags that one conversation can have.
pub const MOST: usize = 20;

/// What two names have in common that are the same tag: case, accents and spaces do not count.
pub fn key(name: &str) -> String {
    search::fold(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A colour of the palette; the pages decide how it looks by day and by night.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    #[default]
    Grey,
    Red,
    Orange,
    Yellow,
    Green,
    Teal,
    Blue,
    Violet,
}

impl Colour {
    pub const ALL: [Colour; 8] = [
        Colour::Grey,
        Colour::Red,
        Colour::Orange,
        Colour::Yellow,
        Colour::Green,
        Colour::Teal,
        Colour::Blue,
        Colour::Violet,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Colour::Grey => "grey",
            Colour::Red => "red",
            Colour::Orange => "orange",
            Colour::Yellow => "yellow",
            Colour::Green => "green",
            Colour::Teal => "teal",
            Colour::Blue => "blue",
            Colour::Violet => "violet",
        }
    }
}

impl FromStr for Colour {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Colour::ALL.into_iter().find(|colour| colour.as_str() == text).ok_or(())
    }
}

/// How pressing a conversation is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    None,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Priority; 4] = [Priority::Urgent, Priority::High, Priority::None, Priority::Low];

    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::None => "none",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    /// The number by which lists are sorted; the more pressing, the greater.
    pub const fn number(self) -> i64 {
        match self {
            Priority::Low => -1,
            Priority::None => 0,
            Priority::High => 1,
            Priority::Urgent => 2,
        }
    }

    /// The inverse of [`Priority::number`].
    pub fn of_number(number: i64) -> Option<Priority> {
        Priority::ALL.into_iter().find(|priority| priority.number() == number)
    }

    /// The sort key of a conversation with this priority whose latest message came then.
    pub const fn rank(self, last_message_at: Timestamp) -> i64 {
        self.number() * 100_000_000_000_000 + last_message_at.0
    }
}

impl FromStr for Priority {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Priority::ALL.into_iter().find(|priority| priority.as_str() == text).ok_or(())
    }
}
