//! The connected accounts.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{id_list, json_at, to_json, word_at};
use super::{Result, Tx};
use crate::domain::channel::{Channel, ChannelState, Kind, OnClose, OnReturn};
use crate::domain::queue::Queue;
use crate::domain::{Id, Span, Timestamp};

const COLUMNS: &str = "id, kind, name, key, settings, card, state, problem, queue_id, on_close, on_return,
    received_at, sent_at, created_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Channel> {
    // By their places in `COLUMNS`: pages read all channels.
    let card = row.get_ref(5)?.as_str()?;
    Ok(Channel {
        id: row.get(0)?,
        kind: word_at(row, 1, "kind")?,
        name: row.get(2)?,
        key: row.get(3)?,
        settings: json_at(row, 4, "settings")?,
        card: serde_json::from_str(card).map_err(|_| super::values::unknown("card", card))?,
        state: match row.get_ref(6)?.as_str()? {
            "disabled" => ChannelState::Disabled,
            "broken" => ChannelState::Broken,
            _ => ChannelState::Enabled,
        },
        problem: row.get(7)?,
        queue: row.get(8)?,
        on_close: if row.get_ref(9)?.as_str()? == "unassign" { OnClose::Unassign } else { OnClose::Keep },
        on_return: if row.get_ref(10)?.as_str()? == "new" { OnReturn::New } else { OnReturn::Reopen },
        received_at: row.get(11)?,
        sent_at: row.get(12)?,
        created_at: row.get(13)?,
    })
}

/// The channel with this id.
pub fn get(connection: &Connection, id: Id<Channel>) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channel WHERE id = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
}

/// The channel whose public word this is.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channel WHERE key = ?1");
    Ok(connection.prepare_cached(&sql)?.query_row([key], read).optional()?)
}

/// These channels, oldest first.
pub fn some(connection: &Connection, ids: &[Id<Channel>]) -> Result<Vec<Channel>> {
    let sql =
        format!("SELECT {COLUMNS} FROM channel WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([id_list(ids)], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Every channel, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channel ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Every channel that speaks as this kind.
pub fn speaking(connection: &Connection, kind: Kind) -> Result<Vec<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channel WHERE speaks_as = ?1 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_map([kind.as_str()], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The sealed secrets of a channel.
pub fn secrets(connection: &Connection, id: Id<Channel>) -> Result<Option<Vec<u8>>> {
    let mut statement = connection.prepare_cached("SELECT secrets FROM channel WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.flatten())
}

/// Adds a channel; its `id` is ignored and given anew.
pub fn insert(tx: &Tx<'_>, channel: &Channel) -> Result<Id<Channel>> {
    tx.prepare_cached(
        "INSERT INTO channel (kind, name, key, settings, card, state, queue_id, on_close, on_return, created_at)
         VALUES (:kind, :name, :key, :settings, :card, :state, :queue, :on_close, :on_return, :created)",
    )?
    .execute(named_params! {
        ":kind": channel.kind.as_str(), ":name": channel.name, ":key": channel.key,
        ":settings": to_json(&channel.settings)?, ":card": to_json(&channel.card)?,
        ":state": channel.state.as_str(), ":queue": channel.queue, ":on_close": channel.on_close.as_str(),
        ":on_return": channel.on_return.as_str(), ":created": channel.created_at,
    })?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back what people set: name, settings, card, state, queue, closing logic.
pub fn update(tx: &Tx<'_>, channel: &Channel) -> Result<()> {
    tx.prepare_cached(
        "UPDATE channel SET name = :name, settings = :settings, card = :card, state = :state, problem = :problem,
             queue_id = :queue, on_close = :on_close, on_return = :on_return WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": channel.id, ":name": channel.name, ":settings": to_json(&channel.settings)?,
        ":card": to_json(&channel.card)?, ":state": channel.state.as_str(), ":problem": channel.problem,
        ":queue": channel.queue, ":on_close": channel.on_close.as_str(), ":on_return": channel.on_return.as_str(),
    })?;
    Ok(())
}

/// Keeps the sealed secrets.
pub fn set_secrets(tx: &Tx<'_>, id: Id<Channel>, sealed: Option<&[u8]>) -> Result<()> {
    tx.prepare_cached("UPDATE channel SET secrets = ?2 WHERE id = ?1")?.execute((id, sealed))?;
    Ok(())
}

/// Within this time after a delivery another one tells nothing new about its channel, and would cost two pages of the log.
const ONCE_IN: Span = Span::seconds(1);

/// Notes that a delivery came in.
pub fn received(tx: &Tx<'_>, id: Id<Channel>, now: Timestamp) -> Result<()> {
    let mut statement = tx.prepare_cached("SELECT received_at FROM channel WHERE id = ?1")?;
    let before: Option<Timestamp> = statement.query_row([id], |row| row.get(0)).optional()?.flatten();
    if before.is_some_and(|before| before <= now && now.since(before) < ONCE_IN) {
        return Ok(());
    }
    super::checkup::heard(tx, id, now)?;
    tx.prepare_cached("UPDATE channel SET received_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}

/// Notes that something went out.
pub fn sent(tx: &Tx<'_>, id: Id<Channel>, now: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE channel SET sent_at = ?2 WHERE id = ?1")?.execute((id, now))?;
    Ok(())
}

/// How far a polled channel has been read; empty at the beginning.
pub fn cursor(connection: &Connection, id: Id<Channel>) -> Result<String> {
    let mut statement = connection.prepare_cached("SELECT cursor FROM channel WHERE id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?.unwrap_or_default())
}

/// Moves the cursor of a polled channel.
pub fn set_cursor(tx: &Tx<'_>, id: Id<Channel>, cursor: &str) -> Result<()> {
    tx.prepare_cached("UPDATE channel SET cursor = ?2 WHERE id = ?1")?.execute((id, cursor))?;
    Ok(())
}

/// Whether the desk has any channel.
pub fn is_any(connection: &Connection) -> Result<bool> {
    let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM channel)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The names of all channels, by name; without what they can do, which a list does not need.
pub fn names(connection: &Connection) -> Result<Vec<(Id<Channel>, String)>> {
    let mut statement =
        connection.prepare_cached("SELECT id, name FROM channel ORDER BY name COLLATE NOCASE, id")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// An entry point as pages list it, without the rest of what it can do.
#[derive(Clone, Debug)]
pub struct Entrance {
    pub id: Id<Channel>,
    pub speaks_as: Kind,
    pub queue: Option<Id<Queue>>,
}

/// The entry points on which we may write first, in their order.
pub fn entrances(connection: &Connection) -> Result<Vec<Entrance>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, speaks_as, queue_id FROM channel WHERE starts AND state <> 'disabled' ORDER BY id",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Entrance { id: row.get(0)?, speaks_as: word_at(row, 1, "speaks_as")?, queue: row.get(2)? })
    };
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// As what each channel is shown: a simulated one as what it imitates. Without the rest of what they can do, which a
/// list does not need.
pub fn kinds(connection: &Connection) -> Result<BTreeMap<Id<Channel>, Kind>> {
    let mut statement =
        connection.prepare_cached("SELECT id, iif(kind = 'simulator', speaks_as, kind) FROM channel")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, word_at(row, 1, "channel.kind")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
