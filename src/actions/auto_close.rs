//! Conversations that close by themselves when nobody answers our last word, where their queue wants that, or the house
//! for those that lie in none (S205).

use super::history::Happening;
use super::{Result, close, reach, wrap};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::wrapup::After;
use crate::domain::{Id, Span, Timestamp};
use crate::store::{self, Tx, auto_close};

/// How long after our last word it may be.
pub const AFTER: std::ops::RangeInclusive<Span> = Span::minutes(30)..=Span::days(14);

/// One of us said something: the time runs from here. What programs send does not begin it.
pub(super) fn plan(tx: &Tx<'_>, conversation: &Conversation, now: Timestamp) -> Result<()> {
    match span(tx, conversation)? {
        Some(span) => Ok(auto_close::plan(tx, conversation.id, (now, now + span))?),
        None => Ok(()),
    }
}

/// After how long it closes, if at all: its queue, or the house, has to want it, and to have wanted it when the open period began.
fn span(tx: &Tx<'_>, conversation: &Conversation) -> Result<Option<Span>> {
    let rules = store::queue::rules(tx, conversation.queue)?;
    let (Some(after), Some(since)) = (rules.close_after, rules.closes_since) else { return Ok(None) };
    let opened = store::conversation::episode_opened_at(tx, conversation)?;
    Ok(opened.is_some_and(|opened| opened >= since).then_some(after))
}

/// Its time has come: it closes, or waits on, as it stands now. A snoozed one waits until it has woken and then as
/// long again.
pub fn fire(tx: &Tx<'_>, id: Id<Conversation>, now: Timestamp) -> Result<()> {
    let (Some(said), Some(mut conversation)) =
        (auto_close::since(tx, id)?, store::conversation::get(tx, id)?)
    else {
        return Ok(());
    };
    let span = span(tx, &conversation)?;
    let (Some(span), true) = (span, conversation.status != Status::Closed) else {
        return Ok(auto_close::forget(tx, id)?);
    };
    let contact = store::contact::get(tx, conversation.contact)?;
    let blocked = contact.is_none_or(|contact| contact.blocked_at.is_some());
    if conversation.waiting_since.is_some() || blocked {
        return Ok(auto_close::forget(tx, id)?);
    }
    let from = match (conversation.status, conversation.snoozed_until) {
        (Status::Snoozed, None) => return Ok(auto_close::forget(tx, id)?),
        (Status::Snoozed, Some(until)) => until.max(said),
        _ => said,
    };
    if from + span > now {
        return Ok(auto_close::plan(tx, id, (from, from + span))?);
    }
    let channel = reach::channel(tx, &conversation)?;
    let had = conversation.clone();
    super::deal::conference::over(tx, &crate::domain::access::Viewer::console(), &had, now)?;
    let line = Line { cause: Some(Cause::Time), ..Line::default() };
    close::end(tx, &mut conversation, &channel, Happening::own(kind::CONVERSATION_CLOSED, line), now)?;
    match had.assignee {
        Some(agent) => wrap::ask(tx, agent, &had, After::Closed, now),
        None => Ok(()),
    }
}
