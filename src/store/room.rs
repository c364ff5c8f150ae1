//! How much room there is on the disk under a file.

use std::path::Path;

use rusqlite::Connection;

use super::{Result, Tx, setting};

/// Below this much, and a tenth of the disk, administrators are told.
const LOW: u64 = 4 << 30;
/// Below this much, and a fiftieth of the disk, files are refused: messages still fit for a long time.
const TIGHT: u64 = 512 << 20;

/// A log of this length is moved also under a copy, and where room is low one of this.
const LONGEST_LOG: u64 = 2 << 30;
const LONG_LOG: u64 = 64 << 20;

/// A disk, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    pub free: u64,
    pub all: u64,
}

impl Room {
    /// The disk under `path`; where it cannot be asked, there is room.
    pub fn under(path: &Path) -> Room {
        let disk = rustix::fs::statvfs(path);
        disk.map_or(Room { free: u64::MAX, all: u64::MAX }, |disk| Room {
            free: disk.f_bavail.saturating_mul(disk.f_frsize),
            all: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }

    /// Whether it is time to make room.
    pub fn is_low(self) -> bool {
        self.free < LOW.min(self.all / 10)
    }

    /// Whether a log of so many bytes must not grow on, whoever copies the file meanwhile. A large disk on which a large
    /// file and its copy leave less than a tenth has room for a log yet; only where it is low is a log long at 64 MB.
    pub fn is_pressed_by(self, log: u64) -> bool {
        log > LONGEST_LOG || (log > LONG_LOG && self.is_low())
    }

    /// Whether only messages are still taken, and no files.
    pub fn is_tight(self) -> bool {
        self.free < TIGHT.min(self.all / 50)
    }
}

/// How long a file is, in bytes; one that is not there is empty.
pub fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |data| data.len())
}

/// Whether files still fit: there is room on the disk, and the file is below what the team allows it, in megabytes
/// (`file_quota`). Pages that were freed count as free.
pub fn takes_files(connection: &Connection) -> Result<bool> {
    if connection.path().is_some_and(|path| Room::under(Path::new(path)).is_tight()) {
        return Ok(false);
    }
    let quota = setting::get(connection, setting::key::FILE_QUOTA)?.and_then(|text| text.parse::<u64>().ok());
    match quota.filter(|most| *most > 0) {
        Some(most) => Ok(used(connection)? < most << 20),
        None => Ok(true),
    }
}

/// How many bytes of the file hold something.
pub fn used(connection: &Connection) -> Result<u64> {
    let number = |name: &str| -> Result<u64> {
        Ok(connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    Ok(number("page_count")?.saturating_sub(number("freelist_count")?) * number("page_size")?)
}

/// Gives up to `most` pages that hold nothing back to the disk. Whether there may be more.
pub fn give_back(tx: &Tx<'_>, most: u32) -> Result<bool> {
    let free: u32 = tx.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    let all: u32 = tx.pragma_query_value(None, "page_count", |row| row.get(0))?;
    // Some are kept: what is written next takes them, and the file need not grow again for it.
    if free < most + all / 10 {
        return Ok(false);
    }
    let mut statement = tx.prepare(&format!("PRAGMA incremental_vacuum({most})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {
        // Each row is a page that has gone.
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_disk_is_low_at_a_size_and_a_small_one_at_a_share() {
        let large = Room { free: 5 << 30, all: 1 << 40 };
        assert!(!large.is_low() && !large.is_tight());
        assert!(Room { free: 3 << 30, ..large }.is_low());
        assert!(Room { free: 500 << 20, ..large }.is_tight());
        let small = Room { free: 100 << 20, all: 500 << 20 };
        assert!(!small.is_low());
        assert!(Room { free: 40 << 20, ..small }.is_low());
        assert!(!Room { free: 40 << 20, ..small }.is_tight());
        assert!(Room { free: 9 << 20, ..small }.is_tight());
        assert!(!Room::under(Path::new("/no/such/place")).is_low());
    }

    #[test]
    fn a_log_presses_when_it_is_very_long_or_the_room_is_low() {
        // 20 GB of files and their copy on a disk of 60 GB leave a twelfth of it.
        let fits = Room { free: 5 << 30, all: 60 << 30 };
        assert!(!fits.is_pressed_by(500 << 20) && fits.is_pressed_by(3 << 30));
        let low = Room { free: 3 << 30, ..fits };
        assert!(low.is_pressed_by(65 << 20) && !low.is_pressed_by(63 << 20));
    }
}
