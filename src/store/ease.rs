//! Has a disk write what is dirty of a file piece by piece. What is left to one sync stands before everything that
//! anybody else writes meanwhile, a delivery's few pages too.

#![expect(unsafe_code, reason = "no safe interface knows the writing of a part of a file")]

use std::fs::File;
use std::io;

/// A file is written in so many pieces, of so many bytes at least.
const PIECES: u64 = 256;
const PIECE: u64 = 4 << 20;

/// Writes the whole file, a piece after the other. Nothing is on the disk for sure before it is synced as well; but a
/// failure is told here and not once more by that sync.
pub fn whole(file: &File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let piece = PIECE.max(length / PIECES);
    let mut from = 0;
    while from < length {
        part(file, from, piece)?;
        from += piece;
    }
    Ok(())
}

/// Writes what is dirty in a part of a file and waits for it; no length is up to the end.
#[cfg(target_os = "linux")]
pub fn part(file: &File, from: u64, length: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    let flags =
        libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    let (from, length) = (i64::try_from(from).unwrap_or_default(), i64::try_from(length).unwrap_or_default());
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the other arguments are plain numbers.
    match unsafe { libc::sync_file_range(file.as_raw_fd(), from, length, flags) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // A file system that does not know it writes all of it at the sync.
            fault if matches!(fault.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL | libc::ESPIPE)) => {
                Ok(())
            }
            fault => Err(fault),
        },
    }
}

#[cfg(not(target_os = "linux"))]
pub fn part(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}
