//! Senders whom the team does not want to hear, and what was put aside.

use super::history::{self, Happening};
use super::{Error, Result, reach, reopen};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_email};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, Line, kind};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, aside, conversation as threads, event};

/// Adds an address, or a whole domain as `example.org` or `@example.org`. What comes from there is put aside from now
/// on. One that stands there already stays.
pub fn block(tx: &Tx<'_>, by: &Viewer, sender: &str, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    let sender = normal(sender)?;
    if aside::block(tx, &sender, by.author(), now)? {
        log(tx, by, serde_json::json!({ "blocked": sender }), now)?;
    }
    Ok(())
}

/// Takes a sender off the list.
pub fn unblock(tx: &Tx<'_>, by: &Viewer, sender: &str, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    if !aside::unblock(tx, sender)? {
        return Err(Error::NotFound);
    }
    log(tx, by, serde_json::json!({ "unblocked": sender }), now)
}

/// Brings a conversation back that was put aside: it is open and unread, as if it had just come.
pub fn release(tx: &Tx<'_>, by: &Viewer, id: Id<Conversation>, now: Timestamp) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, id)?;
    reach::unblocked(tx, &conversation)?;
    if !aside::release(tx, id)? {
        return Err(Error::NotFound);
    }
    let channel = reach::channel(tx, &conversation)?;
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_RELEASED, Line::default()), now)?;
    reopen::opened(tx, &channel, &mut conversation, (Some(by), Cause::Hand), now)?;
    conversation.unread = conversation.unread.max(1);
    conversation.waiting_since = conversation.waiting_since.or(Some(conversation.last_message_at));
    Ok(threads::update(tx, &conversation)?)
}

/// An address in lower case, or `@` and a domain.
fn normal(sender: &str) -> Result<String> {
    let refused = |problem| Refused::Field { field: "sender", problem };
    let sender = sender.trim().to_lowercase();
    if sender.is_empty() {
        return Err(refused(Problem::Missing).into());
    }
    let domain = sender.strip_prefix('@').or_else(|| (!sender.contains('@')).then_some(sender.as_str()));
    let Some(domain) = domain else {
        return Ok(normal_email(&sender).map_err(|_| refused(Problem::NotAnEmail))?);
    };
    let letters = |one: char| one.is_alphanumeric() || matches!(one, '-' | '.');
    let whole = domain.contains('.') && domain.split('.').all(|part| !part.is_empty());
    if !whole || domain.len() > 253 || !domain.chars().all(letters) {
        return Err(refused(Problem::Wrong).into());
    }
    Ok(format!("@{domain}"))
}

fn log(tx: &Tx<'_>, by: &Viewer, data: serde_json::Value, now: Timestamp) -> Result<()> {
    let entry = event::New { kind: kind::SENDER_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(())
}
