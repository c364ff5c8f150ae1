//! What had been said by a moment, as far as whoever asks may see it today.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Result, reach};
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
use crate::domain::message::{Extra, Message};
use crate::domain::past::OUT_OF_SIGHT;
use crate::store::{Connection, past_said};

/// The newest messages that were there at this entry, as [`past_said::messages`] gives them. Of what went since into a
/// conversation that `by` may not see only that it was there is left.
pub fn said(
    connection: &Connection,
    by: &Viewer,
    conversation: Id<Conversation>,
    at: &Event,
    page: (Option<Id<Message>>, u32),
) -> Result<Vec<Message>> {
    let mut there = past_said::messages(connection, conversation, at, page)?;
    let mut seen = BTreeMap::from([(conversation, true)]);
    for message in &mut there {
        let sees = match seen.entry(message.conversation) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => *new.insert(sees(connection, by, message.conversation)?),
        };
        if !sees {
            withhold(message);
        }
    }
    Ok(there)
}

fn sees(connection: &Connection, by: &Viewer, conversation: Id<Conversation>) -> Result<bool> {
    match reach::conversation(connection, by, conversation) {
        Ok(_) => Ok(true),
        Err(super::Error::NotFound) => Ok(false),
        Err(other) => Err(other),
    }
}

fn withhold(message: &mut Message) {
    message.body.clear();
    (message.html, message.author, message.provider_id) = (None, None, None);
    message.extra = Extra { label: Some(OUT_OF_SIGHT.to_owned()), ..Extra::default() };
}

/// Whether nothing of this message is shown.
pub fn is_withheld(message: &Message) -> bool {
    message.extra.label.as_deref() == Some(OUT_OF_SIGHT)
}
