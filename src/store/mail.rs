//! What a mail has beside its message: its identifier, and the letter as it came.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, named_params};

use super::{Result, Tx};
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::domain::inbound::Packed;
use crate::domain::message::Message;

/// How large a part of a kept letter is, in bytes.
const PART: usize = 256 * 1024;

/// Notes the identifier of a mail, theirs or ours.
pub fn insert(tx: &Tx<'_>, message: Id<Message>, channel: Id<Channel>, identifier: &str) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO mail (message_id, channel_id, identifier) VALUES (:message, :channel, :identifier)",
    )?
    .execute(named_params! { ":message": message, ":channel": channel, ":identifier": identifier })?;
    Ok(())
}

/// Compresses a letter. It takes a while, so it is done before a transaction begins.
pub fn pack(letter: &[u8]) -> Result<Packed> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(letter.len() / 2), Compression::default());
    encoder.write_all(letter).map_err(|_| super::Error::Broken)?;
    let bytes = encoder.finish().map_err(|_| super::Error::Broken)?;
    Ok(Packed { bytes, size: u64::try_from(letter.len()).unwrap_or(u64::MAX) })
}

/// The letter again, at most so many bytes of it.
pub fn unpack(bytes: &[u8], most: u64) -> Result<Vec<u8>> {
    let mut letter = Vec::new();
    ZlibDecoder::new(bytes).take(most).read_to_end(&mut letter).map_err(|_| super::Error::Broken)?;
    Ok(letter)
}

/// Keeps the letter of a mail that was noted before, as it came.
pub fn keep(tx: &Tx<'_>, message: Id<Message>, letter: &Packed) -> Result<()> {
    keep_packed(tx, message, letter)?;
    let size = i64::try_from(letter.size).unwrap_or(i64::MAX);
    tx.prepare_cached("UPDATE mail SET size = ?2 WHERE message_id = ?1")?.execute((message, size))?;
    Ok(())
}

/// The bytes of the letter, in parts.
pub(super) fn keep_packed(connection: &Connection, message: Id<Message>, letter: &Packed) -> Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO mail_part (message_id, number, bytes) VALUES (?1, ?2, ?3)")?;
    for (number, part) in (0_i64..).zip(letter.bytes.chunks(PART)) {
        statement.execute((message, number, part))?;
    }
    Ok(())
}

/// The letter as it came; `None` where none was kept, as for one of ours. `most` bounds what is unpacked, in bytes.
pub fn letter(connection: &Connection, message: Id<Message>, most: u64) -> Result<Option<Vec<u8>>> {
    let mut statement =
        connection.prepare_cached("SELECT bytes FROM mail_part WHERE message_id = ?1 ORDER BY number")?;
    let parts: Vec<Vec<u8>> =
        statement.query_map([message], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if parts.is_empty() {
        return Ok(None);
    }
    unpack(&parts.concat(), most).map(Some)
}

/// The newest mail of this entry point with one of these identifiers.
pub fn by_identifiers(
    connection: &Connection,
    channel: Id<Channel>,
    identifiers: &[String],
) -> Result<Option<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT max(message_id) FROM mail
         WHERE identifier IN (SELECT value FROM json_each(?1)) AND channel_id = ?2",
    )?;
    let list = serde_json::to_string(identifiers).unwrap_or_default();
    Ok(statement.query_row((list, channel), |row| row.get(0))?)
}
