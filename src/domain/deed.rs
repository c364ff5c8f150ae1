//! What somebody did to one conversation or to many at once, so that it can be taken back for a while.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::conversation::{Conversation, Status};
use super::queue::Queue;
use super::tag::{Priority, Tag};
use super::{Id, Span, Timestamp};

/// How long it can be taken back.
pub const WHILE: Span = Span::minutes(15);
/// The most conversations that one deed is done to.
pub const MOST: usize = 200;

/// Something that was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deed {
    pub id: Id<Deed>,
    pub agent: Id<Agent>,
    pub verb: Verb,
    /// To how many conversations it was done.
    pub done: i64,
    /// To which it was not done, and why.
    pub skipped: Vec<Skipped>,
    pub at: Timestamp,
    pub undone_at: Option<Timestamp>,
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    Close,
    Assign,
    Transfer,
    Snooze,
    Tag,
    Untag,
    Priority,
    Read,
}

impl Verb {
    pub const ALL: [Verb; 8] = [
        Verb::Close,
        Verb::Assign,
        Verb::Transfer,
        Verb::Snooze,
        Verb::Tag,
        Verb::Untag,
        Verb::Priority,
        Verb::Read,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Verb::Close => "close",
            Verb::Assign => "assign",
            Verb::Transfer => "transfer",
            Verb::Snooze => "snooze",
            Verb::Tag => "tag",
            Verb::Untag => "untag",
            Verb::Priority => "priority",
            Verb::Read => "read",
        }
    }

    /// Whether an entry of the log means that the conversation is not as the deed left it; `tag` is the one that was put on or
    /// taken off.
    pub fn is_crossed_by(self, later: &Since, tag: Option<&str>) -> bool {
        let kind = later.kind.as_str();
        // Mails went away, or came.
        if matches!(kind, "conversation.split" | "conversation.merged" | "conversation.restored") {
            return !matches!(self, Verb::Tag | Verb::Untag | Verb::Priority);
        }
        match self {
            Verb::Tag | Verb::Untag => {
                matches!(kind, "conversation.tagged" | "conversation.untagged")
                    && tag.is_none_or(|tag| tag == later.tag)
            }
            Verb::Priority => kind == "conversation.priority",
            Verb::Read => matches!(kind, "message.received" | "message.queued" | "conversation.read"),
            Verb::Close | Verb::Assign | Verb::Transfer | Verb::Snooze => {
                // What is put on it, and what the clock says of it, changes neither whose it is nor whether it is work.
                let beside = [
                    "conversation.tagged",
                    "conversation.untagged",
                    "conversation.priority",
                    "conversation.read",
                    "conversation.closing",
                ];
                let labels = [Verb::Tag, Verb::Untag, Verb::Priority, Verb::Read];
                let aside = beside.contains(&kind) || later.undone.is_some_and(|verb| labels.contains(&verb));
                (kind.starts_with("conversation.") && !aside)
                    || matches!(kind, "message.received" | "message.queued")
            }
        }
    }
}

/// What happened after a deed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Since {
    pub kind: String,
    /// The name of the tag that it is about; empty: it is about none.
    pub tag: String,
    /// What was taken back.
    pub undone: Option<Verb>,
}

impl FromStr for Verb {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Verb::ALL.into_iter().find(|verb| verb.as_str() == text).ok_or(())
    }
}

/// A conversation to which it was not done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Skipped {
    pub conversation: i64,
    pub why: Skip,
}

/// Why it was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Skip {
    /// It is not there, or may not be seen any more.
    Gone,
    /// It was so already.
    There,
    /// It is closed, and so no work any more.
    Closed,
    /// The contact is blocked.
    Blocked,
    /// Somebody changed it in the meantime.
    Changed,
    /// Another rule says no.
    Refused,
}

impl Skip {
    pub const ALL: [Skip; 6] =
        [Skip::Gone, Skip::There, Skip::Closed, Skip::Blocked, Skip::Changed, Skip::Refused];

    pub const fn as_str(self) -> &'static str {
        match self {
            Skip::Gone => "gone",
            Skip::There => "there",
            Skip::Closed => "closed",
            Skip::Blocked => "blocked",
            Skip::Changed => "changed",
            Skip::Refused => "refused",
        }
    }
}

/// How a conversation stood before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Before {
    pub status: Status,
    pub assignee: Option<i64>,
    pub queue: Option<i64>,
    pub snoozed_until: Option<Timestamp>,
    pub priority: Priority,
    pub unread: i64,
    pub waiting_since: Option<Timestamp>,
    /// The tag that was put on or taken off.
    pub tag: Option<i64>,
}

impl Before {
    /// How it stands now.
    pub fn of(conversation: &Conversation, tag: Option<Id<Tag>>) -> Before {
        Before {
            status: conversation.status,
            assignee: conversation.assignee.map(Id::get),
            queue: conversation.queue.map(Id::get),
            snoozed_until: conversation.snoozed_until,
            priority: conversation.priority,
            unread: conversation.unread,
            waiting_since: conversation.waiting_since,
            tag: tag.map(Id::get),
        }
    }

    /// Whose it was and where it lay.
    pub fn place(&self) -> (Option<Id<Queue>>, Option<Id<Agent>>) {
        (self.queue.map(Id::new), self.assignee.map(Id::new))
    }

    /// Puts the conversation back as it stood: whose it was, where it lay, and whether it was work. Its priority is
    /// another deed, and what was read in the meantime stays read.
    pub fn restore(&self, conversation: &mut Conversation) {
        let (queue, assignee) = self.place();
        conversation.status = self.status;
        conversation.assignee = assignee;
        conversation.queue = queue;
        conversation.snoozed_until = self.snoozed_until;
        conversation.waiting_since = self.waiting_since;
    }
}
