//! What becomes known of a person or of the account, without a message.

use super::party;
use crate::actions::history::{self, Happening};
use crate::actions::{Result, key, wrap};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::contact::Consent;
use crate::domain::conversation::Status as Standing;
use crate::domain::event::{Line, kind};
use crate::domain::inbound::Party;
use crate::domain::template::Status;
use crate::domain::wrapup::After;
use crate::store::{self, Tx, contact, conversation as threads, event};

/// The person has a new address of the same kind. One that already belongs to somebody is left with them.
pub(super) fn moved(tx: &Tx<'_>, channel: &Channel, from: &Party, to: &str, now: Timestamp) -> Result<()> {
    let Some(address) = party::known(tx, channel, from)? else { return Ok(()) };
    if to.is_empty() || contact::find_address(tx, from.kind, channel.id, to)?.is_some() {
        return Ok(());
    }
    contact::move_address(tx, &address, to)?;
    let entry =
        event::New { kind: kind::CONTACT_CHANGED, contact: Some(address.contact), ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(())
}

/// The person will, or will not, take messages from us.
pub(super) fn consent(
    tx: &Tx<'_>,
    channel: &Channel,
    from: &Party,
    (allowed, at): (bool, Timestamp),
    now: Timestamp,
) -> Result<()> {
    let address = party::person(tx, channel, from, now)?;
    let refuses = contact::opted_out(tx, address.id)?.is_some();
    if refuses != allowed {
        return Ok(());
    }
    let source = Consent::CHANNEL.to_owned();
    contact::set_consent(tx, address.id, &Consent { allowed, at: at.min(now), source })?;
    let line = Line { allowed: Some(allowed), ..Line::default() };
    if let Some(conversation) = threads::newest(tx, address.id, channel.id)? {
        history::tell(tx, &conversation, &Happening::own(kind::CONTACT_CONSENT, line), now)?;
        return Ok(());
    }
    let data = serde_json::json!({ "allowed": allowed });
    let contact = Some(address.contact);
    let entry = event::New { kind: kind::CONTACT_CONSENT, contact, data, ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(())
}

/// The person left the chat. The line stands once, however often it is told.
pub(super) fn left(
    tx: &Tx<'_>,
    channel: &Channel,
    from: &Party,
    at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let Some(address) = party::known(tx, channel, from)? else { return Ok(()) };
    let Some(conversation) = threads::newest(tx, address.id, channel.id)? else { return Ok(()) };
    let once = format!("left:{}:{}:{at}", channel.id, address.id);
    if key::find(tx, Some(&once))?.is_some() {
        return Ok(());
    }
    let line = Happening { key: Some(&once), ..Happening::own(kind::CONTACT_LEFT, Line::default()) };
    history::tell(tx, &conversation, &line, now)?;
    match conversation.assignee.filter(|_| conversation.status != Standing::Closed) {
        Some(agent) => wrap::ask(tx, agent, &conversation, After::Left, now),
        None => Ok(()),
    }
}

/// A template's approval changed. One that we do not know yet comes with the next synchronisation.
pub(super) fn template(
    tx: &Tx<'_>,
    channel: &Channel,
    (name, language): (&str, &str),
    (status, reason): (&str, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    let Ok(status) = status.to_ascii_lowercase().parse::<Status>() else { return Ok(()) };
    let Some(found) = store::template::by_name(tx, Some(channel.id), name, language)? else {
        return Ok(());
    };
    if found.status == status && found.reason.as_deref() == reason {
        return Ok(());
    }
    store::template::set_status(tx, found.id, status, reason)?;
    let data = serde_json::json!({ "template": found.id.get(), "status": status.as_str() });
    event::append(tx, &event::New { kind: kind::TEMPLATE_CHANGED, data, ..event::New::default() }, now)?;
    Ok(())
}
