//! Telling people of the team what concerns them, and letting them follow a conversation.

use super::history::{self, Happening};
use super::{Error, Result, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Line, kind};
use crate::domain::message::Message;
use crate::domain::notice::{self, Choice, Kind, Notice};
use crate::domain::{Id, Span, Timestamp};
use crate::store::notice::New;
use crate::store::{self, Connection, Tx, event, notice as notices, setting};

/// Tells one person, unless that person does not want it, is away for good, or may not see the conversation.
fn tell(tx: &Tx<'_>, conversation: &Conversation, new: &New, now: Timestamp) -> Result<()> {
    // What an import brings is old.
    if tx.is_quiet() {
        return Ok(());
    }
    let Some(agent) = store::agent::get(tx, new.agent)?.filter(|agent| agent.disabled_at.is_none()) else {
        return Ok(());
    };
    let viewer = store::agent::viewer(tx, &agent)?;
    if !notices::choice(tx, new.agent, new.kind)?.told || !reach::may_see(tx, &viewer, conversation)? {
        return Ok(());
    }
    notices::insert(tx, new, now)?;
    tx.touch(event::DESK);
    Ok(())
}

/// Tells whoever started a workflow that it did not go on; where it began by itself, whoever has the conversation.
pub(super) fn failed(
    tx: &Tx<'_>,
    conversation: &Conversation,
    starter: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<()> {
    let Some(agent) = starter.or(conversation.assignee) else { return Ok(()) };
    let new = New { agent, kind: Kind::Workflow, conversation: conversation.id, message: None, by: None };
    tell(tx, conversation, &new, now)
}

/// Tells whom a note names. Who wrote it is not told.
pub(super) fn mentions(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: &Conversation,
    (body, message): (&str, Id<Message>),
    now: Timestamp,
) -> Result<()> {
    if !body.contains('@') {
        return Ok(());
    }
    for agent in notice::mentioned(body, &store::agent::all(tx)?) {
        if agent != by.agent {
            let new = New {
                agent,
                kind: Kind::Mention,
                conversation: conversation.id,
                message: Some(message),
                by: by.author(),
            };
            tell(tx, conversation, &new, now)?;
        }
    }
    Ok(())
}

/// Tells somebody that a colleague gave the conversation.
pub(super) fn assigned(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: &Conversation,
    to: Option<Id<Agent>>,
    now: Timestamp,
) -> Result<()> {
    let Some(agent) = to.filter(|to| *to != by.agent) else { return Ok(()) };
    let new =
        New { agent, kind: Kind::Assigned, conversation: conversation.id, message: None, by: by.author() };
    tell(tx, conversation, &new, now)
}

/// Tells those who follow the conversation that something was said: by the customer, or by a colleague, who is not
/// told of the own words.
pub(super) fn said(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (message, by): (Id<Message>, Option<Id<Agent>>),
    now: Timestamp,
) -> Result<()> {
    for agent in notices::followers(tx, conversation.id)? {
        if Some(agent) != by {
            let (kind, conversation_id) = (Kind::Followed, conversation.id);
            let new = New { agent, kind, conversation: conversation_id, message: Some(message), by };
            tell(tx, conversation, &new, now)?;
        }
    }
    Ok(())
}

/// Tells those who watch over a queue that a conversation which nobody has came into it. Who put it there is not told.
pub(super) fn queued(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (message, by): (Option<Id<Message>>, Option<Id<Agent>>),
    now: Timestamp,
) -> Result<()> {
    if conversation.assignee.is_some() || conversation.status != Status::Open {
        return Ok(());
    }
    for agent in notices::watching(tx, conversation.queue)? {
        if Some(agent) != by {
            let new = New { agent, kind: Kind::Queue, conversation: conversation.id, message, by };
            tell(tx, conversation, &new, now)?;
        }
    }
    Ok(())
}

/// Follows the conversation, or no longer.
pub fn follow(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, on: bool) -> Result<()> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let agent = by.author().ok_or(Error::NotFound)?;
    Ok(notices::follow(tx, conversation.id, agent, on)?)
}

/// Marks what `by` was told of a conversation as seen.
pub fn seen(tx: &Tx<'_>, by: &Viewer, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    if notices::seen(tx, by.agent, conversation, now)? {
        tx.touch(event::DESK);
    }
    Ok(())
}

/// Nobody waits there any more: what anybody was told of its window needs no look.
pub(super) fn answered(tx: &Tx<'_>, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    if notices::window_seen(tx, conversation, now)? {
        tx.touch(event::DESK);
    }
    Ok(())
}

/// Marks everything up to `last` that `by` was told as seen.
pub fn all_seen(tx: &Tx<'_>, by: &Viewer, last: Id<Notice>, now: Timestamp) -> Result<()> {
    notices::all_seen(tx, by.agent, last, now)?;
    tx.touch(event::DESK);
    Ok(())
}

/// Chooses how `by` is told. Whoever wants to hear of something wants it in the list as well.
pub fn choose(tx: &Tx<'_>, by: &Viewer, choices: &[Choice]) -> Result<()> {
    let agent = by.author().ok_or(Error::NotFound)?;
    let whole = |choice: &Choice| Choice { told: choice.told || choice.browser || choice.sound, ..*choice };
    let choices: Vec<Choice> = choices.iter().map(whole).collect();
    Ok(notices::choose(tx, agent, &choices)?)
}

/// Who can be named in a note of this conversation: whoever works here and may see it, by name.
pub fn nameable(connection: &Connection, by: &Viewer, id: Id<Conversation>) -> Result<Vec<Agent>> {
    let conversation = reach::conversation(connection, by, id)?;
    let mut people = Vec::new();
    for agent in store::agent::all(connection)? {
        let works = agent.disabled_at.is_none() && agent.id != by.agent;
        if works && reach::may_see(connection, &store::agent::viewer(connection, &agent)?, &conversation)? {
            people.push(agent);
        }
    }
    Ok(people)
}

/// How long before a window closes somebody is told; `None`: nobody is.
pub fn before_closing(connection: &Connection) -> store::Result<Option<Span>> {
    let minutes = setting::get(connection, setting::key::NUDGE_MINUTES)?.and_then(|text| text.parse().ok());
    let minutes: i64 = minutes.unwrap_or(notice::NUDGE);
    Ok((minutes > 0).then(|| Span::minutes(minutes)))
}

/// Tells once, while there is time, that the window of a customer who waits closes: the assignee, else the members
/// of the queue, else everybody who works here.
pub fn nudge(tx: &Tx<'_>, conversation: Id<Conversation>, now: Timestamp) -> Result<()> {
    let conversation = store::conversation::get(tx, conversation)?.ok_or(Error::NotFound)?;
    let waits = conversation.status != Status::Closed && conversation.waiting_since.is_some();
    let Some(closes) = conversation.window_closes_at.filter(|closes| waits && *closes > now) else {
        return Ok(());
    };
    notices::nudged(tx, conversation.id, closes)?;
    let people = match (conversation.assignee, conversation.queue) {
        (Some(assignee), _) => vec![assignee],
        (None, Some(queue)) => {
            let all = store::queue::memberships(tx)?;
            all.into_iter().filter(|(of, _)| *of == queue).map(|(_, agent)| agent).collect()
        }
        (None, None) => store::agent::all(tx)?.into_iter().map(|agent| agent.id).collect(),
    };
    let line = Line { until: Some(closes), ..Line::default() };
    history::tell(tx, &conversation, &Happening::own(kind::CONVERSATION_CLOSING, line), now)?;
    for agent in people {
        let new = New { agent, kind: Kind::Window, conversation: conversation.id, message: None, by: None };
        tell(tx, &conversation, &new, now)?;
    }
    Ok(())
}
