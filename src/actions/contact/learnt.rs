//! What people say of themselves, at the chat of a website or to an assistant: kept where nothing better is known.

use super::log_changed;
use crate::actions::Result;
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, contact};

/// Keeps a name, where none is known, and an address.
pub(in crate::actions) fn learnt(
    tx: &Tx<'_>,
    channel: &Channel,
    address: &Address,
    (name, email): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    let (id, mut parts) = (address.contact, Vec::new());
    if let Some(name) = name
        && is_nameless(tx, address)?
        && let Some(mut known) = contact::get(tx, id)?
    {
        known.name = name.to_owned();
        known.updated_at = now;
        contact::update(tx, &known)?;
        store::face::named_by_people(tx, id)?;
        parts.push("name");
    }
    if let Some(email) = email {
        typed_email(tx, channel, id, (email, false), now)?;
        parts.push("addresses");
    }
    if parts.is_empty() { Ok(()) } else { log_changed(tx, &Viewer::console(), id, &parts, now) }
}

/// Whether nobody knows a name: there is none, or only our own word for a visitor who said none.
pub(in crate::actions) fn is_nameless(tx: &Tx<'_>, address: &Address) -> Result<bool> {
    let name = contact::get(tx, address.contact)?.map(|contact| contact.name).unwrap_or_default();
    let ours = || Ok(address.kind == AddressKind::Visitor && store::face::gave(tx, address.id)? == name);
    if name.trim().is_empty() { Ok(true) } else { ours() }
}

/// Anybody can type any e-mail address, so a typed one never leads to the person who has it already: it is noted
/// beside what is known of this one.
pub(in crate::actions) fn typed_email(
    tx: &Tx<'_>,
    channel: &Channel,
    person: Id<Contact>,
    (email, verified): (&str, bool),
    now: Timestamp,
) -> Result<()> {
    let value = email.to_lowercase();
    let kind = AddressKind::Email;
    if contact::find_address(tx, kind, channel.id, &value)?.is_none() {
        let new = contact::NewAddress { contact: person, kind, channel: channel.id, value: &value, verified };
        contact::insert_address(tx, &new, now)?;
    } else if let Some(mut known) = contact::get(tx, person)?
        && !known.about.contains(&value)
    {
        known.about = [known.about.as_str(), &value].join("\n").trim().to_owned();
        contact::update(tx, &known)?;
    }
    Ok(())
}
