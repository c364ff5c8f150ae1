//! How far this place has seen its file go: a note beside it, by which a copy that was put back is noticed.
//!
//! `transom restore` marks what waited to be sent as unsure, because it may have left since the copy was made. Who
//! puts a copy back with `cp` has no such help, and nothing in the file itself can tell. So the generation of the
//! file (see `pairing`) is written into `transom.db-seen` by the first commit of each, before anybody hears of that
//! commit. A file that is behind the note was put back; so was one for which there is no note, or one whose note
//! came with it: the note holds when it was written, and a file that is copied gets a new change time.
//!
//! The note is never synced. After a power loss it is older than the file, and that is no sign of a copy.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::pairing;
use crate::domain::Timestamp;

/// How many generations the file may be ahead of its note: about an hour of them, one a second.
const AHEAD: u32 = 4096;
/// How far the note's own time and the time at which the disk says it was changed may lie apart: after a power loss
/// the one may be on the disk and the other not yet.
const APART_MS: i64 = 60_000;

/// The note beside a database.
pub struct Seen {
    path: PathBuf,
    now: fn() -> Timestamp,
}

impl Seen {
    /// The note beside the file at `database`. `now` is the system's time, as files get theirs from it.
    pub fn new(database: &Path, now: fn() -> Timestamp) -> Seen {
        Seen { path: pairing::beside(database, "-seen"), now }
    }

    /// Whether a file of this generation is the one that was here last, and not a copy of an earlier state.
    pub fn knows(&self, generation: u32) -> bool {
        let Ok(Some((noted, written, changed))) = self.read() else { return false };
        pairing::ahead(generation, noted) <= AHEAD && (written - changed).abs() <= APART_MS
    }

    /// Notes that the file is of this generation now. Where it cannot be written the log says so: a later start
    /// then takes the file for one that was put back, which is the safe side.
    pub fn note(&self, generation: u32) {
        if let Err(fault) = self.write(generation) {
            log::warn!("{} cannot be written: {fault}", self.path.display());
        }
    }

    /// The generation, when it was written and when the disk says that it was changed, in milliseconds.
    fn read(&self) -> io::Result<Option<(u32, i64, i64)>> {
        let mut file = File::open(&self.path)?;
        let data = file.metadata()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let mut words = text.split_whitespace().skip(1);
        let generation = words.next().and_then(|word| word.parse().ok());
        let written = words.next().and_then(|word| word.parse().ok());
        let changed = data.ctime() * 1000 + data.ctime_nsec() / 1_000_000;
        Ok(generation.zip(written).map(|(generation, written)| (generation, written, changed)))
    }

    /// One line of a fixed length, so that it is written over in place and never half.
    fn write(&self, generation: u32) -> io::Result<()> {
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&self.path)?;
        let line = format!("generation {generation:>10} {:>20}\n", (self.now)().0);
        file.write_all_at(line.as_bytes(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time as files get it.
    fn real() -> Timestamp {
        let file = tempfile::NamedTempFile::new().unwrap();
        let data = file.as_file().metadata().unwrap();
        Timestamp(data.ctime() * 1000 + data.ctime_nsec() / 1_000_000)
    }

    fn an_hour_ago() -> Timestamp {
        Timestamp(real().0 - 3_600_000)
    }

    #[test]
    fn a_file_behind_its_note_or_without_one_was_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let seen = Seen::new(&folder.path().join("transom.db"), real);
        assert!(!seen.knows(0), "there is no note yet");
        seen.note(700);
        assert!(seen.knows(700));
        assert!(seen.knows(760), "the note lags after a power loss");
        assert!(!seen.knows(699));
        assert!(!seen.knows(700 + AHEAD + 1));
        seen.note((1 << 22) - 1);
        assert!(seen.knows(3), "the count begins anew");
    }

    #[test]
    fn a_note_that_came_with_a_copy_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("transom.db");
        // As it is when the whole folder was copied an hour ago and is put back now.
        Seen::new(&database, an_hour_ago).note(5);
        assert!(!Seen::new(&database, real).knows(5));
        std::fs::write(pairing::beside(&database, "-seen"), "torn").unwrap();
        assert!(!Seen::new(&database, real).knows(5));
    }
}
