//! SQL, and only SQL: one file a table. Reads take a connection, writes take a [`Tx`].

pub mod agent;
pub mod attachment;
pub mod attempt;
pub mod backup;
pub mod channel;
pub mod check;
pub mod contact;
pub mod conversation;
pub mod device;
pub mod draft;
pub mod erase;
pub mod event;
pub mod folder;
pub mod found;
pub mod grant;
pub mod health;
pub mod inbound;
pub mod invitation;
pub mod list;
pub mod merge;
pub mod message;
pub mod open;
pub mod outbox;
pub mod queue;
pub mod readers;
pub mod search;
pub mod session;
pub mod setting;
pub mod template;
pub mod token;
pub mod values;
pub mod walk;
pub mod webhook;
pub mod wrapup;
pub mod writer;

use std::path::PathBuf;

pub use readers::Readers;
pub use rusqlite::Connection;
pub use writer::{Tx, Writer};

/// The file could not be read or written. Never means "not found": that is an `Option`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the disk is full; nothing was written")]
    DiskFull,
    #[error("the desk is stopping")]
    Stopped,
    #[error("a write broke; nothing of it was kept")]
    Broken,
    #[error("{path} is not a Transom desk: {why}")]
    NotOurs { path: PathBuf, why: String },
    #[error(
        "{path} was written by a newer Transom (its schema is {found}, this program knows {known}); start the newer program"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path}: {fault}")]
    File { path: PathBuf, fault: std::io::Error },
}

/// What reading and writing returns.
pub type Result<T> = std::result::Result<T, Error>;
