//! What a channel tells of a person arrives: a name where people gave none, and a picture.

use super::Result;
use crate::domain::channel::Channel;
use crate::domain::contact::Address;
use crate::domain::event::kind;
use crate::domain::outbox::{Cause, Failure, Next, pause};
use crate::domain::{Id, Span, Timestamp, media};
use crate::random;
use crate::store::face::{self, Due, Picture};
use crate::store::{Tx, contact, event};

/// After how long a profile is asked for again, if the person still writes.
const OLD: Span = Span::days(30);
/// After how many tries it is given up for that long.
const TRIES: i64 = 6;
/// How long a channel is left alone that refuses us altogether.
const REFUSED: Span = Span::hours(6);
/// How long a channel is left alone that asks for it without saying how long.
const BUSY: Span = Span::minutes(15);

/// What a channel told of a person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Told {
    /// Empty: it told none.
    pub name: String,
    /// `None`: the person shows none.
    pub picture: Option<Vec<u8>>,
}

/// The person behind `address` wrote on this channel: who that is is asked for, unless it is known well enough.
/// `true`: it is asked for now.
pub fn wanted(tx: &Tx<'_>, channel: &Channel, address: &Address, now: Timestamp) -> Result<bool> {
    Ok(face::wanted(tx, address.id, channel.id, now - OLD, now)?)
}

/// The channel calls the person so. A name that people gave stays for ever; one that the channel gave is changed
/// seldom, because senders call themselves now this and now that.
pub fn name(tx: &Tx<'_>, address: &Address, name: &str, now: Timestamp) -> Result<()> {
    let name = name.trim();
    let Some(mut owner) = contact::get(tx, address.contact)?.filter(|_| !name.is_empty()) else {
        return Ok(());
    };
    if owner.name == name {
        return Ok(());
    }
    let ours = owner.name.is_empty() || face::gave(tx, address.id)? == owner.name;
    if !ours {
        return Ok(());
    }
    name.clone_into(&mut owner.name);
    owner.updated_at = now;
    contact::update(tx, &owner)?;
    face::set_gave(tx, address.id, name)?;
    let entry = event::New { kind: kind::CONTACT_CHANGED, contact: Some(owner.id), ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(())
}

/// The provider answered.
pub fn found(tx: &Tx<'_>, due: &Due, told: &Told, now: Timestamp) -> Result<()> {
    // The contact may have been erased meanwhile, and then nothing of it comes back.
    let Some(address) = contact::address(tx, due.address)? else { return Ok(()) };
    name(tx, &address, &told.name, now)?;
    let safe = told.picture.as_deref().and_then(|bytes| Some((media::face(bytes)?, bytes)));
    match safe {
        Some((media_type, bytes)) => {
            let picture = Picture { media_type: media_type.to_owned(), bytes: bytes.to_vec() };
            if face::of(tx, address.id)?.as_ref() != Some(&picture) {
                face::set_picture(tx, address.id, &random::file_word(), &picture)?;
                // Lists show it from now on.
                tx.touch(event::DESK);
            }
        }
        None => face::clear_picture(tx, address.id)?,
    }
    Ok(face::settled(tx, address.id, now)?)
}

/// The channel tells nothing of people beyond what stands in their messages.
pub fn nothing(tx: &Tx<'_>, due: &Due, now: Timestamp) -> Result<()> {
    Ok(face::settled(tx, due.address, now)?)
}

/// The question came to nothing. What is known stays.
pub fn failed(
    tx: &Tx<'_>,
    channel: Id<Channel>,
    due: &Due,
    (failure, dice): (&Failure, u64),
    now: Timestamp,
) -> Result<()> {
    match failure.next {
        Next::Never => return Ok(face::settled(tx, due.address, now)?),
        Next::Reconnect => return Ok(face::hold(tx, channel, now + REFUSED)?),
        Next::Later { after } if failure.cause == Cause::RateLimited => {
            return Ok(face::hold(tx, channel, now + after.unwrap_or(BUSY).max(BUSY))?);
        }
        _ => {}
    }
    if due.attempts + 1 >= TRIES {
        return Ok(face::settled(tx, due.address, now)?);
    }
    let after = if let Next::Later { after } = failure.next { after } else { None };
    Ok(face::later(tx, due.address, now + pause(due.attempts + 1, after, dice))?)
}
