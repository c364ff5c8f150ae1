//! A copy of a desk that is in use, as one moment of it, through SQLite's online backup.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode};

use super::{Error, Result, ease};

/// Hears pages done and pages in all; `false` gives the copy up.
pub type Progress<'p> = &'p mut dyn FnMut(i64, i64) -> bool;

/// How fast a copy is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// As fast as the disk can.
    Full,
    /// Beside a desk that is in use: half of the time is left to those who work at it.
    Gentle,
}

impl Pace {
    /// How many pages are copied before progress is told, and before there is a pause.
    const fn pages(self) -> i32 {
        match self {
            Pace::Full => 4096,
            Pace::Gentle => 256,
        }
    }

    /// How long to wait after a step that took so long.
    fn pause(self, took: Duration) -> Duration {
        match self {
            Pace::Full => Duration::ZERO,
            Pace::Gentle => took.min(LONGEST_PAUSE),
        }
    }
}

/// A disk that hangs once must not make the pauses long as well.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Copies the whole desk into a new file at `to`; `progress` hears pages done and pages in all. The file is
/// on the disk when this returns. Not to be called within a transaction; see [`copy_seen`].
pub fn copy(source: &Connection, to: &Path, pace: Pace, progress: Progress<'_>) -> Result<()> {
    // An open read keeps one moment in sight; without it every write of the desk would begin the copy anew.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    let copied = copy_seen(source, to, pace, progress);
    source.execute_batch("COMMIT")?;
    copied
}

/// The same within a transaction that reads: the copy is what that transaction sees.
pub fn copy_seen(source: &Connection, to: &Path, pace: Pace, progress: Progress<'_>) -> Result<()> {
    // Only what is written needs room.
    let no_room = |fault: Error| match fault {
        Error::Sqlite(fault) if fault.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
            Error::NoRoom { path: to.to_owned() }
        }
        other => other,
    };
    let mut target = Connection::open(to)?;
    super::open::owner_only(to)?;
    let failed = |fault| Error::File { path: to.to_owned(), fault };
    let file = File::open(to).map_err(failed)?;
    pages(source, &mut target, pace, &mut |done, all| {
        if pace == Pace::Gentle {
            ease::part(&file, 0, 0).map_err(failed)?;
        }
        Ok(progress(done, all))
    })
    .map_err(no_room)?;
    target.close().map_err(|(_, fault)| fault)?;
    file.sync_all().map_err(failed)
}

fn pages(
    source: &Connection,
    target: &mut Connection,
    pace: Pace,
    after_step: &mut dyn FnMut(i64, i64) -> Result<bool>,
) -> Result<()> {
    let backup = Backup::new(source, target)?;
    loop {
        let began = Instant::now();
        let step = backup.step(pace.pages())?;
        let state = backup.progress();
        if !after_step(i64::from(state.pagecount - state.remaining), i64::from(state.pagecount))? {
            return Err(Error::Stopped);
        }
        match step {
            StepResult::Done => return Ok(()),
            // The time in which the disk wrote it counts as well.
            StepResult::More => std::thread::sleep(pace.pause(began.elapsed())),
            // Somebody holds the source for a moment.
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
