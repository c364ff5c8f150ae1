//! Who has a conversation.

use super::history::{self, Happening};
use super::{Result, deal, greet, notice, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, Line, kind};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx};

/// Gives a conversation to an agent, or (`None`) to nobody (S222). What is so already stays so, in silence.
pub fn assign(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    to: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<()> {
    let mut conversation = reach::conversation(tx, by, conversation)?;
    if let Some(to) = to {
        working(tx, to)?;
        // Where work is handed out, people are asked (`deal::ask`) and not told; they take it themselves.
        if to != by.agent && deal::is_dealt(tx, &conversation)? {
            by.must_be(Role::Supervisor)?;
        }
    }
    let changes = conversation.assignee != to;
    given(tx, &mut conversation, to, (by, Cause::Hand), now)?;
    store::conversation::update(tx, &conversation)?;
    if changes { notice::assigned(tx, by, &conversation, to, now) } else { Ok(()) }
}

/// The agent, who must work here.
pub(super) fn working(tx: &Tx<'_>, id: Id<Agent>) -> Result<Agent> {
    let agent = store::agent::get(tx, id)?.filter(|agent| agent.disabled_at.is_none());
    Ok(agent.ok_or(Refused::Field { field: "agent", problem: Problem::Unknown })?)
}

/// Changes the assignee and tells it. The caller writes the conversation back.
pub(super) fn given(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    to: Option<Id<Agent>>,
    (by, cause): (&Viewer, Cause),
    now: Timestamp,
) -> Result<()> {
    if conversation.assignee == to {
        return Ok(());
    }
    let line = Line {
        from: history::name_of(tx, conversation.assignee)?,
        to: history::name_of(tx, to)?,
        cause: Some(cause),
        ..Line::default()
    };
    if to.is_some() {
        greet::taken(tx, by, conversation, now)?;
    }
    hold(tx, conversation, to, now)?;
    let kind = if to.is_some() { kind::CONVERSATION_ASSIGNED } else { kind::CONVERSATION_UNASSIGNED };
    history::tell(tx, conversation, &Happening::by(by, kind, line), now)?;
    Ok(())
}

/// Lets an agent have a conversation, or (`None`) nobody. The caller tells it and writes the conversation back.
pub(super) fn hold(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    agent: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<()> {
    if let Some(agent) = agent {
        // Who wrote along until now has it from now on.
        store::offer::leave(tx, conversation.id, Some(agent), now)?;
    }
    conversation.assignee = agent;
    conversation.updated_at = now;
    Ok(())
}
