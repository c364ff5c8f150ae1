//! A queue: a named share of the work with the agents who do it.

use super::{Id, Timestamp};

/// A share of the work. A team that never makes one never sees one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queue {
    pub id: Id<Queue>,
    pub name: String,
    pub created_at: Timestamp,
}
