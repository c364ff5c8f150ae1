//! What a program lets happen to a conversation: closed, reopened, put off, given, handed over.

use super::ask::{self, JSON};
use super::conversations::one;
use super::endpoint::{Endpoint, Gives};
use super::messages;
use super::shape::happening::{Assignment, Closing, Empty, Saying, Snooze, Transfer};
use super::shape::{created, shown};
use crate::actions::{self, assign, close, deal, greet, reach, read, reopen, snooze, transfer};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::conversation::Conversation;
use crate::domain::offer::Denied;
use crate::domain::offer::Offer;
use crate::domain::refused::Problem;
use crate::domain::snooze::{self as times, Preset};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{self, Tx};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// What can happen to a conversation.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/api/v1/conversations/{id}/close", Role::Agent, close, "Closing")
        .about("Closes a conversation, with wrap-up reasons and a note. The channel decides whether the assignee stays.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/reopen", Role::Agent, reopen, "Empty")
        .about("Opens a closed conversation without writing.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/snooze", Role::Agent, snooze, "Snooze")
        .about("Puts a conversation off until a moment, or until `hour`, `later`, `tomorrow` or `week` in the owner's time zone.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/assign", Role::Agent, assign, "Assignment")
        .about("Gives a conversation to an agent by number or e-mail address, or with null to nobody.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/transfer", Role::Agent, transfer, "Transfer")
        .about("Hands a conversation over to a queue or to an agent. Answers 204 when the token's owner may no longer see it.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/assistant", Role::Agent, assist, "Saying")
        .about("A program of the team's own says something under its own name, before people do. Until it hands over, is silent for `minutes` after the customer (15 unless said otherwise), or somebody takes over, nobody is asked to take the conversation. Refused where somebody has it.")
        .giving(Gives::Created("Message")),
    Endpoint::post("/api/v1/conversations/{id}/handover", Role::Agent, hand_over, "Empty")
        .about("Has the virtual assistant that speaks in a conversation hand it over to the team now. Where none speaks, nothing happens.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/read", Role::Agent, read, "Empty")
        .about("Says that somebody has read it.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/accept", Role::Agent, accept, "Empty")
        .about("Takes a conversation that is offered to the token's owner; refused with `no_offer` where none is.")
        .giving(Gives::One("Conversation")),
    Endpoint::post("/api/v1/conversations/{id}/decline", Role::Agent, decline, "Empty")
        .about("Declines a conversation that is offered to the token's owner; refused with `no_offer` where none is.")
        .giving(Gives::One("Conversation")),
];

/// Lets `work` happen to the conversation of the request, and shows what became of it.
pub(super) fn happen(
    cx: &Cx<'_>,
    work: impl FnOnce(&Tx<'_>, &Viewer, Id<Conversation>, Timestamp) -> actions::Result<()> + Send + 'static,
) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| work(tx, &by, id, now))?;
    match one(cx, id) {
        Ok(conversation) => shown(&conversation),
        // It went where the token's owner cannot follow.
        Err(Failure::NotFound) => Ok(Response::new(204)),
        Err(failure) => Err(failure),
    }
}

fn close(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Closing = ask::body(cx, JSON)?;
    let closing = close::Closing {
        reasons: asked.reasons.into_iter().map(Id::new).collect(),
        note: asked.note,
        consent: asked.consent,
        ..close::Closing::default()
    };
    happen(cx, move |tx, by, id, now| close::close(tx, by, id, &closing, now))
}

fn reopen(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, reopen::reopen)
}

fn assist(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let conversation: Id<Conversation> = cx.param("id")?;
    let asked: Saying = ask::body(cx, JSON)?;
    let saying = greet::Saying {
        conversation,
        label: asked.label,
        body: asked.body,
        key: ask::key(asked.key)?,
        silence: Span::minutes(asked.minutes.unwrap_or(15).clamp(0, 10_000)),
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let said = cx.write(move |tx| greet::say(tx, &by, &saying, now))?;
    created(&messages::one(cx, said)?)
}

fn hand_over(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, greet::hand_over)
}

fn read(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, read::mark_read)
}

fn snooze(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Snooze = ask::body(cx, JSON)?;
    let until = match (asked.until, asked.preset) {
        (Some(until), None) => Some(ask::moment("until", &until)?),
        (None, Some(preset)) if preset == times::REPLY => None,
        (None, Some(preset)) => {
            let preset = Preset::parse(&preset).ok_or_else(|| ask::malformed("invalid_field", "preset"))?;
            Some(preset.moment(cx.now, &cx.zone)?)
        }
        _ => return Err(ask::malformed("invalid_field", "one of until and preset is needed")),
    };
    happen(cx, move |tx, by, id, now| snooze::snooze(tx, by, id, until, now))
}

fn assign(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Assignment = ask::body(cx, JSON)?;
    if asked.agent_id.is_some() == asked.email.is_some() {
        return Err(ask::malformed("invalid_field", "one of agent_id and email is needed"));
    }
    happen(cx, move |tx, by, id, now| {
        let to: Option<Id<Agent>> = match (asked.agent_id, asked.email) {
            (_, Some(email)) => Some(by_email(tx, &email)?),
            (agent, None) => agent.flatten().map(Id::new),
        };
        assign::assign(tx, by, id, to, now)
    })
}

fn by_email(tx: &Tx<'_>, email: &str) -> actions::Result<Id<Agent>> {
    let found = store::agent::by_email(tx, &email.trim().to_lowercase())?;
    let unknown = Refused::Field { field: "email", problem: Problem::Unknown };
    Ok(found.ok_or(unknown)?.id)
}

fn transfer(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Transfer = ask::body(cx, JSON)?;
    let to = match (asked.queue_id, asked.agent_id) {
        (Some(queue), None) => transfer::To::Queue(Id::new(queue)),
        (None, Some(agent)) => transfer::To::Agent(Id::new(agent)),
        _ => return Err(ask::malformed("invalid_field", "one of queue_id and agent_id is needed")),
    };
    happen(cx, move |tx, by, id, now| transfer::transfer(tx, by, id, to, &asked.note, now))
}

fn accept(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, |tx, by, id, now| deal::accept(tx, by, held_out(tx, by, id)?, now).map(drop))
}

fn decline(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    happen(cx, |tx, by, id, now| deal::decline(tx, by, held_out(tx, by, id)?, now))
}

/// What of a conversation is held out to somebody: the oldest, where it is more than one thing.
fn held_out(tx: &Tx<'_>, by: &Viewer, id: Id<Conversation>) -> actions::Result<Id<Offer>> {
    let waiting = store::offer::waiting_in(tx, id)?;
    if let Some(offer) = waiting.iter().find(|offer| offer.agent == by.agent) {
        return Ok(offer.id);
    }
    reach::conversation(tx, by, id)?;
    Err(Refused::Work(Denied::NoOffer).into())
}
