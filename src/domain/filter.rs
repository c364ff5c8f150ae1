//! Conditions over conversations, nested in groups: what a saved view shows, and what narrows a list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::channel::{Channel, Kind};
use super::conversation::Conversation;
use super::field::Field;
use super::queue::Queue;
use super::tag::{Priority, Tag};
use super::{Id, Refused, Span, Timestamp};
use crate::domain::refused::Problem;

/// The most conditions that one filter has, over all its groups.
pub const RULES: usize = 30;
/// How deep groups stand in groups, the outermost counted.
pub const DEPTH: usize = 3;

/// A condition, or a group of them. As JSON: `{"all": ["tag:5", {"any": ["unread", "!channel:2"]}]}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Every one of these holds; an empty group always holds.
    All(Vec<Part>),
    /// At least one of these holds; an empty group always holds.
    Any(Vec<Part>),
    #[serde(untagged)]
    Rule(Rule),
}

/// A test, or its opposite: `tag:5`, `!tag:5`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    pub not: bool,
    pub test: Test,
}

/// Who has a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// Whoever looks.
    Me,
    Nobody,
    Agent(Id<Agent>),
}

/// What is asked of one conversation. The texts are those of [`Test::from_str`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Test {
    /// `tag:5`
    Tag(Id<Tag>),
    /// `tag:any`
    Tagged,
    /// `priority:high`
    Priority(Priority),
    /// `channel:3`
    Channel(Id<Channel>),
    /// `kind:sms`
    Kind(Kind),
    /// `queue:3`, or `queue:none`
    Queue(Option<Id<Queue>>),
    /// `assignee:me`, `assignee:none`, `assignee:5`
    Assignee(Who),
    /// `unread`: somebody wrote what nobody has looked at.
    Unread,
    /// `unanswered`: the customer wrote last.
    Unanswered,
    /// `failed`: a message of ours did not go out.
    Failed,
    /// `window:open`: the free window is known and open.
    WindowOpen,
    /// `closing:120`: unanswered, and the window closes within so many minutes.
    Closing(u32),
    /// `waiting:60`: unanswered for at least so many minutes.
    Waiting(u32),
    /// `quiet:1440`: nobody wrote for at least so many minutes.
    Quiet(u32),
    /// `language:es`: of the contact.
    Language(String),
    /// `field:3=gold`: exactly this stands in a field of the contact; `field:3=`: anything does.
    Field(Id<Field>, String),
    /// `blocked`: the contact is.
    Blocked,
}

impl FromStr for Test {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (field, value) = text.split_once(':').unwrap_or((text, ""));
        let minutes =
            || value.parse().map_err(|_| ()).and_then(|m| if m > 525_600 { Err(()) } else { Ok(m) });
        let id = || value.parse::<i64>().map_err(|_| ()).and_then(|id| if id > 0 { Ok(id) } else { Err(()) });
        let test = match (field, value) {
            ("tag", "any") => Test::Tagged,
            ("tag", _) => Test::Tag(Id::new(id()?)),
            ("priority", _) => Test::Priority(value.parse()?),
            ("channel", _) => Test::Channel(Id::new(id()?)),
            ("kind", _) => Test::Kind(value.parse().map_err(|_| ())?),
            ("queue", "none") => Test::Queue(None),
            ("queue", _) => Test::Queue(Some(Id::new(id()?))),
            ("assignee", "me") => Test::Assignee(Who::Me),
            ("assignee", "none") => Test::Assignee(Who::Nobody),
            ("assignee", _) => Test::Assignee(Who::Agent(Id::new(id()?))),
            ("unread", "") => Test::Unread,
            ("unanswered", "") => Test::Unanswered,
            ("failed", "") => Test::Failed,
            ("window", "open") => Test::WindowOpen,
            ("closing", _) => Test::Closing(minutes()?),
            ("waiting", _) => Test::Waiting(minutes()?),
            ("quiet", _) => Test::Quiet(minutes()?),
            ("language", code) if is_language(code) => Test::Language(code.to_owned()),
            ("field", _) => {
                let (number, wanted) = value.split_once('=').ok_or(())?;
                let number: i64 = number.parse().map_err(|_| ())?;
                if number <= 0 || wanted.chars().count() > 500 {
                    return Err(());
                }
                Test::Field(Id::new(number), wanted.to_owned())
            }
            ("blocked", "") => Test::Blocked,
            _ => return Err(()),
        };
        Ok(test)
    }
}

fn is_language(code: &str) -> bool {
    (2..=8).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

impl fmt::Display for Test {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Tag(id) => write!(out, "tag:{id}"),
            Test::Tagged => out.write_str("tag:any"),
            Test::Priority(priority) => write!(out, "priority:{}", priority.as_str()),
            Test::Channel(id) => write!(out, "channel:{id}"),
            Test::Kind(kind) => write!(out, "kind:{}", kind.as_str()),
            Test::Queue(None) => out.write_str("queue:none"),
            Test::Queue(Some(id)) => write!(out, "queue:{id}"),
            Test::Assignee(Who::Me) => out.write_str("assignee:me"),
            Test::Assignee(Who::Nobody) => out.write_str("assignee:none"),
            Test::Assignee(Who::Agent(id)) => write!(out, "assignee:{id}"),
            Test::Unread => out.write_str("unread"),
            Test::Unanswered => out.write_str("unanswered"),
            Test::Failed => out.write_str("failed"),
            Test::WindowOpen => out.write_str("window:open"),
            Test::Closing(minutes) => write!(out, "closing:{minutes}"),
            Test::Waiting(minutes) => write!(out, "waiting:{minutes}"),
            Test::Quiet(minutes) => write!(out, "quiet:{minutes}"),
            Test::Language(code) => write!(out, "language:{code}"),
            Test::Field(id, value) => write!(out, "field:{id}={value}"),
            Test::Blocked => out.write_str("blocked"),
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

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|()| format!("{text:?} is no condition"))
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        format!("{}{}", if rule.not { "!" } else { "" }, rule.test)
    }
}

impl From<Test> for Part {
    fn from(test: Test) -> Part {
        Part::Rule(Rule { not: false, test })
    }
}

/// What the tests look at.
pub struct Facts<'a> {
    pub conversation: &'a Conversation,
    pub tags: &'a [Id<Tag>],
    pub kind: Kind,
    /// Of the contact.
    pub language: Option<&'a str>,
    /// What stands in the team's own fields of the contact.
    pub fields: &'a [(Id<Field>, String)],
    /// The contact is.
    pub blocked: bool,
    pub me: Id<Agent>,
    pub now: Timestamp,
}

impl Part {
    /// Whether it holds. The store asks the same in SQL.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Part::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Part::Any(parts) => parts.is_empty() || parts.iter().any(|part| part.holds(facts)),
            Part::Rule(rule) => rule.test.holds(facts) != rule.not,
        }
    }

    /// The tests that must hold whatever else does; by one of them a list can be walked.
    pub fn needed(&self) -> Vec<&Test> {
        match self {
            Part::All(parts) => parts.iter().flat_map(Part::needed).collect(),
            Part::Any(parts) if parts.len() == 1 => parts.iter().flat_map(Part::needed).collect(),
            Part::Rule(Rule { not: false, test }) => vec![test],
            Part::Any(_) | Part::Rule(_) => Vec::new(),
        }
    }

    /// Refuses a filter that is too large to be understood, or that asks nothing.
    pub fn check(&self) -> Result<(), Refused> {
        let wrong = |problem| Refused::Field { field: "filter", problem };
        if self.rules() == 0 {
            return Err(wrong(Problem::Missing));
        }
        if self.rules() > RULES {
            return Err(wrong(Problem::TooMany { most: 30 }));
        }
        if self.depth() > DEPTH + 1 { Err(wrong(Problem::Wrong)) } else { Ok(()) }
    }

    fn rules(&self) -> usize {
        match self {
            Part::All(parts) | Part::Any(parts) => parts.iter().map(Part::rules).sum(),
            Part::Rule(_) => 1,
        }
    }

    fn depth(&self) -> usize {
        match self {
            Part::All(parts) | Part::Any(parts) => {
                1 + parts.iter().map(Part::depth).max().unwrap_or_default()
            }
            Part::Rule(_) => 1,
        }
    }
}

impl Test {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        let (one, now) = (facts.conversation, facts.now);
        let within = |minutes: &u32| Span::minutes(i64::from(*minutes));
        match self {
            Test::Tag(id) => facts.tags.contains(id),
            Test::Tagged => !facts.tags.is_empty(),
            Test::Priority(priority) => one.priority == *priority,
            Test::Channel(id) => one.channel == *id,
            Test::Kind(kind) => facts.kind == *kind,
            Test::Queue(queue) => one.queue == *queue,
            Test::Assignee(Who::Me) => one.assignee == Some(facts.me),
            Test::Assignee(Who::Nobody) => one.assignee.is_none(),
            Test::Assignee(Who::Agent(id)) => one.assignee == Some(*id),
            Test::Unread => one.unread > 0,
            Test::Unanswered => one.waiting_since.is_some(),
            Test::Failed => one.failed > 0,
            Test::WindowOpen => one.window_closes_at.is_some_and(|at| at > now),
            Test::Closing(minutes) => {
                one.waiting_since.is_some()
                    && one.window_closes_at.is_some_and(|at| at > now && at <= now + within(minutes))
            }
            Test::Waiting(minutes) => one.waiting_since.is_some_and(|at| at <= now - within(minutes)),
            Test::Quiet(minutes) => one.last_message_at <= now - within(minutes),
            Test::Language(code) => facts.language.is_some_and(|language| language == code),
            Test::Field(id, value) => {
                facts.fields.iter().any(|(field, has)| field == id && (value.is_empty() || has == value))
            }
            Test::Blocked => facts.blocked,
        }
    }
}
