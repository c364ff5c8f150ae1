//! An agent writes down what a person said about being written to.

use serde_json::json;

use super::{bounded, find};
use crate::actions::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::contact::{Address, Consent, Contact};
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, event};

/// The longest source.
const SOURCE: u32 = 200;

/// Notes that one may write to an address of the contact, or may not any more, and where that is known from. The
/// log says that it was noted; the words of the source stay with the address and go with it.
pub fn note_consent(
    tx: &Tx<'_>,
    by: &Viewer,
    (contact, address): (Id<Contact>, Id<Address>),
    (allowed, source): (bool, &str),
    now: Timestamp,
) -> Result<()> {
    find(tx, contact)?;
    let address = store::contact::address(tx, address)?.filter(|address| address.contact == contact);
    let address = address.ok_or(Error::NotFound)?;
    let source = bounded("source", source, SOURCE)?;
    if source.is_empty() {
        return Err(Refused::Field { field: "source", problem: Problem::Missing }.into());
    }
    store::contact::set_consent(tx, address.id, &Consent { allowed, at: now, source })?;
    let entry = event::New {
        kind: kind::CONTACT_CONSENT,
        agent: by.author(),
        contact: Some(contact),
        data: json!({ "allowed": allowed, "address_id": address.id.get() }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}
