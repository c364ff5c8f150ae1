//! Two contacts turn out to be one person.

use std::collections::BTreeMap;

use serde_json::json;

use super::find;
use crate::actions::close::{self, Closing};
use crate::actions::{Result, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::contact::Contact;
use crate::domain::deed::Before;
use crate::domain::event::kind;
use crate::domain::merger::{Closed, Known, Merger};
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

/// Merges two contacts. What was is kept beside the log for as long as it can be undone; the log has numbers only, so
/// that nothing of a person stays in it.
pub fn merge(tx: &Tx<'_>, by: &Viewer, order: Merge, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    if order.survivor == order.other {
        return Err(Refused::Field { field: "other_id", problem: Problem::Wrong }.into());
    }
    let survivor = find(tx, order.survivor)?;
    let other = store::contact::get(tx, order.other)?;
    // The form was sent twice: it is done.
    if other.is_none()
        && store::merge::into(tx, survivor.id, Timestamp(0))?
            .iter()
            .any(|kept| kept.merger.other == order.other)
    {
        return Ok(());
    }
    let other = other.ok_or(Refused::Field { field: "other_id", problem: Problem::Unknown })?;
    let closed = match order.open {
        OpenOnes::Close => unfinished(tx, other.id)?,
        OpenOnes::Keep => Vec::new(),
    };
    let (before, was) = (Known::of(&survivor), Known::of(&other));
    let joined = before.joined(&was);
    let fields = numbered(store::field::of(tx, other.id)?);
    let ours = numbered(store::field::of(tx, survivor.id)?);
    let mut taken = fields.clone();
    taken.retain(|number, _| !ours.contains_key(number));
    let moved = store::merge::merge(tx, other.id, survivor.id)?;
    store::contact::update(tx, &joined.clone().on(Contact { updated_at: now, ..survivor }))?;
    for (number, value) in &taken {
        if let Some(field) = store::field::get(tx, Id::new(*number))? {
            store::field::set(tx, order.survivor, &field, value)?;
        }
    }
    for one in &closed {
        let there = reach::conversation(tx, by, one.conversation)?;
        close::close_for_good(tx, by, there, &Closing::default(), now)?;
    }
    let (created_at, store::merge::Moved { addresses, conversations }) = (other.created_at, moved);
    let merger = Merger {
        other: other.id,
        created_at,
        was,
        before,
        joined,
        fields,
        taken,
        addresses,
        conversations,
        closed,
    };
    note(tx, by, (order.survivor, &merger), now)
}

/// The entry of the log, and beside it what would undo it.
fn note(tx: &Tx<'_>, by: &Viewer, (id, merger): (Id<Contact>, &Merger), now: Timestamp) -> Result<()> {
    let entry = event::New {
        kind: kind::CONTACT_MERGED,
        agent: by.author(),
        contact: Some(id),
        data: json!({
            "other": { "id": merger.other },
            "addresses": merger.addresses,
            "conversations": merger.conversations,
            "closed": merger.closed.iter().map(|one| one.conversation).collect::<Vec<_>>(),
        }),
        ..event::New::default()
    };
    let entry = event::append(tx, &entry, now)?;
    Ok(store::merge::keep(tx, (entry, id), merger, now)?)
}

/// The conversations of a contact that are not closed, as they stand.
fn unfinished(tx: &Tx<'_>, id: Id<Contact>) -> Result<Vec<Closed>> {
    let mut found = store::conversation::many(tx, &store::merge::unfinished(tx, id)?)?;
    found.sort_unstable_by_key(|one| one.id);
    Ok(found.iter().map(|one| Closed { conversation: one.id, before: Before::of(one, None) }).collect())
}

fn numbered<T>(fields: BTreeMap<Id<T>, String>) -> BTreeMap<i64, String> {
    fields.into_iter().map(|(id, value)| (id.get(), value)).collect()
}
