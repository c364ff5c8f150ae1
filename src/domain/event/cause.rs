//! What makes things happen.

use serde::{Deserialize, Serialize};

/// What made it happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The customer wrote.
    Customer,
    /// One of us sent a message.
    Sent,
    /// One of us asked for exactly this.
    Hand,
    /// Its time came.
    Time,
    /// The conversation was closed.
    Closed,
    /// The agent who had it no longer works here.
    Disabled,
    /// Its queue gave it to somebody.
    Dealt,
    /// Somebody accepted it.
    Offered,
    /// The agent who had it was gone for too long.
    Gone,
}
