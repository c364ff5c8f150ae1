//! What can happen to a contact. Every agent may keep the address book; taking people out of it needs a supervisor.

mod address;
mod block;
mod change;
mod consent;
mod create;
mod delete;
mod learnt;
mod likeness;
mod merge;
mod part;
pub mod take;

use serde_json::{Value, json};

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Connection, Tx, event};

pub use address::{NewAddress, add_address, remove_address};
pub use block::{block, unblock};
pub use change::{Change, change, unfit};
pub use consent::note_consent;
pub use create::{New, create};
pub use delete::delete;
pub(super) use learnt::{is_nameless, learnt, typed_email};
pub use likeness::not_the_same;
pub use merge::{Merge, OpenOnes, merge};
pub use part::{PARTED_WITHIN, part};

/// The longest name and the longest description that are kept.
const NAME: u32 = 200;
const ABOUT: u32 = 10_000;

fn find(connection: &Connection, id: Id<Contact>) -> Result<Contact> {
    store::contact::get(connection, id)?.ok_or(Error::NotFound)
}

/// A text in its bounds, without spaces around it.
fn bounded(field: &'static str, text: &str, most: u32) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > most as usize {
        return Err(Refused::Field { field, problem: Problem::TooLong { most } }.into());
    }
    Ok(text.to_owned())
}

/// A language code as `es` or `pt-BR`; empty clears it.
fn language(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let code = |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    if text.len() <= 35 && text.split(['-', '_']).all(code) {
        Ok(Some(text.to_owned()))
    } else {
        Err(Refused::Field { field: "language", problem: Problem::Wrong }.into())
    }
}

/// Notes in the log which parts of a contact changed; the values stay out of it.
fn log_changed(tx: &Tx<'_>, by: &Viewer, id: Id<Contact>, parts: &[&str], now: Timestamp) -> Result<()> {
    let entry = event::New {
        kind: crate::domain::event::kind::CONTACT_CHANGED,
        agent: by.author(),
        contact: Some(id),
        data: changed(parts),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}

fn changed(parts: &[&str]) -> Value {
    json!({ "changed": parts })
}
