//! Pictures inside letters: refused by themselves; where the team allows them, small ones that lie here and that readers
//! fetch under a signed address, which ends after half a year (S53 to S57).

use super::{Error, Result, reach, seal};
use crate::domain::access::Viewer;
use crate::domain::message::Message;
use crate::domain::refused::NoPicture;
use crate::domain::rich::{self, PICTURE, Placed};
use crate::domain::{Id, Refused, Span, Timestamp, media};
use crate::random;
use crate::store::hosted::{self, Hosted};
use crate::store::setting::{self, key};
use crate::store::{Connection, Tx, message, room};

/// For how long readers of a letter find its pictures (S56).
pub const SHOWN: Span = Span::days(183);
/// For how long one is kept that was put into a text which nobody has sent.
const UNSENT: Span = Span::days(30);
/// How much of the signature stands in an address, in hexadecimal digits: 160 bits.
const SIGNED: usize = 40;

/// Keeps where readers reach this desk, as it was told at its start; an empty address clears it.
pub fn reached_at(tx: &Tx<'_>, address: &str) -> Result<()> {
    let address = address.trim_end_matches('/');
    if setting::get(tx, key::REACHED_AT)?.unwrap_or_default() != address {
        setting::set(tx, key::REACHED_AT, (!address.is_empty()).then_some(address))?;
    }
    Ok(())
}

/// Where pictures inside letters are found; what is against them otherwise.
pub fn allowed(connection: &Connection) -> Result<std::result::Result<String, NoPicture>> {
    if setting::get(connection, key::INLINE_PICTURES)?.as_deref() != Some("yes") {
        return Ok(Err(NoPicture::Off));
    }
    Ok(setting::get(connection, key::REACHED_AT)?.ok_or(NoPicture::NoAddress))
}

/// Keeps a picture for a letter that is being written. What it is, its bytes tell. Returns the address that stands for it
/// in the text.
pub fn add(tx: &Tx<'_>, by: &Viewer, bytes: Vec<u8>, now: Timestamp) -> Result<String> {
    allowed(tx)?.map_err(refused)?;
    if !room::takes_files(tx)? {
        return Err(Refused::NoRoom.into());
    }
    let agent = by.author().ok_or(Error::NotFound)?;
    let (media_type, width, height) = media::inline(&bytes).ok_or(refused(NoPicture::NotShown))?;
    if bytes.len() > media::INLINE {
        return Err(refused(NoPicture::TooLarge));
    }
    let new = Hosted {
        key: random::key(),
        agent,
        message: None,
        media_type: media_type.to_owned(),
        width,
        height,
        bytes,
        until: now + UNSENT,
    };
    hosted::insert(tx, &new, now)?;
    Ok(format!("{PICTURE}{}", new.key))
}

fn refused(why: NoPicture) -> Error {
    Refused::InlinePicture { why }.into()
}

/// The pictures of a text that is about to leave, with their addresses. Each has to be the writer's own, and not yet in
/// another letter.
pub(super) fn placed(tx: &Tx<'_>, by: &Viewer, typed: &str, now: Timestamp) -> Result<rich::Hosted> {
    let mut placed = rich::Hosted::new();
    let asked = rich::pictures(typed);
    if asked.is_empty() {
        return Ok(placed);
    }
    let base = allowed(tx)?.map_err(refused)?;
    for address in asked {
        let picture = own(tx, by, &address)?.ok_or(refused(NoPicture::Unknown))?;
        let until = now + SHOWN;
        let seal = seal(&signing_key(tx)?, &picture.key, until);
        let url = format!("{base}/pictures/{}/{}/{seal}", picture.key, until.0);
        placed.insert(address, Placed { url, width: picture.width, height: picture.height });
    }
    Ok(placed)
}

fn own(tx: &Tx<'_>, by: &Viewer, address: &str) -> Result<Option<Hosted>> {
    let Some(word) = address.strip_prefix(PICTURE) else { return Ok(None) };
    let found = hosted::by_key(tx, word)?;
    Ok(found.filter(|picture| Some(picture.agent) == by.author() && picture.message.is_none()))
}

/// The words of the pictures in a text.
fn words(typed: &str) -> Vec<String> {
    let asked = rich::pictures(typed).into_iter();
    asked.filter_map(|address| address.strip_prefix(PICTURE).map(str::to_owned)).collect()
}

/// The pictures of a text belong to this letter now.
pub(super) fn give(tx: &Tx<'_>, typed: &str, letter: Id<Message>, now: Timestamp) -> Result<()> {
    for word in words(typed) {
        hosted::give(tx, &word, letter, now + SHOWN)?;
    }
    Ok(())
}

/// The letter is taken back: its pictures stand in a text again.
pub(super) fn release(tx: &Tx<'_>, letter: Id<Message>, now: Timestamp) -> Result<()> {
    Ok(hosted::release(tx, letter, now + UNSENT)?)
}

/// The text waits until `then`, and its pictures with it.
pub(super) fn wait(tx: &Tx<'_>, typed: &str, then: Timestamp) -> Result<()> {
    for word in words(typed) {
        hosted::keep(tx, &word, then + UNSENT)?;
    }
    Ok(())
}

fn signing_key(tx: &Tx<'_>) -> Result<String> {
    if let Some(key) = setting::get(tx, key::PICTURE_KEY)? {
        return Ok(key);
    }
    let key = random::token();
    setting::set(tx, key::PICTURE_KEY, Some(&key))?;
    Ok(key)
}

fn seal(key: &str, word: &str, until: Timestamp) -> String {
    let mut seal = seal::mac(key, &format!("picture:{word}:{}", until.0));
    seal.truncate(SIGNED);
    seal
}

/// What an address of a picture leads to.
pub enum Found {
    Picture(Hosted),
    /// It was here, and its time is over.
    Over,
}

/// What a reader of a letter gets under this address; nothing where we did not make it.
pub fn found(
    connection: &Connection,
    (word, until, given): (&str, Timestamp, &str),
    now: Timestamp,
) -> Result<Found> {
    let key = setting::get(connection, key::PICTURE_KEY)?.ok_or(Error::NotFound)?;
    if !seal::equal(given, &seal(&key, word, until)) {
        return Err(Error::NotFound);
    }
    if now >= until {
        return Ok(Found::Over);
    }
    // Taken back with its letter, or erased with the person it was written to.
    let picture = hosted::by_key(connection, word)?.filter(|picture| picture.message.is_some());
    Ok(picture.map_or(Found::Over, Found::Picture))
}

/// A picture for somebody of the team: in a text of their own, or in a letter that they may read.
pub fn seen(connection: &Connection, by: &Viewer, word: &str) -> Result<Hosted> {
    let picture = hosted::by_key(connection, word)?.ok_or(Error::NotFound)?;
    match picture.message {
        Some(letter) => {
            let letter = message::get(connection, letter)?.ok_or(Error::NotFound)?;
            reach::conversation(connection, by, letter.conversation)?;
        }
        None if Some(picture.agent) == by.author() => {}
        None => return Err(Error::NotFound),
    }
    Ok(picture)
}
