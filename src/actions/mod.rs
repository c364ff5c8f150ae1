//! What can happen at the desk: one verb a file, one transaction each. Rights are checked here.

pub mod simulate;
pub mod visitor;

use crate::domain::Refused;
use crate::store;

/// An action did not happen.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or the asker may not know of it.
    NotFound,
    /// The rules say no.
    Refused(Refused),
    /// The file could not be read or written.
    Store(store::Error),
}

impl From<store::Error> for Error {
    fn from(fault: store::Error) -> Self {
        Error::Store(fault)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(fault: rusqlite::Error) -> Self {
        Error::Store(fault.into())
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Error::Refused(refused)
    }
}

/// What an action returns.
pub type Result<T> = std::result::Result<T, Error>;
