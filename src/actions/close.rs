//! Closing a conversation, with reasons and a note, under the closing logic of its entry point.

use super::history::{self, Happening};
use super::{Result, announce, deal, reach};
use crate::domain::access::Viewer;
use crate::domain::channel::OnClose;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Line, kind};
use crate::domain::refused::Problem;
use crate::domain::wrapup::Reason;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, conversation as threads, wrapup};

/// Why it is closed.
#[derive(Clone, Debug, Default)]
pub struct Closing {
    pub reasons: Vec<Id<Reason>>,
    pub note: String,
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
    let mut conversation = reach::conversation(tx, by, conversation)?;
    if conversation.status == Status::Closed {
        return Err(Refused::AlreadyThere { status: Status::Closed }.into());
    }
    deal::accepted(tx, by, &conversation)?;
    reach::unblocked(tx, &conversation)?;
    if closing.note.chars().count() > MOST {
        return Err(Refused::Field { field: "note", problem: Problem::TooLong { most: 4000 } }.into());
    }
    let reasons = named(tx, &conversation, &closing.reasons)?;
    deal::conference::over(tx, by, &conversation, now)?;
    announce::announce(tx, &mut conversation, |rules| &rules.left_text, &by.name, now)?;
    let channel = reach::channel(tx, &conversation)?;
    threads::close_episode(tx, &conversation, by.author(), closing.note.trim(), now)?;
    for reason in &reasons {
        wrapup::attach(tx, &conversation, reason.id)?;
    }
    conversation.status = Status::Closed;
    conversation.snoozed_until = None;
    conversation.waiting_since = None;
    conversation.unread = 0;
    conversation.updated_at = now;
    let line = Line {
        episode: Some(conversation.episode),
        reasons: reasons.into_iter().map(|reason| reason.name).collect(),
        note: closing.note.trim().to_owned(),
        ..Line::default()
    };
    history::tell(tx, &conversation, &Happening::by(by, kind::CONVERSATION_CLOSED, line), now)?;
    if channel.on_close == OnClose::Unassign && conversation.assignee.is_some() {
        let from = history::name_of(tx, conversation.assignee.take())?;
        let line = Line { from, cause: Some(Cause::Closed), ..Line::default() };
        history::tell(tx, &conversation, &Happening::own(kind::CONVERSATION_UNASSIGNED, line), now)?;
    }
    Ok(store::conversation::update(tx, &conversation)?)
}

/// The reasons by their ids. One that is archived or belongs to another queue is not offered here.
fn named(tx: &Tx<'_>, conversation: &Conversation, ids: &[Id<Reason>]) -> Result<Vec<Reason>> {
    let unknown = || Refused::Field { field: "reasons", problem: Problem::Unknown };
    let mut reasons: Vec<Reason> = Vec::new();
    for id in ids {
        let reason = wrapup::get(tx, *id)?.ok_or_else(unknown)?;
        if reason.queue.is_some() && reason.queue != conversation.queue {
            return Err(unknown().into());
        }
        if !reasons.iter().any(|there| there.id == reason.id) {
            reasons.push(reason);
        }
    }
    Ok(reasons)
}
