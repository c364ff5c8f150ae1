//! Deliveries that could not be read: an administrator has them read again, as after an update.

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::event::kind;
use crate::domain::inbound::Delivery;
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, event, inbound};

/// Has a delivery read again that failed or was left alone.
pub fn replay(tx: &Tx<'_>, by: &Viewer, id: Id<Delivery>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    if !inbound::replay(tx, id)? {
        return Err(Error::NotFound);
    }
    let data = serde_json::json!({ "replayed": id.get() });
    let entry = event::New { kind: kind::CHANNEL_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &entry, now)?;
    Ok(())
}
