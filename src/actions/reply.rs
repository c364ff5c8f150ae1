//! Answering: a message of ours into a conversation, if the rules let it leave.

use super::outgoing::{self, Chosen, Ready};
use super::{Result, history, key, reach};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Attachment, Kind, Message};
use crate::domain::{Id, Refused, Timestamp, draft};
use crate::store::{self, Tx, message};

/// What is to be sent, and what its writer knew.
#[derive(Clone, Debug)]
pub struct Reply {
    pub conversation: Id<Conversation>,
    pub body: String,
    /// A prepared text with what stands in its gaps.
    pub template: Option<Chosen>,
    /// Files that the sender has uploaded before.
    pub attachments: Vec<Id<Attachment>>,
    /// The message that this one answers.
    pub reply_to: Option<Id<Message>>,
    /// The newest message that the writer saw; `None` sends whatever has come since.
    pub seen: Option<Id<Message>>,
    /// A one-time key: the same again gives the same message.
    pub key: Option<String>,
}

/// Sends a message. A closed conversation opens by it and goes to the sender (S1, S2, S20, S21).
pub fn reply(tx: &Tx<'_>, by: &Viewer, order: &Reply, now: Timestamp) -> Result<Id<Message>> {
    let mut conversation = reach::conversation(tx, by, order.conversation)?;
    let key = order.key.as_deref();
    if let Some(there) = key::used(tx, key, conversation.id)? {
        return Ok(there);
    }
    let channel = reach::channel(tx, &conversation)?;
    let text = outgoing::text(tx, &channel, &order.body, order.template.as_ref())?;
    outgoing::allowed(tx, &channel, &conversation, (by.sender, text.content()), now)?;
    nothing_newer(tx, by, &channel, order)?;
    let files = outgoing::files(tx, by, &order.attachments)?;
    outgoing::fits(&channel, &text, &files)?;
    let reply_to = answered(tx, order)?;
    outgoing::take_up(tx, by, &channel, &mut conversation, now)?;
    let ready = Ready { by, channel: &channel, text, files, reply_to, key, part_of: None };
    let id = outgoing::queue(tx, &mut conversation, &ready, now)?;
    let place =
        store::draft::Place { agent: by.agent, conversation: conversation.id, kind: draft::Kind::Reply };
    store::draft::delete(tx, place)?;
    store::conversation::update(tx, &conversation)?;
    Ok(id)
}

/// Refuses when the customer or a colleague wrote after what the sender saw. What the sender wrote in the
/// meantime, in another window, is no news.
fn nothing_newer(tx: &Tx<'_>, by: &Viewer, channel: &Channel, order: &Reply) -> Result<()> {
    let Some(seen) = order.seen else { return Ok(()) };
    let Some(newer) = message::newest_of_others(tx, order.conversation, seen, by.author())? else {
        return Ok(());
    };
    let name = match newer.kind {
        Kind::Inbound => None,
        // Sent for us elsewhere: the entry point itself stands for whoever it was.
        _ if newer.author.is_none() => Some(channel.name.clone()),
        _ => Some(history::name_of(tx, newer.author)?),
    };
    Err(Refused::NewerMessage { latest: newer.id, by: name }.into())
}

/// The message that is answered, if it stands in this conversation.
fn answered(tx: &Tx<'_>, order: &Reply) -> Result<Option<Id<Message>>> {
    let Some(id) = order.reply_to else { return Ok(None) };
    let found = message::get(tx, id)?.filter(|found| found.conversation == order.conversation);
    Ok(found.map(|found| found.id))
}
