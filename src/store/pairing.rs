//! Whether a write-ahead log belongs to the database that it lies beside.
//!
//! Who puts a copy back over a desk that was killed leaves the old `-wal` beside it, and SQLite would replay it
//! into the wrong file: 48 of 60 such restores were corrupt in our trials. So the file carries a number, the
//! generation, in the upper bits of `user_version` (the lower ten are the schema's). It is raised by the first
//! commit after a checkpoint and once more right before the next, so a log names the generations that it leads
//! through: it belongs to the file if the file is at one of them, or at the one before its first. The raise
//! before the checkpoint is what tells a log that was copied earlier from the file that was copied after.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::lease::Held;
use super::{Error, Result, durable};

/// How many of the lower bits of `user_version` are the schema's number.
const SCHEMA_BITS: u32 = 10;
/// The generation fills the rest, and begins anew when it is full.
const GENERATIONS: u32 = 1 << (32 - SCHEMA_BITS);

const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// Where `user_version` stands on the first page.
const VERSION_AT: u64 = 60;

/// The schema's number in a `user_version`.
pub fn schema(version: i64) -> i64 {
    version & ((1 << SCHEMA_BITS) - 1)
}

/// `version` with another schema number.
pub fn with_schema(version: i64, schema: i64) -> i64 {
    (version & !((1 << SCHEMA_BITS) - 1)) | schema
}

/// The generation in a `user_version`.
pub fn generation(version: i64) -> u32 {
    u32::try_from((version >> SCHEMA_BITS) & i64::from(GENERATIONS - 1)).unwrap_or_default()
}

/// The generation that the file is at, as the connection sees it.
pub fn current(connection: &Connection) -> rusqlite::Result<u32> {
    Ok(generation(connection.pragma_query_value(None, "user_version", |row| row.get(0))?))
}

/// By how many generations `later` is ahead of `earlier`, over the end of the count.
pub fn ahead(later: u32, earlier: u32) -> u32 {
    later.wrapping_sub(earlier) % GENERATIONS
}

/// Raises the generation, within the transaction that is open.
pub fn advance(connection: &Connection) -> rusqlite::Result<()> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let next = version.cast_unsigned().wrapping_add(1 << SCHEMA_BITS).cast_signed();
    connection.pragma_update(None, "user_version", next)
}

/// Gives a copy that nobody uses a generation to which no log of the desk leads whose place it takes: what was written
/// into the copy meanwhile has raised its own to where that log may begin.
pub fn estrange(copy: &Path, old: &Held) -> Result<()> {
    let mut version = [0; 4];
    if old.file().read_exact_at(&mut version, VERSION_AT).is_err() {
        // An empty file has no log that anybody would miss.
        return Ok(());
    }
    let far = ((u32::from_be_bytes(version) >> SCHEMA_BITS) + GENERATIONS / 2) % GENERATIONS;
    let connection = Connection::open(copy)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let strange = far << SCHEMA_BITS | u32::try_from(schema(version)).unwrap_or_default();
    connection.pragma_update(None, "user_version", strange.cast_signed())?;
    connection.close().map_err(|(_, fault)| fault.into())
}

/// A file that lies beside the database: `-wal`, `-shm`.
pub fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The first name of this kind beside the database that is free: `.saved-1`.
pub fn free(database: &Path, end: &str) -> PathBuf {
    (1..)
        .map(|number: u32| beside(database, &format!("{end}-{number}")))
        .find(|path| !path.exists())
        .unwrap_or_else(|| beside(database, end))
}

/// Takes away a file that came to nothing or is needed no more, with everything that SQLite and the desk leave beside one.
pub fn remove(database: &Path) {
    for end in ["", "-wal", "-shm", "-journal", "-seen"] {
        // What was never there need not go.
        let _ = std::fs::remove_file(beside(database, end));
    }
}

/// Puts a log aside that belongs to another state of the file, and its index with it. To be called before any
/// connection is opened. Does nothing where the file is in use: then the two live together.
pub fn part(held: &Held, database: &Path) -> Result<()> {
    let log = beside(database, "-wal");
    let Some(_alone) = held.alone() else { return Ok(()) };
    let broken = |fault| Error::File { path: log.clone(), fault };
    if belongs(held.file(), &log).map_err(broken)? {
        return Ok(());
    }
    let name = (0..)
        .map(|n: u32| format!("-wal.orphan-{n}"))
        .find(|end| !beside(database, end).exists())
        .unwrap_or_default();
    let aside = beside(database, &name);
    durable::rename(&log, &aside).map_err(broken)?;
    // The index is made anew from the log, and says nothing without it.
    let _ = std::fs::remove_file(beside(database, "-shm"));
    log::warn!(
        "{} belongs to another state of the file, as after a copy was put back; it lies in {} now",
        log.display(),
        aside.display()
    );
    Ok(())
}

/// Whether the log beside a file that nobody uses belongs to another state of it. A file in use, or one that we
/// may not write, is not asked.
pub fn is_foreign(database: &Path) -> bool {
    let log = beside(database, "-wal");
    if !log.exists() || std::fs::OpenOptions::new().write(true).open(database).is_err() {
        return false;
    }
    let Ok(held) = Held::open(database) else { return false };
    held.alone().is_some_and(|_alone| !belongs(held.file(), &log).unwrap_or(true))
}

/// Whether replaying the log at `log` makes the file newer and not wrong. No log, or an empty one, does no harm.
fn belongs(database: &File, log: &Path) -> io::Result<bool> {
    let log = match File::open(log) {
        Ok(log) => log,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(fault) => return Err(fault),
    };
    let mut header = [0; LOG_HEADER as usize];
    if log.read_exact_at(&mut header, 0).is_err() {
        return Ok(true);
    }
    let Some(generations) = Generations::of(&log, &header) else { return Ok(true) };
    let mut version = [0; 4];
    if database.read_exact_at(&mut version, VERSION_AT).is_err() {
        // An empty file beside a full log; SQLite would throw the log away.
        return Ok(false);
    }
    let there = u32::from_be_bytes(version) >> SCHEMA_BITS;
    Ok(generations.lead_on_from(there))
}

/// The generations that a log leads through.
struct Generations(Vec<u32>);

impl Generations {
    /// Reads the frames of the first page that belong to the log's header; `None` when it has none, and then
    /// nothing can be said.
    fn of(log: &File, header: &[u8; LOG_HEADER as usize]) -> Option<Generations> {
        let word = |bytes: &[u8], at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
        let page = u64::from(u32::from_be_bytes(word(header, 8)?));
        let salts = header.get(16..24)?;
        let mut found: Vec<u32> = Vec::new();
        let mut at = LOG_HEADER;
        let mut frame = [0; FRAME_HEADER as usize];
        while page >= 512 && log.read_exact_at(&mut frame, at).is_ok() && frame.get(8..16) == Some(salts) {
            if word(&frame, 0) == Some([0, 0, 0, 1]) {
                let mut version = [0; 4];
                log.read_exact_at(&mut version, at + FRAME_HEADER + VERSION_AT).ok()?;
                let generation = u32::from_be_bytes(version) >> SCHEMA_BITS;
                if found.last() != Some(&generation) {
                    found.push(generation);
                }
            }
            at += FRAME_HEADER + page;
        }
        (!found.is_empty()).then_some(Generations(found))
    }

    fn lead_on_from(&self, there: u32) -> bool {
        let before = self.0.first().map(|first| first.wrapping_sub(1) % GENERATIONS);
        before == Some(there) || self.0.contains(&there)
    }
}
