//! What becomes of a waiting message when its time has come: it is sent, it goes on waiting, or its owner is told
//! why not. It is never sent by a way of its own: the gate of every answer is asked then.

use super::send;
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, outgoing, reach, restricted};
use crate::domain::access::Viewer;
use crate::domain::event::{Line, kind};
use crate::domain::later::{Later, When, Why, period};
use crate::domain::window::{Content, Sender};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Connection, Tx, later, message};

/// Looks at a message that may be due, or that could have gone with one click and perhaps no longer can. One that is
/// not, or waits for its owner for another reason, stays as it is.
pub fn fire(tx: &Tx<'_>, id: Id<Later>, now: Timestamp) -> Result<()> {
    let looks = |later: &Later| later.held.is_none_or(|why| why == Why::Ready);
    let Some(later) = later::get(tx, id)?.filter(looks) else { return Ok(()) };
    let later = follow(tx, later)?;
    let Some(by) = able(tx, &later)? else { return hold(tx, &later, Why::Owner, now) };
    // What leaves by itself counts as automatic: a window that is open to people only stays closed to it.
    let by = Viewer { sender: Sender::Automatic, ..by };
    if expired(&later, now) {
        return hold(tx, &later, Why::Expired, now);
    }
    if matches!(later.when, When::At { at, .. } if at > now) {
        return Ok(());
    }
    if moved_on(tx, &later)? {
        return hold(tx, &later, Why::Moved, now);
    }
    match later.when {
        When::At { .. } => leave(tx, &by, &later, now),
        When::Window { by_itself } => match open(tx, &by, &later, now) {
            Ok(()) if by_itself => leave(tx, &by, &later, now),
            Ok(()) if later.held.is_some() => Ok(()),
            Ok(()) => hold(tx, &later, Why::Ready, now),
            // It was open for a while and nobody clicked: it waits for the next time.
            Err(Error::Refused(Refused::WindowClosed { .. })) => Ok(later::release(tx, later.id)?),
            Err(Error::Refused(refused)) => hold(tx, &later, why(&refused), now),
            Err(other) => Err(other),
        },
    }
}

/// What waits for the customer to write goes where the customer wrote: where the entry point begins a new conversation
/// with whoever comes back, into that one.
fn follow(tx: &Tx<'_>, later: Later) -> Result<Later> {
    let here = store::conversation::get(tx, later.conversation)?.ok_or(Error::NotFound)?;
    if !matches!(later.when, When::Window { .. }) || period(&here) > later.episode {
        return Ok(later);
    }
    let newest = store::conversation::newest(tx, here.address, here.channel)?;
    let Some(next) = newest.filter(|newest| newest.previous == Some(here.id)) else { return Ok(later) };
    let later = Later { conversation: next.id, episode: period(&next), seen: None, ..later };
    later::carry(tx, &later)?;
    Ok(later)
}

/// Its owner with today's rights, as far as the owner works here and may see the conversation.
pub fn able(connection: &Connection, later: &Later) -> Result<Option<Viewer>> {
    let agent = store::agent::get(connection, later.agent)?.filter(|agent| agent.disabled_at.is_none());
    let Some(agent) = agent else { return Ok(None) };
    let by = store::agent::viewer(connection, &agent)?;
    match reach::conversation(connection, &by, later.conversation) {
        Ok(_) => Ok(Some(by)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Why a message should not go without being read again, whether or not its owner has been told of it yet.
pub fn overtaken(connection: &Connection, later: &Later, now: Timestamp) -> Result<Option<Why>> {
    match later.held {
        Some(why @ (Why::Moved | Why::Expired | Why::Restored)) => Ok(Some(why)),
        _ if expired(later, now) => Ok(Some(Why::Expired)),
        _ => Ok(moved_on(connection, later)?.then_some(Why::Moved)),
    }
}

fn expired(later: &Later, now: Timestamp) -> bool {
    later.until.is_some_and(|until| until <= now)
}

/// Whether the conversation is no longer what the message was written for: it was closed meanwhile, it goes on
/// elsewhere, a colleague has answered, or, where that counts, the customer has written. Where the window was closed
/// at its moment, the customer had to write before it could go.
fn moved_on(connection: &Connection, later: &Later) -> Result<bool> {
    let conversation = store::conversation::get(connection, later.conversation)?.ok_or(Error::NotFound)?;
    // Taking its closing back leads to an earlier one.
    if period(&conversation) > later.episode {
        return Ok(true);
    }
    let newest = store::conversation::newest(connection, conversation.address, conversation.channel)?;
    if newest.is_some_and(|newest| newest.previous == Some(conversation.id)) {
        return Ok(true);
    }
    let seen = later.seen.unwrap_or(Id::new(0));
    let alone = matches!(later.when, When::At { alone: true, .. });
    if alone && later.held != Some(Why::Window) {
        return Ok(message::newest_of_others(connection, conversation.id, seen, Some(later.agent))?.is_some());
    }
    if matches!(later.when, When::At { alone: false, .. }) {
        return Ok(false);
    }
    Ok(later::answered_by_others(connection, conversation.id, seen, later.agent)?)
}

fn open(tx: &Tx<'_>, by: &Viewer, later: &Later, now: Timestamp) -> Result<()> {
    let conversation = reach::conversation(tx, by, later.conversation)?;
    let channel = reach::channel(tx, &conversation)?;
    let sender =
        if matches!(later.when, When::Window { by_itself: true }) { by.sender } else { Sender::Person };
    outgoing::allowed(tx, &channel, &conversation, (sender, Content::Free), now)
}

fn leave(tx: &Tx<'_>, by: &Viewer, later: &Later, now: Timestamp) -> Result<()> {
    match tx.part(|tx| send(tx, by, later, now)) {
        Ok(_) => Ok(()),
        Err(Error::Refused(refused)) => {
            if let Refused::RestrictedWords { words } = &refused {
                restricted::withheld(tx, Some(later.agent), words, now)?;
            }
            hold(tx, later, why(&refused), now)
        }
        Err(other) => Err(other),
    }
}

const fn why(refused: &Refused) -> Why {
    match refused {
        Refused::WindowClosed { .. } => Why::Window,
        Refused::ContactBlocked | Refused::OptedOut => Why::Unwanted,
        Refused::NewerMessage { .. } => Why::Moved,
        _ => Why::Refused,
    }
}

/// Keeps it for its owner and tells the thread why.
fn hold(tx: &Tx<'_>, later: &Later, why: Why, now: Timestamp) -> Result<()> {
    later::hold(tx, later.id, why)?;
    let conversation = store::conversation::get(tx, later.conversation)?.ok_or(Error::NotFound)?;
    let to = history::name_of(tx, Some(later.agent))?;
    let line = Line { to, held: Some(why), ..Line::default() };
    history::tell(tx, &conversation, &Happening::own(kind::LATER_HELD, line), now)?;
    Ok(())
}
