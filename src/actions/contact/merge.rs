//! Two contacts turn out to be one person.

use std::collections::BTreeMap;

use serde_json::json;

use super::find;
use crate::actions::Result;
use crate::actions::close::{self, Closing};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::contact::Contact;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, event};

/// Which two, and what becomes of the threads that are open with the one that goes.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// Keeps number and name.
    pub survivor: Id<Contact>,
    /// Goes; its addresses and conversations move.
    pub other: Id<Contact>,
    pub open: OpenOnes,
}

/// What becomes of the open conversations of the contact that goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenOnes {
    /// They are closed, so that one person is not answered in two places (S222).
    Close,
    /// They stay as they are.
    Keep,
}

/// Merges two contacts. The log keeps what moved and what the other one was called, so that it can be undone.
pub fn merge(tx: &Tx<'_>, by: &Viewer, order: Merge, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    if order.survivor == order.other {
        return Err(Refused::Field { field: "other_id", problem: Problem::Wrong }.into());
    }
    let survivor = find(tx, order.survivor)?;
    let other = store::contact::get(tx, order.other)?;
    let other = other.ok_or(Refused::Field { field: "other_id", problem: Problem::Unknown })?;
    let closed = match order.open {
        OpenOnes::Close => store::merge::unfinished(tx, other.id)?,
        OpenOnes::Keep => Vec::new(),
    };
    let (ours, theirs) = (store::field::of(tx, survivor.id)?, store::field::of(tx, other.id)?);
    let taken: Vec<_> =
        theirs.iter().filter(|(id, _)| !ours.contains_key(id)).map(|(id, v)| (*id, v.clone())).collect();
    let moved = store::merge::merge(tx, other.id, survivor.id)?;
    store::contact::update(tx, &joined(&survivor, &other, now))?;
    for (id, value) in &taken {
        if let Some(field) = store::field::get(tx, *id)? {
            store::field::set(tx, survivor.id, &field, value)?;
        }
    }
    for conversation in &closed {
        close::close(tx, by, *conversation, &Closing::default(), now)?;
    }
    let entry = event::New {
        kind: kind::CONTACT_MERGED,
        agent: by.author(),
        contact: Some(survivor.id),
        data: json!({
            "other": {
                "id": other.id.get(), "name": other.name, "language": other.language, "about": other.about,
                "dedicated": other.dedicated.map(Id::get), "blocked_at": other.blocked_at,
                "created_at": other.created_at,
            },
            "before": {
                "name": survivor.name, "language": survivor.language, "about": survivor.about,
                "dedicated": survivor.dedicated.map(Id::get),
            },
            "fields": theirs.iter().map(|(id, value)| (id.to_string(), value.as_str())).collect::<BTreeMap<_, _>>(),
            "taken": taken.iter().map(|(id, _)| id.get()).collect::<Vec<_>>(),
            "addresses": numbers(&moved.addresses),
            "conversations": numbers(&moved.conversations),
            "closed": numbers(&closed),
        }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}

/// The survivor, with what only the other one had.
pub(super) fn joined(survivor: &Contact, other: &Contact, now: Timestamp) -> Contact {
    let mut joined = survivor.clone();
    if joined.name.is_empty() {
        joined.name.clone_from(&other.name);
    }
    joined.language = joined.language.or_else(|| other.language.clone());
    joined.dedicated = joined.dedicated.or(other.dedicated);
    if !other.about.is_empty() && !joined.about.contains(&other.about) {
        let both = format!("{}\n\n{}", joined.about, other.about);
        joined.about = both.trim().to_owned();
    }
    joined.updated_at = now;
    joined
}

fn numbers<T>(ids: &[Id<T>]) -> Vec<i64> {
    ids.iter().map(|id| id.get()).collect()
}
