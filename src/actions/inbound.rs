//! Deliveries: kept as they come, and read again by an administrator where that failed.

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::Kind as ChannelKind;
use crate::domain::event::kind;
use crate::domain::inbound::{Body, Delivery};
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, channel, event, inbound, intake, mail};

/// What a channel of this kind was told, as it goes into the file: letters are large, and compressed here, before a
/// transaction begins.
pub fn body(kind: ChannelKind, bytes: Vec<u8>) -> Body {
    match kind {
        ChannelKind::Email => mail::pack(&bytes).map_or(Body::Plain(bytes), Body::Packed),
        _ => Body::Plain(bytes),
    }
}

/// Keeps a delivery as it came, and notes that the channel lives. One that was here before is not kept again.
pub fn keep(tx: &Tx<'_>, new: &inbound::New<'_>, now: Timestamp) -> Result<()> {
    inbound::insert(tx, new, now)?;
    Ok(channel::received(tx, new.channel, now)?)
}

/// Has a delivery read again that failed or was left alone.
pub fn replay(tx: &Tx<'_>, by: &Viewer, id: Id<Delivery>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    if !inbound::replay(tx, id)? {
        return Err(Error::NotFound);
    }
    log(tx, by, serde_json::json!({ "replayed": id.get() }), now)
}

/// Leaves a delivery alone that could not be read: it is no longer listed, and can still be read again.
pub fn leave(tx: &Tx<'_>, by: &Viewer, id: Id<Delivery>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    if !intake::leave(tx, id.get())? {
        return Err(Error::NotFound);
    }
    log(tx, by, serde_json::json!({ "left": id.get() }), now)
}

fn log(tx: &Tx<'_>, by: &Viewer, data: serde_json::Value, now: Timestamp) -> Result<()> {
    let entry = event::New { kind: kind::CHANNEL_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(())
}
