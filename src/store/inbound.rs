//! What came in, as it came.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json};
use super::{Result, Tx, mail};
use crate::domain::channel::Channel;
use crate::domain::inbound::{Body, Delivery, Packed};
use crate::domain::{Id, Timestamp};

/// The topic on which the reader of deliveries waits.
pub const TOPIC: &str = "inbound";

/// A delivery to be kept.
pub struct New<'a> {
    pub channel: Id<Channel>,
    pub dedupe_key: &'a str,
    pub headers: &'a BTreeMap<String, String>,
    pub body: &'a Body,
}

/// Keeps a delivery, once. `false`: it was here before.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<bool> {
    let is_new = put(tx, new, "new", now)?;
    tx.touch(TOPIC);
    Ok(is_new)
}

/// Notes a delivery that happens in the same transaction: that it came, not what it said. `false`: it was here before.
pub fn insert_done(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<bool> {
    let empty = New { headers: &BTreeMap::new(), body: &Body::Plain(Vec::new()), ..*new };
    put(tx, &empty, "done", now)
}

fn put(tx: &Tx<'_>, new: &New<'_>, state: &str, now: Timestamp) -> Result<bool> {
    let (body, size) = match new.body {
        Body::Plain(bytes) => (bytes, None),
        Body::Packed(packed) => (&packed.bytes, i64::try_from(packed.size).ok()),
    };
    let rows = tx
        .prepare_cached(
            "INSERT INTO inbound (channel_id, dedupe_key, received_at, headers, body, size, state)
             VALUES (:channel, :key, :now, :headers, :body, :size, :state) ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":channel": new.channel, ":key": new.dedupe_key, ":now": now,
            ":headers": to_json(new.headers)?, ":body": body, ":size": size, ":state": state,
        })?;
    Ok(rows == 1)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let body: Vec<u8> = row.get("body")?;
    let size: Option<i64> = row.get("size")?;
    let (body, packed) = match size.and_then(|size| u64::try_from(size).ok()) {
        // Bytes that cannot be unpacked are read as they lie: something becomes visible, and nothing is held up.
        Some(size) => match mail::unpack(&body, size) {
            Ok(letter) => (letter, Some(Packed { bytes: body, size })),
            Err(_) => (body, None),
        },
        None => (body, None),
    };
    Ok(Delivery {
        id: row.get("id")?,
        channel: row.get("channel_id")?,
        received_at: row.get("received_at")?,
        headers: json(row, "headers")?,
        body,
        packed,
        attempts: row.get("attempts")?,
        error: row.get("error")?,
    })
}

/// How many bytes of deliveries are taken at once; the first is taken whatever its size.
const AT_ONCE: usize = 32 * 1024 * 1024;

/// The deliveries that are to be read now, in the order in which they came.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Delivery>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM inbound WHERE state = 'new' AND due_at <= ?1 ORDER BY due_at, id LIMIT ?2",
    )?;
    let (mut due, mut bytes) = (Vec::new(), 0);
    for delivery in statement.query_map((now, most), read)? {
        let delivery = delivery?;
        bytes += delivery.body.len();
        due.push(delivery);
        if bytes > AT_ONCE {
            break;
        }
    }
    Ok(due)
}

/// The delivery with this id.
pub fn get(connection: &Connection, id: Id<Delivery>) -> Result<Option<Delivery>> {
    let mut statement = connection.prepare_cached("SELECT * FROM inbound WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The newest deliveries that could not be read.
pub fn failed(connection: &Connection, most: u32) -> Result<Vec<Delivery>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM inbound WHERE state = 'failed' ORDER BY id DESC LIMIT ?1")?;
    Ok(statement.query_map([most], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Everything in it has happened at the desk. From here on only that it came is known, so that it is not taken again: what
/// was said stands in messages, which may be erased or forgotten.
pub fn done(tx: &Tx<'_>, id: Id<Delivery>) -> Result<()> {
    tx.prepare_cached(
        "UPDATE inbound SET state = 'done', error = NULL, headers = '{}', body = x'', size = NULL WHERE id = ?1",
    )?
    .execute([id])?;
    Ok(())
}

/// What it carries lies elsewhere now; that it came is still known, so that it is not taken again.
pub fn empty(tx: &Tx<'_>, id: Id<Delivery>) -> Result<()> {
    tx.prepare_cached("UPDATE inbound SET body = x'', size = NULL WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// It could not be read; an administrator sees why, and can have it read again.
pub fn fail(tx: &Tx<'_>, id: Id<Delivery>, why: &str) -> Result<()> {
    end(tx, id, "failed", Some(why))
}

/// It was read, and there is nothing here that it speaks of.
pub fn ignore(tx: &Tx<'_>, id: Id<Delivery>, why: &str) -> Result<()> {
    end(tx, id, "ignored", Some(why))
}

fn end(tx: &Tx<'_>, id: Id<Delivery>, state: &str, why: Option<&str>) -> Result<()> {
    tx.prepare_cached("UPDATE inbound SET state = ?2, error = ?3 WHERE id = ?1")?
        .execute((id, state, why))?;
    Ok(())
}

/// It is to be read again, not before `due`.
pub fn later(tx: &Tx<'_>, id: Id<Delivery>, due: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE inbound SET attempts = attempts + 1, due_at = ?2 WHERE id = ?1")?
        .execute((id, due))?;
    Ok(())
}

/// Has a delivery that failed or was ignored read again. `false`: there is none to be read again.
pub fn replay(tx: &Tx<'_>, id: Id<Delivery>) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE inbound SET state = 'new', attempts = 0, due_at = 0, error = NULL
             WHERE id = ?1 AND state IN ('failed', 'ignored')",
        )?
        .execute([id])?;
    tx.touch(TOPIC);
    Ok(rows == 1)
}

/// Forgets up to `most` deliveries from before `before` that are dealt with.
pub fn tidy(tx: &Tx<'_>, before: Timestamp, most: u32) -> Result<usize> {
    let gone = tx
        .prepare_cached(
            "DELETE FROM inbound WHERE id IN (SELECT id FROM inbound
                 WHERE state IN ('done', 'ignored') AND received_at < ?1 LIMIT ?2)",
        )?
        .execute((before, most))?;
    Ok(gone)
}
