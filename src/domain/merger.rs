//! Two contacts that became one, with what is needed to make them two again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::contact::{Address, Contact};
use super::conversation::Conversation;
use super::deed::Before;
use super::{Id, Timestamp};

/// What is known of a person beside the addresses.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Known {
    pub name: String,
    pub language: Option<String>,
    pub about: String,
    pub dedicated: Option<Id<Agent>>,
    pub blocked_at: Option<Timestamp>,
}

impl Known {
    /// What is known of this contact.
    pub fn of(contact: &Contact) -> Known {
        Known {
            name: contact.name.clone(),
            language: contact.language.clone(),
            about: contact.about.clone(),
            dedicated: contact.dedicated,
            blocked_at: contact.blocked_at,
        }
    }

    /// The contact with this.
    pub fn on(self, contact: Contact) -> Contact {
        Contact {
            name: self.name,
            language: self.language,
            about: self.about,
            dedicated: self.dedicated,
            blocked_at: self.blocked_at,
            ..contact
        }
    }

    /// This, with what only the other one had. Who was shut out stays shut out, since the first time.
    pub fn joined(&self, other: &Known) -> Known {
        let mut joined = self.clone();
        if joined.name.is_empty() {
            joined.name.clone_from(&other.name);
        }
        joined.language = joined.language.or_else(|| other.language.clone());
        joined.dedicated = joined.dedicated.or(other.dedicated);
        joined.blocked_at = [self.blocked_at, other.blocked_at].into_iter().flatten().min();
        if !other.about.is_empty() && !joined.about.contains(&other.about) {
            let both = format!("{}\n\n{}", joined.about, other.about);
            joined.about = both.trim().to_owned();
        }
        joined
    }
}

/// A merger, as it is kept while it can be taken back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Merger {
    /// Who went.
    pub other: Id<Contact>,
    pub created_at: Timestamp,
    /// What was known of who went.
    pub was: Known,
    /// What was known of the survivor before, and right after.
    pub before: Known,
    pub joined: Known,
    /// What stood in the team's own fields of who went, by their numbers, and what the survivor got of it.
    pub fields: BTreeMap<i64, String>,
    pub taken: BTreeMap<i64, String>,
    pub addresses: Vec<Id<Address>>,
    pub conversations: Vec<Id<Conversation>>,
    /// What it closed, as it stood before.
    pub closed: Vec<Closed>,
}

/// A conversation that a merger closed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Closed {
    pub conversation: Id<Conversation>,
    pub before: Before,
}

impl Merger {
    /// The one who went, as it was.
    pub fn other(&self, now: Timestamp) -> Contact {
        let bare = Contact {
            id: self.other,
            name: String::new(),
            language: None,
            about: String::new(),
            dedicated: None,
            blocked_at: None,
            created_at: self.created_at,
            updated_at: now,
            picture: None,
        };
        self.was.clone().on(bare)
    }

    /// What is known of the survivor without the other one: as before, except for what somebody changed since.
    pub fn given_back(&self, now: &Known) -> Known {
        fn one<T: PartialEq + Clone>(now: &T, joined: &T, before: &T) -> T {
            if now == joined { before.clone() } else { now.clone() }
        }
        let (joined, before) = (&self.joined, &self.before);
        Known {
            name: one(&now.name, &joined.name, &before.name),
            language: one(&now.language, &joined.language, &before.language),
            about: one(&now.about, &joined.about, &before.about),
            dedicated: one(&now.dedicated, &joined.dedicated, &before.dedicated),
            blocked_at: one(&now.blocked_at, &joined.blocked_at, &before.blocked_at),
        }
    }
}
