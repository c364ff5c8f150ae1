//! An entry point as it begins, before the team has changed anything about it.

use crate::domain::channel::{Channel, ChannelState, Kind, OnClose, OnReturn, Settings};
use crate::domain::{Id, Timestamp};

/// A channel that nobody has connected yet; `key` is the random word of its public address.
pub fn draft(kind: Kind, name: String, key: String, settings: Settings, now: Timestamp) -> Channel {
    Channel {
        id: Id::new(0),
        kind,
        name,
        key,
        card: super::card(kind, &settings),
        settings,
        state: ChannelState::Enabled,
        problem: None,
        queue: None,
        on_close: OnClose::Keep,
        on_return: OnReturn::Reopen,
        received_at: None,
        sent_at: None,
        created_at: now,
    }
}
