//! Somebody is put into the address book.

use super::address::{self, NewAddress};
use super::change::{fill, keeper};
use super::{ABOUT, NAME, bounded, language};
use crate::actions::Result;
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::contact::{Contact, lines, one_line};
use crate::domain::event::kind;
use crate::domain::field::Field;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, event};

/// A contact to be made.
#[derive(Clone, Debug, Default)]
pub struct New {
    pub name: String,
    pub language: Option<String>,
    pub about: String,
    /// The agent who looks after this person (S3).
    pub dedicated: Option<Id<Agent>>,
    pub addresses: Vec<NewAddress>,
    /// What is to stand in the team's own fields.
    pub fields: Vec<(Id<Field>, String)>,
}

/// Adds a contact. A name or an address is needed, since nobody would find the contact again otherwise.
pub fn create(tx: &Tx<'_>, by: &Viewer, new: &New, now: Timestamp) -> Result<Id<Contact>> {
    let name = bounded("name", &one_line(&new.name), NAME)?;
    if name.is_empty() && new.addresses.is_empty() {
        return Err(Refused::Field { field: "name", problem: Problem::Missing }.into());
    }
    let about = bounded("about", &lines(&new.about), ABOUT)?;
    let language = language(new.language.as_deref().unwrap_or_default())?;
    let dedicated = keeper(tx, by, new.dedicated, None)?;
    let id = store::contact::insert(tx, &name, language.as_deref(), now)?;
    if (!about.is_empty() || dedicated.is_some())
        && let Some(contact) = store::contact::get(tx, id)?
    {
        store::contact::update(tx, &Contact { about, dedicated, ..contact })?;
    }
    for new in &new.addresses {
        address::insert(tx, id, new, now)?;
    }
    fill(tx, id, &new.fields)?;
    let entry = event::New {
        kind: kind::CONTACT_CREATED,
        agent: by.author(),
        contact: Some(id),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(id)
}
