//! Wrap-up: whoever ends work of a queue that wants to know why is asked, until they have said so or the countdown has
//! said it for them (S194).

use super::close::{complete, end, named as reasons_of};
use super::history::{self, Happening};
use super::{Error, Result, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::offer::Denied;
use crate::domain::queue::{Queue, WrapUp as Rules};
use crate::domain::wrapup::{After, Reason, WrapUp};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Connection, Tx, event, wrapup};

/// What a queue asks for, or the house for what lies in none.
pub fn rules(connection: &Connection, queue: Option<Id<Queue>>) -> store::Result<Rules> {
    Ok(store::queue::rules(connection, queue)?.wrap_up)
}

/// Asks an agent whose work ended, if its queue wants that. Who is asked about this open period already is not asked
/// twice.
pub(super) fn ask(
    tx: &Tx<'_>,
    agent: Id<Agent>,
    conversation: &Conversation,
    after: After,
    now: Timestamp,
) -> Result<()> {
    let rules = rules(tx, conversation.queue)?;
    if !rules.asks() {
        return Ok(());
    }
    let default = rules.default_reason.map(|id| wrapup::get(tx, id)).transpose()?.flatten();
    let due_at = rules.countdown.filter(|_| default.is_some()).map(|span| now + span);
    if wrapup::ask(tx, agent, conversation, (after, due_at), now)? {
        tell(tx, kind::WRAPUP_ASKED, (agent, conversation), now)?;
    }
    Ok(())
}

/// Asks no longer, because the work goes on: the customer came back, or the answer was taken back.
pub(super) fn unasked(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (after, since): (After, Timestamp),
    now: Timestamp,
) -> Result<()> {
    if wrapup::withdraw(tx, conversation, (after, since))? {
        let entry = event::New { kind: kind::WRAPUP_WITHDRAWN, ..event::New::default() };
        history::log(tx, conversation, entry, now)?;
    }
    Ok(())
}

/// Notes what an agent named while closing, which answers what that agent was asked here.
pub(super) fn named(
    tx: &Tx<'_>,
    agent: Id<Agent>,
    conversation: &Conversation,
    (reasons, note): (&[Id<Reason>], &str),
    now: Timestamp,
) -> Result<()> {
    wrapup::ask(tx, agent, conversation, (After::Closed, None), now)?;
    let asked = wrapup::asked_in(tx, conversation, agent)?.ok_or(Error::NotFound)?;
    wrapup::answer(tx, &asked, (reasons, note, false), now)?;
    tell(tx, kind::WRAPUP_ANSWERED, (agent, conversation), now)
}

/// What an agent says about work that ended. Said twice it is noted once; said a moment after the default reason was
/// taken it replaces that.
pub fn submit(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<WrapUp>,
    (reasons, note): (&[Id<Reason>], &str),
    now: Timestamp,
) -> Result<()> {
    let asked = own(tx, by, id)?;
    if asked.done_at.is_some() && !asked.automatic {
        return Ok(());
    }
    let conversation = store::conversation::get(tx, asked.conversation)?.ok_or(Error::NotFound)?;
    let then = Conversation { queue: asked.queue, ..conversation.clone() };
    let found = reasons_of(tx, asked.queue, (reasons, note))?;
    complete(tx, &then, &rules(tx, asked.queue)?, (reasons, note))?;
    let line = Line { to: by.name.clone(), note: note.trim().to_owned(), ..Line::default() };
    finish(tx, &asked, conversation, (&found, Happening::by(by, kind::CONVERSATION_WRAPPED, line)), now)
}

/// Stops the countdown, where agents may.
pub fn stop(tx: &Tx<'_>, by: &Viewer, id: Id<WrapUp>, now: Timestamp) -> Result<()> {
    let asked = own(tx, by, id)?;
    if asked.done_at.is_some() || asked.due_at.is_none() {
        return Ok(());
    }
    if !rules(tx, asked.queue)?.may_stop {
        return Err(Refused::Work(Denied::CountdownStays).into());
    }
    wrapup::stop(tx, id)?;
    let conversation = store::conversation::get(tx, asked.conversation)?.ok_or(Error::NotFound)?;
    tell(tx, kind::WRAPUP_STOPPED, (by.agent, &conversation), now)
}

/// The countdown is over: the default reason is taken. What was said or stopped in the meantime stays as it is.
pub fn lapse(tx: &Tx<'_>, id: Id<WrapUp>, now: Timestamp) -> Result<()> {
    let Some(asked) = wrapup::asked(tx, id)? else { return Ok(()) };
    if asked.done_at.is_some() || asked.due_at.is_none_or(|due| due > now) {
        return Ok(());
    }
    let default = rules(tx, asked.queue)?.default_reason;
    let Some(reason) = default.map(|id| wrapup::get(tx, id)).transpose()?.flatten() else {
        // The reason is gone, so the question waits for its agent.
        return Ok(wrapup::stop(tx, id)?);
    };
    let conversation = store::conversation::get(tx, asked.conversation)?.ok_or(Error::NotFound)?;
    let to = history::name_of(tx, Some(asked.agent))?;
    let line = Line { to, cause: Some(Cause::Time), ..Line::default() };
    finish(tx, &asked, conversation, (&[reason], Happening::own(kind::CONVERSATION_WRAPPED, line)), now)
}

/// Notes the reasons. Work that ended with this is closed (S116, S223), unless it goes on by now.
fn finish(
    tx: &Tx<'_>,
    asked: &WrapUp,
    mut conversation: Conversation,
    (reasons, mut happening): (&[Reason], Happening<'_>),
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<Id<Reason>> = reasons.iter().map(|reason| reason.id).collect();
    let automatic = happening.by.is_none();
    wrapup::answer(tx, asked, (&ids, &happening.line.note, automatic), now)?;
    tell(tx, kind::WRAPUP_ANSWERED, (asked.agent, &conversation), now)?;
    happening.line.reasons = reasons.iter().map(|reason| reason.name.clone()).collect();
    let over = asked.after.finishes()
        && conversation.status == Status::Open
        && conversation.episode == asked.episode
        && conversation.assignee == Some(asked.agent)
        && (conversation.waiting_since.is_none() || asked.after == After::Left);
    if over {
        happening.kind = kind::CONVERSATION_CLOSED;
        let channel = reach::channel(tx, &conversation)?;
        return end(tx, &mut conversation, &channel, happening, now);
    }
    history::tell(tx, &conversation, &happening, now)?;
    Ok(())
}

fn own(tx: &Tx<'_>, by: &Viewer, id: Id<WrapUp>) -> Result<WrapUp> {
    wrapup::asked(tx, id)?.filter(|asked| asked.agent == by.agent).ok_or(Error::NotFound)
}

fn tell(
    tx: &Tx<'_>,
    kind: &'static str,
    (agent, conversation): (Id<Agent>, &Conversation),
    now: Timestamp,
) -> Result<()> {
    let entry = event::New {
        kind,
        agent: Some(agent),
        conversation: Some(conversation.id),
        contact: Some(conversation.contact),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}
