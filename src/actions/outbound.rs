//! Who may begin a conversation where. Entry points of queues that hand their work out ask for a place in the profile and
//! for a state (S25–S39); all others are there for everybody, as they are for whoever uses no such queue.

use std::collections::BTreeSet;

use super::Result;
use crate::domain::access::Viewer;
use crate::domain::availability::{Media, State};
use crate::domain::channel::{Channel, Kind};
use crate::domain::outbound::{self, NoOutbound, Stop};
use crate::domain::profile::Profile;
use crate::domain::queue::{Mode, Queue};
use crate::domain::window::Sender;
use crate::domain::{Id, Refused};
use crate::store::channel::Entrance;
use crate::store::{self, Connection, offer};

/// The entry points from which somebody may begin, and what is missing among them.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    pub may: Vec<Entrance>,
    /// Kinds that are connected and left out, each once, with why.
    pub without: Vec<(Kind, NoOutbound)>,
}

impl Entries {
    /// What is against any of it, for one who has no right to begin at all (S26); `None`: there is a page to show.
    pub fn barred(&self) -> Option<&NoOutbound> {
        let (_, why) = self.without.first().filter(|_| self.may.is_empty())?;
        (*why == NoOutbound::Right).then_some(why)
    }

    /// Those of these channels.
    pub fn among<'c>(&self, channels: &'c [Channel]) -> Vec<&'c Channel> {
        channels.iter().filter(|channel| self.may.iter().any(|one| one.id == channel.id)).collect()
    }
}

/// The entry points for somebody, in the order of the channels. Their state and their number are not looked at: what is
/// only for now is told when they begin.
pub fn entries(connection: &Connection, by: &Viewer) -> Result<Entries> {
    let floor = Floor::read(connection, by)?;
    let mut entries = Entries::default();
    for entrance in store::channel::entrances(connection)? {
        match floor.right(entrance.queue, entrance.speaks_as) {
            Ok(()) => entries.may.push(entrance),
            Err(why) => entries.without.push((entrance.speaks_as, why)),
        }
    }
    let Entries { may, without } = &mut entries;
    let mut told = BTreeSet::new();
    without.retain(|(kind, _)| may.iter().all(|entrance| entrance.speaks_as != *kind) && told.insert(*kind));
    Ok(entries)
}

/// What is against it at this moment that somebody begins one more from here; `None`: nothing.
pub fn against(connection: &Connection, by: &Viewer, channel: &Channel) -> Result<Option<NoOutbound>> {
    let floor = Floor::read(connection, by)?;
    if let Err(why) = floor.right(channel.queue, channel.card.speaks_as) {
        return Ok(Some(why));
    }
    if !floor.deals(channel.queue) || by.sender == Sender::Automatic {
        // Programs have no state; the right of their owner holds for them, too.
        return Ok(None);
    }
    let Floor { profile: Some(profile), .. } = &floor else { return Ok(None) };
    let state = store::availability::get(connection, by.agent, Media::of(channel.card.speaks_as))?.state;
    let begun = offer::begun(connection, by.agent, profile.outbound_most)?;
    match outbound::now(state, begun, profile.outbound_most) {
        Ok(()) => Ok(None),
        Err(Stop::Most(most)) => Ok(Some(NoOutbound::Most(most))),
        Err(Stop::Idle(_)) => Ok(Some(NoOutbound::Idle(reason(connection, state)?))),
    }
}

/// The same as a refusal.
pub(super) fn allowed(connection: &Connection, by: &Viewer, channel: &Channel) -> Result<()> {
    match against(connection, by, channel)? {
        Some(why) => Err(Refused::Outbound { why }.into()),
        None => Ok(()),
    }
}

/// What an administrator calls the reason of being idle.
fn reason(connection: &Connection, state: State) -> Result<Option<String>> {
    let State::Idle(Some(id)) = state else { return Ok(None) };
    let known = store::availability::reasons(connection)?.into_iter().find(|reason| reason.id == id);
    Ok(known.map(|reason| reason.name))
}

/// The queues that hand their work out, and what the agent takes of it.
struct Floor {
    dealing: BTreeSet<Id<Queue>>,
    /// `None`: nothing is handed out, or nobody but the machine itself asks.
    profile: Option<Profile>,
}

impl Floor {
    fn read(connection: &Connection, by: &Viewer) -> Result<Floor> {
        let mut floor = Floor { dealing: BTreeSet::new(), profile: None };
        let Some(agent) = by.author() else { return Ok(floor) };
        if store::queue::any_deals(connection)? {
            let dealing =
                store::queue::all(connection)?.into_iter().filter(|queue| queue.mode != Mode::Shared);
            floor.dealing = dealing.map(|queue| queue.id).collect();
            floor.profile = Some(store::profile::of(connection, agent)?);
        }
        Ok(floor)
    }

    fn deals(&self, queue: Option<Id<Queue>>) -> bool {
        queue.is_some_and(|queue| self.dealing.contains(&queue))
    }

    /// Whether the profile lets begin there.
    fn right(&self, queue: Option<Id<Queue>>, speaks_as: Kind) -> std::result::Result<(), NoOutbound> {
        match &self.profile {
            Some(profile) if self.deals(queue) => profile.begins(speaks_as),
            _ => Ok(()),
        }
    }
}
