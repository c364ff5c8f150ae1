//! Why the desk has stopped writing into its file. What is there can still be read.

use std::fmt;

/// Why nothing more is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Halt {
    /// There is no file at its place any more.
    Gone,
    /// Another file stands in its place.
    Replaced,
    /// The log beside the file was taken away, or another one stands in its place.
    LogGone,
    /// A page of the file is not as it was written.
    Damaged,
    /// Another program keeps everybody else from writing.
    Locked,
    /// The disk did not keep what was written into the file.
    Unsynced,
}

impl Halt {
    /// Whether only a new start ends it.
    pub const fn is_final(self) -> bool {
        matches!(self, Halt::Damaged | Halt::Unsynced)
    }

    /// Whether the desk holds a file that nobody finds at its place.
    pub const fn is_away(self) -> bool {
        matches!(self, Halt::Gone | Halt::Replaced)
    }

    /// The word that programs are told.
    pub const fn code(self) -> &'static str {
        match self {
            Halt::Gone => "file_gone",
            Halt::Replaced => "file_replaced",
            Halt::LogGone => "log_gone",
            Halt::Damaged => "file_damaged",
            Halt::Locked => "file_locked",
            Halt::Unsynced => "disk_unsure",
        }
    }
}

/// For the log and for commands: what happened and what to do.
impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Halt::Gone => {
                "the database file was taken away while it is in use, so nothing more is written; put it back, or stop \
                 the desk and restore a copy with 'transom restore'"
            }
            Halt::Replaced => {
                "another file was put in the place of the database while it is in use, so nothing more is written; \
                 stop the desk and start it again"
            }
            Halt::LogGone => {
                "the log beside the database (-wal) was taken away while it is in use, so nothing more is written; \
                 stop the desk and start it again"
            }
            Halt::Damaged => {
                "the database is damaged, so nothing more is written; stop the desk, look with 'transom check', put a \
                 copy back with 'transom restore', or take out what can be read with 'transom export --rescue'"
            }
            Halt::Locked => {
                "another program keeps the database locked, so nothing can be written until it lets go"
            }
            Halt::Unsynced => {
                "the disk did not keep what was written into the database, so nothing more is written; look at the \
                 disk, and start the desk again"
            }
        })
    }
}
