//! The only one who writes the main file: moves the log into it, completely or not at all, and under a lease.
//!
//! With SQLite's own checkpoints 25 to 45 % of the plain copies of a busy desk were torn, in our trials. Here the
//! main file stands still between checkpoints and is a whole database, about a second old at most; and no
//! checkpoint begins while anybody has it open. It runs on the writing thread, so no frame is added meanwhile; only
//! the sync after it does not ([`super::mover`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::away::Place;
use super::copies::{Copies, Guard};
use super::lease::{Held, Lease};
use super::mover::Mover;
use super::pairing;
use super::readers::Pile;
use super::room::{Room, length};
use super::seen::Seen;
use super::writer::PATIENCE;
use super::{Error, Result};
use crate::domain::halt::Halt;

/// How old a plain copy may be.
const EVERY: Duration = Duration::from_secs(1);
/// Without a lease each checkpoint is a danger to a copy, so there are fewer.
const EVERY_WITHOUT_LEASE: Duration = Duration::from_secs(5);
/// How long writers wait for readers of an older state.
const SETTLE: Duration = Duration::from_millis(20);
/// When to try again: somebody had the file open, or read an older state, or wrote from another process.
const AGAIN: Duration = Duration::from_millis(50);
const MUCH_LATER: Duration = Duration::from_millis(250);
/// Within the lease: how long a reader that is just taking its snapshot may keep the checkpoint from the end.
const PARTIAL: Duration = Duration::from_secs(2);
/// The same without a lease: another program may be reading, and nobody can write meanwhile. What was moved in part
/// is tried again after a second, and after twice as long each time.
const BRIEF: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Where somebody writes all the time, something always comes into the log while the file is synced, so that it would
/// never be begun anew. From so many pages on, 16 MB, a second checkpoint follows the sync, and writers wait for its own,
/// which finds little left.
const LONG: i64 = 4096;

/// Moves the log into the main file when it is time.
pub struct Checkpointer {
    log: PathBuf,
    mover: Mover,
    /// The log was long at the last checkpoint.
    long: bool,
    pile: Arc<Pile>,
    copies: Arc<Copies>,
    next: Instant,
    /// Something is committed that is not in the main file.
    behind: bool,
    /// The generation was raised since the last commit.
    closed: bool,
    /// The next commit begins a generation.
    fresh: bool,
    /// How long to wait after the next try that moved a part only.
    patience: Duration,
    warned: bool,
    place: Place,
    /// Where the generations are noted; nowhere for a file that is only made ready for its place.
    seen: Option<Seen>,
    /// The last to go: closing it would drop the locks of connections that are still open.
    held: Arc<Held>,
}

/// What came of a try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tried {
    Complete,
    /// Another program has the file open.
    Open,
    /// Another program reads an older state, so that only a part was moved.
    Partial,
    /// A reader or another writer is in the way.
    Busy,
}

impl Checkpointer {
    /// For the file at `path`, whose writing connection is open already.
    pub fn new(path: &Path, held: Arc<Held>, pile: Arc<Pile>, copies: Arc<Copies>) -> Result<Checkpointer> {
        let mover = Mover::new(path, held.clone())?;
        // A log that a crash has left is moved soon: until then the main file alone may be torn.
        let log = pairing::beside(held.path(), "-wal");
        let behind = length(&log) > 0;
        if behind {
            copies.note(|state| state.behind = Some(Instant::now()));
        }
        let (closed, fresh) = (false, true);
        let next = Instant::now() + EVERY;
        let (long, warned, patience, seen) = (false, false, EVERY, None);
        let place = Place::new(held.clone(), log.clone());
        Ok(Checkpointer {
            place,
            log,
            mover,
            long,
            pile,
            copies,
            next,
            behind,
            closed,
            fresh,
            patience,
            warned,
            seen,
            held,
        })
    }

    /// Notes each generation there, so that a copy which is put back is noticed.
    pub fn noting(mut self, seen: Seen) -> Checkpointer {
        self.seen = Some(seen);
        self
    }

    /// A generation has begun with the commit that was just made. To be called before anybody hears of it: what
    /// leaves the desk afterwards must never be forgotten by a copy that is put back.
    pub fn note_generation(&self, writer: &Connection) {
        if let Some(seen) = &self.seen {
            match pairing::current(writer) {
                Ok(generation) => seen.note(generation),
                Err(fault) => log::warn!("the generation of the file cannot be read: {fault}"),
            }
        }
    }

    /// Whether the next commit must raise the generation first.
    pub fn begins_generation(&self) -> bool {
        self.fresh
    }

    /// Looks whether the file is where it was. `Some`: why nothing may be written.
    pub fn look(&mut self) -> Option<Halt> {
        self.place.look()
    }

    /// The file, and whether it is written into.
    pub fn held(&self) -> &Arc<Held> {
        &self.held
    }

    /// We have committed.
    pub fn committed(&mut self) {
        self.pile.committed();
        if !self.behind {
            self.copies.note(|state| state.behind = Some(Instant::now()));
        }
        (self.behind, self.closed, self.fresh) = (true, false, false);
    }

    /// Another process has committed.
    pub fn changed_outside(&mut self) {
        let fresh = self.fresh;
        self.committed();
        self.fresh = fresh;
    }

    /// How long to wait for work before it is time.
    pub fn pause(&self) -> Duration {
        if self.held.standing().halt() == Some(Halt::Locked) {
            return MUCH_LATER;
        }
        if self.behind { self.next.saturating_duration_since(Instant::now()).min(EVERY) } else { EVERY }
    }

    /// Moves the log if it is time. `writer` has no transaction open; `seen` is the last `data_version` of it.
    pub fn run_if_due(&mut self, writer: &Connection, seen: i64) {
        self.place.save_once(writer);
        let halt = self.held.standing().halt();
        if !self.behind
            || Instant::now() < self.next
            || halt.is_some_and(|why| why.is_final() || why.is_away())
        {
            return;
        }
        if *self.copies.guard() == Guard::Outside {
            self.next = Instant::now() + EVERY;
            self.note_log();
            return;
        }
        // A disk that takes longer has its writers wait, so that a copy is not much older for it.
        if self.mover.syncs_for().is_some_and(|since| since < EVERY) {
            self.next = Instant::now() + AGAIN;
            return;
        }
        self.mover.end_sync();
        let tried = self.attempt(writer, seen).unwrap_or_else(|fault| {
            log::warn!("a checkpoint did not run: {fault}");
            Tried::Busy
        });
        self.next = Instant::now() + self.after(tried);
    }

    /// When to try the next time.
    fn after(&mut self, tried: Tried) -> Duration {
        let mut open_since = None;
        self.copies.note(|state| {
            state.open_since = match tried {
                Tried::Open | Tried::Partial => state.open_since.or_else(|| Some(Instant::now())),
                // Our own readers are in the way, which says nothing of others.
                Tried::Busy => state.open_since,
                Tried::Complete => None,
            };
            open_since = state.open_since;
        });
        self.note_log();
        let patience = self.patience;
        self.patience = if tried == Tried::Partial { (patience * 2).min(LONGEST_PAUSE) } else { EVERY };
        match tried {
            Tried::Complete if self.long => AGAIN,
            Tried::Complete if *self.copies.guard() == Guard::Lease => EVERY,
            Tried::Complete => EVERY_WITHOUT_LEASE,
            Tried::Partial => patience,
            _ if open_since.is_some_and(|since| since.elapsed() > EVERY * 60) => MUCH_LATER,
            _ => AGAIN,
        }
    }

    /// Notes how long the log is, and says so once when that is too long.
    fn note_log(&mut self) {
        let bytes = length(&self.log);
        self.copies.note(|state| state.log_bytes = bytes);
        self.warn();
    }

    fn warn(&mut self) {
        let state = self.copies.state();
        if state.is_worrying() && !self.warned {
            let megabytes = state.log_bytes >> 20;
            let why = match self.copies.guard() {
                Guard::Outside => "the program that is to move the log does not",
                _ => "another program keeps the database open",
            };
            log::warn!("{why}; the log has grown to {megabytes} MB meanwhile");
        }
        self.warned = state.is_worrying();
    }

    fn attempt(&mut self, writer: &Connection, seen: i64) -> Result<Tried> {
        let leased = *self.copies.guard() == Guard::Lease;
        let forced = leased && self.must();
        // Asked first, because it costs nothing, and what follows costs a commit.
        if leased && !forced && self.held.lease().is_err() {
            return Ok(Tried::Open);
        }
        if self.pile.is_held_up(SETTLE) || !self.close_generation(writer)? || !self.pile.settle(SETTLE) {
            return Ok(Tried::Busy);
        }
        // Our own thread waits anyway; this is for others, until the log is kept for its sync.
        if !hold_writers(writer)? {
            return Ok(Tried::Busy);
        }
        let tried =
            if version(writer)? == seen { self.under_lease(leased && !forced) } else { Ok(Tried::Busy) };
        writer.execute_batch("ROLLBACK")?;
        if forced && matches!(tried, Ok(Tried::Complete)) {
            log::warn!(
                "the log had to be moved while a program had the database open; if that was a copy, make it again"
            );
        }
        tried
    }

    /// Raises the generation, once for each time that something was committed. `false`: another process writes.
    fn close_generation(&mut self, writer: &Connection) -> Result<bool> {
        if self.closed {
            return Ok(true);
        }
        if !hold_writers(writer)? {
            return Ok(false);
        }
        let raised = pairing::advance(writer).and_then(|()| writer.execute_batch("COMMIT"));
        if let Err(fault) = raised {
            let _ = writer.execute_batch("ROLLBACK");
            return Err(fault.into());
        }
        self.pile.committed();
        self.closed = true;
        Ok(true)
    }

    fn under_lease(&mut self, leased: bool) -> Result<Tried> {
        let held = self.held.clone();
        let lease: Option<Lease<'_>> = match leased.then(|| held.lease()) {
            None => None,
            Some(Ok(lease)) => Some(lease),
            // Somebody has opened the file since we asked.
            Some(Err(_)) => return Ok(Tried::Open),
        };
        let moved = self.mover.move_all(if leased { PARTIAL } else { BRIEF });
        drop(lease);
        let Some(pages) = moved? else {
            if !leased {
                return Ok(Tried::Partial);
            }
            log::error!("a checkpoint was not complete in time; a copy made now may be torn");
            return Ok(Tried::Busy);
        };
        if self.long {
            self.mover.sync();
        } else {
            self.mover.begin_sync();
        }
        self.long = pages > LONG && !self.long;
        (self.behind, self.fresh) = (false, true);
        self.copies.note(|state| {
            state.behind = None;
            state.complete += 1;
            state.last = Some(Instant::now());
        });
        Ok(Tried::Complete)
    }

    /// Whether the log must be moved although somebody has the file open: a torn copy is better than a full disk.
    fn must(&self) -> bool {
        Room::under(&self.log).is_pressed_by(length(&self.log))
    }

    /// Closes the file for good: without a log, if nobody has it open, so that it can be carried off alone.
    pub fn close(mut self, writer: Connection) {
        self.mover.end_sync();
        self.look();
        self.place.save_once(&writer);
        let halt = self.held.standing().halt();
        // The log stays where the main file may not be all that there is.
        if *self.copies.guard() == Guard::Outside || halt.is_some_and(|why| why.is_final() || why.is_away()) {
            return;
        }
        let seen = version(&writer).unwrap_or_default();
        let mut tried = Ok(Tried::Complete);
        for _ in 0..4 {
            tried = if self.behind { self.attempt(&writer, seen) } else { Ok(Tried::Complete) };
            self.mover.end_sync();
            if matches!(tried, Ok(Tried::Complete | Tried::Open)) {
                break;
            }
            std::thread::sleep(AGAIN);
        }
        if !matches!(tried, Ok(Tried::Complete)) || self.held.standing().halt() == Some(Halt::Unsynced) {
            // The log stays, and the next start moves it.
            return;
        }
        if halt == Some(Halt::LogGone) {
            // Another log may stand in its place, and that is not ours to delete.
            return;
        }
        let held = self.held.clone();
        let lease = (*self.copies.guard() == Guard::Lease).then(|| held.lease());
        if matches!(lease, Some(Err(_))) {
            return;
        }
        drop(self);
        // What SQLite does when the last connection goes: there is nothing left to move, the log is deleted.
        let _ = writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false);
        if let Err((_, fault)) = writer.close() {
            log::warn!("the database did not close: {fault}");
        }
        drop(lease);
    }
}

/// Begins a transaction that keeps every other writer out, at once. `false`: another process writes at the moment.
pub fn hold_writers(writer: &Connection) -> Result<bool> {
    let begun = writer.busy_timeout(Duration::ZERO).and_then(|()| writer.execute_batch("BEGIN IMMEDIATE"));
    writer.busy_timeout(PATIENCE)?;
    match begun {
        Ok(()) => Ok(true),
        Err(fault) if fault.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => Ok(false),
        Err(fault) => Err(Error::from(fault)),
    }
}

/// A number that changes when another process commits, and only then.
pub fn version(writer: &Connection) -> Result<i64> {
    Ok(writer.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
}
