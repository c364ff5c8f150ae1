//! What is done to messages that are here already: reactions, edits, and taking back.

use serde_json::{Value, json};

use super::thread_of;
use crate::actions::{Error, Result, history, restricted};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::conversation::snippet;
use crate::domain::event::kind;
use crate::domain::message::{By, Message, Reaction};
use crate::domain::past::what;
use crate::store::{Tx, conversation as threads, event, message};

/// The customer reacted; an empty emoji takes the reaction back. `false`: the message is not here.
pub(super) fn reaction(
    tx: &Tx<'_>,
    channel: &Channel,
    (provider_id, emoji): (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    let Some(mut message) = message::by_provider(tx, channel.id, provider_id)? else { return Ok(false) };
    let before = message.extra.reactions.clone();
    message.extra.reactions.retain(|reaction| reaction.by != By::Them);
    if !emoji.is_empty() {
        message.extra.reactions.push(Reaction { by: By::Them, emoji: emoji.to_owned() });
    }
    if message.extra.reactions != before {
        message::update(tx, &message)?;
        let was = before.into_iter().find(|reaction| reaction.by == By::Them).map(|reaction| reaction.emoji);
        tell(tx, &message, json!({ "what": what::REACTION, "before": was.unwrap_or_default() }), now)?;
    }
    Ok(true)
}

/// The customer changed a message; what it said before is kept. An edit that is older than the last is late
/// and changes nothing.
pub(super) fn edited(
    tx: &Tx<'_>,
    channel: &Channel,
    (provider_id, body, at): (&str, &str, Timestamp),
    now: Timestamp,
) -> Result<()> {
    let mut message = message::by_provider(tx, channel.id, provider_id)?.ok_or(Error::NotFound)?;
    let covered = restricted::covered_edit(tx, &message, body, now)?;
    message.extra.covered |= covered.is_some();
    let body = covered.as_deref().unwrap_or(body);
    if message.body == body || message.edited_at.is_some_and(|last| last >= at) {
        return Ok(());
    }
    let earlier = std::mem::replace(&mut message.body, body.to_owned());
    message.extra.earlier.push(earlier);
    message.edited_at = Some(at.min(now));
    message::update(tx, &message)?;
    requote(tx, &message, body)?;
    tell(tx, &message, json!({ "what": what::EDITED }), now)
}

/// The customer took a message back. The text stays in the file and out of sight.
pub(super) fn revoked(
    tx: &Tx<'_>,
    channel: &Channel,
    provider_id: &str,
    at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let mut message = message::by_provider(tx, channel.id, provider_id)?.ok_or(Error::NotFound)?;
    if message.revoked_at.is_some() {
        return Ok(());
    }
    message.revoked_at = Some(at.min(now));
    message::update(tx, &message)?;
    requote(tx, &message, "")?;
    tell(tx, &message, json!({ "what": what::REVOKED }), now)
}

/// What the list quotes of a message follows what happens to the message.
fn requote(tx: &Tx<'_>, message: &Message, body: &str) -> Result<()> {
    let mut conversation = thread_of(tx, message)?;
    if conversation.last_message == Some(message.id) {
        conversation.snippet = snippet(body);
        threads::update(tx, &conversation)?;
    }
    Ok(())
}

fn tell(tx: &Tx<'_>, message: &Message, data: Value, now: Timestamp) -> Result<()> {
    let conversation = thread_of(tx, message)?;
    let entry =
        event::New { kind: kind::MESSAGE_CHANGED, message: Some(message.id), data, ..event::New::default() };
    history::log(tx, &conversation, entry, now)
}
