//! A merger is taken back: the other contact stands again as it was, with what came on its addresses since.

use serde_json::json;

use super::find;
use crate::actions::{Error, Result, take_back};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::contact::{Address, Contact};
use crate::domain::deed::Verb;
use crate::domain::event::{Event, kind};
use crate::domain::merger::{Known, Merger};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::deed::Step;
use crate::store::{self, Tx, event, merge};

/// How long a merger can be taken back.
pub const PARTED_WITHIN: Span = Span::days(7);

/// Takes the merger of this entry of the log back, for as long as [`PARTED_WITHIN`]. What the survivor got by it goes,
/// and what somebody changed since stays. What was closed by it stands as before, unless it has moved on. Refused when
/// what moved has moved on to somebody else.
pub fn part(
    tx: &Tx<'_>,
    by: &Viewer,
    (id, entry): (Id<Contact>, Id<Event>),
    now: Timestamp,
) -> Result<Id<Contact>> {
    by.must_be(Role::Supervisor)?;
    let survivor = find(tx, id)?;
    let since = Timestamp(now.0 - PARTED_WITHIN.0);
    let kept = merge::kept(tx, (id, entry), since)?.ok_or(Refused::MergedLongAgo)?;
    let merger = kept.merger;
    let moved = merge::Moved {
        addresses: still_there(tx, &survivor, &merger)?,
        conversations: merger.conversations.clone(),
    };
    let known = merger.given_back(&Known::of(&survivor));
    store::contact::update(tx, &known.on(Contact { updated_at: now, ..survivor }))?;
    merge::part(tx, &merger.other(now), &moved, id)?;
    give_back(tx, id, &merger)?;
    merge::forget(tx, entry)?;
    for closed in merger.closed {
        let step = Step { conversation: closed.conversation, before: closed.before, event: entry.get() };
        // What a rule has deleted since stays gone.
        match take_back::one(tx, by, (Verb::Close, kept.at), &step, now) {
            Ok(_) | Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let told = event::New {
        kind: kind::CONTACT_PARTED,
        agent: by.author(),
        contact: Some(id),
        data: json!({ "other": merger.other, "merged": entry }),
        ..event::New::default()
    };
    event::append(tx, &told, now)?;
    Ok(merger.other)
}

/// The addresses that moved and are there still; refused when one belongs to a third person now.
fn still_there(tx: &Tx<'_>, survivor: &Contact, merger: &Merger) -> Result<Vec<Id<Address>>> {
    if store::contact::get(tx, merger.other)?.is_some() {
        return Err(Refused::ChangedSince.into());
    }
    let mut there = Vec::new();
    for id in &merger.addresses {
        match store::contact::address(tx, *id)? {
            Some(address) if address.contact == survivor.id => there.push(*id),
            Some(_) => return Err(Error::from(Refused::ChangedSince)),
            None => {}
        }
    }
    Ok(there)
}

/// What stood in the team's own fields of the other one stands there again; what only it had leaves the survivor, where
/// nobody has written something else there since.
fn give_back(tx: &Tx<'_>, survivor: Id<Contact>, merger: &Merger) -> Result<()> {
    let stands = store::field::of(tx, survivor)?;
    for (number, value) in &merger.fields {
        let id = Id::new(*number);
        let Some(field) = store::field::get(tx, id)? else { continue };
        if merger.taken.contains_key(number) && stands.get(&id) == Some(value) {
            store::field::set(tx, survivor, &field, "")?;
        }
        store::field::set(tx, merger.other, &field, value)?;
    }
    Ok(())
}
