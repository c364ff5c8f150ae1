//! Moves the pages of the log into the main file, and brings that onto the disk beside the writing thread, so that
//! nobody who writes waits for it.
//!
//! Until what was moved is synced, the log is the only place on the disk where it is, and must not be begun anew. SQLite
//! begins it anew only when all of it was moved and nobody reads it, by locks that count in every process; so a
//! connection of ours reads it from before the move until after the sync. What another process has moved before that, it
//! has synced before it said so.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::lease::{self, Held};
use super::{Result, ease, pairing};
use crate::domain::halt::Halt;
use crate::locks::hold;

/// The two connections that a checkpoint needs, and the thread that syncs.
pub struct Mover {
    /// Does not sync: the log is on the disk by the writers' own syncs, and the main file is synced after the
    /// lease, so that nobody who opens it waits for the disk.
    mover: Connection,
    keeper: Arc<Keeper>,
    busy: Option<(JoinHandle<()>, Instant)>,
}

/// Reads the log so that nobody begins it anew.
struct Keeper {
    reading: Mutex<Connection>,
    held: Arc<Held>,
}

impl Mover {
    /// For the file at `path`, which is held open already.
    pub fn new(path: &Path, held: Arc<Held>) -> Result<Mover> {
        let open = || -> Result<Connection> {
            let connection = Connection::open(path)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection.execute_batch(
                "PRAGMA busy_timeout = 0; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0;
                 PRAGMA cache_size = -512;",
            )?;
            Ok(connection)
        };
        let keeper = Arc::new(Keeper { reading: Mutex::new(open()?), held });
        Ok(Mover { mover: open()?, keeper, busy: None })
    }

    /// Moves every page: how many the log has then, and it is kept until it is synced; `None`: not within `longest`. To be
    /// called while nobody writes and nothing is synced. A reader that is just taking its snapshot holds a place in the
    /// log for microseconds and makes a checkpoint partial, and a partial one leaves the main file torn: so it is
    /// repeated until it is complete.
    pub fn move_all(&self, longest: Duration) -> Result<Option<i64>> {
        self.keeper.keep()?;
        let moved = self.pages(longest);
        if !matches!(moved, Ok(Some(_))) {
            // After a part of it was moved the log is not begun anew either.
            self.keeper.let_go();
        }
        moved
    }

    fn pages(&self, longest: Duration) -> Result<Option<i64>> {
        let end = Instant::now() + longest;
        loop {
            let (log, moved): (i64, i64) =
                self.mover
                    .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))?;
            if log == moved {
                return Ok(Some(log));
            }
            if Instant::now() > end {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Syncs what was moved, and the log may be begun anew. A sync that fails stops the desk.
    pub fn sync(&self) {
        self.keeper.sync();
    }

    /// The same on a thread of its own, where there can be one.
    pub fn begin_sync(&mut self) {
        let keeper = self.keeper.clone();
        let thread = std::thread::Builder::new().name("sync".into()).spawn(move || keeper.sync_gently());
        match thread {
            Ok(thread) => self.busy = Some((thread, Instant::now())),
            Err(_) => self.sync(),
        }
    }

    /// How long the sync that was begun goes on already; `None`: it is over.
    pub fn syncs_for(&self) -> Option<Duration> {
        self.busy.as_ref().filter(|(busy, _)| !busy.is_finished()).map(|(_, begun)| begun.elapsed())
    }

    /// Waits for the sync that was begun.
    pub fn end_sync(&mut self) {
        if self.busy.take().is_some_and(|(busy, _)| busy.join().is_err()) {
            self.keeper.held.standing().stop(Halt::Unsynced);
        }
    }
}

impl Keeper {
    fn keep(&self) -> Result<()> {
        let reading = hold(&self.reading);
        reading.execute_batch("BEGIN")?;
        // Only what reads takes the lock.
        let kept = pairing::current(&reading);
        drop(reading);
        kept.inspect_err(|_| self.let_go())?;
        Ok(())
    }

    /// What has only read has nothing that could fail to be kept.
    fn let_go(&self) {
        let _ = hold(&self.reading).execute_batch("COMMIT");
    }

    fn sync(&self) {
        let synced = lease::sync(&hold(&self.reading));
        self.synced(synced);
    }

    /// The same in pieces, between which the log is synced as well.
    fn sync_gently(&self) {
        let synced = ease::whole(self.held.file()).and_then(|()| lease::sync(&hold(&self.reading)));
        self.synced(synced);
    }

    /// After a failure the log is kept for good: its pages may be lost to the disk although a later sync would succeed.
    fn synced(&self, synced: io::Result<()>) {
        match synced {
            Ok(()) => self.let_go(),
            Err(fault) => {
                log::error!("the database cannot be synced: {fault}");
                self.held.standing().stop(Halt::Unsynced);
            }
        }
    }
}
