//! The word under which the addresses are signed that providers fetch files from.

use super::Result;
use crate::store::Tx;
use crate::store::setting::{self, key};

/// Keeps the word, sealed.
pub fn keep(tx: &Tx<'_>, sealed: &str) -> Result<()> {
    Ok(setting::set(tx, key::MEDIA_KEY, Some(sealed))?)
}
