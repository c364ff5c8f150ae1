//! Names that stay. A file that is synced may still lose its name in a power loss, or have the one from before, until the
//! folder is synced as well.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Brings the names onto the disk that were made, changed or taken away beside `path`, with its own.
pub fn sync_beside(path: &Path) -> io::Result<()> {
    sync(folder_of(path))
}

/// Gives a file that is synced another name in the same folder, which it has also after a power loss.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_beside(to)
}

/// Brings all names in a folder onto the disk, and those in its folders.
pub fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        }
    }
    sync(folder)
}

/// Makes a folder for its owner only where there is none, with those above it.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    sync_beside(path)
}

fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // A file system that knows no syncing of folders keeps names in its own way.
        Err(fault) if matches!(fault.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        outcome => outcome,
    }
}
