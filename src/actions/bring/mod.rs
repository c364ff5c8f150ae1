//! What another team inbox kept becomes part of this desk: under its numbers there, so that it comes once; at its own
//! time; and without a sound, because all of it is old.

mod entry;
mod file;
mod person;
mod thread;

pub use entry::{Fetch, entries};
pub use file::{finish_file, give_up_file};
pub use person::{People, person};
pub use thread::{Place, is_whole, settle, thread};

use std::collections::BTreeMap;

use super::{Error, Result, channel, field};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::brought::{Attribute, Colleague, Inbox, Origin};
use crate::domain::channel::Channel;
use crate::domain::field::{self as fields, Field};
use crate::domain::{Id, Timestamp, search};
use crate::store::imported::{self, Taken, What};
use crate::store::{self, Connection, Tx};

/// What came of it, and what of it could not be taken, in sentences.
#[derive(Debug)]
pub struct Brought<T> {
    /// Ours; `None`: it was erased here, and stays so.
    pub ours: Option<Id<T>>,
    pub new: bool,
    pub left: Vec<String>,
}

/// Makes a channel of an entry point of theirs, once. It is switched off: theirs is still at work, and its secrets stayed
/// there. `draft` is how such a channel begins.
pub fn inbox(
    tx: &Tx<'_>,
    by: &Viewer,
    (origin, inbox, draft): (&Origin, &Inbox, &Channel),
    now: Timestamp,
) -> Result<Brought<Channel>> {
    by.must_be(Role::Admin)?;
    let place = (What::Channel, inbox.their.as_str());
    if let Some(taken) = imported::get(tx, &origin.key, place.0, place.1)? {
        let there = store::channel::get(tx, Id::new(taken.ours))?;
        return Ok(Brought { ours: there.map(|channel| channel.id), new: false, left: Vec::new() });
    }
    tx.quietly(|tx| {
        let id = channel::add(tx, by, draft, None, now)?;
        channel::disable(tx, by, id, now)?;
        imported::put(tx, &origin.key, place, &Taken { ours: id.get(), mark: String::new() })?;
        Ok(Brought { ours: Some(id), new: true, left: Vec::new() })
    })
}

/// The fields of ours that theirs become, by their word for it: one of the same name, or a new one.
///
/// Returns what could not be made as well, in sentences.
pub fn attributes(
    tx: &Tx<'_>,
    by: &Viewer,
    theirs: &[Attribute],
    now: Timestamp,
) -> Result<(BTreeMap<String, Field>, Vec<String>)> {
    by.must_be(Role::Admin)?;
    let (mut found, mut left) = (BTreeMap::new(), Vec::new());
    for attribute in theirs {
        let known = store::field::all(tx)?;
        let same = |field: &&Field| search::fold(&field.name) == search::fold(attribute.name.trim());
        if let Some(field) = known.iter().find(same) {
            found.insert(attribute.key.clone(), field.clone());
            continue;
        }
        if known.len() >= fields::MOST {
            left.push(format!("{}: there are {} fields already", attribute.name, fields::MOST));
            continue;
        }
        let made =
            tx.quietly(|tx| tx.part(|tx| field::add(tx, by, (&attribute.name, attribute.kind, &[]), now)));
        match made {
            Ok(id) => found.extend(store::field::get(tx, id)?.map(|field| (attribute.key.clone(), field))),
            Err(Error::Store(fault)) => return Err(fault.into()),
            Err(_) => left.push(format!("{}: no field can be called so", attribute.name)),
        }
    }
    Ok((found, left))
}

/// Who of us that is, by the e-mail address; nobody who works here no longer.
fn colleague(connection: &Connection, there: &Colleague) -> Result<Option<Id<crate::domain::agent::Agent>>> {
    let email = there.email.trim().to_lowercase();
    if email.is_empty() {
        return Ok(None);
    }
    let found = store::agent::by_email(connection, &email)?;
    Ok(found.filter(|agent| agent.disabled_at.is_none()).map(|agent| agent.id))
}
