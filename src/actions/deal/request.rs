//! Asking a colleague: to take a conversation over, or to write along in it. Until the answer comes nothing moves.

use std::collections::BTreeSet;

use super::{Team, tell, withdraw};
use crate::actions::{Error, Result, assign, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::availability::{Media, State as Being};
use crate::domain::channel::Channel;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::kind;
use crate::domain::offer::Denied;
use crate::domain::offer::{Kind, Offer, State};
use crate::domain::queue::{Mode, Queue, Rules};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Connection, Tx, offer};

/// The longest word to the colleague, in characters.
const MOST: usize = 4000;

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whom {
    Agent(Id<Agent>),
    /// Whoever of the queue is free (X5).
    Queue(Id<Queue>),
}

/// What is asked of whom.
#[derive(Clone, Debug)]
pub struct Request {
    /// To take it over, or to write along.
    pub kind: Kind,
    pub whom: Whom,
    /// A word to the one who is asked.
    pub note: String,
}

/// Asks a colleague. `present` are the agents whose browser is there.
pub fn ask(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    request: &Request,
    present: &BTreeSet<Id<Agent>>,
    now: Timestamp,
) -> Result<Id<Offer>> {
    let conversation = reach::conversation(tx, by, conversation)?;
    if conversation.status == Status::Closed {
        return Err(Refused::AlreadyThere { status: Status::Closed }.into());
    }
    held(tx, by, &conversation)?;
    if request.note.chars().count() > MOST {
        return Err(Refused::Field { field: "note", problem: Problem::TooLong { most: 4000 } }.into());
    }
    let channel = reach::channel(tx, &conversation)?;
    suits(tx, request.kind, &channel, &conversation)?;
    if let Some(there) = offer::waiting_in(tx, conversation.id)?.iter().find(|o| o.kind == request.kind) {
        return Err(Refused::Work(Denied::AlreadyAsked { name: name(tx, there.agent)? }).into());
    }
    let agent = match request.whom {
        Whom::Agent(agent) => free(tx, by, (agent, request.kind), &channel, present)?,
        Whom::Queue(queue) => somebody(tx, by, queue, &conversation, present)?,
    };
    let queue = store::queue::of(tx, conversation.queue)?;
    let patience = queue.map_or(Rules::default().offer_for, |queue| queue.rules.offer_for);
    let new = offer::New {
        conversation: conversation.id,
        agent,
        kind: request.kind,
        queue: None,
        from: Some(by.agent),
        note: request.note.trim(),
        why: "",
        expires_at: now + patience,
    };
    let id = offer::insert(tx, &new, now)?;
    tell(tx, kind::OFFER_MADE, (&conversation, agent, id), now)?;
    Ok(id)
}

/// Takes a request back that nobody has answered yet.
pub fn call_off(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>, now: Timestamp) -> Result<Id<Conversation>> {
    let offer = own(tx, by, id)?;
    if offer.state != State::Waiting {
        return Err(Refused::Work(Denied::NoOffer).into());
    }
    withdraw(tx, &offer, now)?;
    Ok(offer.conversation)
}

/// Sees to what came back: the conversation stays with who asked.
pub fn keep(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>, now: Timestamp) -> Result<Id<Conversation>> {
    let offer = own(tx, by, id)?;
    if offer.state == State::Waiting {
        return Err(Refused::Work(Denied::AlreadyAsked { name: name(tx, offer.agent)? }).into());
    }
    offer::settle(tx, offer.id, now)?;
    let entry = store::event::New {
        kind: kind::OFFER_SETTLED,
        agent: Some(by.agent),
        conversation: Some(offer.conversation),
        ..store::event::New::default()
    };
    store::event::append(tx, &entry, now)?;
    Ok(offer.conversation)
}

fn own(tx: &Tx<'_>, by: &Viewer, id: Id<Offer>) -> Result<Offer> {
    offer::get(tx, id)?.filter(|offer| offer.from == Some(by.agent)).ok_or(Error::NotFound)
}

fn name(tx: &Connection, agent: Id<Agent>) -> Result<String> {
    Ok(store::agent::get(tx, agent)?.map(|agent| agent.name).unwrap_or_default())
}

/// Whether the queue of a conversation hands its work out.
pub fn is_dealt(connection: &Connection, conversation: &Conversation) -> store::Result<bool> {
    let queue = store::queue::of(connection, conversation.queue)?;
    Ok(queue.is_some_and(|queue| queue.mode != Mode::Shared))
}

/// Where work is handed out, only who accepted it hands it on, ends it or brings others in (S64, S228); supervisors
/// move what they see. Elsewhere it lies there for everybody.
pub fn accepted(tx: &Connection, by: &Viewer, conversation: &Conversation) -> Result<()> {
    if by.role >= Role::Supervisor || conversation.assignee == Some(by.agent) || !is_dealt(tx, conversation)?
    {
        return Ok(());
    }
    match conversation.assignee {
        None => Err(Refused::Work(Denied::NotAccepted).into()),
        Some(agent) => Err(Refused::AssignedTo { agent, name: name(tx, agent)? }.into()),
    }
}

/// Only who has it asks somebody about it. A supervisor who does not have it moves it without asking
/// (`transfer::transfer`), because an answer would come back to somebody whose work it is not.
fn held(tx: &Tx<'_>, by: &Viewer, conversation: &Conversation) -> Result<()> {
    match conversation.assignee {
        Some(agent) if agent == by.agent => Ok(()),
        Some(agent) => Err(Refused::AssignedTo { agent, name: name(tx, agent)? }.into()),
        None => Err(Refused::Work(Denied::NotAccepted).into()),
    }
}

/// What a conversation does not allow, whoever is asked.
fn suits(tx: &Tx<'_>, kind: Kind, channel: &Channel, conversation: &Conversation) -> Result<()> {
    let mail = Media::of(channel.card.speaks_as) == Media::Email;
    let begun = begun_here(tx, conversation)?;
    match kind {
        Kind::Conference if mail => Err(Refused::Work(Denied::ConferenceMail).into()),
        Kind::Conference if begun => Err(Refused::Work(Denied::ConferenceBegun).into()),
        Kind::Transfer if mail && !begun => Err(Refused::QueueOnly.into()),
        _ => Ok(()),
    }
}

/// Whether one of us wrote first, and the customer's first open period still goes on.
pub fn begun_here(connection: &Connection, conversation: &Conversation) -> Result<bool> {
    let first = conversation.episode == 1 && conversation.previous.is_none();
    Ok(first && store::conversation::episode_opened_by(connection, conversation)?.is_some())
}

/// The colleague, who must be there and take this type of work; to take it over, with room for it.
fn free(
    tx: &Tx<'_>,
    by: &Viewer,
    (agent, kind): (Id<Agent>, Kind),
    channel: &Channel,
    present: &BTreeSet<Id<Agent>>,
) -> Result<Id<Agent>> {
    let colleague = assign::working(tx, agent)?;
    if agent == by.agent {
        return Err(Refused::Field { field: "agent", problem: Problem::Wrong }.into());
    }
    let media = Media::of(channel.card.speaks_as);
    let state = store::availability::get(tx, agent, media)?.for_new_work();
    let mut fits = state == Being::Available && present.contains(&agent);
    if kind == Kind::Transfer {
        fits &= store::profile::of(tx, agent)?.fits(media, &offer::load(tx, agent)?).is_ok();
    }
    if fits { Ok(agent) } else { Err(Refused::Work(Denied::NotFree { name: colleague.name }).into()) }
}

/// Whoever of the queue would be next.
fn somebody(
    tx: &Tx<'_>,
    by: &Viewer,
    queue: Id<Queue>,
    conversation: &Conversation,
    present: &BTreeSet<Id<Agent>>,
) -> Result<Id<Agent>> {
    let unknown = Refused::Field { field: "queue", problem: Problem::Unknown };
    let queue = store::queue::get(tx, queue)?.ok_or(unknown)?;
    let others: BTreeSet<Id<Agent>> = present.iter().copied().filter(|agent| *agent != by.agent).collect();
    let chosen = Team::default().choose(tx, &queue, conversation, &others)?;
    chosen.map(|(agent, _)| agent).ok_or_else(|| Refused::Work(Denied::NobodyFree).into())
}
