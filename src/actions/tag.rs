//! The words that the team puts on conversations: made, changed, put on, taken off; and how pressing one is.

use serde_json::json;

use super::history::{self, Happening};
use super::{Error, Result, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Line, kind};
use crate::domain::refused::Problem;
use crate::domain::tag::{self, Colour, Priority, Tag};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, event, tag as tags};

/// The longest name of a tag, in characters.
const LONGEST: usize = 40;
/// The most tags that a team can have; lists of them are shown whole.
const MOST: usize = 500;

/// Adds a tag to the team's list.
pub fn add(tx: &Tx<'_>, by: &Viewer, name: &str, colour: Colour, now: Timestamp) -> Result<Id<Tag>> {
    by.must_be(Role::Supervisor)?;
    let (name, key) = named(tx, name, None)?;
    if tags::all(tx)?.len() >= MOST {
        return Err(Refused::Field { field: "name", problem: Problem::TooMany { most: 500 } }.into());
    }
    let id = tags::insert(tx, &name, &key, colour, now)?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// Changes the name and the colour of a tag.
pub fn change(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Tag>,
    (name, colour): (&str, Colour),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    tags::get(tx, id)?.ok_or(Error::NotFound)?;
    let (name, key) = named(tx, name, Some(id))?;
    tags::change(tx, id, &name, &key, colour)?;
    log(tx, by, id, now)
}

/// Takes a tag away, also from every conversation that has it. What the threads tell of it stays.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Tag>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    tags::get(tx, id)?.ok_or(Error::NotFound)?;
    tags::delete(tx, id)?;
    log(tx, by, id, now)
}

/// The name as it is kept, and what it is compared by; it must be free.
fn named(tx: &Tx<'_>, name: &str, mine: Option<Id<Tag>>) -> Result<(String, String)> {
    let name = normal_name(name)?;
    let wrong = |problem| Error::from(Refused::Field { field: "name", problem });
    if name.chars().count() > LONGEST {
        return Err(wrong(Problem::TooLong { most: 40 }));
    }
    let key = tag::key(&name);
    if key.is_empty() {
        return Err(wrong(Problem::Missing));
    }
    match tags::by_key(tx, &key)? {
        Some(other) if Some(other.id) != mine => Err(wrong(Problem::Taken)),
        _ => Ok((name, key)),
    }
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Tag>, now: Timestamp) -> Result<()> {
    let data = json!({ "tag": id.get() });
    let new = event::New { kind: kind::TAG_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// Puts a tag on a conversation. One that is there already stays, in silence.
pub fn put(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    id: Id<Tag>,
    now: Timestamp,
) -> Result<()> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let tag = known(tx, id)?;
    let there = tags::of(tx, conversation.id)?;
    if there.iter().any(|other| other.id == id) {
        return Ok(());
    }
    if there.len() >= tag::MOST {
        return Err(Refused::Field { field: "tag", problem: Problem::TooMany { most: 20 } }.into());
    }
    tags::put(tx, &conversation, id)?;
    told(tx, by, &conversation, (kind::CONVERSATION_TAGGED, tag.name), now)
}

/// Puts a tag on by its name, as it is typed; the team's list must have it.
pub fn put_named(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    reach::conversation(tx, by, conversation)?;
    let tag = by_name(tx, name)?;
    put(tx, by, conversation, tag, now)
}

/// The tag of the team with this name.
pub fn by_name(tx: &store::Connection, name: &str) -> Result<Id<Tag>> {
    let found = tags::by_key(tx, &tag::key(name))?;
    let problem = if name.trim().is_empty() { Problem::Missing } else { Problem::Unknown };
    Ok(found.ok_or(Refused::Field { field: "tag", problem })?.id)
}

/// Takes a tag off a conversation. One that is not there is no trouble.
pub fn take(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    id: Id<Tag>,
    now: Timestamp,
) -> Result<()> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let tag = known(tx, id)?;
    if !tags::take(tx, conversation.id, id)? {
        return Ok(());
    }
    told(tx, by, &conversation, (kind::CONVERSATION_UNTAGGED, tag.name), now)
}

fn known(tx: &Tx<'_>, id: Id<Tag>) -> Result<Tag> {
    let unknown = Refused::Field { field: "tag", problem: Problem::Unknown };
    Ok(tags::get(tx, id)?.ok_or(unknown)?)
}

fn told(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: &Conversation,
    (kind, tag): (&'static str, String),
    now: Timestamp,
) -> Result<()> {
    let line = Line { tag, ..Line::default() };
    history::tell(tx, conversation, &Happening::by(by, kind, line), now)?;
    Ok(())
}

/// Says how pressing a conversation is. What is so already stays so, in silence.
pub fn prioritise(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    priority: Priority,
    now: Timestamp,
) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, conversation)?;
    if conversation.priority == priority {
        return Ok(());
    }
    conversation.priority = priority;
    conversation.updated_at = now;
    store::conversation::update(tx, &conversation)?;
    let line = Line { priority: Some(priority), ..Line::default() };
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_PRIORITY, line), now)?;
    Ok(())
}
