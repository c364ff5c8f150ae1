//! Telling somebody of the team by mail what happened to the account: by an inbox of the desk that can send mail.
//!
//! These are no messages to customers and stand in no conversation: they have a row of their own until they were
//! sent, and whom they go to is never chosen by anybody.

use super::Result;
use crate::domain::agent::Agent;
use crate::domain::alert::{APART, Alert, Of};
use crate::domain::outbox::pause;
use crate::domain::{Id, Timestamp};
use crate::random;
use crate::store::setting::{self, key};
use crate::store::{Tx, alert};

/// From where it was done.
#[derive(Clone, Copy, Default, Debug)]
pub struct From<'a> {
    pub peer: &'a str,
    /// In a few words.
    pub browser: &'a str,
}

/// Keeps a mail to somebody, unless the team wants none or there was the same a moment ago.
pub(super) fn tell(tx: &Tx<'_>, agent: Id<Agent>, of: Of, from: From<'_>, now: Timestamp) -> Result<()> {
    let off = setting::get(tx, key::ALERTS)?.is_some_and(|value| value == "off");
    if off || alert::since(tx, agent, of, now - APART)? {
        return Ok(());
    }
    alert::tidy(tx, now - crate::domain::alert::PATIENCE)?;
    let word = random::key();
    let new = alert::New { agent, of, peer: from.peer, browser: from.browser, key: &word };
    Ok(alert::insert(tx, &new, now)?)
}

/// What an attempt to send a mail came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It was sent, or nothing can be done with it.
    Done,
    /// It may go later.
    Later { dice: u64 },
}

/// Notes what became of an attempt.
pub fn ended(tx: &Tx<'_>, told: &Alert, how: Ended, now: Timestamp) -> Result<()> {
    match how {
        Ended::Done => alert::end(tx, told.id, now)?,
        Ended::Later { dice } => alert::again(tx, told.id, now + pause(told.attempt + 1, None, dice))?,
    }
    Ok(())
}
