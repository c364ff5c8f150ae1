//! A conversation: one thread with one person on one entry point, through all its episodes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::channel::Channel;
use super::contact::{Address, Contact};
use super::message::Message;
use super::queue::Queue;
use super::saved::Saved;
use super::tag::Priority;
use super::{Id, Timestamp};

/// One thread with one person on one entry point.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conversation {
    pub id: Id<Conversation>,
    pub contact: Id<Contact>,
    pub channel: Id<Channel>,
    /// The address of the contact that this thread writes to.
    pub address: Id<Address>,
    pub subject: String,
    pub status: Status,
    pub assignee: Option<Id<Agent>>,
    pub queue: Option<Id<Queue>>,
    pub snoozed_until: Option<Timestamp>,
    pub priority: Priority,
    /// When the latest message of either side came to this desk, however old it was then; what the list is
    /// sorted by.
    pub last_message_at: Timestamp,
    /// The newest message of either side by its own time: what the list quotes.
    pub last_message: Option<Id<Message>>,
    /// The beginning of the newest message, in one line.
    pub snippet: String,
    /// The newest message is ours.
    pub snippet_ours: bool,
    /// How many messages of the customer nobody has looked at.
    pub unread: i64,
    /// When the customer wrote what is still unanswered.
    pub waiting_since: Option<Timestamp>,
    /// When the free window closes, kept beside for sorting; the grants are the truth.
    pub window_closes_at: Option<Timestamp>,
    /// How many of our messages failed or are unsure.
    pub failed: i64,
    /// The number of the present or latest open period, from 1.
    pub episode: i64,
    /// The conversation that this one continues, where the entry point begins anew.
    pub previous: Option<Id<Conversation>>,
    /// The conversation beside which somebody else was asked; its customer sees nothing of this one.
    pub side_of: Option<Id<Conversation>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where a conversation stands (S13).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Snoozed,
    Closed,
}

impl Status {
    pub const ALL: [Status; 3] = [Status::Open, Status::Snoozed, Status::Closed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Snoozed => "snoozed",
            Status::Closed => "closed",
        }
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Status::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}

/// Which inbox one looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum View {
    Mine,
    Unassigned,
    All,
    Queue(Id<Queue>),
    /// What a saved view shows.
    Saved(Id<Saved>),
}

impl View {
    /// Reads `mine`, `unassigned`, `all`, `queue:7` or `saved:7`.
    pub fn parse(text: &str) -> Option<View> {
        match text {
            "mine" => Some(View::Mine),
            "unassigned" => Some(View::Unassigned),
            "all" => Some(View::All),
            other => match other.split_once(':')? {
                ("queue", id) => id.parse().ok().map(View::Queue),
                ("saved", id) => id.parse().ok().map(View::Saved),
                _ => None,
            },
        }
    }

    /// The word for it in URLs; the inverse of [`View::parse`].
    pub fn as_text(self) -> String {
        match self {
            View::Mine => "mine".into(),
            View::Unassigned => "unassigned".into(),
            View::All => "all".into(),
            View::Queue(queue) => format!("queue:{queue}"),
            View::Saved(saved) => format!("saved:{saved}"),
        }
    }
}

/// In which order a list stands (S208).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The latest message first.
    Newest,
    /// The latest message last.
    Oldest,
    /// The customer who has waited longest first; only unanswered ones.
    Waiting,
    /// The window that closes soonest first; only open windows.
    Closing,
    /// The most pressing first; only those that have a priority.
    Priority,
}

impl Sort {
    pub const ALL: [Sort; 5] = [Sort::Newest, Sort::Oldest, Sort::Waiting, Sort::Closing, Sort::Priority];

    /// Whether the list runs from the greatest key to the least.
    pub const fn descends(self) -> bool {
        matches!(self, Sort::Newest | Sort::Priority)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Oldest => "oldest",
            Sort::Waiting => "waiting",
            Sort::Closing => "closing",
            Sort::Priority => "priority",
        }
    }
}

impl FromStr for Sort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Sort::ALL.into_iter().find(|sort| sort.as_str() == text).ok_or(())
    }
}

/// The same of what a program said, whose name stands before it in the list (S89).
pub fn said_by(writer: &str, body: &str) -> String {
    if writer.is_empty() { snippet(body) } else { snippet(&format!("{writer}: {body}")) }
}

/// So many letters fill a line of the list, also where it is as wide as a tablet held upright.
const LINE: usize = 80;

/// One line of `body`, short enough for a list row.
pub fn snippet(body: &str) -> String {
    let (mut line, mut letters) = (String::new(), 0);
    for word in body.split_whitespace() {
        let more = word.chars().count();
        if letters + more >= LINE {
            line.extend(word.chars().take(LINE.saturating_sub(letters + 1)));
            line.push('…');
            return line;
        }
        if !line.is_empty() {
            line.push(' ');
            letters += 1;
        }
        line.push_str(word);
        letters += more;
    }
    line
}
