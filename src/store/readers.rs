//! Connections that only read, kept warm and lent out.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::lease::Held;
use super::room::length;
use super::{Error, Result, pairing};
use crate::locks::hold;

/// A pile of reading connections. The one used last is lent first, so its cache is warm.
pub struct Readers {
    path: PathBuf,
    pile: Arc<Pile>,
    /// Keeps the descriptor that the connections are duplicates of, and hears of damage.
    held: Option<Arc<Held>>,
}

/// The connections that lie idle, and who reads. The checkpoint asks here whether anybody still looks at an
/// older state: his pages would keep it from becoming complete.
#[derive(Default)]
pub struct Pile {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    /// Counts the commits.
    newest: u64,
    /// Counts the looks, so that each is found again.
    looks: u64,
    active: Vec<Look>,
}

struct Look {
    number: u64,
    /// How many commits there were when it began; it may see more, never fewer.
    commits: u64,
    began: Instant,
}

impl Readers {
    /// Readers of the file at `path`, which must exist. Connections are opened when they are needed.
    pub fn new(path: &Path, held: Option<Arc<Held>>) -> Self {
        Readers { path: path.to_owned(), pile: Arc::default(), held }
    }

    /// Who reads, for the checkpoint.
    pub fn pile(&self) -> Arc<Pile> {
        self.pile.clone()
    }

    /// Lends a connection for the time of `look`, which sees the file as it is at one moment. Keep it short, and
    /// never wait for a network in it.
    pub fn read<T, E: From<Error>>(
        &self,
        look: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let (mut look, mut outcome) = (Some(look), None);
        let mut once = |connection: &Connection| outcome = look.take().map(|look| look(connection));
        match &self.held {
            Some(held) => held.standing().watch(|| self.lend(&mut once)),
            None => self.lend(&mut once),
        }?;
        outcome.unwrap_or_else(|| Err(Error::Broken.into()))
    }

    /// Where the file is known to be away, that is the reason for whatever fails.
    fn why(&self, fault: Error) -> Error {
        self.held.as_ref().and_then(|held| held.standing().halt()).map_or(fault, Error::Halted)
    }

    /// The part of a look that is the same for all, so that the program holds it once.
    fn lend(&self, look: &mut dyn FnMut(&Connection)) -> Result<()> {
        let (mut lent, idle) = self.pile.begin();
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.path).map_err(|fault| self.why(fault))?,
        };
        // One transaction for all of it: the answers fit together, and the file is locked and unlocked once instead
        // of once a question.
        say(&connection, "BEGIN").map_err(|fault| self.why(fault))?;
        look(&connection);
        // A connection that cannot end its look is not lent again.
        lent.back = say(&connection, "COMMIT").is_ok().then_some(connection);
        Ok(())
    }
}

fn say(connection: &Connection, word: &str) -> Result<()> {
    connection.prepare_cached(word)?.execute([])?;
    Ok(())
}

/// The time of one look. Its end is told also when the look panics; its connection is then not lent again.
struct Lent<'p> {
    pile: &'p Pile,
    number: u64,
    back: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut state = self.pile.lock();
        state.active.retain(|look| look.number != self.number);
        state.idle.extend(self.back.take());
        drop(state);
        self.pile.ended.notify_all();
    }
}

impl Pile {
    fn lock(&self) -> MutexGuard<'_, State> {
        hold(&self.state)
    }

    /// Notes that a look begins, before it takes its snapshot, and lends an idle connection.
    fn begin(&self) -> (Lent<'_>, Option<Connection>) {
        let mut state = self.lock();
        state.looks += 1;
        let look = Look { number: state.looks, commits: state.newest, began: Instant::now() };
        let number = look.number;
        state.active.push(look);
        let idle = state.idle.pop();
        (Lent { pile: self, number, back: None }, idle)
    }

    /// Something was committed: looks that began before may not see it.
    pub fn committed(&self) {
        self.lock().newest += 1;
    }

    /// Whether a look at an older state has taken longer than `longest`, so that waiting is no use.
    pub fn is_held_up(&self, longest: Duration) -> bool {
        let state = self.lock();
        state.active.iter().any(|look| look.commits != state.newest && look.began.elapsed() > longest)
    }

    /// Waits until every look sees the newest commit. `false`: not within `longest`; a look that has taken
    /// longer than that already is not waited for at all.
    pub fn settle(&self, longest: Duration) -> bool {
        let end = Instant::now() + longest;
        let mut state = self.lock();
        loop {
            let newest = state.newest;
            let mut old = state.active.iter().filter(|look| look.commits != newest).peekable();
            if old.peek().is_none() {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || old.any(|look| look.began.elapsed() > longest) {
                return false;
            }
            state = self.ended.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Opens a connection that only reads. A file in a place where nothing can be written, not even the index of a log, is
/// read as one that nobody changes.
pub fn open(path: &Path) -> Result<Connection> {
    let refused = |fault| super::open::refusal(path, fault);
    let opened = Connection::open_with_flags(path, FLAGS).and_then(ready);
    match opened {
        Err(fault) if is_of_the_place(&fault) && path.exists() => {
            if length(&pairing::beside(path, "-wal")) > 0 {
                return Err(Error::LogBeside { path: path.to_owned() });
            }
            let name = percent_encode(path.as_os_str().as_bytes(), NON_ALPHANUMERIC);
            let unchanging = format!("file:{name}?immutable=1");
            let flags = FLAGS | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(unchanging, flags).and_then(ready).map_err(|_| refused(fault))
        }
        opened => opened.map_err(refused),
    }
}

const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

fn is_of_the_place(fault: &rusqlite::Error) -> bool {
    matches!(fault.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

fn ready(connection: Connection) -> rusqlite::Result<Connection> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(super::open::STEADY, true)?;
    // Only the checkpoint writes into the main file, also when the last connection is closed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch(
        "PRAGMA query_only = 1; PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = 0;
         PRAGMA mmap_size = 0; PRAGMA cache_size = -4096;",
    )?;
    // Whether the file can be read is known when it is read.
    connection.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))?;
    Ok(connection)
}
