//! Who wrote: the contact behind an address. People are never made one without somebody saying so.

use crate::actions::{Error, Result, face};
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind, Contact, one_line};
use crate::domain::event::kind;
use crate::domain::inbound::Party;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, contact, event, likeness};

/// The address of this party, if it ever wrote or was written to.
pub(super) fn known(tx: &Tx<'_>, channel: &Channel, party: &Party) -> Result<Option<Address>> {
    Ok(contact::find_address(tx, party.kind, channel.id, &party.value)?)
}

/// The address of this party; a new contact is made for one that nobody knows.
pub(super) fn person(tx: &Tx<'_>, channel: &Channel, party: &Party, now: Timestamp) -> Result<Address> {
    let mut is_stranger = false;
    let address = match known(tx, channel, party)? {
        Some(address) => address,
        None => {
            let owner = match vouched(tx, channel, party)? {
                Some(owner) => owner,
                None => {
                    is_stranger = true;
                    stranger(tx, party, now)?
                }
            };
            let new = (party.kind, party.value.as_str());
            add(tx, channel, owner, new, now)?
        }
    };
    for (kind, value) in &party.also {
        match contact::find_address(tx, *kind, channel.id, value)? {
            None => drop(add(tx, channel, address.contact, (*kind, value), now)?),
            // Somebody else's: kept as a hint for people, who decide whether the two are one.
            Some(theirs) => likeness::noticed(tx, address.contact, &theirs)?,
        }
    }
    let is_due = face::wanted(tx, channel, &address, now)?;
    if is_stranger {
        store::face::set_gave(tx, address.id, &given(party))?;
    }
    let is_nameless =
        || Ok::<_, Error>(contact::get(tx, address.contact)?.is_some_and(|c| c.name.is_empty()));
    if is_due || is_nameless()? {
        face::name(tx, &address, &given(party), now)?;
    }
    Ok(address)
}

/// The contact whom the channel itself names as the same person by another address. This counts only for
/// addresses that mean the same everywhere, as a number and the id that hides it: what a website's visitor
/// says of himself makes nobody of him.
fn vouched(tx: &Tx<'_>, channel: &Channel, party: &Party) -> Result<Option<Id<Contact>>> {
    if party.kind.is_scoped() {
        return Ok(None);
    }
    for (kind, value) in party.also.iter().filter(|(kind, _)| !kind.is_scoped()) {
        if let Some(found) = contact::find_address(tx, *kind, channel.id, value)? {
            return Ok(Some(found.contact));
        }
    }
    Ok(None)
}

fn stranger(tx: &Tx<'_>, party: &Party, now: Timestamp) -> Result<Id<Contact>> {
    let id = contact::insert(tx, &given(party), None, now)?;
    let entry = event::New { kind: kind::CONTACT_CREATED, contact: Some(id), ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(id)
}

fn given(party: &Party) -> String {
    one_line(party.name.as_deref().unwrap_or_default())
}

fn add(
    tx: &Tx<'_>,
    channel: &Channel,
    owner: Id<Contact>,
    (kind, value): (AddressKind, &str),
    now: Timestamp,
) -> Result<Address> {
    let new = contact::NewAddress { contact: owner, kind, channel: channel.id, value, verified: true };
    let id = contact::insert_address(tx, &new, now)?;
    contact::address(tx, id)?.ok_or(Error::NotFound)
}
