//! Segments of contacts: saved and taken away. They tell of conversations that not every agent may see, so they are
//! for supervisors, who see all.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::segment::{RULES, Rule, Segment};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Connection, Tx, event, segment as segments};

/// The most segments that one person has.
const MOST: usize = 100;

/// Saves a segment of one's own.
pub fn add(
    tx: &Tx<'_>,
    by: &Viewer,
    (name, shared, rules): (&str, bool, Vec<Rule>),
    now: Timestamp,
) -> Result<Id<Segment>> {
    by.must_be(Role::Supervisor)?;
    let owner = by.author().ok_or(Error::NotFound)?;
    bounded(&rules)?;
    if segments::of(tx, owner)?.len() >= MOST {
        return Err(Refused::Field { field: "name", problem: Problem::TooMany { most: 100 } }.into());
    }
    let name = normal_name(name)?;
    let id = segments::insert(tx, &Segment { id: Id::new(0), name, owner, shared, rules, created_at: now })?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// What a segment is to be; what is not given stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    pub shared: Option<bool>,
    pub rules: Option<Vec<Rule>>,
}

/// Changes a segment. Only who made it may, and administrators.
pub fn change(tx: &Tx<'_>, by: &Viewer, id: Id<Segment>, change: Change, now: Timestamp) -> Result<()> {
    let mut segment = own(tx, by, id)?;
    if let Some(rules) = change.rules {
        bounded(&rules)?;
        segment.rules = rules;
    }
    if let Some(name) = change.name {
        segment.name = normal_name(&name)?;
    }
    segment.shared = change.shared.unwrap_or(segment.shared);
    segments::update(tx, &segment)?;
    log(tx, by, id, now)
}

/// The segment, if `by` may change it.
fn own(tx: &Tx<'_>, by: &Viewer, id: Id<Segment>) -> Result<Segment> {
    let segment = seen(tx, by, id)?;
    if segment.owner != by.agent {
        by.must_be(Role::Admin)?;
    }
    Ok(segment)
}

fn bounded(rules: &[Rule]) -> Result<()> {
    let wrong = |problem| Error::from(Refused::Field { field: "rule", problem });
    match rules.len() {
        0 => Err(wrong(Problem::Missing)),
        many if many > RULES => Err(wrong(Problem::TooMany { most: 20 })),
        _ => Ok(()),
    }
}

/// Takes a segment away. Only who made it may, and administrators.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Segment>, now: Timestamp) -> Result<()> {
    own(tx, by, id)?;
    segments::delete(tx, id)?;
    log(tx, by, id, now)
}

/// The segment, if `by` may look at it.
pub fn seen(connection: &Connection, by: &Viewer, id: Id<Segment>) -> Result<Segment> {
    by.must_be(Role::Supervisor)?;
    let segment = segments::get(connection, id)?.ok_or(Error::NotFound)?;
    if segment.shared || segment.owner == by.agent { Ok(segment) } else { Err(Error::NotFound) }
}

/// Somebody takes contacts along as a file, which stands in the log of what concerns security.
pub fn exported(tx: &Tx<'_>, by: &Viewer, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    let new = event::New { kind: kind::CONTACTS_EXPORTED, agent: by.author(), ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Segment>, now: Timestamp) -> Result<()> {
    let data = json!({ "segment": id.get() });
    let new = event::New { kind: kind::SEGMENT_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
