//! SQL, and only SQL: one file a table. Reads take a connection, writes take a [`Tx`].

pub mod agent;
pub mod alert;
pub mod announcement;
pub mod archive;
pub mod aside;
pub mod attachment;
pub mod attempt;
pub mod audit;
pub mod auto_close;
pub mod availability;
pub mod away;
pub mod backup;
pub mod bulk;
pub mod channel;
pub mod check;
pub mod checkpoint;
pub mod checkup;
pub mod contact;
pub mod conversation;
pub mod copies;
pub mod copy;
pub mod deed;
pub mod device;
pub mod draft;
pub mod dump;
pub mod durable;
pub mod ease;
pub mod erase;
pub mod event;
pub mod expression;
pub mod face;
pub mod field;
pub mod folder;
pub mod found;
pub mod grant;
pub mod greeting;
pub mod health;
pub mod hit_folders;
pub mod hit_rows;
pub mod hit_threads;
mod hit_walk;
pub mod hits;
pub mod hosted;
pub mod identity;
pub mod imported;
pub mod inbound;
pub mod intake;
pub mod invitation;
pub mod later;
pub mod leap;
pub mod lease;
pub mod likeness;
pub mod list;
pub mod load;
pub mod mail;
pub mod merge;
pub mod message;
pub mod migrate;
pub mod mover;
pub mod moves;
pub mod named;
pub mod notice;
pub mod offer;
pub mod open;
pub mod outbox;
pub mod pace;
pub mod pairing;
pub mod past;
pub mod past_said;
pub mod pictures;
pub mod profile;
pub mod purge;
pub mod queue;
pub mod reaction;
pub mod readers;
pub mod restricted;
pub mod retention;
pub mod room;
pub mod roster;
pub mod salvage;
pub mod saved;
pub mod search;
pub mod second_factor;
pub mod seen;
pub mod segment;
pub mod session;
pub mod setting;
pub mod sheet;
mod shown;
pub mod sift;
pub mod simulator;
pub mod spool;
pub mod standing;
pub mod tag;
pub mod template;
pub mod thread;
pub mod throttle;
pub mod token;
pub mod values;
pub mod visitor;
pub mod walk;
pub mod webhook;
pub mod words;
pub mod workflow;
pub mod workflow_run;
pub mod wrapup;
pub mod writer;

use std::path::PathBuf;

pub use readers::Readers;
pub use rusqlite::Connection;
pub use writer::{Tx, Writer};

use crate::domain::halt::Halt;

/// The file could not be read or written. Never means "not found": that is an `Option`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database: {0}")]
    Sqlite(#[source] rusqlite::Error),
    #[error("the disk is full; nothing was written")]
    DiskFull,
    #[error("{0}")]
    Halted(Halt),
    #[error("the desk is stopping")]
    Stopped,
    #[error("a write broke; nothing of it was kept")]
    Broken,
    #[error("{path}: the disk is full. Make room on it and try again")]
    NoRoom { path: PathBuf },
    #[error(
        "{path} cannot be opened; its folder and its files must be readable, and to serve it writable, by the user who \
         runs Transom ({why})"
    )]
    ReadOnly { path: PathBuf, why: String },
    #[error(
        "{path} cannot be read where nothing can be written, because its log lies beside it; copy both into another \
         folder"
    )]
    LogBeside { path: PathBuf },
    #[error("{path} is locked by another program; stop that first")]
    InUse { path: PathBuf },
    #[error(
        "{path} is damaged: {why}. 'transom check' tells more, 'transom restore' puts a copy in its place, and 'transom \
         export --rescue' takes out what can be read"
    )]
    Damaged { path: PathBuf, why: String },
    #[error("{path} is not a Transom desk: {why}")]
    NotOurs { path: PathBuf, why: String },
    #[error(
        "{path} was written by a newer Transom (its schema is {found}, this program knows {known}); start the newer program"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{path} could not be brought up to date: {why}. Nothing in it was changed; go on with the program that you had"
    )]
    Upgrade { path: PathBuf, why: String },
    #[error(
        "{path} is not there, but {trace} is, so there was a desk; {way}. To begin a new desk in its place, move {trace} \
         away"
    )]
    Away { path: PathBuf, trace: PathBuf, way: String },
    #[error("{path}: {fault}")]
    File { path: PathBuf, fault: std::io::Error },
}

/// What reading and writing returns.
pub type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(fault: rusqlite::Error) -> Error {
        standing::notice(&fault);
        Error::Sqlite(fault)
    }
}

impl Error {
    /// Whether the fault lies in what was written, and not in the file or the disk: others may go on.
    pub fn is_of_one_row(&self) -> bool {
        use rusqlite::ErrorCode;
        match self {
            Error::Sqlite(fault) => !matches!(
                fault.sqlite_error_code(),
                Some(
                    ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::OutOfMemory
                        | ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::DatabaseCorrupt
                        | ErrorCode::ReadOnly
                        | ErrorCode::CannotOpen
                        | ErrorCode::NotADatabase
                )
            ),
            _ => false,
        }
    }
}
