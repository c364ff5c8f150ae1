//! What a check of a channel came to.

use super::Result;
use crate::domain::channel::Channel;
use crate::domain::checkup::Wrong;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx};

/// Keeps what the provider found wrong with a channel; an empty list ends the warnings about it.
pub fn record(tx: &Tx<'_>, id: Id<Channel>, wrong: &[Wrong], now: Timestamp) -> Result<()> {
    // The channel may have gone while its provider was asked.
    if store::channel::get(tx, id)?.is_some() {
        store::checkup::checked(tx, id, wrong, now)?;
    }
    Ok(())
}
