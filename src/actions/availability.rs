//! Being there for work or not, for each type of media (S190–S193).

use std::collections::BTreeMap;

use super::Result;
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::availability::{Availability, Media, State, choose};
use crate::domain::event::kind;
use crate::domain::profile::Load;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, availability, event, offer};

/// Chooses a state for one type or for all. Idle during work holds when that has ended; RONA cannot be chosen and is
/// left by choosing anything else. Supervisors choose for others.
pub fn choose_state(
    tx: &Tx<'_>,
    by: &Viewer,
    agent: Id<Agent>,
    (media, chosen): (Option<Media>, State),
    now: Timestamp,
) -> Result<()> {
    if agent != by.agent {
        by.must_be(Role::Supervisor)?;
    }
    super::assign::working(tx, agent)?;
    known_reason(tx, chosen)?;
    let load = offer::load(tx, agent)?;
    let media = media.map_or_else(|| Media::ALL.to_vec(), |media| vec![media]);
    for media in media {
        let known = availability::get(tx, agent, media)?;
        let works = load.get(&media).is_some_and(|count| *count > 0);
        let (state, wanted) = choose(known.state, chosen, works);
        let since = if state == known.state { known.since } else { now };
        availability::put(tx, &Availability { agent, media, state, since, wanted })?;
    }
    tell(tx, by.author(), agent, now)
}

fn known_reason(tx: &Tx<'_>, chosen: State) -> Result<()> {
    match chosen {
        State::Idle(Some(reason)) if !availability::reasons(tx)?.iter().any(|there| there.id == reason) => {
            Err(Refused::Field { field: "reason", problem: Problem::Unknown }.into())
        }
        State::Rona => Err(Refused::Field { field: "state", problem: Problem::Wrong }.into()),
        _ => Ok(()),
    }
}

/// Somebody did not answer an offer: nothing of any type is offered until that person says so (S81, S83).
pub(super) fn missed(tx: &Tx<'_>, agent: Id<Agent>, now: Timestamp) -> Result<()> {
    for media in Media::DEALT {
        let rona = Availability { agent, media, state: State::Rona, since: now, wanted: None };
        availability::put(tx, &rona)?;
    }
    tell(tx, None, agent, now)
}

/// Signing in or out: nothing is taken until that person says so (S190). RONA stays, because only its popover ends it;
/// a desk on which nobody ever chose a state has nothing to write.
pub(super) fn rest(tx: &Tx<'_>, agent: Id<Agent>, now: Timestamp) -> Result<()> {
    let known = availability::of(tx, agent)?;
    let active: Vec<&Availability> = known.iter().filter(|known| known.state == State::Available).collect();
    for known in &active {
        let idle = Availability { state: State::Idle(None), since: now, wanted: None, ..**known };
        availability::put(tx, &idle)?;
    }
    if active.is_empty() { Ok(()) } else { tell(tx, Some(agent), agent, now) }
}

/// What was chosen during work begins to hold for those whose work has ended.
pub(super) fn settle(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    let mut loads: BTreeMap<Id<Agent>, Load> = BTreeMap::new();
    for known in availability::all(tx)? {
        let Some(wanted) = known.wanted else { continue };
        let load = match loads.get(&known.agent) {
            Some(load) => load,
            None => &*loads.entry(known.agent).or_insert(offer::load(tx, known.agent)?),
        };
        if load.get(&known.media).is_none_or(|count| *count == 0) {
            availability::put(tx, &Availability { state: wanted, since: now, wanted: None, ..known })?;
            tell(tx, None, known.agent, now)?;
        }
    }
    Ok(())
}

/// Writes the states of an agent into the log, which wakes the pages.
fn tell(tx: &Tx<'_>, by: Option<Id<Agent>>, agent: Id<Agent>, now: Timestamp) -> Result<()> {
    let states = availability::of(tx, agent)?;
    let states: BTreeMap<&str, &str> =
        states.iter().map(|known| (known.media.as_str(), known.state.as_str())).collect();
    let data = serde_json::json!({ "agent": agent.get(), "states": states });
    event::append(
        tx,
        &event::New { kind: kind::AGENT_STATE, agent: by, data, ..event::New::default() },
        now,
    )?;
    Ok(())
}
