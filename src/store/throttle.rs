//! How fast was sent of late, kept so that a restart does not forget it.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::contact::Address;
use crate::domain::throttle::Bucket;
use crate::domain::{Id, Timestamp};

/// Whose messages a bucket counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    Account,
    Person(Id<Address>),
}

impl Of {
    const fn key(self) -> i64 {
        match self {
            Of::Account => 0,
            Of::Person(address) => address.get(),
        }
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Bucket> {
    Ok(Bucket { from_at: row.get(0)?, full_at: row.get(1)? })
}

/// Where a bucket stands; `None`: it is full.
pub fn get(connection: &Connection, channel: Id<Channel>, of: Of) -> Result<Option<Bucket>> {
    let mut statement = connection
        .prepare_cached("SELECT from_at, full_at FROM throttle WHERE channel_id = ?1 AND address_id = ?2")?;
    Ok(statement.query_row((channel, of.key()), read).optional()?)
}

/// Keeps where a bucket stands at `now`, and forgets those that are full again.
pub fn set(tx: &Tx<'_>, channel: Id<Channel>, of: Of, bucket: Bucket, now: Timestamp) -> Result<()> {
    tx.prepare_cached("DELETE FROM throttle WHERE full_at <= ?1")?.execute([now])?;
    tx.prepare_cached(
        "INSERT INTO throttle (channel_id, address_id, from_at, full_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET from_at = excluded.from_at, full_at = excluded.full_at",
    )?
    .execute((channel, of.key(), bucket.from_at, bucket.full_at))?;
    Ok(())
}

/// The next moment after `now` at which an account that has to wait may go on.
pub fn next(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut statement = connection.prepare_cached(
        "SELECT min(from_at) FROM throttle WHERE full_at > ?1 AND from_at > ?1 AND address_id = 0",
    )?;
    Ok(statement.query_row([now], |row| row.get(0))?)
}
