//! A file of theirs is here, or never will be.

use crate::actions::{Result, fetched};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::message::Attachment;
use crate::domain::outbox::{Cause, Failure};
use crate::domain::{Id, Timestamp};
use crate::store::Tx;

/// All of its bytes are here. What it is, they tell; `claimed` counts for plain texts only.
pub fn finish_file(
    tx: &Tx<'_>,
    by: &Viewer,
    (id, claimed): (Id<Attachment>, &str),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Admin)?;
    tx.quietly(|tx| fetched::finish(tx, id, claimed, now))
}

/// It cannot be had, for the reason that is said.
pub fn give_up_file(
    tx: &Tx<'_>,
    by: &Viewer,
    (id, why): (Id<Attachment>, &str),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Admin)?;
    let failure = Failure::never(Cause::Media, why);
    tx.quietly(|tx| fetched::failed(tx, (id, 0), &failure, 0, now))
}
