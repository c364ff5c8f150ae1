//! Prepared texts: saved replies of the team, and what providers say of their templates.

use serde_json::{Value, json};

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::channel::Channel;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::template::{Status, Template};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, channel, event, template};

/// A saved reply, as it is written on its page.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The one that is changed; `None`: a new one.
    pub id: Option<Id<Template>>,
    /// The channel on which it is offered; `None`: on every one.
    pub channel: Option<Id<Channel>>,
    pub name: String,
    pub language: String,
    pub category: String,
    pub body: String,
    /// Agents send it as it is or not at all (S210).
    pub locked: bool,
}

/// The longest text of a saved reply.
pub const MOST: u32 = 20_000;

/// Keeps a saved reply, new or changed.
pub fn save(tx: &Tx<'_>, by: &Viewer, saved: &Saved, now: Timestamp) -> Result<Id<Template>> {
    by.must_be(Role::Supervisor)?;
    let row = row(tx, saved)?;
    let taken = template::by_name(tx, row.channel, &row.name, &row.language)?;
    if taken.is_some_and(|other| Some(other.id) != saved.id) {
        return Err(Refused::Field { field: "name", problem: Problem::Taken }.into());
    }
    let id = match saved.id {
        None => template::insert(tx, &row, now)?,
        Some(id) => {
            template::get(tx, id)?.filter(|old| old.status == Status::Own).ok_or(Error::NotFound)?;
            template::update(tx, &row)?;
            id
        }
    };
    log(tx, by.author(), json!({ "template": id.get() }), now)?;
    Ok(id)
}

fn row(tx: &Tx<'_>, saved: &Saved) -> Result<Template> {
    let refused = |field, problem| Err(Refused::Field { field, problem }.into());
    let body = saved.body.trim().replace("\r\n", "\n");
    if body.is_empty() {
        return refused("body", Problem::Missing);
    }
    if body.chars().count() > MOST as usize {
        return refused("body", Problem::TooLong { most: MOST });
    }
    if body.matches("{{").count() != body.matches("}}").count() {
        return refused("body", Problem::Wrong);
    }
    if let Some(id) = saved.channel {
        channel::get(tx, id)?.ok_or(Error::NotFound)?;
    }
    Ok(Template {
        id: saved.id.unwrap_or(Id::new(0)),
        channel: saved.channel,
        name: normal_name(&saved.name)?,
        language: saved.language.clone(),
        category: saved.category.trim().to_owned(),
        body,
        components: Value::Null,
        status: Status::Own,
        reason: None,
        locked: saved.locked,
        synced_at: None,
    })
}

/// Takes a saved reply away. What was sent with it stays.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Template>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    template::get(tx, id)?.filter(|old| old.status == Status::Own).ok_or(Error::NotFound)?;
    template::delete(tx, id)?;
    log(tx, by.author(), json!({ "template": id.get() }), now)
}

/// Takes over what the provider says of the templates of a channel. One that it no longer lists is kept
/// as disabled, so that people see what became of it.
pub fn take_synced(tx: &Tx<'_>, id: Id<Channel>, listed: &[Template], now: Timestamp) -> Result<()> {
    channel::get(tx, id)?.ok_or(Error::NotFound)?;
    for fresh in listed {
        let mut row = Template { channel: Some(id), synced_at: Some(now), ..fresh.clone() };
        match template::by_name(tx, Some(id), &row.name, &row.language)? {
            None => {
                template::insert(tx, &row, now)?;
            }
            Some(old) if old.status != Status::Own => {
                (row.id, row.locked) = (old.id, old.locked);
                template::update(tx, &row)?;
            }
            // A saved reply of the team has the same name; the team's own words stay.
            Some(_) => {}
        }
    }
    for mut gone in template::of_channel(tx, id)?.into_iter().filter(|old| old.synced_at != Some(now)) {
        (gone.status, gone.synced_at) = (Status::Disabled, Some(now));
        template::update(tx, &gone)?;
    }
    log(tx, None, json!({ "channel": id.get(), "templates": listed.len() }), now)
}

fn log(tx: &Tx<'_>, by: Option<Id<crate::domain::agent::Agent>>, data: Value, now: Timestamp) -> Result<()> {
    let new = event::New { kind: kind::TEMPLATE_CHANGED, agent: by, data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
