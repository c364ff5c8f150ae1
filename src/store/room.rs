//! How much room there is on the disk under a file.

use std::path::Path;

/// Below this much, and a tenth of the disk, administrators are told.
const LOW: u64 = 4 << 30;
/// Below this much, and a fiftieth of the disk, files are refused: messages still fit for a long time.
const TIGHT: u64 = 512 << 20;

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

    /// Whether only messages are still taken, and no files.
    pub fn is_tight(self) -> bool {
        self.free < TIGHT.min(self.all / 50)
    }
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
}
