//! What is kept of a person who was erased: how much it was, when, and by whom.

use super::agent::Agent;
use super::{Id, Timestamp};

/// How much was erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Receipt {
    pub addresses: i64,
    pub conversations: i64,
    pub messages: i64,
    pub attachments: i64,
}

/// The receipt of one erasure.
#[derive(Clone, Debug)]
pub struct Erasure {
    pub id: i64,
    /// The number that the contact had.
    pub contact: i64,
    pub agent: Option<Id<Agent>>,
    pub at: Timestamp,
    pub gone: Receipt,
}
