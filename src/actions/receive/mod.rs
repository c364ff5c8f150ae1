//! What came in from a channel happens at the desk.

use super::{Error, Result};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::inbound::Event;
use crate::store::Tx;

/// Lets one event happen.
pub fn receive(tx: &Tx<'_>, channel: &Channel, event: &Event, now: Timestamp) -> Result<()> {
    let _ = (tx, channel, event, now);
    Err(Error::NotFound)
}
