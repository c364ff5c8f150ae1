//! The chained log of what concerns security.

use super::Result;
use crate::domain::Timestamp;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::event::kind;
use crate::store::{Tx, event};

/// Somebody takes the log along, which stands in it as well.
pub fn export(tx: &Tx<'_>, by: &Viewer, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let new = event::New { kind: kind::AUDIT_EXPORTED, agent: by.author(), ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
