//! The clock was put back: what waits for a moment waits no longer than it was to.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, Tx};
use crate::domain::{Span, Timestamp};

/// When the newest entry of the log was written: in the past, unless the clock was put back since.
pub fn newest(connection: &Connection) -> Result<Option<Timestamp>> {
    // Numbers of messages that an import brought are no entries.
    let from = super::event::latest(connection)?.saturating_sub(10_000);
    let mut statement =
        connection.prepare_cached("SELECT at, id FROM log WHERE id > ?1 ORDER BY id DESC LIMIT 1")?;
    Ok(statement.query_row([from], |row| row.get(0)).optional()?)
}

/// What waits so long, and not until an hour that somebody named. Each has an index by which the waiting are found.
const WAITING: [&str; 13] = [
    "UPDATE outbox SET due_at = max(?1, due_at - ?2) WHERE state = 'queued' AND due_at > ?1",
    "UPDATE reaction SET due_at = max(?1, due_at - ?2) WHERE due_at > ?1",
    "UPDATE inbound SET due_at = max(?1, due_at - ?2) WHERE state = 'new' AND due_at > ?1",
    "UPDATE attachment SET due_at = max(?1, due_at - ?2) WHERE state = 'pending' AND due_at > ?1",
    "UPDATE face SET due_at = max(?1, due_at - ?2) WHERE due_at > ?1",
    "UPDATE alert SET due_at = max(?1, due_at - ?2) WHERE ended_at IS NULL AND due_at > ?1",
    "UPDATE webhook SET due_at = max(?1, due_at - ?2) WHERE due_at > ?1",
    "UPDATE workflow_run SET due_at = max(?1, due_at - ?2) WHERE state = 'running' AND due_at > ?1",
    "UPDATE greeting SET due_at = max(?1, due_at - ?2) WHERE due_at > ?1",
    "UPDATE wrapup SET due_at = max(?1, due_at - ?2) WHERE done_at IS NULL AND due_at > ?1",
    "UPDATE offer SET expires_at = max(?1, expires_at - ?2) WHERE state = 'waiting' AND expires_at > ?1",
    "UPDATE auto_close SET close_at = max(?1, close_at - ?2) WHERE close_at > ?1",
    "UPDATE throttle SET from_at = max(?1, from_at - ?2), full_at = max(?1, full_at - ?2) WHERE full_at > ?1",
];

/// The clock was put back by `by` and shows `now`: what waited goes on waiting for what was left of its while.
pub fn back(tx: &Tx<'_>, by: Span, now: Timestamp) -> Result<()> {
    for statement in WAITING {
        tx.prepare_cached(statement)?.execute((now, by.0))?;
    }
    Ok(())
}
