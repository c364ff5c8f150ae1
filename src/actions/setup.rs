//! The first run: a one-time code on the console, then the first administrator and the team's settings.

use serde_json::json;

use super::setting::{self, Change};
use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role, normal_email, normal_name};
use crate::domain::event::kind;
use crate::domain::window::Sender;
use crate::domain::{Id, Timestamp, secret};
use crate::random;
use crate::store::setting::key;
use crate::store::{Tx, agent, event};

/// Makes the one-time code that opens the set-up page; one that was made before stops working.
/// `None`: somebody has been added already, so there is nothing to set up.
pub fn begin(tx: &Tx<'_>, now: Timestamp) -> Result<Option<String>> {
    if agent::any(tx)? {
        return Ok(None);
    }
    let code = random::token();
    crate::store::setting::set(tx, key::SETUP_CODE, Some(&secret::hash_text(&code)))?;
    let data = json!({ "settings": [key::SETUP_CODE] });
    event::append(tx, &event::New { kind: kind::SETTING_CHANGED, data, ..event::New::default() }, now)?;
    Ok(Some(code))
}

/// What the set-up page asks.
#[derive(Clone, Debug)]
pub struct First {
    pub code: String,
    pub name: String,
    pub email: String,
    /// Made outside of the writing thread.
    pub password_hash: String,
    pub settings: Vec<Change>,
}

/// Makes the first administrator and the team's settings, and with that uses up the code.
pub fn finish(tx: &Tx<'_>, first: &First, now: Timestamp) -> Result<Id<Agent>> {
    let kept = crate::store::setting::get(tx, key::SETUP_CODE)?.unwrap_or_default();
    if agent::any(tx)? || !secret::fits(&first.code, &kept) {
        return Err(Error::NotFound);
    }
    let (name, email) = (normal_name(&first.name)?, normal_email(&first.email)?);
    let row =
        agent::New { email: &email, name: &name, role: Role::Admin, password_hash: &first.password_hash };
    let id = agent::insert(tx, &row, now)?;
    crate::store::setting::set(tx, key::SETUP_CODE, None)?;
    let data = json!({ "agent": id.get(), "added": true, "role": Role::Admin });
    event::append(
        tx,
        &event::New { kind: kind::AGENT_CHANGED, agent: Some(id), data, ..event::New::default() },
        now,
    )?;
    let queues = std::collections::BTreeSet::new();
    let by =
        Viewer { agent: id, name, role: Role::Admin, queues, sender: Sender::Person, writer: String::new() };
    setting::change(tx, &by, &first.settings, now)?;
    Ok(id)
}
