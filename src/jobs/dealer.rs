//! Hands work out: ends what nobody answered, takes back what was held out to somebody who is gone, and gives what
//! waits to whoever is free. On a desk whose queues are all shared it does nothing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use crate::actions::{Error, deal};
use crate::attendance::AWAY;
use crate::desk::Desk;
use crate::domain::agent::Agent;
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Result, event, offer, queue};

/// A burst of changes is dealt with at once and not one by one.
const BREATH: Duration = Duration::from_millis(200);

/// What the last round saw. A round that would see the same again is not made.
#[derive(Default)]
pub struct Memory {
    log: i64,
    present: BTreeSet<Id<Agent>>,
    /// Whose work has gone back to which queue since that person was last there.
    released: BTreeSet<(Id<Queue>, Id<Agent>)>,
}

/// Deals whenever something changed, and looks at the clock each second, until the desk stops.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    let mut memory = Memory::default();
    while !stop.is_set() {
        let told = desk.live.count(event::DESK);
        match round(desk, &mut memory) {
            Ok(true) => continue,
            Ok(false) => {}
            Err(fault) => log::error!("the dealer: {fault}"),
        }
        std::thread::sleep(BREATH);
        stop.wait(desk, event::DESK, told, Duration::from_secs(1));
    }
}

/// Does what is due now. `true`: there may be more at once.
pub fn round(desk: &Desk, memory: &mut Memory) -> Result<bool> {
    let now = desk.clock.now();
    let Some(sight) = look(desk, now)? else { return Ok(false) };
    leave(desk, memory, &sight, now)?;
    let unchanged = sight.log == memory.log && sight.present == memory.present;
    if unchanged && sight.offers.iter().all(|offer| offer.expires_at > now) {
        return Ok(false);
    }
    let present = sight.present.clone();
    let more = act(desk.writer.write(move |tx| deal::deal(tx, &present, now)))?.unwrap_or(false);
    // What the round itself has written is looked at once more, because work may have become free by it.
    memory.log = sight.log;
    memory.present = sight.present;
    Ok(more)
}

/// What a round begins with.
struct Sight {
    log: i64,
    present: BTreeSet<Id<Agent>>,
    offers: Vec<crate::domain::offer::Offer>,
    releasing: Vec<(Queue, Vec<Id<Agent>>)>,
}

/// `None`: no queue deals, and nothing is held out to anybody.
fn look(desk: &Desk, now: Timestamp) -> Result<Option<Sight>> {
    desk.readers.read(|c| {
        let offers = offer::waiting(c)?;
        if offers.is_empty() && !queue::any_deals(c)? {
            return Ok(None);
        }
        let mut releasing = Vec::new();
        let members = queue::memberships(c)?;
        for queue in queue::all(c)?.into_iter().filter(|queue| queue.rules.release_when_gone) {
            let inside = members.iter().filter(|(of, _)| *of == queue.id).map(|(_, who)| *who).collect();
            releasing.push((queue, inside));
        }
        let (log, present) = (event::latest(c)?, desk.attendance.present(now));
        Ok::<_, store::Error>(Some(Sight { log, present, offers, releasing }))
    })
}

/// Takes back what waits for people whose browser is gone, and what they have where the queue wants it so.
fn leave(desk: &Desk, memory: &mut Memory, sight: &Sight, now: Timestamp) -> Result<()> {
    let gone: BTreeSet<Id<Agent>> = sight
        .offers
        .iter()
        .map(|offer| offer.agent)
        .filter(|agent| desk.attendance.silence(*agent, now) >= AWAY)
        .collect();
    let mut release: Vec<(Id<Queue>, Id<Agent>)> = Vec::new();
    memory.released.retain(|(_, agent)| !sight.present.contains(agent));
    for (queue, members) in &sight.releasing {
        for agent in members {
            let long = desk.attendance.silence(*agent, now) >= queue.rules.gone_after.max(AWAY);
            if long && memory.released.insert((queue.id, *agent)) {
                release.push((queue.id, *agent));
            }
        }
    }
    if gone.is_empty() && release.is_empty() {
        return Ok(());
    }
    let done = desk.writer.write(move |tx| {
        for agent in gone {
            deal::gone(tx, agent, now)?;
        }
        for (queue, agent) in release {
            deal::release(tx, queue, agent, now)?;
        }
        Ok(())
    });
    act(done).map(|_| ())
}

/// A rule that refuses is told and waits for the next round; a store that fails ends this one.
fn act<T>(outcome: crate::actions::Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Error::Store(fault)) => Err(fault),
        Err(other) => {
            log::error!("nothing is dealt: {other:?}");
            Ok(None)
        }
    }
}
