//! Closing a conversation, with reasons and a note, under the closing logic of its entry point and the rules of its queue.

use super::history::{self, Happening};
use super::{Result, announce, deal, greet, notice, reach, workflow, wrap};
use crate::domain::access::Viewer;
use crate::domain::availability::Media;
use crate::domain::channel::{Channel, OnClose};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::offer::Denied;
use crate::domain::queue::{Note, WrapUp};
use crate::domain::refused::Problem;
use crate::domain::wrapup::{After, Reason};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, auto_close, conversation as threads, wrapup};

/// Why it is closed.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    pub reasons: Vec<Id<Reason>>,
    pub note: String,
    /// The customer agreed to the end.
    pub consent: bool,
    pub asked: Asked,
}

/// When whoever closes is asked what the queue wants to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Asked {
    /// Afterwards, where nothing was said: a program closes it, or somebody closes many at once.
    #[default]
    Later,
    /// In the form that closes it, so what is missing is refused.
    Now,
}

/// The longest closing note, in characters.
const MOST: usize = 4000;

/// Closes a conversation. With `unassign` nobody has it afterwards; with `keep` the assignee stays (S22, X11).
pub fn close(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    closing: &Closing,
    now: Timestamp,
) -> Result<()> {
    let there = reach::conversation(tx, by, conversation)?;
    if there.status != Status::Closed {
        reach::unblocked(tx, &there)?;
    }
    close_for_good(tx, by, there, closing, now)
}

/// Closes a conversation, also one with somebody who is shut out.
pub(super) fn close_for_good(
    tx: &Tx<'_>,
    by: &Viewer,
    mut conversation: Conversation,
    closing: &Closing,
    now: Timestamp,
) -> Result<()> {
    if conversation.status == Status::Closed {
        return Err(Refused::AlreadyThere { status: Status::Closed }.into());
    }
    deal::accepted(tx, by, &conversation)?;
    let reasons = named(tx, conversation.queue, (&closing.reasons, &closing.note))?;
    let rules = wrap::rules(tx, conversation.queue)?;
    let channel = reach::channel(tx, &conversation)?;
    if closing.asked == Asked::Now {
        if asks_consent(&rules, &channel) && !closing.consent {
            return Err(Refused::Work(Denied::ConsentMissing).into());
        }
        complete(tx, &conversation, &rules, (&closing.reasons, &closing.note))?;
    }
    deal::conference::over(tx, by, &conversation, now)?;
    announce::announce(tx, &mut conversation, |rules| &rules.left_text, &by.name, now)?;
    let said = closing.asked == Asked::Now && rules.asks() || !reasons.is_empty();
    let line = Line {
        reasons: reasons.iter().map(|reason| reason.name.clone()).collect(),
        note: closing.note.trim().to_owned(),
        consent: closing.consent,
        ..Line::default()
    };
    let happening = Happening::by(by, kind::CONVERSATION_CLOSED, line);
    let had = conversation.clone();
    end(tx, &mut conversation, &channel, happening, now)?;
    let reasons: Vec<Id<Reason>> = reasons.iter().map(|reason| reason.id).collect();
    match (by.author(), had.assignee) {
        (Some(agent), _) if said => wrap::named(tx, agent, &had, (&reasons, closing.note.trim()), now),
        (None, _) if said => {
            for reason in reasons {
                wrapup::attach(tx, (had.id, had.episode), reason)?;
            }
            Ok(())
        }
        (_, Some(agent)) => wrap::ask(tx, agent, &had, After::Closed, now),
        _ => Ok(()),
    }
}

/// Whether the customer has to agree before work of this kind is ended (S113, S132).
pub fn asks_consent(rules: &WrapUp, channel: &Channel) -> bool {
    rules.consent && Media::of(channel.card.speaks_as) == Media::Social
}

/// Closes it, whoever or whatever does.
pub(super) fn end(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    channel: &Channel,
    mut happening: Happening<'_>,
    now: Timestamp,
) -> Result<()> {
    let author = happening.by.and_then(Viewer::author);
    threads::close_episode(tx, conversation, author, &happening.line.note, now)?;
    auto_close::forget(tx, conversation.id)?;
    greet::ended(tx, conversation)?;
    conversation.status = Status::Closed;
    conversation.snoozed_until = None;
    conversation.waiting_since = None;
    conversation.unread = 0;
    conversation.updated_at = now;
    happening.line.episode = Some(conversation.episode);
    history::tell(tx, conversation, &happening, now)?;
    if channel.on_close == OnClose::Unassign && conversation.assignee.is_some() {
        let from = history::name_of(tx, conversation.assignee.take())?;
        let line = Line { from, cause: Some(Cause::Closed), ..Line::default() };
        history::tell(tx, conversation, &Happening::own(kind::CONVERSATION_UNASSIGNED, line), now)?;
    }
    store::conversation::update(tx, conversation)?;
    notice::answered(tx, conversation.id, now)?;
    workflow::over(tx, conversation, now)
}

/// The reasons by their ids, each once. One that is archived or belongs to another queue is not offered here.
pub(super) fn named(
    tx: &Tx<'_>,
    queue: Option<Id<crate::domain::queue::Queue>>,
    (ids, note): (&[Id<Reason>], &str),
) -> Result<Vec<Reason>> {
    if note.chars().count() > MOST {
        return Err(Refused::Field { field: "note", problem: Problem::TooLong { most: 4000 } }.into());
    }
    let unknown = || Refused::Field { field: "reasons", problem: Problem::Unknown };
    let mut reasons: Vec<Reason> = Vec::new();
    for id in ids {
        let reason = wrapup::get(tx, *id)?.ok_or_else(unknown)?;
        if reason.queue.is_some() && reason.queue != queue {
            return Err(unknown().into());
        }
        if !reasons.iter().any(|there| there.id == reason.id) {
            reasons.push(reason);
        }
    }
    let most = wrap::rules(tx, queue)?.most;
    if u32::try_from(reasons.len()).map_or(true, |count| count > most) {
        return Err(Refused::Field { field: "reasons", problem: Problem::TooMany { most } }.into());
    }
    Ok(reasons)
}

/// Whether everything is there that the queue asks for when its work ends (S204, X1). Where nobody made a reason yet,
/// none can be named, so none is asked for.
pub(super) fn complete(
    tx: &Tx<'_>,
    conversation: &Conversation,
    rules: &WrapUp,
    (reasons, note): (&[Id<Reason>], &str),
) -> Result<()> {
    let missing = |field| Err(Refused::Field { field, problem: Problem::Missing }.into());
    if rules.required && reasons.is_empty() && !wrapup::offered(tx, conversation.queue)?.is_empty() {
        return missing("reasons");
    }
    if rules.note == Note::Required && note.trim().is_empty() {
        return missing("note");
    }
    Ok(())
}
