//! Saved views: made, changed, taken away, and what they let through.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::conversation::{Sort, View};
use crate::domain::event::kind;
use crate::domain::filter::Part;
use crate::domain::refused::Problem;
use crate::domain::saved::Saved;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Connection, Tx, event, saved as views};

/// The most views that one person has among the inboxes.
const MOST: usize = 50;

/// A view as somebody wants it.
#[derive(Clone, Debug)]
pub struct Wish {
    pub name: String,
    pub shared: bool,
    pub filter: Part,
    pub sort: Sort,
}

/// Saves a view of one's own.
pub fn add(tx: &Tx<'_>, by: &Viewer, wish: Wish, now: Timestamp) -> Result<Id<Saved>> {
    let owner = by.author().ok_or(Error::NotFound)?;
    if views::of(tx, owner)?.len() >= MOST {
        return Err(Refused::Field { field: "name", problem: Problem::TooMany { most: 50 } }.into());
    }
    let wish = checked(wish)?;
    let Wish { name, shared, filter, sort } = wish;
    let id = views::put(tx, &Saved { id: Id::new(0), name, owner, shared, filter, sort, created_at: now })?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// Changes a view. Only who made it may, and administrators.
pub fn change(tx: &Tx<'_>, by: &Viewer, id: Id<Saved>, wish: Wish, now: Timestamp) -> Result<()> {
    let before = own(tx, by, id)?;
    let Wish { name, shared, filter, sort } = checked(wish)?;
    views::put(tx, &Saved { name, shared, filter, sort, ..before })?;
    log(tx, by, id, now)
}

/// Takes a view away.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Saved>, now: Timestamp) -> Result<()> {
    own(tx, by, id)?;
    views::delete(tx, id)?;
    log(tx, by, id, now)
}

fn checked(wish: Wish) -> Result<Wish> {
    wish.filter.check()?;
    Ok(Wish { name: normal_name(&wish.name)?, ..wish })
}

/// The view, if `by` may look at it.
pub fn seen(connection: &Connection, by: &Viewer, id: Id<Saved>) -> Result<Saved> {
    let saved = views::get(connection, id)?.ok_or(Error::NotFound)?;
    if saved.shared || saved.owner == by.agent { Ok(saved) } else { Err(Error::NotFound) }
}

/// Whether `by` may change the view.
pub fn may_change(by: &Viewer, saved: &Saved) -> bool {
    saved.owner == by.agent || by.role >= Role::Admin
}

fn own(tx: &Tx<'_>, by: &Viewer, id: Id<Saved>) -> Result<Saved> {
    let saved = seen(tx, by, id)?;
    if may_change(by, &saved) { Ok(saved) } else { Err(Refused::NeedsRole { role: Role::Admin }.into()) }
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Saved>, now: Timestamp) -> Result<()> {
    let data = json!({ "view": id.get() });
    let new = event::New { kind: kind::VIEW_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// What narrows this list: the conditions of its view, and what was asked beside.
pub fn filter(connection: &Connection, by: &Viewer, view: View, only: Option<Part>) -> Result<Option<Part>> {
    let View::Saved(id) = view else { return Ok(only) };
    let saved = seen(connection, by, id)?.filter;
    Ok(Some(match only {
        Some(only) => Part::All(vec![saved, only]),
        None => saved,
    }))
}
