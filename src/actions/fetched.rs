//! A file that came with a message arrives, later or never.

use std::io::{self, Write};

use super::{Result, history};
use crate::domain::event::kind;
use crate::domain::message::Attachment;
use crate::domain::outbox::{Failure, Next, pause};
use crate::domain::{Id, Refused, Timestamp, media};
use crate::store::{self, Tx, Writer, attachment, event, message, room};

/// After how many tries a file is given up: the better part of a day.
const TRIES: i64 = 14;

/// A try begins: what an earlier one left is thrown away.
pub fn begin(tx: &Tx<'_>, id: Id<Attachment>) -> Result<()> {
    attachment::clear(tx, id)?;
    // It is fetched when there is room again: the provider has it meanwhile.
    if room::takes_files(tx)? { Ok(()) } else { Err(Refused::NoRoom.into()) }
}

/// The next part arrived.
pub fn append(tx: &Tx<'_>, id: Id<Attachment>, bytes: &[u8]) -> Result<()> {
    if attachment::get(tx, id)?.is_none() {
        // The contact was erased in the meantime, and the file with it.
        return Err(super::Error::NotFound);
    }
    Ok(attachment::append(tx, id, bytes)?)
}

/// It is complete. What it is, the bytes tell; what the sender claimed counts for plain texts only.
pub fn finish(tx: &Tx<'_>, id: Id<Attachment>, claimed: &str, now: Timestamp) -> Result<()> {
    let head = attachment::part(tx, id, 0)?.unwrap_or_default();
    attachment::complete(tx, id, media::found(&head, claimed))?;
    tell(tx, id, None, now)
}

/// A try came to nothing. `tries` is how many there had been before it.
pub fn failed(
    tx: &Tx<'_>,
    (id, tries): (Id<Attachment>, i64),
    failure: &Failure,
    dice: u64,
    now: Timestamp,
) -> Result<()> {
    let after = match failure.next {
        Next::Later { after } => after,
        Next::Knock | Next::Reconnect | Next::Unsure | Next::Ask => None,
        Next::Never => return give_up(tx, id, failure, now),
    };
    if tries + 1 >= TRIES {
        return give_up(tx, id, failure, now);
    }
    attachment::clear(tx, id)?;
    Ok(attachment::later(tx, id, now + pause(tries + 1, after, dice))?)
}

fn give_up(tx: &Tx<'_>, id: Id<Attachment>, failure: &Failure, now: Timestamp) -> Result<()> {
    attachment::fail(tx, id)?;
    tell(tx, id, Some(failure), now)
}

/// Tells pages and programs, with the reason where it never comes.
fn tell(tx: &Tx<'_>, id: Id<Attachment>, failure: Option<&Failure>, now: Timestamp) -> Result<()> {
    let Some(file) = attachment::get(tx, id)? else { return Ok(()) };
    let Some(message) = file.message else { return Ok(()) };
    let Some(message) = message::get(tx, message)? else { return Ok(()) };
    let Some(conversation) = store::conversation::get(tx, message.conversation)? else { return Ok(()) };
    let data = serde_json::json!({
        "attachment": id.get(), "state": file.state.as_str(),
        "problem": failure.map(|failure| failure.message.as_str()),
    });
    let entry =
        event::New { kind: kind::MESSAGE_CHANGED, message: Some(message.id), data, ..event::New::default() };
    history::log(tx, &conversation, entry, now)
}

/// Puts what arrives into the file's parts, a short transaction each.
pub struct Sink<'w> {
    writer: &'w Writer,
    id: Id<Attachment>,
    waiting: Vec<u8>,
}

impl<'w> Sink<'w> {
    /// A way into the parts of this file.
    pub fn of(writer: &'w Writer, id: Id<Attachment>) -> Sink<'w> {
        Sink { writer, id, waiting: Vec::new() }
    }

    /// [`begin`]s a try.
    pub fn begin(&mut self) -> Result<()> {
        self.waiting.clear();
        let id = self.id;
        self.writer.write(move |tx| begin(tx, id))
    }

    /// Writes what waits for a whole part.
    pub fn end(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (id, part) = (self.id, std::mem::take(&mut self.waiting));
        let kept = self.writer.write(move |tx| append(tx, id, &part));
        kept.map_err(|fault| io::Error::other(format!("{fault:?}")))
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(attachment::PART - self.waiting.len());
        self.waiting.extend(bytes.iter().take(taken));
        if self.waiting.len() == attachment::PART {
            self.end()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        // Only whole parts are written before the end.
        Ok(())
    }
}
