//! Handing work out: queues that deal give what waits to somebody who is free, or ask whether they take it.
//!
//! One dealer runs at a time (a job), so two never ask for the same conversation; what it decides on is read in the
//! transaction that writes the offer.

mod answer;
pub mod conference;
mod end;
mod request;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

pub use answer::{accept, accept_many, decline};
pub use end::{gone, redeal, release, withdraw};
pub use request::{Request, Whom, accepted, ask, begun_here, call_off, is_dealt, keep};

use super::{Result, assign, availability, reach};
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::availability::{Media, State};
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Cause, kind};
use crate::domain::offer::{Kind, Offer, State as OfferState};
use crate::domain::profile::{Load, Profile};
use crate::domain::queue::{Mode, Queue};
use crate::domain::routing::{self, Candidate, Why};
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, event, offer};

/// How many conversations of a queue one round looks at.
const ROUND: u32 = 50;

/// Ends what has ended, then deals what waits. `present` are the agents whose browser is there. Returns whether
/// there may be more to do at once.
pub fn deal(tx: &Tx<'_>, present: &BTreeSet<Id<Agent>>, now: Timestamp) -> Result<bool> {
    end::settle(tx, now)?;
    availability::settle(tx, now)?;
    if !offer::anything_undealt(tx)? {
        return Ok(false);
    }
    let mut team = Team::default();
    let mut more = false;
    for queue in dealing(tx)? {
        if !team.anybody(tx, &queue, present)? {
            continue;
        }
        let waiting = offer::undealt(tx, queue.id, ROUND)?;
        more |= u32::try_from(waiting.len()).is_ok_and(|count| count == ROUND);
        for conversation in waiting {
            let Some((agent, why)) = team.choose(tx, &queue, &conversation, present)? else { continue };
            hand(tx, &queue, conversation, (agent, why), now)?;
            team.forget(agent);
        }
    }
    Ok(more && team.dealt)
}

/// The queues that deal, the most pressing first.
fn dealing(tx: &Tx<'_>) -> Result<Vec<Queue>> {
    let mut queues = store::queue::all(tx)?;
    queues.retain(|queue| queue.mode != Mode::Shared);
    queues.sort_unstable_by_key(|queue| (-queue.rules.priority, queue.id));
    Ok(queues)
}

/// Gives or offers a conversation, and keeps why.
fn hand(
    tx: &Tx<'_>,
    queue: &Queue,
    mut conversation: Conversation,
    (agent, why): (Id<Agent>, Why),
    now: Timestamp,
) -> Result<()> {
    let new = offer::New {
        conversation: conversation.id,
        agent,
        kind: Kind::Queue,
        queue: Some(queue.id),
        from: None,
        note: "",
        why: why.as_str(),
        expires_at: now + queue.rules.offer_for,
    };
    let id = offer::insert(tx, &new, now)?;
    if queue.mode == Mode::Offer {
        return tell(tx, kind::OFFER_MADE, (&conversation, agent, id), now);
    }
    offer::end(tx, id, OfferState::Accepted, now)?;
    assign::given(tx, &mut conversation, Some(agent), (&Viewer::console(), Cause::Dealt), now)?;
    Ok(store::conversation::update(tx, &conversation)?)
}

/// An entry in the log about an offer, which wakes the pages.
fn tell(
    tx: &Tx<'_>,
    kind: &'static str,
    (conversation, agent, offer): (&Conversation, Id<Agent>, Id<Offer>),
    now: Timestamp,
) -> Result<()> {
    let entry = event::New {
        kind,
        agent: Some(agent),
        data: serde_json::json!({ "offer": offer.get() }),
        conversation: Some(conversation.id),
        contact: Some(conversation.contact),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}

/// What one round has learnt of the agents; who was given something is looked at anew.
#[derive(Default)]
struct Team {
    members: BTreeMap<Id<Queue>, BTreeSet<Id<Agent>>>,
    known: BTreeMap<Id<Agent>, Known>,
    dealt: bool,
}

/// What routing needs of one agent.
struct Known {
    load: Load,
    profile: Profile,
    states: BTreeMap<Media, State>,
    language: Option<String>,
    works: bool,
}

impl Known {
    fn read(tx: &Tx<'_>, id: Id<Agent>) -> Result<Known> {
        let agent = store::agent::get(tx, id)?;
        let states = store::availability::of(tx, id)?;
        Ok(Known {
            load: offer::load(tx, id)?,
            profile: store::profile::of(tx, id)?,
            states: states.into_iter().map(|known| (known.media, known.for_new_work())).collect(),
            works: agent.as_ref().is_some_and(|agent| agent.disabled_at.is_none()),
            language: agent.and_then(|agent| agent.language),
        })
    }
}

impl Team {
    /// Who is in a queue.
    fn members(&mut self, tx: &Tx<'_>, queue: &Queue) -> Result<BTreeSet<Id<Agent>>> {
        if self.members.is_empty() {
            for (queue, agent) in store::queue::memberships(tx)? {
                self.members.entry(queue).or_default().insert(agent);
            }
        }
        Ok(self.members.get(&queue.id).cloned().unwrap_or_default())
    }

    /// Whether anybody of the queue is there and takes anything at all, before its conversations are looked at.
    fn anybody(&mut self, tx: &Tx<'_>, queue: &Queue, present: &BTreeSet<Id<Agent>>) -> Result<bool> {
        for agent in self.members(tx, queue)?.intersection(present) {
            if self.known(tx, *agent)?.states.values().any(|state| *state == State::Available) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn choose(
        &mut self,
        tx: &Tx<'_>,
        queue: &Queue,
        conversation: &Conversation,
        present: &BTreeSet<Id<Agent>>,
    ) -> Result<Option<(Id<Agent>, Why)>> {
        let media = Media::of(reach::channel(tx, conversation)?.card.speaks_as);
        let contact = store::contact::get(tx, conversation.contact)?;
        let past = offer::of_conversation(tx, conversation.id, ROUND)?;
        let members = self.members(tx, queue)?;
        let mut candidates = Vec::with_capacity(members.len());
        for agent in members {
            let known = self.known(tx, agent)?;
            if !known.works {
                continue;
            }
            candidates.push(Candidate {
                agent,
                present: present.contains(&agent),
                state: known.states.get(&media).copied().unwrap_or(State::Idle(None)),
                load: known.load.clone(),
                profile: known.profile.clone(),
                last_dealt: offer::last_dealt(tx, queue.id, agent)?,
                passed: past.iter().any(|offer| offer.agent == agent && was_passed(offer.state)),
                knows: contact.as_ref().is_some_and(|contact| contact.dedicated == Some(agent)),
                speaks: speaks(known.language.as_deref(), wanted(contact.as_ref(), queue)),
            });
        }
        Ok(routing::next(&candidates, media, queue.rules.spread))
    }

    fn known(&mut self, tx: &Tx<'_>, id: Id<Agent>) -> Result<&Known> {
        match self.known.entry(id) {
            Entry::Occupied(there) => Ok(there.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(Known::read(tx, id)?)),
        }
    }

    fn forget(&mut self, agent: Id<Agent>) {
        self.known.remove(&agent);
        self.dealt = true;
    }
}

fn was_passed(state: OfferState) -> bool {
    matches!(state, OfferState::Declined | OfferState::Expired | OfferState::Recalled)
}

/// The customer's own language; of one who never said any, that of the queue.
fn wanted<'a>(contact: Option<&'a Contact>, queue: &'a Queue) -> Option<&'a str> {
    let own = contact.and_then(|contact| contact.language.as_deref());
    own.or(Some(queue.rules.language.as_str())).filter(|code| !code.is_empty())
}

/// Who never said a language is asked for any.
fn speaks(agent: Option<&str>, wanted: Option<&str>) -> bool {
    agent.zip(wanted).is_none_or(|(agent, wanted)| agent == wanted)
}
