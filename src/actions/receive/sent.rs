//! A mail of ours that was sent elsewhere, from a mailbox that is taken over: put where it belongs, as ours.

use super::message::{self as chats, Entry};
use super::threading::{self, Asked};
use super::{mail as taken, party};
use crate::actions::{Result, history};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::contact::AddressKind;
use crate::domain::event::{Cause, kind};
use crate::domain::inbound::{Incoming, Letter, Party};
use crate::domain::message::{Kind, State};
use crate::store::{Tx, conversation as threads, event, mail};

/// Takes a mail in that was sent from the address of this entry point, once. It opens nothing: whoever wrote it dealt
/// with it there. One that names no recipient belongs to nobody and is left out.
pub(in crate::actions) fn sent(
    tx: &Tx<'_>,
    channel: &Channel,
    (incoming, letter): (&Incoming, &Letter),
    now: Timestamp,
) -> Result<()> {
    let Some(provider_id) = taken::fresh(tx, channel, incoming)? else { return Ok(()) };
    let envelope = incoming.extra.mail.as_deref().cloned().unwrap_or_default();
    let Some(to) = envelope.to.iter().chain(&envelope.cc).chain(&envelope.bcc).next() else { return Ok(()) };
    let name = Some(to.name.clone()).filter(|name| !name.is_empty());
    let to = Party { kind: AddressKind::Email, value: to.address.clone(), name, also: Vec::new() };
    let address = party::person(tx, channel, &to, now)?;
    let asked = Asked { mail: &envelope, address: &address, delivered_to: &[] };
    let mut conversation = match threading::place(tx, channel, &asked, now)? {
        Some((there, _)) => there,
        None => {
            let mut begun = chats::begun(tx, channel, (&address, incoming, None), Cause::Sent, now)?;
            chats::shut(tx, &mut begun, now)?;
            begun
        }
    };
    let late = chats::is_late(tx, &conversation, incoming.at.min(now))?;
    let entry = Entry { incoming, provider_id: &provider_id, extra: &incoming.extra };
    let id = chats::insert(tx, channel, (&conversation, &entry, Kind::Outbound), now)?;
    mail::insert(tx, id, channel.id, &incoming.provider_id)?;
    taken::keep(tx, id, letter)?;
    if !late {
        chats::quote(&mut conversation, id, incoming, true);
        conversation.last_message_at = conversation.last_message_at.max(now);
        conversation.waiting_since = None;
    }
    conversation.updated_at = now;
    threads::update(tx, &conversation)?;
    let data = serde_json::json!({ "state": State::Sent.as_str() });
    let entry = event::New { kind: kind::MESSAGE_STATE, message: Some(id), data, ..event::New::default() };
    history::log(tx, &conversation, entry, now)
}
