//! Choosing the keys of one's own shortcuts.

use serde_json::json;

use super::{Error, Result};
use crate::domain::Timestamp;
use crate::domain::access::Viewer;
use crate::domain::event::kind;
use crate::domain::keys::{Act, Keymap};
use crate::store::{Tx, agent, event};

/// Keeps the keys as they were typed, all of them or none; no typed keys bring the usual ones back.
pub fn choose(tx: &Tx<'_>, by: &Viewer, typed: &[(Act, String)], now: Timestamp) -> Result<()> {
    let mut who = agent::get(tx, by.agent)?.ok_or(Error::NotFound)?;
    who.keymap = Keymap::of(typed)?;
    agent::update(tx, &who)?;
    let data = json!({ "agent": by.agent.get(), "keys": true });
    let new = event::New { kind: kind::AGENT_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
