//! What can happen at the desk: one verb a file, one transaction each. Rights are checked here.

pub mod acknowledge;
pub mod agent;
pub mod alert;
pub mod announce;
pub mod announcement;
mod aside;
pub mod assign;
pub mod audit;
pub mod auto_close;
pub mod availability;
pub mod begin;
pub mod bring;
pub mod cards;
pub mod channel;
pub mod checkup;
pub mod close;
mod consent;
pub mod contact;
pub mod copies;
pub mod deal;
pub mod dispatch;
pub mod draft;
pub mod endings;
pub mod face;
pub mod fetched;
pub mod field;
pub mod greet;
mod history;
pub mod hosted;
pub mod identity;
pub mod inbound;
mod key;
pub mod keymap;
pub mod later;
pub mod letter;
pub mod mail_thread;
pub mod many;
pub mod media_key;
pub mod move_mail;
pub mod note;
pub mod notice;
pub mod outbound;
pub mod outgoing;
pub mod past;
pub mod pictures;
pub mod polled;
pub mod prepared;
pub mod profile;
pub mod queue;
pub mod reach;
pub mod react;
pub mod read;
pub mod receive;
pub mod reopen;
pub mod reply;
pub mod restricted;
pub mod restricted_report;
pub mod retention;
pub mod retry;
pub mod roster;
pub mod saved;
mod seal;
pub mod second_factor;
pub mod segment;
pub mod sender;
pub mod setting;
pub mod settle;
pub mod setup;
pub mod sheet;
pub mod sign_in;
pub mod simulate;
pub mod snooze;
pub mod tag;
pub mod take_back;
pub mod take_over;
pub mod template;
pub mod template_sheet;
pub mod token;
pub mod transfer;
pub mod undo;
pub mod upload;
pub mod visitor;
pub mod webhook;
pub mod window;
pub mod workflow;
pub mod wrap;
pub mod wrapup;
pub mod writing;

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
