//! Copies of the desk's file: made, failed, taken away.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::copies::Made;
use crate::domain::event::kind;
use crate::domain::{Id, Timestamp};
use crate::store::{Tx, copy, event};

/// Remembers that a copy was made and found whole, or (`Err`) why not.
pub fn record(tx: &Tx<'_>, at: Timestamp, name: &str, outcome: std::result::Result<u64, &str>) -> Result<()> {
    let (bytes, wrong) = (outcome.unwrap_or_default(), outcome.err());
    copy::insert(tx, at, name, bytes, wrong)?;
    let kind = if wrong.is_none() { kind::COPY_MADE } else { kind::COPY_FAILED };
    let data = json!({ "name": name, "bytes": bytes, "wrong": wrong });
    event::append(tx, &event::New { kind, data, ..event::New::default() }, at)?;
    Ok(())
}

/// A copy is handed out, and with it everything that was ever written here: that stands in the log before its first
/// byte leaves. Whether it arrives whole is the browser's business.
pub fn hand_out(tx: &Tx<'_>, by: &Viewer, id: Id<Made>, now: Timestamp) -> Result<Made> {
    by.must_be(Role::Admin)?;
    let made = copy::get(tx, id)?.filter(|made| made.wrong.is_none()).ok_or(Error::NotFound)?;
    let data = json!({ "name": made.name, "bytes": made.bytes });
    let new = event::New { kind: kind::COPY_HANDED_OUT, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(made)
}
