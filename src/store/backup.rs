//! A copy of a desk that is in use, as one moment of it, through SQLite's online backup.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{Error, Result};

/// How many pages are copied before progress is told.
const STEP: i32 = 4096;

/// Copies the whole desk into a new file at `to`; `progress` hears pages done and pages in all. The file is
/// on the disk when this returns.
pub fn copy(source: &Connection, to: &Path, progress: &mut dyn FnMut(i64, i64)) -> Result<()> {
    let mut target = Connection::open(to)?;
    super::open::owner_only(to)?;
    // An open read keeps one moment in sight; without it every write of the desk would begin the copy anew.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    let copied = pages(source, &mut target, progress);
    source.execute_batch("COMMIT")?;
    copied?;
    target.close().map_err(|(_, fault)| fault)?;
    let file = |fault| Error::File { path: to.to_owned(), fault };
    std::fs::File::open(to).and_then(|copy| copy.sync_all()).map_err(file)
}

fn pages(source: &Connection, target: &mut Connection, progress: &mut dyn FnMut(i64, i64)) -> Result<()> {
    let backup = Backup::new(source, target)?;
    loop {
        let step = backup.step(STEP)?;
        let state = backup.progress();
        progress(i64::from(state.pagecount - state.remaining), i64::from(state.pagecount));
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            // Somebody holds the source for a moment.
            _ => std::thread::sleep(std::time::Duration::from_millis(20)),
        }
    }
}
