//! Keeping what an agent has typed and not sent.

use super::{Result, key, reach};
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
pub use crate::domain::draft::Kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::Tx;
use crate::store::draft::{self, Place};

/// The longest draft, in bytes: more than any channel takes.
const MOST: usize = 200_000;

/// What stands in a form that was not sent.
#[derive(Clone, Debug)]
pub struct Typed {
    pub kind: Kind,
    pub body: String,
    /// The one-time key under which the form will be sent.
    pub key: Option<String>,
}

/// Keeps a draft; an empty one is forgotten. It is nobody else's business, so no page is woken and the log
/// is silent. What a form typed before it was sent can arrive after it: that is no draft any more.
pub fn save(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    typed: &Typed,
    now: Timestamp,
) -> Result<()> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let Typed { kind, ref body, ref key } = *typed;
    let planned = key.as_deref().map(|key| crate::store::later::by_key(tx, key)).transpose()?.flatten();
    if planned.is_some() || key::find(tx, key.as_deref())?.is_some() {
        return Ok(());
    }
    if body.len() > MOST {
        return Err(Refused::Field { field: "body", problem: Problem::TooLong { most: 200_000 } }.into());
    }
    let Some(agent) = by.author() else { return Ok(()) };
    let place = Place { agent, conversation: conversation.id, kind };
    if body.trim().is_empty() {
        draft::delete(tx, place)?;
    } else {
        draft::put(tx, place, body, now)?;
    }
    Ok(())
}
