//! Whose browser is there. Kept in memory: it is true for seconds only, and after a restart browsers tell it again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::domain::agent::Agent;
use crate::domain::{Id, Span, Timestamp};
use crate::locks::hold;

/// Open pages ask for changes at least every 25 seconds. After this long without a word nobody is there.
pub const AWAY: Span = Span::seconds(45);

/// When each agent's browser was last heard of.
#[derive(Debug)]
pub struct Attendance {
    since: Timestamp,
    seen: Mutex<BTreeMap<Id<Agent>, Timestamp>>,
}

impl Attendance {
    /// Nobody was heard of yet; a desk that starts at `since` gives everybody time to come back.
    pub const fn beginning(since: Timestamp) -> Attendance {
        Attendance { since, seen: Mutex::new(BTreeMap::new()) }
    }

    /// The browser of an agent asked for something. `true`: that agent was away until now.
    pub fn seen(&self, agent: Id<Agent>, now: Timestamp) -> bool {
        hold(&self.seen).insert(agent, now).is_none_or(|before| now.since(before) >= AWAY)
    }

    /// The agent signed out.
    pub fn left(&self, agent: Id<Agent>) {
        hold(&self.seen).remove(&agent);
    }

    /// Who is there.
    pub fn present(&self, now: Timestamp) -> BTreeSet<Id<Agent>> {
        let seen = hold(&self.seen);
        seen.iter().filter(|(_, at)| now.since(**at) < AWAY).map(|(agent, _)| *agent).collect()
    }

    /// For how long nothing was heard of an agent.
    pub fn silence(&self, agent: Id<Agent>, now: Timestamp) -> Span {
        let seen = hold(&self.seen).get(&agent).copied();
        now.since(seen.unwrap_or(self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_heard_of_is_away_and_a_restart_gives_time_to_come_back() {
        let start = Timestamp(1_000_000);
        let (marta, petra) = (Id::new(1), Id::new(2));
        let attendance = Attendance::beginning(start);
        assert!(attendance.seen(marta, start), "that is news");
        assert!(!attendance.seen(marta, start + Span::seconds(25)), "and this is not");
        assert_eq!(attendance.present(start + Span::seconds(69)), BTreeSet::from([marta]));
        assert!(attendance.present(start + Span::seconds(70)).is_empty());
        assert!(attendance.silence(petra, start + Span::seconds(44)) < AWAY, "nobody is gone at the start");
        attendance.left(marta);
        assert!(attendance.present(start + Span::seconds(26)).is_empty());
    }
}
