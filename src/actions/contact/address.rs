//! A contact gets a way to be reached, or loses one.

use super::{find, log_changed};
use crate::actions::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, setting};

/// An address as somebody gives it.
#[derive(Clone, Debug)]
pub struct NewAddress {
    pub kind: AddressKind,
    /// In any notation.
    pub value: String,
    /// The account inside which the value has a meaning, for kinds that have one.
    pub channel: Option<Id<Channel>>,
}

/// Adds an address to a contact, in its normal form. One that a person has typed is not verified.
pub fn add_address(
    tx: &Tx<'_>,
    by: &Viewer,
    contact: Id<Contact>,
    new: &NewAddress,
    now: Timestamp,
) -> Result<Id<Address>> {
    find(tx, contact)?;
    let id = insert(tx, contact, new, now)?;
    log_changed(tx, by, contact, &["addresses"], now)?;
    Ok(id)
}

/// Takes an address away. One on which a conversation stands stays: the thread writes to it.
pub fn remove_address(tx: &Tx<'_>, by: &Viewer, id: Id<Address>, now: Timestamp) -> Result<()> {
    let address = store::contact::address(tx, id)?.ok_or(Error::NotFound)?;
    if store::erase::in_use(tx, id)? {
        return Err(Refused::AddressInUse.into());
    }
    store::contact::delete_address(tx, &address)?;
    log_changed(tx, by, address.contact, &["addresses"], now)
}

/// Adds an address that must belong to nobody yet.
pub(super) fn insert(
    tx: &Tx<'_>,
    contact: Id<Contact>,
    new: &NewAddress,
    now: Timestamp,
) -> Result<Id<Address>> {
    let home = setting::get(tx, setting::key::COUNTRY)?;
    let value = new.kind.normal(&new.value, home.as_deref())?;
    let channel = scope(tx, new)?;
    if let Some(taken) = store::contact::find_address(tx, new.kind, channel, &value)? {
        let whose = find(tx, taken.contact)?;
        return Err(Refused::AddressTaken { contact: whose.id, name: whose.name }.into());
    }
    let new = store::contact::NewAddress { contact, kind: new.kind, channel, value: &value, verified: false };
    Ok(store::contact::insert_address(tx, &new, now)?)
}

/// The account of a value that means something only there; any number will do for the others.
fn scope(tx: &Tx<'_>, new: &NewAddress) -> Result<Id<Channel>> {
    let refuse = |problem| Error::Refused(Refused::Field { field: "channel_id", problem });
    match (new.kind.is_scoped(), new.channel) {
        (false, _) => Ok(Id::new(0)),
        (true, None) => Err(refuse(Problem::Missing)),
        (true, Some(channel)) => store::channel::get(tx, channel)?
            .map(|channel| channel.id)
            .ok_or_else(|| refuse(Problem::Unknown)),
    }
}
