//! A file that an agent adds to a message to be: begun, filled part by part, and done.

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::message::{Attachment, AttachmentState};
use crate::domain::{Id, Refused, Timestamp, media};
use crate::random;
use crate::store::attachment::{self, New};
use crate::store::{Tx, room};

/// Begins an upload. `name` is kept for show and never used as a path.
pub fn begin(tx: &Tx<'_>, by: &Viewer, name: &str, now: Timestamp) -> Result<Id<Attachment>> {
    if !room::takes_files(tx)? {
        return Err(Refused::NoRoom.into());
    }
    let name = file_name(name);
    let key = random::file_word();
    let new = New {
        message: None,
        agent: by.author(),
        name: &name,
        media_type: media::UNKNOWN,
        key: &key,
        source: None,
    };
    Ok(attachment::insert(tx, &new, now)?)
}

/// Adds bytes, in whole parts of [`attachment::PART`] until the last. One part a transaction keeps the
/// others at the desk from waiting.
pub fn append(tx: &Tx<'_>, by: &Viewer, id: Id<Attachment>, bytes: &[u8]) -> Result<()> {
    unfinished(tx, by, id)?;
    Ok(attachment::append(tx, id, bytes)?)
}

/// The upload is complete. What it is, the bytes tell; `claimed` counts only for plain texts.
pub fn finish(tx: &Tx<'_>, by: &Viewer, id: Id<Attachment>, claimed: &str) -> Result<()> {
    unfinished(tx, by, id)?;
    let head = attachment::part(tx, id, 0)?.unwrap_or_default();
    Ok(attachment::complete(tx, id, media::found(&head, claimed))?)
}

fn unfinished(tx: &Tx<'_>, by: &Viewer, id: Id<Attachment>) -> Result<()> {
    let found = attachment::get(tx, id)?.ok_or(Error::NotFound)?;
    let mine =
        found.agent == by.author() && found.message.is_none() && found.state == AttachmentState::Pending;
    if mine { Ok(()) } else { Err(Error::NotFound) }
}

/// The last part of a path, without what could confuse a person who sees it.
pub(super) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    last.trim().chars().filter(shown).take(150).collect()
}
