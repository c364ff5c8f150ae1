//! A program is told what happens at the desk, or is told no longer.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::event::{Event, kind};
use crate::domain::refused::Problem;
use crate::domain::webhook::{self, Answer, Webhook};
use crate::domain::{Id, Refused, Timestamp, outbox};
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

/// What is to be changed; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub kinds: Option<Vec<String>>,
    pub enabled: Option<bool>,
}

/// Changes which kinds a webhook is told of, or switches it off and on. What happens meanwhile is told
/// when it is on again.
pub fn change(tx: &Tx<'_>, by: &Viewer, id: Id<Webhook>, change: &Change, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut webhook = store::webhook::get(tx, id)?.ok_or(Error::NotFound)?;
    if let Some(kinds) = &change.kinds {
        webhook.kinds = webhook::kinds(kinds)?;
    }
    match change.enabled {
        Some(true) => (webhook.disabled_at, webhook.attempt, webhook.due_at) = (None, 0, now),
        Some(false) => webhook.disabled_at = webhook.disabled_at.or(Some(now)),
        None => {}
    }
    store::webhook::update(tx, &webhook)?;
    log(tx, by, kind::WEBHOOK_CHANGED, id, now)
}

/// Tells a webhook again everything after an entry (C28).
pub fn replay(tx: &Tx<'_>, by: &Viewer, id: Id<Webhook>, after: Id<Event>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let mut webhook = store::webhook::get(tx, id)?.ok_or(Error::NotFound)?;
    if after.get() < 0 || after > webhook.cursor {
        return Err(Refused::Field { field: "after", problem: Problem::Wrong }.into());
    }
    (webhook.cursor, webhook.attempt, webhook.due_at) = (after, 0, now);
    store::webhook::update(tx, &webhook)?;
    log(tx, by, kind::WEBHOOK_CHANGED, id, now)
}

/// How many answers are kept of each webhook.
const ANSWERS: u32 = 100;

/// One delivery: what was said to it, where the webhook stood before, and how long to wait if it failed.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub answer: Answer,
    pub from: Id<Event>,
    /// The kinds that it was to be told of.
    pub kinds: Vec<String>,
    /// Any number, by which the wait after a failure is scattered.
    pub dice: u64,
}

/// Notes what a webhook said to an entry, and what follows: the next entry, or the same again later. One
/// that says that it is gone for good is switched off. `false`: it stands elsewhere by now, is off
/// or wants other kinds, so look again.
pub fn answered(tx: &Tx<'_>, delivery: &Delivery, now: Timestamp) -> Result<bool> {
    let answer = &delivery.answer;
    let Some(mut webhook) = store::webhook::get(tx, answer.webhook)? else { return Ok(false) };
    store::webhook::keep_answer(tx, answer, ANSWERS)?;
    if webhook.cursor != delivery.from {
        return Ok(false);
    }
    if answer.is_good() {
        (webhook.cursor, webhook.attempt, webhook.due_at) = (answer.event, 0, now);
    } else {
        webhook.attempt += 1;
        webhook.due_at = now + outbox::pause(webhook.attempt, None, delivery.dice);
    }
    if answer.status == Some(410) {
        webhook.disabled_at = Some(now);
    }
    store::webhook::update(tx, &webhook)?;
    Ok(webhook.disabled_at.is_none() && webhook.kinds == delivery.kinds)
}

/// Moves a webhook over entries that it does not want to be told of.
pub fn skip(tx: &Tx<'_>, id: Id<Webhook>, from: Id<Event>, to: Id<Event>) -> Result<()> {
    match store::webhook::get(tx, id)? {
        Some(webhook) if webhook.cursor == from => {
            Ok(store::webhook::update(tx, &Webhook { cursor: to, ..webhook })?)
        }
        _ => Ok(()),
    }
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
