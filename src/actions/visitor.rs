//! A visitor of a website writes: found again or made known, and kept like any delivery of a provider.

use std::collections::BTreeMap;

use super::Result;
use super::contact::typed_email;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::contact::{Address, AddressKind};
use crate::domain::event::kind;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::contact::NewAddress;
use crate::store::{Tx, contact, event, face, inbound, visitor};

/// Somebody at the chat, as the request shows it.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The hash of the token that the browser keeps; `None` when the website vouches for the person.
    pub token_hash: Option<[u8; 32]>,
    /// The address of a visitor whom we do not know yet.
    pub value: String,
    pub name: String,
    /// The name is our word for somebody who said none.
    pub nameless: bool,
    pub email: String,
    /// The code of the language of the page.
    pub language: &'static str,
}

impl Visitor {
    /// The website vouches for name and address.
    pub const fn is_vouched(&self) -> bool {
        self.token_hash.is_none()
    }
}

/// The address of the visitor, who becomes a contact with the first message and not by looking.
pub fn meet(tx: &Tx<'_>, channel: &Channel, who: &Visitor, now: Timestamp) -> Result<Id<Address>> {
    if let Some(hash) = &who.token_hash
        && let Some(known) = visitor::address(tx, channel.id, hash)?
    {
        visitor::seen(tx, hash, now)?;
        return Ok(known);
    }
    if let Some(known) = contact::find_address(tx, AddressKind::Visitor, channel.id, &who.value)? {
        return Ok(known.id);
    }
    let person = contact::insert(tx, &who.name, Some(who.language), now)?;
    let new = NewAddress {
        contact: person,
        kind: AddressKind::Visitor,
        channel: channel.id,
        value: &who.value,
        verified: who.is_vouched(),
    };
    let address = contact::insert_address(tx, &new, now)?;
    if who.nameless {
        // The chat gave the name, and no person did: whoever says one is called by it.
        face::wanted(tx, address, channel.id, now, now)?;
        face::set_gave(tx, address, &who.name)?;
    }
    if let Some(hash) = &who.token_hash {
        visitor::insert(tx, hash, channel.id, address, now)?;
    }
    if !who.email.is_empty() {
        typed_email(tx, channel, person, (&who.email, who.is_vouched()), now)?;
    }
    let entry = event::New { kind: kind::CONTACT_CREATED, contact: Some(person), ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(address)
}

/// Keeps what a visitor sent, once for each word that the browser made for it. `false`: it was here before.
pub fn deliver(
    tx: &Tx<'_>,
    channel: &Channel,
    from: Id<Address>,
    (word, body): (&str, &[u8]),
    now: Timestamp,
) -> Result<bool> {
    if channel.state == ChannelState::Disabled {
        return Err(Refused::ChannelDisabled.into());
    }
    let key = visitor::dedupe_key(from, word);
    let new =
        inbound::New { channel: channel.id, dedupe_key: &key, headers: &BTreeMap::new(), body: &body.into() };
    Ok(inbound::insert(tx, &new, now)?)
}
