//! What programs sign in with.

use super::Result;
use crate::domain::{Id, Timestamp};
use crate::store::Tx;
use crate::store::token::{self, Token};

/// Notes that a program used its token, so that people see which ones nobody needs.
pub fn note_use(tx: &Tx<'_>, id: Id<Token>, now: Timestamp) -> Result<()> {
    Ok(token::used(tx, id, now)?)
}
