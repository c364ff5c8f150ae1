//! Two contacts look like one person, and somebody knows better.

use super::{find, log_changed};
use crate::actions::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx};

/// These two are two people: nobody is asked about them again.
pub fn not_the_same(
    tx: &Tx<'_>,
    by: &Viewer,
    (one, other): (Id<Contact>, Id<Contact>),
    now: Timestamp,
) -> Result<()> {
    find(tx, one)?;
    let alike = store::likeness::of(tx, one)?;
    if !alike.iter().any(|(found, _)| *found == other) {
        return Err(Error::NotFound);
    }
    store::likeness::dismiss(tx, one, other, now)?;
    log_changed(tx, by, one, &["likeness"], now)
}
