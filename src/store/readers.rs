//! Connections that only read, kept warm and lent out.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::{Connection, OpenFlags};

use super::{Error, Result};

/// A pile of reading connections. The one used last is lent first, so its cache is warm.
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Readers of the file at `path`, which must exist. Connections are opened when they are needed.
    pub fn new(path: &Path) -> Self {
        Readers { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    /// Lends a connection for the time of `look`, which sees the file as it is at one moment. Keep it short, and
    /// never wait for a network in it.
    pub fn read<T, E: From<Error>>(
        &self,
        look: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let lent = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let connection = match lent {
            Some(connection) => connection,
            None => open(&self.path)?,
        };
        // One transaction for all of it: the answers fit together, and the file is locked and unlocked once instead
        // of once a question.
        say(&connection, "BEGIN")?;
        let outcome = look(&connection);
        // A connection that cannot end its look is not lent again.
        if say(&connection, "COMMIT").is_ok()
            && let Ok(mut idle) = self.idle.lock()
        {
            idle.push(connection);
        }
        outcome
    }
}

fn say(connection: &Connection, word: &str) -> Result<()> {
    connection.prepare_cached(word)?.execute([])?;
    Ok(())
}

/// Opens a connection that only reads.
pub fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection.execute_batch(
        "PRAGMA query_only = 1; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = 0;
         PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;",
    )?;
    Ok(connection)
}
