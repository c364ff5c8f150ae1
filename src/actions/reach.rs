//! The way to a conversation for somebody who acts: it is there and may be seen, or there is no such thing.

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, Refused};
use crate::store::{self, Connection};

/// The conversation, if `by` may see it. Who may not is told the same as where there is none.
pub fn conversation(connection: &Connection, by: &Viewer, id: Id<Conversation>) -> Result<Conversation> {
    let conversation = store::conversation::get(connection, id)?.ok_or(Error::NotFound)?;
    if may_see(connection, by, &conversation)? { Ok(conversation) } else { Err(Error::NotFound) }
}

/// Whether `by` may see this conversation: by role, queue or assignment, because they write along, or because
/// the person is theirs to look after (S3).
pub fn may_see(connection: &Connection, by: &Viewer, conversation: &Conversation) -> Result<bool> {
    if by.may_see(conversation.queue, conversation.assignee) {
        return Ok(true);
    }
    if store::offer::is_in(connection, conversation.id, by.agent)? {
        return Ok(true);
    }
    let contact = store::contact::get(connection, conversation.contact)?;
    Ok(contact.and_then(|contact| contact.dedicated).is_some_and(|agent| agent == by.agent))
}

/// The entry point of a conversation.
pub(super) fn channel(connection: &Connection, conversation: &Conversation) -> Result<Channel> {
    store::channel::get(connection, conversation.channel)?.ok_or(Error::NotFound)
}

/// The contact of a conversation; a refusal while the contact is blocked (S203).
pub(super) fn unblocked(connection: &Connection, conversation: &Conversation) -> Result<Contact> {
    let contact = store::contact::get(connection, conversation.contact)?.ok_or(Error::NotFound)?;
    if contact.blocked_at.is_some() { Err(Refused::ContactBlocked.into()) } else { Ok(contact) }
}
