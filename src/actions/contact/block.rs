//! A contact is shut out, or let in again.

use super::{find, log_changed};
use crate::actions::Result;
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx};

/// Shuts a contact out. Somebody who is shut out already stays so, since the first time.
pub fn block(tx: &Tx<'_>, by: &Viewer, id: Id<Contact>, now: Timestamp) -> Result<()> {
    let contact = find(tx, id)?;
    if contact.blocked_at.is_some() {
        return Ok(());
    }
    keep(tx, by, Contact { blocked_at: Some(now), ..contact }, now)
}

/// Lets a contact in again.
pub fn unblock(tx: &Tx<'_>, by: &Viewer, id: Id<Contact>, now: Timestamp) -> Result<()> {
    let contact = find(tx, id)?;
    if contact.blocked_at.is_none() {
        return Ok(());
    }
    keep(tx, by, Contact { blocked_at: None, ..contact }, now)
}

fn keep(tx: &Tx<'_>, by: &Viewer, contact: Contact, now: Timestamp) -> Result<()> {
    let contact = Contact { updated_at: now, ..contact };
    store::contact::update(tx, &contact)?;
    log_changed(tx, by, contact.id, &["blocked"], now)
}
