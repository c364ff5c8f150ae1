//! Prepared texts: saved replies of the team, and what providers say of their templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::channel::{Channel, Kind};
use crate::domain::event::kind;
use crate::domain::parameter::{FIELD, Source};
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::template::{Stage, Status, Template, gaps};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, channel, event, field, queue, template};

/// A saved reply, as it is written on its page.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// The one that is changed; `None`: a new one.
    pub id: Option<Id<Template>>,
    pub name: String,
    pub language: String,
    pub category: String,
    pub body: String,
    /// Agents send it as it is or not at all (S210).
    pub locked: bool,
    pub stage: Stage,
    /// Where it is offered.
    pub scope: Scope,
    /// Only administrators may change it (S209).
    pub guarded: bool,
}

/// Where a saved reply is offered; what is `None` says nothing about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scope {
    pub channel: Option<Id<Channel>>,
    pub kind: Option<Kind>,
    pub queue: Option<Id<Queue>>,
}

/// The longest text of a saved reply.
pub const MOST: u32 = 20_000;
/// The longest category.
const CATEGORY: u32 = 80;

/// What a saved reply became.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Became {
    Made(Id<Template>),
    Changed(Id<Template>),
    Same(Id<Template>),
}

impl Became {
    /// Which one it is.
    pub fn id(self) -> Id<Template> {
        match self {
            Became::Made(id) | Became::Changed(id) | Became::Same(id) => id,
        }
    }
}

/// Keeps a saved reply, new or changed. Other words are a new version of it.
pub fn save(tx: &Tx<'_>, by: &Viewer, saved: &Saved, now: Timestamp) -> Result<Id<Template>> {
    let judged = judge(tx, by, saved)?;
    Ok(keep(tx, by, judged, now)?.id())
}

/// A saved reply that may be kept, with the one that it takes the place of.
pub(super) struct Judged {
    row: Template,
    before: Option<Template>,
}

impl Judged {
    /// What it will become; a new one has no number yet.
    pub(super) fn would_become(&self) -> Became {
        match &self.before {
            None => Became::Made(Id::new(0)),
            Some(before) if self.row == *before => Became::Same(before.id),
            Some(before) => Became::Changed(before.id),
        }
    }
}

/// Whether `by` may keep it so.
pub(super) fn judge(tx: &Tx<'_>, by: &Viewer, saved: &Saved) -> Result<Judged> {
    by.must_be(Role::Supervisor)?;
    let before = match saved.id {
        Some(id) => Some(own(tx, id)?),
        None => None,
    };
    if saved.guarded || before.as_ref().is_some_and(|before| before.guarded) {
        by.must_be(Role::Admin)?;
    }
    let mut row = row(tx, saved)?;
    let taken = template::by_name(tx, row.channel, &row.name, &row.language)?;
    if taken.is_some_and(|other| Some(other.id) != saved.id) {
        return Err(Refused::Field { field: "name", problem: Problem::Taken }.into());
    }
    if let Some(before) = &before {
        row.version = if row.says_the_same(before) { before.version } else { before.version + 1 };
    }
    Ok(Judged { row, before })
}

/// Keeps what was judged in the same transaction.
pub(super) fn keep(tx: &Tx<'_>, by: &Viewer, judged: Judged, now: Timestamp) -> Result<Became> {
    let became = judged.would_become();
    let became = match became {
        Became::Made(_) => Became::Made(template::insert(tx, &judged.row, now)?),
        Became::Changed(_) => {
            template::update(tx, &judged.row)?;
            became
        }
        Became::Same(_) => return Ok(became),
    };
    let version = judged.before.is_none_or(|before| before.version != judged.row.version);
    if version {
        template::keep_version(tx, (became.id(), &judged.row), by.author(), now)?;
    }
    let data = json!({ "template": became.id().get(), "version": judged.row.version });
    log(tx, by.author(), data, now)?;
    Ok(became)
}

/// A saved reply of the team.
fn own(tx: &Tx<'_>, id: Id<Template>) -> Result<Template> {
    template::get(tx, id)?.filter(|found| found.status == Status::Own).ok_or(Error::NotFound)
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
    known_gaps(tx, &body)?;
    let category = saved.category.trim().to_owned();
    if category.chars().count() > CATEGORY as usize {
        return refused("category", Problem::TooLong { most: CATEGORY });
    }
    let language = match saved.language.trim() {
        "" => String::new(),
        typed => match crate::domain::template::language(typed) {
            Some(language) => language,
            None => return refused("language", Problem::Wrong),
        },
    };
    let Scope { channel, kind, queue } = saved.scope;
    if let Some(id) = channel {
        let found = channel::get(tx, id)?.ok_or(Error::NotFound)?;
        if kind.is_some_and(|kind| kind != found.card.speaks_as) {
            // It would be offered nowhere.
            return refused("kind", Problem::Wrong);
        }
    }
    if let Some(id) = queue {
        queue::get(tx, id)?.ok_or(Error::NotFound)?;
    }
    Ok(Template {
        id: saved.id.unwrap_or(Id::new(0)),
        channel,
        name: normal_name(&saved.name)?,
        language,
        category,
        body,
        locked: saved.locked,
        stage: saved.stage,
        kind,
        queue,
        guarded: saved.guarded,
        ..Template::default()
    })
}

/// A gap that looks like the desk's own has to be one that the desk can fill (S212).
fn known_gaps(tx: &Tx<'_>, body: &str) -> Result<()> {
    for gap in gaps(body) {
        match Source::of(&gap) {
            Source::Unknown => return Err(Refused::UnknownGap { parameter: gap }.into()),
            Source::Desk(name) => sourced(tx, &name)?,
            Source::Person => {}
        }
    }
    Ok(())
}

/// Whether the desk knows this name: one of its own, or a field of the team's.
fn sourced(tx: &Tx<'_>, name: &str) -> Result<()> {
    let there = match name.strip_prefix(FIELD) {
        Some(field) => field::all(tx)?.iter().any(|known| known.name == field),
        None => matches!(Source::of(name), Source::Desk(_)),
    };
    if there { Ok(()) } else { Err(Refused::UnknownGap { parameter: name.to_owned() }.into()) }
}

/// How the desk uses a template of a provider: in which part of a conversation and in which queue it is offered, and
/// what the desk puts into its gaps by itself, whose names the provider chose. A gap without a name is filled by people.
pub fn settle(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Template>,
    (stage, queue, fills): (Stage, Option<Id<Queue>>, &BTreeMap<String, String>),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    let mut found =
        template::get(tx, id)?.filter(|found| found.status != Status::Own).ok_or(Error::NotFound)?;
    if let Some(queue) = queue {
        queue::get(tx, queue)?.ok_or(Error::NotFound)?;
    }
    let gaps = gaps(&found.body);
    let fills = fills.iter().filter(|(gap, name)| gaps.contains(gap) && !name.is_empty());
    found.fills = fills.map(|(gap, name)| (gap.clone(), name.clone())).collect();
    found.fills.values().try_for_each(|name| sourced(tx, name))?;
    (found.stage, found.queue) = (stage, queue);
    template::update(tx, &found)?;
    log(tx, by.author(), json!({ "template": id.get() }), now)
}

/// Takes a saved reply away. What was sent with it stays.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Template>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    if own(tx, id)?.guarded {
        by.must_be(Role::Admin)?;
    }
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
                let made = template::insert(tx, &row, now)?;
                template::keep_version(tx, (made, &row), None, now)?;
            }
            Some(old) if old.status != Status::Own => {
                (row.id, row.locked, row.fills) = (old.id, old.locked, old.fills.clone());
                (row.stage, row.queue, row.version) = (old.stage, old.queue, old.version);
                if !row.says_the_same(&old) {
                    row.version += 1;
                    template::keep_version(tx, (row.id, &row), None, now)?;
                }
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
