//! The few figures that tell whether work piles up, each from an index that is nearly empty on a well desk.

use rusqlite::Connection;

use super::Result;

/// How much waits, and how much went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    pub outbox_waiting: i64,
    pub outbox_unsure: i64,
    pub inbound_new: i64,
    pub inbound_failed: i64,
    /// Conversations with a message that failed.
    pub failed: i64,
    /// The newest entry of the log.
    pub events: i64,
}

/// Reads the file's header, which fails when the file cannot be read.
pub fn readable(connection: &Connection) -> Result<()> {
    Ok(connection.prepare_cached("SELECT 1 FROM setting LIMIT 1")?.query([])?.next().map(|_| ())?)
}

/// The figures.
pub fn counts(connection: &Connection) -> Result<Counts> {
    let count =
        |sql: &str| -> Result<i64> { Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?) };
    Ok(Counts {
        outbox_waiting: count("SELECT count(*) FROM outbox WHERE state <> 'unsure'")?,
        outbox_unsure: count("SELECT count(*) FROM outbox WHERE state = 'unsure'")?,
        inbound_new: count("SELECT count(*) FROM inbound WHERE state = 'new'")?,
        inbound_failed: count("SELECT count(*) FROM inbound WHERE state = 'failed'")?,
        failed: count("SELECT count(*) FROM conversation WHERE failed > 0")?,
        events: super::event::latest(connection)?,
    })
}
