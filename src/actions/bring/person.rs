//! Somebody who wrote to them becomes somebody who writes to us: the same contact, where an address says so.

use std::collections::{BTreeMap, BTreeSet};

use super::Brought;
use crate::actions::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::brought::{Origin, Person, Reach};
use crate::domain::channel::Channel;
use crate::domain::contact::{AddressKind, Contact, one_line};
use crate::domain::event::kind;
use crate::domain::field::Field;
use crate::domain::{Id, Timestamp};
use crate::store::imported::{self, Taken, What};
use crate::store::{self, Connection, Tx, contact, event, setting};

/// The longest name of a contact, in characters.
const NAME: usize = 200;

/// What their words stand for here.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Our channels by the numbers of their entry points.
    pub channels: BTreeMap<String, Id<Channel>>,
    pub fields: BTreeMap<String, Field>,
}

/// An address in its normal form.
struct Normal {
    kind: AddressKind,
    channel: Id<Channel>,
    value: String,
}

/// Takes a person, once. Whoever is here already by one of the addresses gets what is missing; whoever was taken before
/// and erased since stays erased.
pub fn person(
    tx: &Tx<'_>,
    by: &Viewer,
    (origin, there, people): (&Origin, &Person, &People),
    now: Timestamp,
) -> Result<Brought<Contact>> {
    by.must_be(Role::Admin)?;
    let mut left = Vec::new();
    let addresses = normal(tx, there, people, &mut left)?;
    let known = imported::get(tx, &origin.key, What::Contact, &there.their)?;
    let owner = match &known {
        Some(taken) => contact::get(tx, Id::new(taken.ours))?.map(|contact| contact.id),
        None => None,
    };
    let owner = match owner {
        Some(owner) => Some(owner),
        None => owner_of(tx, &addresses)?,
    };
    if owner.is_none() && known.is_some() {
        return Ok(Brought { ours: None, new: false, left });
    }
    let new = owner.is_none();
    let id = match owner {
        Some(owner) => owner,
        None => made(tx, by, there, now)?,
    };
    fill(tx, id, there, people, &mut left)?;
    for address in &addresses {
        reach(tx, id, address, now, &mut left)?;
    }
    let taken = Taken { ours: id.get(), mark: String::new() };
    imported::put(tx, &origin.key, (What::Contact, &there.their), &taken)?;
    Ok(Brought { ours: Some(id), new, left })
}

fn normal(
    connection: &Connection,
    there: &Person,
    people: &People,
    left: &mut Vec<String>,
) -> Result<Vec<Normal>> {
    let home = setting::get(connection, setting::key::COUNTRY)?;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for Reach { inbox, kind, value } in &there.addresses {
        let channel = inbox.as_ref().and_then(|inbox| people.channels.get(inbox)).copied();
        let channel = match (kind.is_scoped(), channel) {
            (false, _) => Id::new(0),
            (true, Some(channel)) => channel,
            (true, None) => continue,
        };
        match kind.normal(value, home.as_deref()) {
            Ok(value) if seen.insert((*kind, channel, value.clone())) => {
                found.push(Normal { kind: *kind, channel, value });
            }
            Ok(_) => {}
            Err(_) => left.push(format!("{value:?} is no {} address", kind.as_str())),
        }
    }
    Ok(found)
}

/// Whose address it is; a number is a number, whatever it is called through.
fn owner_of(connection: &Connection, addresses: &[Normal]) -> Result<Option<Id<Contact>>> {
    for address in addresses {
        for kind in [Some(address.kind), address.kind.alike()].into_iter().flatten() {
            if let Some(found) = contact::find_address(connection, kind, address.channel, &address.value)? {
                return Ok(Some(found.contact));
            }
        }
    }
    Ok(None)
}

fn made(tx: &Tx<'_>, by: &Viewer, there: &Person, now: Timestamp) -> Result<Id<Contact>> {
    let at = there.created_at.unwrap_or(now).min(now);
    let id = contact::insert(tx, &name(there), there.language.as_deref(), at)?;
    let entry = event::New {
        kind: kind::CONTACT_CREATED,
        agent: by.author(),
        contact: Some(id),
        ..event::New::default()
    };
    tx.quietly(|tx| event::append(tx, &entry, now))?;
    Ok(id)
}

fn name(there: &Person) -> String {
    one_line(&there.name).chars().take(NAME).collect()
}

/// Puts in what is missing here.
fn fill(tx: &Tx<'_>, id: Id<Contact>, there: &Person, people: &People, left: &mut Vec<String>) -> Result<()> {
    let mut here = contact::get(tx, id)?.ok_or(Error::NotFound)?;
    let before = here.clone();
    if here.name.is_empty() {
        here.name = name(there);
    }
    if here.language.is_none() {
        here.language.clone_from(&there.language);
    }
    if there.blocked && here.blocked_at.is_none() {
        here.blocked_at = Some(here.updated_at);
    }
    if here != before {
        contact::update(tx, &here)?;
    }
    let filled = store::field::of(tx, id)?;
    for (key, value) in &there.fields {
        let Some(field) = people.fields.get(key) else {
            left.push(format!("the field {key:?} has no place here"));
            continue;
        };
        match field.normal(value) {
            Ok(value) if !value.is_empty() && !filled.contains_key(&field.id) => {
                store::field::set(tx, id, field, &value)?;
            }
            Ok(_) => {}
            Err(_) => left.push(format!("{value:?} does not fit into the field {:?}", field.name)),
        }
    }
    Ok(())
}

/// Gives the contact this address, unless somebody has it.
fn reach(
    tx: &Tx<'_>,
    contact: Id<Contact>,
    address: &Normal,
    now: Timestamp,
    left: &mut Vec<String>,
) -> Result<()> {
    let Normal { kind, channel, value } = address;
    match contact::find_address(tx, *kind, *channel, value)? {
        Some(there) if there.contact == contact => {}
        Some(there) => left.push(format!("{value} belongs to contact #{} here", there.contact)),
        None => {
            let new = contact::NewAddress { contact, kind: *kind, channel: *channel, value, verified: false };
            contact::insert_address(tx, &new, now)?;
            contact::index(tx, contact)?;
        }
    }
    Ok(())
}
