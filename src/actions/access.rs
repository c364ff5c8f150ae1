//! Access to a channel that its provider gave or renewed.

use super::Result;
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::store::{Tx, channel, outbox};

/// Keeps the secrets with the new access. What waited for it goes out. Nobody is named, because no person did it:
/// who gives access does so through [`super::channel::set_secrets`].
pub fn keep(tx: &Tx<'_>, id: Id<Channel>, sealed: &[u8]) -> Result<()> {
    channel::set_secrets(tx, id, Some(sealed))?;
    tx.touch(outbox::TOPIC);
    Ok(())
}
