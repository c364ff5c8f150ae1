//! A conversation of theirs becomes one of ours: begun when it began, and in the end as it stands there, as long as
//! nobody here has touched it.

use super::{Brought, colleague};
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::brought::{Origin, Thread};
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Line, kind};
use crate::domain::past::Stand;
use crate::domain::tag::{self, Colour, Tag};
use crate::domain::{Id, Timestamp};
use crate::store::imported::{self, Taken, What};
use crate::store::{self, Connection, Tx, contact, conversation as threads, tag as tags};

/// The most tags that a team has, as [`crate::actions::tag`] allows it.
const TAGS: usize = 500;
/// Ends the mark of a conversation of which something could not be had.
const IN_PART: &str = " in part";
/// The longest name of a tag, in characters.
const TAG: usize = 40;

/// Where a conversation belongs here.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub channel: Id<Channel>,
    pub contact: Id<Contact>,
    pub origin: &'a Origin,
}

/// Begins a conversation, once. Its messages come next, and [`settle`] ends it.
pub fn thread(
    tx: &Tx<'_>,
    by: &Viewer,
    (place, there): (Place<'_>, &Thread),
    now: Timestamp,
) -> Result<Brought<Conversation>> {
    by.must_be(Role::Admin)?;
    let their = (What::Conversation, there.their.as_str());
    if let Some(taken) = imported::get(tx, &place.origin.key, their.0, their.1)? {
        let here = threads::get(tx, Id::new(taken.ours))?;
        return Ok(Brought { ours: here.map(|here| here.id), new: false, left: Vec::new() });
    }
    let channel = store::channel::get(tx, place.channel)?.ok_or(Error::NotFound)?;
    let address = address(tx, &channel, place, there, now)?;
    let new = threads::New {
        contact: place.contact,
        channel: &channel,
        address,
        thread: "",
        subject: &there.subject,
        previous: None,
        side_of: None,
    };
    let began = there.created_at.min(now);
    let id = threads::insert(tx, &new, began)?;
    let begun = threads::get(tx, id)?.ok_or(Error::NotFound)?;
    threads::open_episode(tx, &begun, None, began)?;
    // It is no work for anybody until it is whole.
    threads::update(tx, &Conversation { status: Status::Closed, ..begun })?;
    imported::put(tx, &place.origin.key, their, &Taken { ours: id.get(), mark: String::new() })?;
    Ok(Brought { ours: Some(id), new: true, left: Vec::new() })
}

/// The address of the person that fits the channel; where none is known, one that leads nowhere and says who it is.
fn address(
    tx: &Tx<'_>,
    channel: &Channel,
    place: Place<'_>,
    there: &Thread,
    now: Timestamp,
) -> Result<Id<Address>> {
    let wanted = channel.kind.person();
    let known = contact::addresses(tx, place.contact)?;
    let fits = |one: &&Address| one.kind == wanted && one.scope.is_none_or(|scope| scope == channel.id);
    let alike = |one: &&Address| Some(one.kind) == wanted.alike();
    if let Some(found) = known.iter().find(fits).or_else(|| known.iter().find(alike)) {
        return Ok(found.id);
    }
    let value = format!("imported-{}", there.person);
    let kind = AddressKind::Custom;
    match contact::find_address(tx, kind, channel.id, &value)? {
        Some(found) => Ok(found.id),
        None => {
            let new = contact::NewAddress {
                contact: place.contact,
                kind,
                channel: channel.id,
                value: &value,
                verified: false,
            };
            Ok(contact::insert_address(tx, &new, now)?)
        }
    }
}

/// Lets the conversation stand as it stands there, now that all of its messages are here. What somebody here has done
/// with it since the last import stays. Where it is not `whole`, because a file of it could not be had, the next import
/// looks at it again.
///
/// Returns what could not be taken, in sentences.
pub fn settle(
    tx: &Tx<'_>,
    by: &Viewer,
    (origin, there, whole): (&Origin, &Thread, bool),
    now: Timestamp,
) -> Result<Vec<String>> {
    by.must_be(Role::Admin)?;
    let their = (What::Conversation, there.their.as_str());
    let mut left = Vec::new();
    let Some(taken) = imported::get(tx, &origin.key, their.0, their.1)? else { return Ok(left) };
    let Some(mut here) = threads::get(tx, Id::new(taken.ours))? else { return Ok(left) };
    let mark = format!("{}{}", stamp(there.moved_at), if whole { "" } else { IN_PART });
    let as_of = taken.mark.trim_end_matches(IN_PART);
    if as_of.is_empty() || as_of == stamp(here.updated_at) {
        let (first, before) = (as_of.is_empty(), Stand::of(&here));
        stands(tx, &mut here, (there, first), now)?;
        threads::update(tx, &here)?;
        tagged(tx, &here, (origin, there), now, &mut left)?;
        if first || before != Stand::of(&here) {
            tx.quietly(|tx| told(tx, &here, (origin, there), now))?;
        }
    }
    imported::put(tx, &origin.key, their, &Taken { mark, ..taken })?;
    Ok(left)
}

fn stamp(at: Timestamp) -> String {
    at.0.to_string()
}

fn stands(
    tx: &Tx<'_>,
    here: &mut Conversation,
    (there, first): (&Thread, bool),
    now: Timestamp,
) -> Result<()> {
    let past = there.until.is_some_and(|until| until <= now);
    let status = if there.status == Status::Snoozed && past { Status::Open } else { there.status };
    here.assignee = there.assignee.as_ref().map(|who| colleague(tx, who)).transpose()?.flatten();
    let (was, is) = (!first && here.status == Status::Closed, status == Status::Closed);
    if was && !is {
        here.episode += 1;
        threads::open_episode(tx, here, None, there.moved_at.min(now))?;
    } else if !was && is {
        threads::close_episode(tx, here, None, "", there.moved_at.min(now))?;
    }
    here.status = status;
    here.snoozed_until = there.until.filter(|_| status == Status::Snoozed);
    here.priority = there.priority;
    let closed = status == Status::Closed;
    here.unread = if closed { 0 } else { there.unread };
    if closed {
        here.waiting_since = None;
    }
    // What somebody does here has another time, by which the next import sees it.
    here.updated_at = there.moved_at;
    Ok(())
}

/// Puts on the tags that it has there, and takes off those that it has no longer, as far as an import put them on. What
/// somebody here put on stays, and what somebody here took off stays off.
fn tagged(
    tx: &Tx<'_>,
    here: &Conversation,
    (origin, there): (&Origin, &Thread),
    now: Timestamp,
    left: &mut Vec<String>,
) -> Result<()> {
    let wanted = wanted(tx, there, now, left)?;
    let brought = imported::tags(tx, &origin.key, &there.their)?;
    for id in brought.iter().filter(|id| !wanted.contains(id)) {
        tags::take(tx, here.id, *id)?;
        imported::take_tag(tx, &origin.key, &there.their, *id)?;
    }
    let mut room = tag::MOST.saturating_sub(tags::of(tx, here.id)?.len());
    for id in wanted.iter().filter(|id| !brought.contains(id)) {
        if room == 0 {
            left.push("it has more labels than there is room for".to_owned());
            break;
        }
        if tags::put(tx, here, *id)? {
            imported::put_tag(tx, &origin.key, &there.their, *id)?;
            room -= 1;
        }
    }
    Ok(())
}

/// Our tags for their labels: those of the same name, or new ones.
fn wanted(tx: &Tx<'_>, there: &Thread, now: Timestamp, left: &mut Vec<String>) -> Result<Vec<Id<Tag>>> {
    let mut found = Vec::new();
    for name in &there.tags {
        let (name, key) = (name.trim(), tag::key(name));
        if key.is_empty() || name.chars().count() > TAG {
            left.push(format!("the label {name:?} is longer than {TAG} characters, or empty"));
            continue;
        }
        match tags::by_key(tx, &key)? {
            Some(known) => found.push(known.id),
            None if tags::all(tx)?.len() >= TAGS => {
                left.push(format!("the label {name:?}: there are {TAGS} tags already"));
            }
            None => found.push(tags::insert(tx, name, &key, Colour::Grey, now)?),
        }
    }
    Ok(found)
}

/// Says in the thread where it comes from, and who had it there, where nobody here has it.
fn told(tx: &Tx<'_>, here: &Conversation, (origin, there): (&Origin, &Thread), now: Timestamp) -> Result<()> {
    let to = there.assignee.as_ref().filter(|_| here.assignee.is_none());
    let line = Line {
        from: origin.name.to_owned(),
        to: to.map(|who| who.name.clone()).unwrap_or_default(),
        queue: there.team.clone(),
        ..Line::default()
    };
    history::tell(tx, here, &Happening::own(kind::CONVERSATION_IMPORTED, line), now)?;
    Ok(())
}

/// Whether all of it was here already when this state of theirs was told.
pub fn is_whole(connection: &Connection, origin: &Origin, their: &str, moved_at: Timestamp) -> Result<bool> {
    let taken = imported::get(connection, &origin.key, What::Conversation, their)?;
    Ok(taken.is_some_and(|taken| taken.mark == stamp(moved_at)))
}
