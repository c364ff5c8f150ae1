//! What becomes of a file that was taken away from under the desk, and how a later start knows that there was one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use super::lease::{Held, identity};
use super::room::{Room, length};
use super::{Error, Result, backup, durable, pairing};
use crate::domain::halt::Halt;

/// Room that is left on the disk beside what is saved.
const SPARE: u64 = 64 << 20;

/// Where a file and its log are looked for.
pub struct Place {
    held: Arc<Held>,
    log: PathBuf,
    /// Which file the log was when it was seen first.
    log_identity: Option<(u64, u64)>,
    /// It was tried to save what the desk holds since the file is away.
    saved: bool,
}

impl Place {
    /// The place of the file that is held, with its log.
    pub fn new(held: Arc<Held>, log: PathBuf) -> Place {
        Place { held, log, log_identity: None, saved: false }
    }

    /// Looks whether both are where they were; the standing of the file is told. `Some`: why nothing may be written.
    pub fn look(&mut self) -> Option<Halt> {
        let found = self.held.is_away().or_else(|| self.is_log_away());
        let standing = self.held.standing();
        match found {
            Some(why) => standing.stop(why),
            None if matches!(standing.halt(), Some(Halt::Gone | Halt::Replaced | Halt::LogGone)) => {
                self.saved = false;
                standing.go_on();
            }
            None => {}
        }
        standing.halt()
    }

    fn is_log_away(&mut self) -> Option<Halt> {
        let there = fs::metadata(&self.log).ok().map(|data| identity(&data));
        if self.log_identity.is_none() {
            self.log_identity = there;
        }
        (there != self.log_identity).then_some(Halt::LogGone)
    }

    /// Saves what the desk holds when the file is away, once each time: the process may be the last that has it.
    pub fn save_once(&mut self, writer: &Connection) {
        if self.saved || !self.held.standing().halt().is_some_and(Halt::is_away) {
            return;
        }
        self.saved = true;
        let path = self.held.path();
        let bytes =
            [self.held.file().metadata().map_or(0, |data| data.len()), length(&self.log)].iter().sum();
        match save(writer, path, bytes) {
            Ok(to) => log::error!(
                "what the desk held of {} is saved whole in {}; stop the desk, and move that to its place or restore it",
                path.display(),
                to.display()
            ),
            Err(fault) => {
                log::error!("what the desk holds of {} could not be saved: {fault}", path.display())
            }
        }
    }
}

/// Writes what the desk still holds into a new file beside its place, and returns the name of that. A file of such a
/// name is always a whole one.
pub fn save(connection: &Connection, database: &Path, bytes: u64) -> Result<PathBuf> {
    let file = |fault| Error::File { path: database.to_owned(), fault };
    let folder = database.parent().unwrap_or(Path::new("/"));
    if Room::under(folder).free < bytes + SPARE {
        return Err(file(io::Error::new(
            io::ErrorKind::StorageFull,
            "there is no room to save what it held",
        )));
    }
    let to = pairing::free(database, ".saved");
    let unfinished = pairing::beside(&to, ".unfinished");
    pairing::remove(&unfinished);
    let copied = backup::copy(connection, &unfinished, backup::Pace::Full, &mut |_, _| true);
    let kept = copied.and_then(|()| durable::rename(&unfinished, &to).map_err(file));
    if kept.is_err() {
        pairing::remove(&unfinished);
    }
    kept.map(|()| to)
}

/// The newest file that was saved of this one.
pub fn saved(database: &Path) -> Option<PathBuf> {
    (1..).map(|number: u32| name(database, number)).take_while(|path| path.exists()).last()
}

/// Refuses to begin a new desk where there was one: its file was lost, and who finds an empty desk in its place may
/// notice too late. What lies beside the place tells it: the note, the log, the key.
pub fn was_here(database: &Path, key: &Path) -> Result<()> {
    let beside = ["-seen", "-wal"].map(|end| pairing::beside(database, end));
    let trace = beside.into_iter().chain([key.to_owned()]).find(|path| path.exists());
    let Some(trace) = trace.filter(|_| !database.exists()) else { return Ok(()) };
    let way = match saved(database) {
        Some(saved) => {
            format!("what it held when the file was taken away lies in {}, move that back", saved.display())
        }
        None => "put the file back, or restore a copy with 'transom restore'".to_owned(),
    };
    Err(Error::Away { path: database.to_owned(), trace, way })
}

fn name(database: &Path, number: u32) -> PathBuf {
    pairing::beside(database, &format!(".saved-{number}"))
}
