//! Wrap-up: the reasons that an agent names when work on a conversation ends.

use super::Id;
use super::queue::Queue;

/// A reason to choose from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    pub id: Id<Reason>,
    pub name: String,
    /// The queue in which it is offered; `None`: everywhere.
    pub queue: Option<Id<Queue>>,
}
