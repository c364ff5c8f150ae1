//! One's own second factor: begun, confirmed, given up; an administrator can take a colleague's away.

use serde_json::json;

use super::sign_in::{Kept, end_but};
use super::{Error, Result, alert};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::alert::Of;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{Tx, agent, device, event, second_factor, session};

/// How many recovery codes there are.
pub const CODES: usize = 10;

/// Keeps a fresh secret until its first code is typed. One that is in use has to be given up first.
pub fn begin(tx: &Tx<'_>, by: &Viewer, sealed: &[u8], now: Timestamp) -> Result<()> {
    if second_factor::begin(tx, by.agent, sealed, now)? { Ok(()) } else { Err(Error::NotFound) }
}

/// The first code was right: from now on one is asked for at each sign-in. Every other session ends, because
/// none of them was begun with a code.
pub fn confirm(tx: &Tx<'_>, by: &Viewer, new: &Confirmed<'_>, now: Timestamp) -> Result<()> {
    if !second_factor::confirm(tx, by.agent, new.sealed, new.step, now)? {
        return Err(Refused::Field { field: "code", problem: Problem::Wrong }.into());
    }
    second_factor::replace_codes(tx, by.agent, new.codes)?;
    end_but(tx, by.agent, Some(&new.keep), now)?;
    log(tx, by, kind::FACTOR_ON, by.agent, now)
}

/// A secret whose first code was typed.
pub struct Confirmed<'a> {
    pub sealed: &'a [u8],
    /// The step of time of that code, which cannot be used again.
    pub step: i64,
    /// The hashes of the recovery codes.
    pub codes: &'a [[u8; 32]],
    /// The session in which it happens.
    pub keep: Kept,
}

/// Puts new recovery codes in the place of the old ones.
pub fn renew(tx: &Tx<'_>, by: &Viewer, codes: &[[u8; 32]], now: Timestamp) -> Result<()> {
    if !second_factor::is_on(tx, by.agent)? {
        return Err(Error::NotFound);
    }
    second_factor::replace_codes(tx, by.agent, codes)?;
    log(tx, by, kind::CODES_RENEWED, by.agent, now)
}

/// Gives one's own up, or takes somebody's away who has lost the app and the codes, which ends that
/// person's sessions as well.
pub fn remove(tx: &Tx<'_>, by: &Viewer, id: Id<Agent>, now: Timestamp) -> Result<()> {
    let own = by.author() == Some(id);
    if !own {
        by.must_be(Role::Admin)?;
    }
    agent::get(tx, id)?.ok_or(Error::NotFound)?;
    if !second_factor::delete(tx, id)? {
        return Ok(());
    }
    device::forget(tx, id, None)?;
    alert::tell(tx, id, Of::FactorOff, alert::From::default(), now)?;
    if !own {
        session::delete_others(tx, id, None)?;
    }
    log(tx, by, kind::FACTOR_OFF, id, now)
}

fn log(tx: &Tx<'_>, by: &Viewer, kind: &'static str, who: Id<Agent>, now: Timestamp) -> Result<()> {
    let data = json!({ "agent": who.get() });
    event::append(tx, &event::New { kind, agent: by.author(), data, ..event::New::default() }, now)?;
    Ok(())
}
