//! What the team knows of a contact changes.

use super::{ABOUT, NAME, bounded, find, language, log_changed};
use crate::actions::Result;
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::contact::{Contact, lines, one_line};
use crate::domain::field::Field;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Connection, Tx};

/// What is to be changed; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    /// Empty: not known.
    pub language: Option<String>,
    pub about: Option<String>,
    /// The agent who looks after this person; `Some(None)`: nobody (S3).
    pub dedicated: Option<Option<Id<Agent>>>,
    /// What is to stand in the team's own fields; empty: nothing.
    pub fields: Vec<(Id<Field>, String)>,
    /// The `updated_at` of the contact that whoever changes it has seen; another one is refused.
    pub seen: Option<Timestamp>,
}

/// Changes a contact.
pub fn change(tx: &Tx<'_>, by: &Viewer, id: Id<Contact>, change: &Change, now: Timestamp) -> Result<()> {
    let before = find(tx, id)?;
    if change.seen.is_some_and(|seen| seen != before.updated_at) {
        return Err(Refused::ChangedSince.into());
    }
    let mut contact = before.clone();
    if let Some(name) = &change.name {
        contact.name = bounded("name", &one_line(name), NAME)?;
    }
    if let Some(text) = &change.language {
        contact.language = language(text)?;
    }
    if let Some(about) = &change.about {
        contact.about = bounded("about", &lines(about), ABOUT)?;
    }
    if let Some(dedicated) = change.dedicated {
        contact.dedicated = keeper(tx, by, dedicated, before.dedicated)?;
    }
    let mut parts = differences(&before, &contact);
    if fill(tx, id, &change.fields)? {
        parts.push("fields");
    }
    if parts.is_empty() {
        return Ok(());
    }
    contact.updated_at = now;
    store::contact::update(tx, &contact)?;
    if before.name != contact.name {
        store::face::named_by_people(tx, id)?;
    }
    log_changed(tx, by, id, &parts, now)
}

/// Puts values into the team's own fields. `true`: something changed.
pub(super) fn fill(tx: &Tx<'_>, id: Id<Contact>, values: &[(Id<Field>, String)]) -> Result<bool> {
    if values.is_empty() {
        return Ok(false);
    }
    let there = store::field::of(tx, id)?;
    let mut changed = false;
    for (number, typed) in values {
        let unknown = Refused::Field { field: "fields", problem: Problem::Unknown };
        let field = store::field::get(tx, *number)?.ok_or(unknown)?;
        let before = there.get(number).map_or("", String::as_str);
        let value = fitted(&field, before, typed)?;
        if value != before {
            store::field::set(tx, id, &field, &value)?;
            changed = true;
        }
    }
    Ok(changed)
}

/// The value as it would be kept. A choice that is offered no more may stay.
fn fitted(field: &Field, before: &str, typed: &str) -> std::result::Result<String, Refused> {
    if typed.trim() == before { Ok(before.to_owned()) } else { field.normal(typed) }
}

/// Every one of these values that does not fit its field, with what is wrong: a change tells the first alone. `id` is
/// `None` for somebody who is not there yet.
pub fn unfit(
    connection: &Connection,
    id: Option<Id<Contact>>,
    values: &[(Id<Field>, String)],
) -> store::Result<Vec<(Id<Field>, Refused)>> {
    let there = id.map(|id| store::field::of(connection, id)).transpose()?.unwrap_or_default();
    let own = store::field::all(connection)?;
    let wrong = values.iter().filter_map(|(number, typed)| {
        let field = own.iter().find(|field| field.id == *number)?;
        let before = there.get(number).map_or("", String::as_str);
        fitted(field, before, typed).err().map(|refused| (*number, refused))
    });
    Ok(wrong.collect())
}

/// Who is to look after somebody, where it was `before`. Whoever does sees all that is said with that person, wherever it lies,
/// so that agents do not choose it, not even for themselves.
pub(super) fn keeper(
    tx: &Tx<'_>,
    by: &Viewer,
    wanted: Option<Id<Agent>>,
    before: Option<Id<Agent>>,
) -> Result<Option<Id<Agent>>> {
    if wanted == before {
        return Ok(before);
    }
    by.must_be(Role::Supervisor)?;
    wanted.map(|agent| at_work(tx, agent)).transpose()
}

/// An agent who exists and is not disabled.
fn at_work(tx: &Tx<'_>, id: Id<Agent>) -> Result<Id<Agent>> {
    let agent = store::agent::get(tx, id)?.filter(|agent| agent.disabled_at.is_none());
    let unknown = Refused::Field { field: "dedicated_id", problem: Problem::Unknown };
    Ok(agent.map(|agent| agent.id).ok_or(unknown)?)
}

fn differences(before: &Contact, after: &Contact) -> Vec<&'static str> {
    let parts = [
        ("name", before.name != after.name),
        ("language", before.language != after.language),
        ("about", before.about != after.about),
        ("dedicated", before.dedicated != after.dedicated),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
}
