//! A file of an export, which reaches the disk while it grows. All of it at the end would stand before everything that a
//! desk beside it writes, for a second and more.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::store::ease;

/// So many bytes at a time.
const AT_ONCE: usize = 1 << 20;

pub struct Steady {
    file: File,
    /// Bytes that the disk has not begun to write.
    waiting: usize,
}

impl Steady {
    /// Begins a file for its owner only, which must not be there.
    pub fn begin(path: &Path) -> Result<Steady> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Steady { file, waiting: 0 })
    }

    /// Ends it: all of it is on the disk.
    pub fn end(self) -> Result<()> {
        self.file.sync_all()
    }
}

impl Write for Steady {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.waiting >= AT_ONCE {
            ease::part(&self.file, 0, 0)?;
            self.waiting = 0;
        }
        let written = self.file.write(bytes)?;
        self.waiting += written;
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}
