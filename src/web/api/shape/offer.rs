//! Offered work in the API.

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::Id;
use crate::domain::availability::{Availability, Media, State};
use crate::domain::offer::{self, Kind};
use crate::web::api::schema::{Schemas, answer, id, moment, one_of, or_null, request, text, text_up_to};

/// What is held out to somebody.
#[derive(Serialize)]
pub struct Offer {
    pub id: i64,
    pub conversation_id: i64,
    pub agent_id: i64,
    pub kind: &'static str,
    pub queue_id: Option<i64>,
    pub from_id: Option<i64>,
    pub note: String,
    pub why: String,
    pub state: &'static str,
    pub offered_at: String,
    pub expires_at: String,
}

impl Offer {
    /// The offer as the API shows one.
    pub fn of(offer: &offer::Offer) -> Offer {
        Offer {
            id: offer.id.get(),
            conversation_id: offer.conversation.get(),
            agent_id: offer.agent.get(),
            kind: offer.kind.as_str(),
            queue_id: offer.queue.map(Id::get),
            from_id: offer.from.map(Id::get),
            note: offer.note.clone(),
            why: offer.why.clone(),
            state: offer.state.as_str(),
            offered_at: time(offer.offered_at),
            expires_at: time(offer.expires_at),
        }
    }
}

/// Whether somebody takes work of one type.
#[derive(Serialize)]
pub struct AgentState {
    pub media: &'static str,
    pub state: &'static str,
    pub reason_id: Option<i64>,
    pub since: String,
    pub wanted: Option<&'static str>,
}

impl AgentState {
    /// The state as the API shows one.
    pub fn of(known: &Availability) -> AgentState {
        let reason = match known.state {
            State::Idle(reason) => reason,
            State::Available | State::Rona => None,
        };
        AgentState {
            media: known.media.as_str(),
            state: known.state.as_str(),
            reason_id: reason.map(Id::get),
            since: time(known.since),
            wanted: known.wanted.map(State::as_str),
        }
    }
}

/// A state to be chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateChange {
    pub state: String,
    pub media: Option<String>,
    pub reason_id: Option<i64>,
}

/// What is asked of a colleague, or of whoever of a queue is next: one of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    pub kind: String,
    pub agent_id: Option<i64>,
    pub queue_id: Option<i64>,
    #[serde(default)]
    pub note: String,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let media = one_of(Media::ALL.map(Media::as_str));
    let chosen = one_of(["available", "idle"]);
    vec![
        (
            "Offer",
            answer(&[
                ("id", id()),
                ("conversation_id", id()),
                ("agent_id", id()),
                ("kind", one_of(Kind::ALL.map(Kind::as_str))),
                ("queue_id", or_null(&id())),
                ("from_id", or_null(&id())),
                ("note", text()),
                ("why", text()),
                ("state", one_of(offer::State::ALL.map(offer::State::as_str))),
                ("offered_at", moment()),
                ("expires_at", moment()),
            ]),
        ),
        (
            "NewRequest",
            request(
                &["kind"],
                &[
                    ("kind", one_of([Kind::Transfer, Kind::Conference].map(Kind::as_str))),
                    ("agent_id", or_null(&id())),
                    ("queue_id", or_null(&id())),
                    ("note", text_up_to(4000)),
                ],
            ),
        ),
        (
            "AgentState",
            answer(&[
                ("media", media.clone()),
                ("state", one_of(["available", "idle", "rona"])),
                ("reason_id", or_null(&id())),
                ("since", moment()),
                ("wanted", or_null(&chosen)),
            ]),
        ),
        (
            "StateChange",
            request(
                &["state"],
                &[("state", chosen), ("media", or_null(&media)), ("reason_id", or_null(&id()))],
            ),
        ),
    ]
}
