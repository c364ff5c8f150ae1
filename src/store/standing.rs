//! Whether the desk still writes into its file, and why not. One of these belongs to each file that is held open.

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard};

use rusqlite::ErrorCode;

use crate::domain::halt::Halt;
use crate::locks::hold;

/// What SQLite says of an index of words that is broken. It is built anew with `transom check --repair`, and is no
/// damage of pages.
const WORDS_BROKEN: i32 = rusqlite::ffi::SQLITE_CORRUPT_VTAB;

/// Why nothing is written into a file, if that is so.
#[derive(Debug, Default)]
pub struct Standing(Mutex<Option<Halt>>);

impl Standing {
    /// Why nothing is written at the moment; `None`: all is well.
    pub fn halt(&self) -> Option<Halt> {
        *self.lock()
    }

    /// From now on nothing is written. The log is told once of each reason; one that only a new start ends stays.
    pub fn stop(&self, why: Halt) {
        let mut now = self.lock();
        if *now == Some(why) || now.is_some_and(Halt::is_final) {
            return;
        }
        *now = Some(why);
        drop(now);
        log::error!("{why}");
    }

    /// What was the reason is over.
    pub fn go_on(&self) {
        let mut now = self.lock();
        if now.is_none_or(Halt::is_final) {
            return;
        }
        *now = None;
        drop(now);
        log::warn!("the database can be written again");
    }

    /// Does something that reads or writes this file, and stops the writing if damage was met.
    pub fn watch<T>(&self, work: impl FnOnce() -> T) -> T {
        // What this thread met in another file is not of this one.
        DAMAGE.take();
        let outcome = work();
        if DAMAGE.take() {
            self.stop(Halt::Damaged);
        }
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, Option<Halt>> {
        hold(&self.0)
    }
}

thread_local! {
    /// Whether this thread has met damage since it was last asked. Whoever meets it returns an error of his own, so
    /// that it could not be told from what they all return.
    static DAMAGE: Cell<bool> = const { Cell::new(false) };
}

/// Looks whether what SQLite refused means that pages of a file are not as they were written.
pub fn notice(fault: &rusqlite::Error) {
    let pages =
        matches!(fault.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
    if pages && fault.sqlite_error().is_none_or(|error| error.extended_code != WORDS_BROKEN) {
        DAMAGE.set(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_new_start_ends_stays() {
        let standing = Standing::default();
        standing.stop(Halt::Locked);
        assert_eq!(standing.halt(), Some(Halt::Locked));
        standing.go_on();
        assert_eq!(standing.halt(), None);
        standing.stop(Halt::Damaged);
        standing.stop(Halt::Gone);
        standing.go_on();
        assert_eq!(standing.halt(), Some(Halt::Damaged));
    }

    #[test]
    fn damage_is_of_the_file_in_which_it_was_met() {
        let fault = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        let standing = Standing::default();
        notice(&fault(rusqlite::ffi::SQLITE_CORRUPT));
        standing.watch(|| notice(&fault(rusqlite::ffi::SQLITE_BUSY)));
        standing.watch(|| notice(&fault(WORDS_BROKEN)));
        assert_eq!(standing.halt(), None);
        standing.watch(|| notice(&fault(rusqlite::ffi::SQLITE_CORRUPT_INDEX)));
        assert_eq!(standing.halt(), Some(Halt::Damaged));
    }
}
