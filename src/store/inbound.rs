//! What came in, as it came.

use std::collections::BTreeMap;

use rusqlite::named_params;

use super::values::to_json;
use super::{Result, Tx};
use crate::domain::channel::Channel;
use crate::domain::{Id, Timestamp};

/// The topic on which the reader of deliveries waits.
pub const TOPIC: &str = "inbound";

/// A delivery to be kept.
pub struct New<'a> {
    pub channel: Id<Channel>,
    pub dedupe_key: &'a str,
    pub headers: &'a BTreeMap<String, String>,
    pub body: &'a [u8],
}

/// Keeps a delivery, once. `false`: it was here before.
pub fn insert(tx: &Tx<'_>, new: &New<'_>, now: Timestamp) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "INSERT INTO inbound (channel_id, dedupe_key, received_at, headers, body)
             VALUES (:channel, :key, :now, :headers, :body) ON CONFLICT DO NOTHING",
        )?
        .execute(named_params! {
            ":channel": new.channel, ":key": new.dedupe_key, ":now": now,
            ":headers": to_json(new.headers)?, ":body": new.body,
        })?;
    tx.touch(TOPIC);
    Ok(rows == 1)
}
