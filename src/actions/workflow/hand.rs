//! A run comes to its end, is stopped, or is tried again.

use super::step::{self, At};
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, deal, reach};
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Line, kind};
use crate::domain::workflow::{Begins, Run, State, Told, Why};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, workflow_run};

/// Ends a run and tells the thread how.
pub(super) fn end(
    tx: &Tx<'_>,
    at: &mut At,
    (state, why): (State, Option<Why>),
    by: Option<&Viewer>,
    now: Timestamp,
) -> Result<()> {
    (at.run.state, at.run.why, at.run.ended_at) = (state, why, Some(now));
    workflow_run::update(tx, &at.run)?;
    let flow = Told { workflow: at.version.name.clone(), failed: why, ..Told::default() };
    let line = Line { flow, ..Line::default() };
    let kind = if state == State::Done { kind::WORKFLOW_DONE } else { kind::WORKFLOW_STOPPED };
    history::tell(tx, &at.conversation, &Happening::of(by, kind, line), now)?;
    Ok(())
}

/// Tries the step again that did not go.
pub fn retry(
    tx: &Tx<'_>,
    by: &Viewer,
    (conversation, id): (Id<Conversation>, Id<Run>),
    now: Timestamp,
) -> Result<()> {
    let mut at = found(tx, by, conversation, id)?;
    if at.run.state != State::Failed {
        return Err(Refused::NotRetryable.into());
    }
    (at.run.state, at.run.due_at, at.run.attempt) = (State::Running, now, 0);
    Ok(workflow_run::update(tx, &at.run)?)
}

/// Ends a run before its last step.
pub fn stop(
    tx: &Tx<'_>,
    by: &Viewer,
    (conversation, id): (Id<Conversation>, Id<Run>),
    now: Timestamp,
) -> Result<()> {
    let mut at = found(tx, by, conversation, id)?;
    if !at.run.state.is_open() {
        return Err(Refused::NotRetryable.into());
    }
    end(tx, &mut at, (State::Stopped, Some(Why::Hand)), Some(by), now)
}

fn found(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, id: Id<Run>) -> Result<At> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let run = workflow_run::get(tx, id)?.filter(|run| run.conversation == conversation.id);
    let run = run.ok_or(Error::NotFound)?;
    deal::accepted(tx, by, &conversation)?;
    step::at(tx, run)
}

/// Ends what is on its way through a conversation that is closed now. What began because it was closed goes on.
pub(in crate::actions) fn over(tx: &Tx<'_>, conversation: &Conversation, now: Timestamp) -> Result<()> {
    for run in workflow_run::open(tx, conversation.id)? {
        let mut at = step::at(tx, run)?;
        if at.version.flow.begins != Begins::Ended {
            end(tx, &mut at, (State::Stopped, Some(Why::Closed)), None, now)?;
        }
    }
    Ok(())
}
