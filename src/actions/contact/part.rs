//! A merger is taken back: the other contact stands again as it was, with what came on its addresses since.

use serde_json::{Value, json};

use super::find;
use super::merge::joined;
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::deed::Verb;
use crate::domain::event::{Event, Line, kind};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{self, Tx, deed, event};

/// How long a merger can be taken back.
pub const PARTED_WITHIN: Span = Span::days(7);

/// Takes the merger of this entry of the log back, for as long as [`PARTED_WITHIN`]. Refused when either of the two is
/// not as the merger left it. What was closed by it is open again, unless it has moved on.
pub fn part(
    tx: &Tx<'_>,
    by: &Viewer,
    (id, merger): (Id<Contact>, Id<Event>),
    now: Timestamp,
) -> Result<Id<Contact>> {
    by.must_be(Role::Supervisor)?;
    let survivor = find(tx, id)?;
    let since = Timestamp(now.0 - PARTED_WITHIN.0);
    let told = store::merge::into(tx, id, since)?.into_iter().find(|event| event.id == merger);
    let told = told.ok_or(Refused::MergedLongAgo)?;
    let other = other(&told.data, now).ok_or(Error::NotFound)?;
    let before = before(&survivor, &told.data);
    let moved = store::merge::Moved {
        addresses: ids(&told.data, "addresses"),
        conversations: ids(&told.data, "conversations"),
    };
    as_left(tx, (&survivor, &joined(&before, &other, told.at)), &other, &moved)?;
    store::contact::update(tx, &Contact { updated_at: now, ..before })?;
    store::merge::part(tx, &other, &moved, id)?;
    give_back(tx, (id, other.id), &told.data)?;
    for conversation in ids(&told.data, "closed") {
        open_again(tx, by, conversation, now)?;
    }
    let entry = event::New {
        kind: kind::CONTACT_PARTED,
        agent: by.author(),
        contact: Some(id),
        data: json!({ "other": other.id.get(), "merged": merger.get() }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(other.id)
}

/// Refuses when the contact, or what moved to it, is not as the merger left it.
fn as_left(
    tx: &Tx<'_>,
    (now, then): (&Contact, &Contact),
    other: &Contact,
    moved: &store::merge::Moved,
) -> Result<()> {
    let words = |contact: &Contact| {
        (contact.name.clone(), contact.language.clone(), contact.about.clone(), contact.dedicated)
    };
    let mut same = words(now) == words(then) && store::contact::get(tx, other.id)?.is_none();
    for address in &moved.addresses {
        same &= store::contact::address(tx, *address)?.is_some_and(|address| address.contact == now.id);
    }
    if same { Ok(()) } else { Err(Refused::ChangedSince.into()) }
}

fn ids<T>(data: &Value, name: &str) -> Vec<Id<T>> {
    let all = data.get(name).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_i64).map(Id::new).collect()
}

/// The one that went, as the log keeps it.
fn other(data: &Value, now: Timestamp) -> Option<Contact> {
    let kept = data.get("other")?;
    let number = |name: &str| kept.get(name).and_then(Value::as_i64);
    let text = |name: &str| kept.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Contact {
        id: Id::new(number("id")?),
        name: text("name").unwrap_or_default(),
        language: text("language"),
        about: text("about").unwrap_or_default(),
        dedicated: number("dedicated").map(Id::new),
        blocked_at: number("blocked_at").map(Timestamp),
        created_at: number("created_at").map_or(now, Timestamp),
        updated_at: now,
    })
}

/// The survivor as it was before.
fn before(survivor: &Contact, data: &Value) -> Contact {
    let kept = |name: &str| data.get("before").and_then(|before| before.get(name));
    let text = |name: &str| kept(name).and_then(Value::as_str).map(str::to_owned);
    Contact {
        name: text("name").unwrap_or_default(),
        language: text("language"),
        about: text("about").unwrap_or_default(),
        dedicated: kept("dedicated").and_then(Value::as_i64).map(Id::new),
        ..survivor.clone()
    }
}

/// What stood in the team's own fields of the other one stands there again; what only it had leaves the survivor.
fn give_back(tx: &Tx<'_>, (survivor, other): (Id<Contact>, Id<Contact>), data: &Value) -> Result<()> {
    for id in ids(data, "taken") {
        if let Some(field) = store::field::get(tx, id)? {
            store::field::set(tx, survivor, &field, "")?;
        }
    }
    let kept = data.get("fields").and_then(Value::as_object);
    for (number, value) in kept.into_iter().flatten() {
        let Ok(id) = number.parse() else { continue };
        if let (Some(field), Some(value)) = (store::field::get(tx, id)?, value.as_str()) {
            store::field::set(tx, other, &field, value)?;
        }
    }
    Ok(())
}

/// A conversation that the merger closed goes on, where nothing happened to it since.
fn open_again(tx: &Tx<'_>, by: &Viewer, id: Id<Conversation>, now: Timestamp) -> Result<()> {
    let Some(mut conversation) = store::conversation::get(tx, id)? else { return Ok(()) };
    if conversation.status != Status::Closed {
        return Ok(());
    }
    deed::reopen_episode(tx, &conversation)?;
    conversation.status = Status::Open;
    conversation.updated_at = now;
    store::conversation::update(tx, &conversation)?;
    let line = Line { undone: Some(Verb::Close), ..Line::default() };
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_UNDONE, line), now)?;
    Ok(())
}
