//! Deliveries that could not be read, as administrators look at them: without their bodies, which can be large.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::values::json;
use super::{Result, Tx, mail};
use crate::domain::Timestamp;

/// A delivery that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    pub id: i64,
    /// The name of its channel.
    pub channel: String,
    pub received_at: Timestamp,
    /// Why.
    pub error: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Unread> {
    Ok(Unread {
        id: row.get("id")?,
        channel: row.get("name")?,
        received_at: row.get("received_at")?,
        error: row.get::<_, Option<String>>("error")?.unwrap_or_default(),
    })
}

/// The newest ones with a number below `before`.
pub fn failed(connection: &Connection, before: i64, most: u32) -> Result<Vec<Unread>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.id, c.name, d.received_at, d.error FROM inbound d JOIN channel c ON c.id = d.channel_id
         WHERE d.state = 'failed' AND d.id < ?1 ORDER BY d.id DESC LIMIT ?2",
    )?;
    Ok(statement.query_map((before, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// A delivery with the beginning of what came, and how long all of it is.
pub struct Whole {
    pub unread: Unread,
    pub headers: BTreeMap<String, String>,
    pub beginning: Vec<u8>,
    pub length: usize,
}

/// The delivery with this number, with at most `most` bytes of it.
pub fn get(connection: &Connection, id: i64, most: u32) -> Result<Option<Whole>> {
    let mut statement = connection.prepare_cached(
        "SELECT d.id, c.name, d.received_at, d.error, d.headers, d.size,
             iif(d.size IS NULL, substr(d.body, 1, ?2), d.body) AS beginning,
             ifnull(d.size, length(d.body)) AS length
         FROM inbound d JOIN channel c ON c.id = d.channel_id WHERE d.id = ?1",
    )?;
    let whole = |row: &Row<'_>| {
        let length: i64 = row.get("length")?;
        Ok(Whole {
            unread: read(row)?,
            headers: json(row, "headers")?,
            beginning: match row.get::<_, Option<i64>>("size")? {
                Some(_) => {
                    mail::unpack(&row.get::<_, Vec<u8>>("beginning")?, most.into()).unwrap_or_default()
                }
                None => row.get("beginning")?,
            },
            length: usize::try_from(length).unwrap_or_default(),
        })
    };
    Ok(statement.query_row((id, most), whole).optional()?)
}

/// Leaves alone a delivery that could not be read. `false`: there is none with this number.
pub fn leave(tx: &Tx<'_>, id: i64) -> Result<bool> {
    let rows = tx
        .prepare_cached("UPDATE inbound SET state = 'ignored' WHERE id = ?1 AND state = 'failed'")?
        .execute([id])?;
    Ok(rows == 1)
}
