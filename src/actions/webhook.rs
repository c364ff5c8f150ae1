//! A program is told what happens at the desk, or is told no longer.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::event::kind;
use crate::domain::webhook::{self, Webhook};
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, event};

/// A webhook to be added.
#[derive(Clone, Debug)]
pub struct New {
    pub url: String,
    /// Empty: every kind.
    pub kinds: Vec<String>,
    /// What deliveries are signed with, sealed already.
    pub sealed: Vec<u8>,
}

/// Adds a webhook, which is told of what happens from now on.
pub fn add(tx: &Tx<'_>, by: &Viewer, new: &New, now: Timestamp) -> Result<Id<Webhook>> {
    by.must_be(Role::Admin)?;
    let url = webhook::url(&new.url)?;
    let kinds = webhook::kinds(&new.kinds)?;
    let cursor = Id::new(event::latest(tx)?);
    let row = store::webhook::New { url: &url, kinds: &kinds, sealed: &new.sealed, cursor };
    let id = store::webhook::insert(tx, &row, now)?;
    log(tx, by, kind::WEBHOOK_ADDED, id, now)?;
    Ok(id)
}

/// Takes a webhook away.
pub fn remove(tx: &Tx<'_>, by: &Viewer, id: Id<Webhook>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    store::webhook::get(tx, id)?.ok_or(Error::NotFound)?;
    store::webhook::delete(tx, id)?;
    log(tx, by, kind::WEBHOOK_REMOVED, id, now)
}

fn log(tx: &Tx<'_>, by: &Viewer, kind: &'static str, id: Id<Webhook>, now: Timestamp) -> Result<()> {
    let entry = event::New {
        kind,
        agent: by.author(),
        data: json!({ "webhook": id.get() }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}
