//! Views that somebody saved: conditions under a name, for oneself or for the whole team.

use super::agent::Agent;
use super::conversation::Sort;
use super::filter::Part;
use super::{Id, Timestamp};

/// A saved view.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Saved {
    pub id: Id<Saved>,
    pub name: String,
    /// Who made it; only this person and administrators change it.
    pub owner: Id<Agent>,
    /// Everybody of the team has it among the inboxes.
    pub shared: bool,
    pub filter: Part,
    pub sort: Sort,
    pub created_at: Timestamp,
}
