//! Segments: contacts for whom every one of some conditions holds, under a name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::channel::Channel;
use super::field::Field;
use super::tag::Tag;
use super::{Id, Timestamp};

/// The most conditions of one segment.
pub const RULES: usize = 20;

/// A saved segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    pub id: Id<Segment>,
    pub name: String,
    pub owner: Id<Agent>,
    /// The other supervisors have it as well.
    pub shared: bool,
    pub rules: Vec<Rule>,
    pub created_at: Timestamp,
}

/// A test, or its opposite: `open`, `!open`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    pub not: bool,
    pub test: Test,
}

/// What is asked of a contact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// `language:es`
    Language(String),
    /// `blocked`
    Blocked,
    /// `open`: a conversation is not closed.
    Open,
    /// `before:2026-01-31`: something was said, and the last of it before that day, where the team is.
    Before(jiff::civil::Date),
    /// `after:2026-01-31`: something was said on that day or later.
    After(jiff::civil::Date),
    /// `channel:3`: has a conversation there.
    Channel(Id<Channel>),
    /// `tag:5`: has a conversation with it.
    Tag(Id<Tag>),
    /// `field:3=gold`: exactly this stands there; `field:3=`: anything does.
    Field(Id<Field>, String),
    /// `consent:yes`, `consent:no`: was noted at one address at least.
    Consent(bool),
}

impl FromStr for Test {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0).ok_or(());
        let day = || value.parse().map_err(|_| ());
        let code = |code: &str| {
            (2..=35).contains(&code.len())
                && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        };
        Ok(match (name, value) {
            ("language", language) if code(language) => Test::Language(language.to_owned()),
            ("blocked", "") => Test::Blocked,
            ("open", "") => Test::Open,
            ("before", _) => Test::Before(day()?),
            ("after", _) => Test::After(day()?),
            ("channel", _) => Test::Channel(Id::new(number(value)?)),
            ("tag", _) => Test::Tag(Id::new(number(value)?)),
            ("consent", "yes") => Test::Consent(true),
            ("consent", "no") => Test::Consent(false),
            ("field", _) => {
                let (id, wanted) = value.split_once('=').ok_or(())?;
                if wanted.chars().count() > 500 {
                    return Err(());
                }
                Test::Field(Id::new(number(id)?), wanted.to_owned())
            }
            _ => return Err(()),
        })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Language(code) => write!(out, "language:{code}"),
            Test::Blocked => out.write_str("blocked"),
            Test::Open => out.write_str("open"),
            Test::Before(day) => write!(out, "before:{day}"),
            Test::After(day) => write!(out, "after:{day}"),
            Test::Channel(id) => write!(out, "channel:{id}"),
            Test::Tag(id) => write!(out, "tag:{id}"),
            Test::Field(id, value) => write!(out, "field:{id}={value}"),
            Test::Consent(true) => out.write_str("consent:yes"),
            Test::Consent(false) => out.write_str("consent:no"),
        }
    }
}

impl FromStr for Rule {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (not, test) = text.strip_prefix('!').map_or((false, text), |test| (true, test));
        Ok(Rule { not, test: test.parse()? })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", if self.not { "!" } else { "" }, self.test)
    }
}

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|()| format!("{text:?} is no condition"))
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        rule.to_string()
    }
}
