//! What programs sign in with: made and revoked.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role, normal_name};
use crate::domain::event::kind;
use crate::domain::{Id, Timestamp};
use crate::store::token::{self, Token};
use crate::store::{Tx, agent, event};

/// A token to be made. The word itself is shown once and never kept.
#[derive(Clone, Debug)]
pub struct New {
    /// The agent as whom the program acts.
    pub agent: Id<Agent>,
    pub name: String,
    pub token_hash: [u8; 32],
}

/// Makes a token: for oneself, or an administrator for anybody.
pub fn create(tx: &Tx<'_>, by: &Viewer, new: &New, now: Timestamp) -> Result<Id<Token>> {
    if by.author() != Some(new.agent) {
        by.must_be(Role::Admin)?;
    }
    agent::get(tx, new.agent)?.filter(|who| who.disabled_at.is_none()).ok_or(Error::NotFound)?;
    let id = token::insert(tx, new.agent, &normal_name(&new.name)?, &new.token_hash, now)?;
    log(tx, by, kind::TOKEN_CREATED, id, now)?;
    Ok(id)
}

/// Revokes a token: one's own, or an administrator anybody's.
pub fn revoke(tx: &Tx<'_>, by: &Viewer, id: Id<Token>, now: Timestamp) -> Result<()> {
    let token = token::get(tx, id)?.ok_or(Error::NotFound)?;
    if by.author() != Some(token.agent) && by.role < Role::Admin {
        return Err(Error::NotFound);
    }
    token::revoke(tx, id, now)?;
    log(tx, by, kind::TOKEN_REVOKED, id, now)
}

/// Notes that a program used its token, so that people see which ones nobody needs.
pub fn note_use(tx: &Tx<'_>, id: Id<Token>, now: Timestamp) -> Result<()> {
    Ok(token::used(tx, id, now)?)
}

fn log(tx: &Tx<'_>, by: &Viewer, kind: &'static str, id: Id<Token>, now: Timestamp) -> Result<()> {
    let data = json!({ "token": id.get() });
    event::append(tx, &event::New { kind, agent: by.author(), data, ..event::New::default() }, now)?;
    Ok(())
}
