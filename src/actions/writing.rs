//! What stands below mails: signatures of people and of entry points, and whether answers quote.

use super::{Error, Result, letter};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::refused::{NoPicture, Problem};
use crate::domain::{Id, Refused, Timestamp, rich};
use crate::store::setting::key;
use crate::store::{self, Tx, setting};

/// The longest signature, in characters.
const MOST: u32 = 4000;

/// One's own signature; an empty one is none.
pub fn sign(tx: &Tx<'_>, by: &Viewer, text: &str, now: Timestamp) -> Result<()> {
    let agent = by.author().ok_or(Error::NotFound)?;
    let text = fitting(text)?;
    setting::set(tx, &key::signature_of_agent(agent.get()), (!text.is_empty()).then_some(text))?;
    told(tx, by, "signature", now)
}

/// The signature of an entry point, and whether its answers quote.
pub fn entry_point(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Channel>,
    (signature, quotes): (&str, bool),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Admin)?;
    let channel = store::channel::get(tx, id)?.filter(letter::is_mail).ok_or(Error::NotFound)?;
    let text = fitting(signature)?;
    setting::set(tx, &key::signature_of_channel(channel.id.get()), (!text.is_empty()).then_some(text))?;
    setting::set(tx, &key::quotes(channel.id.get()), quotes.then_some("yes"))?;
    told(tx, by, "signature", now)
}

/// A signature as it is kept, or what is wrong with it.
fn fitting(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.chars().count() > MOST as usize {
        return Err(Refused::Field { field: "signature", problem: Problem::TooLong { most: MOST } }.into());
    }
    if rich::has_picture(text) {
        return Err(Refused::InlinePicture { why: NoPicture::NotHere }.into());
    }
    Ok(text)
}

fn told(tx: &Tx<'_>, by: &Viewer, what: &str, now: Timestamp) -> Result<()> {
    super::setting::tell(tx, by, &[what], now)
}
