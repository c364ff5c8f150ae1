//! A note among ourselves. It never leaves the desk and opens nothing.

use super::history;
use super::reach;
use super::{Result, key, notice};
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Extra, Kind, Message, State};
use crate::domain::refused::Problem;
use crate::domain::visible::is_blank;
use crate::domain::{Id, Refused, Timestamp, draft, event::kind};
use crate::store::{self, Tx, event, message};

/// The longest note, in characters.
pub const MOST: usize = 20_000;

/// Adds a note. The same key again gives the same note.
pub fn note(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    body: &str,
    key: Option<&str>,
    now: Timestamp,
) -> Result<Id<Message>> {
    let conversation = reach::conversation(tx, by, conversation)?;
    if let Some(there) = key::used(tx, key, (conversation.id, Kind::Note))? {
        return Ok(there);
    }
    let body = body.trim();
    if is_blank(body) {
        return Err(Refused::Empty.into());
    }
    if body.chars().count() > MOST {
        return Err(Refused::Field { field: "body", problem: Problem::TooLong { most: 20_000 } }.into());
    }
    let new = message::New {
        conversation: conversation.id,
        kind: Kind::Note,
        author: by.author(),
        body,
        html: None,
        state: State::Received,
        channel: None,
        provider_id: None,
        key,
        reply_to: None,
        extra: &Extra::default(),
        at: now,
        coming: Some(event::Coming::of(kind::NOTE_ADDED)),
    };
    let id = message::insert(tx, &new, now)?;
    let (agent, kind) = (by.agent, draft::Kind::Note);
    store::draft::delete(tx, store::draft::Place { agent, conversation: conversation.id, kind })?;
    history::came(tx, &conversation);
    notice::mentions(tx, by, &conversation, (body, id), now)?;
    Ok(id)
}
