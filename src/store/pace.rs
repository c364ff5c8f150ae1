//! How fast somebody's mails come, so that two machines do not answer each other for ever. Counted as they come.

use rusqlite::named_params;

use super::{Result, Tx};
use crate::domain::contact::Address;
use crate::domain::{Id, Timestamp};

/// Counts one more mail of this sender, and says how many there were since the first one after `since`.
pub fn count(tx: &Tx<'_>, address: Id<Address>, since: Timestamp, now: Timestamp) -> Result<i64> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO mail_pace (address_id, since, mails) VALUES (:address, :now, 1)
         ON CONFLICT DO UPDATE SET mails = iif(since < :since, 1, mails + 1), since = iif(since < :since, :now, since)
         RETURNING mails",
    )?;
    Ok(statement
        .query_row(named_params! { ":address": address, ":now": now, ":since": since }, |row| row.get(0))?)
}
