//! Taking back what one did to conversations a moment ago: each stands again as it stood, unless somebody changed it
//! in the meantime. The log keeps both, what was done and that it was taken back.

use super::history::{self, Happening};
use super::many::why;
use super::{Error, Result, reach, window, wrap};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::deed::{Before, Deed, Skip, Skipped, Verb, WHILE};
use crate::domain::event::{Line, kind};
use crate::domain::wrapup::After;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::deed::Step;
use crate::store::{self, Tx, deed, moves, tag};

/// Takes a deed of one's own back. Returns for how many conversations it was done; the deed says for which not.
pub fn take_back(tx: &Tx<'_>, by: &Viewer, id: Id<Deed>, now: Timestamp) -> Result<i64> {
    let found = deed::get(tx, id)?.filter(|deed| Some(deed.agent) == by.author()).ok_or(Error::NotFound)?;
    if found.undone_at.is_some() || now.since(found.at) > WHILE {
        return Err(Refused::UndoOver.into());
    }
    let (mut done, mut skipped) = (0, Vec::new());
    for step in deed::steps(tx, id)? {
        match tx.part(|tx| one(tx, by, (found.verb, found.at), &step, now)) {
            Ok(None) => done += 1,
            Ok(Some(why)) => skipped.push(Skipped { conversation: step.conversation.get(), why }),
            Err(error) => {
                let why = why(error, found.verb)?;
                skipped.push(Skipped { conversation: step.conversation.get(), why });
            }
        }
    }
    if done == 0 && !skipped.is_empty() {
        return Err(Refused::ChangedSince.into());
    }
    deed::undone(tx, id, (done, &skipped), now)?;
    Ok(done)
}

/// Puts one conversation back, or says why not.
pub(super) fn one(
    tx: &Tx<'_>,
    by: &Viewer,
    (verb, at): (Verb, Timestamp),
    step: &Step,
    now: Timestamp,
) -> Result<Option<Skip>> {
    let mut conversation = store::conversation::get(tx, step.conversation)?.ok_or(Error::NotFound)?;
    // Who gave it away must be able to take it back, though it cannot be seen from there any more.
    let (queue, assignee) = step.before.place();
    if !by.may_see(queue, assignee) && !reach::may_see(tx, by, &conversation)? {
        return Ok(Some(Skip::Gone));
    }
    let since = deed::since(tx, conversation.id, step.event)?;
    let tag = step.before.tag.map(|id| tag::get(tx, Id::new(id))).transpose()?.flatten().map(|tag| tag.name);
    if since.iter().any(|later| verb.is_crossed_by(later, tag.as_deref())) {
        return Ok(Some(Skip::Changed));
    }
    match (verb, step.before.tag.map(Id::new)) {
        (Verb::Tag, Some(id)) => drop(tag::take(tx, conversation.id, id)?),
        (Verb::Untag, Some(id)) => {
            if tag::get(tx, id)?.is_none() {
                return Ok(Some(Skip::Changed));
            }
            tag::put(tx, &conversation, id)?;
        }
        (Verb::Priority, _) => conversation.priority = step.before.priority,
        (Verb::Read, _) => conversation.unread = step.before.unread,
        _ => {
            if let Some(why) = unfit(tx, &conversation, &step.before)? {
                return Ok(Some(why));
            }
            if verb == Verb::Close && conversation.status == Status::Closed {
                deed::reopen_episode(tx, &conversation)?;
                // Closing it counted as reading it.
                conversation.unread = step.before.unread;
                store::later::stayed(tx, conversation.id)?;
            }
            if verb == Verb::Transfer {
                wrap::unasked(tx, &conversation, (After::Transferred, at), now)?;
            }
            step.before.restore(&mut conversation);
            let channel = reach::channel(tx, &conversation)?;
            window::refresh(tx, &channel, &mut conversation, now)?;
        }
    }
    conversation.unread = moves::inbound(tx, conversation.id, conversation.unread)?;
    conversation.updated_at = now;
    store::conversation::update(tx, &conversation)?;
    let line = Line { undone: Some(verb), ..Line::default() };
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_UNDONE, line), now)?;
    Ok(None)
}

/// Why a conversation cannot stand again as it stood: where it lay, or whose it was, is gone by now, or nobody writes to
/// its contact any more.
fn unfit(tx: &Tx<'_>, now: &Conversation, before: &Before) -> Result<Option<Skip>> {
    let (queue, assignee) = before.place();
    if let Some(queue) = queue.filter(|queue| Some(*queue) != now.queue)
        && store::queue::get(tx, queue)?.is_none()
    {
        return Ok(Some(Skip::Changed));
    }
    if let Some(assignee) = assignee.filter(|assignee| Some(*assignee) != now.assignee)
        && store::agent::get(tx, assignee)?.is_none_or(|agent| agent.disabled_at.is_some())
    {
        return Ok(Some(Skip::Changed));
    }
    let opens = now.status == Status::Closed && before.status != Status::Closed;
    Ok((opens && reach::unblocked(tx, now).is_err()).then_some(Skip::Blocked))
}
