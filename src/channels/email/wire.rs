//! How letters travel.

use super::super::{Account, Check, Order, Polled};
use crate::domain::outbox::{Failure, Outcome};
use crate::net::Client;

/// Whether letters are fetched; otherwise a mail server hands them over.
pub(super) fn polls(_account: &Account) -> bool {
    false
}

/// What is to be arranged when the mailbox is connected: nothing.
pub(super) fn connect(_account: &Account, _client: &Client) -> Vec<Check> {
    Vec::new()
}

/// Asks for new letters; `None`: they are handed over.
pub(super) fn poll(_account: &Account, _client: &Client, _cursor: &str) -> Option<Result<Polled, Failure>> {
    None
}

/// Sends a letter.
pub(super) fn send(_account: &Account, _client: &Client, _order: &Order<'_>) -> Outcome {
    Outcome::Failed(Failure::reconnect("no server for outgoing mail is set"))
}

/// What is wrong with the connection.
pub(super) fn test(_account: &Account, _client: &Client) -> Vec<Check> {
    vec![Check { step: "outbound", outcome: Err("no server for outgoing mail is set".to_owned()) }]
}
