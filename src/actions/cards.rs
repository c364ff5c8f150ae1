//! What channels can do, as a new version of the program knows it.

use super::Result;
use crate::domain::channel::Channel;
use crate::store::{self, Tx};

/// Keeps the new cards of these channels. What else stands in the rows is left as it is there.
pub fn refresh(tx: &Tx<'_>, renewed: &[Channel]) -> Result<()> {
    for new in renewed {
        if let Some(channel) = store::channel::get(tx, new.id)? {
            store::channel::update(tx, &Channel { card: new.card.clone(), ..channel })?;
        }
    }
    Ok(())
}
