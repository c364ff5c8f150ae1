//! Files of an export, below one folder.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::steady::Steady;
use crate::cli::Error;

/// Where an export is written.
pub struct Sink<'p> {
    folder: &'p Path,
}

impl<'p> Sink<'p> {
    /// Makes the folder and writes into it.
    pub fn new(folder: &'p Path) -> Result<Sink<'p>, Error> {
        let sink = Sink { folder };
        sink.folder(folder)?;
        Ok(sink)
    }

    /// Names the folder in what went wrong.
    pub fn told<T>(&self, outcome: std::io::Result<T>) -> Result<T, Error> {
        outcome.map_err(|fault| Error::Failed(format!("{}: {fault}", self.folder.display())))
    }

    /// What customers write is for the owner's eyes only.
    fn folder(&self, path: &Path) -> Result<(), Error> {
        self.told(DirBuilder::new().recursive(true).mode(0o700).create(path))
    }

    /// Begins a file, which must not be there.
    pub fn file(&self, name: &Path) -> Result<BufWriter<Steady>, Error> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        Ok(BufWriter::with_capacity(1 << 18, self.told(Steady::begin(&path))?))
    }

    /// Ends a file: it is on the disk.
    pub fn done(&self, file: BufWriter<Steady>) -> Result<(), Error> {
        let file = self.told(file.into_inner().map_err(std::io::IntoInnerError::into_error))?;
        self.told(file.end())
    }

    /// Writes a small file. It is not synced by itself: thousands of them would take hours.
    pub fn small(&self, name: &Path, content: &[u8]) -> Result<(), Error> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = self.told(opened)?;
        self.told(file.write_all(content))
    }

    /// Puts everything that was written on the disk.
    pub fn sync(&self) -> Result<(), Error> {
        let folder = self.told(File::open(self.folder))?;
        self.told(rustix::fs::syncfs(&folder).map_err(std::io::Error::from))
    }
}
