//! Signing in and out: attempts are braked, sessions begin, turn and end.

use serde_json::json;

use super::{Error, Result, alert};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::alert::Of;
use crate::domain::browser;
use crate::domain::event::kind;
use crate::domain::identity::Trouble;
use crate::domain::offer::Denied;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::second_factor::Half;
use crate::store::session::Rotation;
use crate::store::{Connection, Tx, agent, attempt, device, event, offer, second_factor, session, setting};

/// How many wrong passwords an account or a known browser takes in [`attempt::PERIOD`].
pub const BY_ACCOUNT: i64 = 10;
/// How many wrong passwords come from one address in that time; an office shares one.
pub const BY_PEER: i64 = 30;
/// How long no code is asked for on a browser that somebody trusts.
pub const TRUSTED: Span = Span::days(30);

/// Under what an attempt is counted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Counted {
    /// A strange browser: under the account that it names and under its address.
    Stranger { email: String, peer: String },
    /// A browser on which the account has signed in before: only under itself, so that guessing
    /// strangers do not lock its owner out.
    Device { token: String },
    /// A browser that is signed in and is asked for the password once more.
    Session { id: i64 },
    /// Somebody whose password was right and whose code is asked for.
    Factor { agent: Id<Agent> },
    /// Somebody who comes back from the provider of identities.
    Provider { peer: String },
}

impl Counted {
    fn keys(&self) -> Vec<(String, i64)> {
        match self {
            Counted::Stranger { email, peer } => {
                vec![(format!("account:{email}"), BY_ACCOUNT), (format!("peer:{peer}"), BY_PEER)]
            }
            Counted::Device { token } => vec![(format!("device:{token}"), BY_ACCOUNT)],
            Counted::Factor { agent } => vec![(format!("factor:{agent}"), BY_ACCOUNT)],
            Counted::Provider { peer } => vec![(format!("peer:provider:{peer}"), BY_PEER)],
            Counted::Session { id } => vec![(format!("session:{id}"), BY_ACCOUNT)],
        }
    }
}

/// Counts an attempt before the password is looked at, or refuses it until the period is over.
pub fn attempt(tx: &Tx<'_>, counted: &Counted, now: Timestamp) -> Result<()> {
    let keys = counted.keys();
    for (key, most) in &keys {
        if let Some(before) = attempt::get(tx, key, now)?.filter(|before| before.count >= *most) {
            return Err(Refused::TooMany { until: before.first_at + attempt::PERIOD }.into());
        }
    }
    for (key, _) in &keys {
        attempt::count(tx, key, now)?;
    }
    Ok(())
}

/// The password was right: what was counted against this account or browser is forgotten.
pub fn forgive(tx: &Tx<'_>, counted: &Counted) -> Result<()> {
    for (key, _) in counted.keys() {
        // An address is shared: only this attempt is taken back, the failures of others stay.
        if key.starts_with("peer:") { attempt::forgive(tx, &key)? } else { attempt::clear(tx, &key)? }
    }
    Ok(())
}

/// The password was not looked at, because too many others were: this attempt was none, and those before it stay.
pub fn take_back(tx: &Tx<'_>, counted: &Counted) -> Result<()> {
    for (key, _) in counted.keys() {
        attempt::forgive(tx, &key)?;
    }
    Ok(())
}

/// Notes that the password was wrong. The address that was typed is nobody's business but the log's
/// of failed attempts, so only an account that exists is named.
pub fn failed(tx: &Tx<'_>, who: Option<Id<Agent>>, peer: &str, now: Timestamp) -> Result<()> {
    let data = json!({ "peer": peer, "agent": who.map(Id::get) });
    event::append(tx, &event::New { kind: kind::SIGN_IN_FAILED, data, ..event::New::default() }, now)?;
    Ok(())
}

/// Notes that the provider of identities let nobody in, and why.
pub fn provider_failed(tx: &Tx<'_>, why: Trouble, peer: &str, now: Timestamp) -> Result<()> {
    let data = json!({ "peer": peer, "provider": why.word() });
    event::append(tx, &event::New { kind: kind::SIGN_IN_FAILED, data, ..event::New::default() }, now)?;
    Ok(())
}

/// How somebody has proved who it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// By a password, or by a link to set one.
    Password,
    /// By the provider of identities; `code`: our own second factor is asked for as well.
    Provider { code: bool },
}

/// A session to be begun, after the password was found right.
#[derive(Clone, Debug)]
pub struct Begin {
    pub agent: Id<Agent>,
    /// The hash that the password was checked against; when it has changed since, nothing begins.
    pub checked: String,
    pub token_hash: [u8; 32],
    pub device_hash: [u8; 32],
    /// What the attempt was counted under; it was none.
    pub counted: Option<Counted>,
    /// The session that the browser had until now; it ends.
    pub replaces: Option<(i64, Id<Agent>)>,
    pub peer: String,
    pub user_agent: String,
    pub way: Way,
}

/// What has begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    Session,
    /// The password was right, and a code is asked for; the token is that of a sign-in that waits for it.
    Half,
}

/// Begins a session with a token of its own; whatever the browser had before is worth nothing. Who uses a
/// second factor is asked for it first, however the password was proved.
pub fn begin(tx: &Tx<'_>, begin: &Begin, now: Timestamp) -> Result<Begun> {
    let who = standing(tx, begin)?;
    let coded = begin.way != Way::Provider { code: false };
    if coded && second_factor::is_on(tx, who.id)? && !device::is_trusted(tx, &begin.device_hash, who.id, now)?
    {
        if let Some(counted) = &begin.counted {
            forgive(tx, counted)?;
        }
        let provider = begin.way != Way::Password;
        let half = Half { agent: who.id, checked: begin.checked.clone(), provider };
        second_factor::wait(tx, &begin.token_hash, &half, now)?;
        return Ok(Begun::Half);
    }
    enter(tx, begin, now)?;
    Ok(Begun::Session)
}

/// What proves the second factor.
#[derive(Clone, Copy, Debug)]
pub enum Proof {
    /// A code of the app fits this step of time.
    Step(i64),
    /// The hash of a recovery code.
    Recovery([u8; 32]),
}

/// Ends the waiting of a sign-in: the code is spent, and the session begins. `trust`: this browser is asked
/// for no code for [`TRUSTED`].
pub fn finish(
    tx: &Tx<'_>,
    half: &[u8],
    proof: Proof,
    begin: &Begin,
    trust: bool,
    now: Timestamp,
) -> Result<()> {
    let waiting = second_factor::waiting(tx, half, now)?.ok_or(Error::NotFound)?;
    if waiting.agent != begin.agent || waiting.checked != begin.checked {
        return Err(Error::NotFound);
    }
    standing(tx, begin)?;
    let right = match proof {
        Proof::Step(step) => second_factor::spend_step(tx, begin.agent, step)?,
        Proof::Recovery(hash) => second_factor::spend_code(tx, begin.agent, &hash, now)?,
    };
    if !right {
        return Err(Refused::Field { field: "code", problem: Problem::Wrong }.into());
    }
    second_factor::done(tx, half)?;
    enter(tx, begin, now)?;
    if trust {
        device::trust(tx, &begin.device_hash, begin.agent, now + TRUSTED)?;
    }
    Ok(())
}

/// Who it is, while the account is open and the password still the one that was checked.
fn standing(tx: &Tx<'_>, begin: &Begin) -> Result<Agent> {
    let who = agent::get(tx, begin.agent)?.filter(|who| who.disabled_at.is_none()).ok_or(Error::NotFound)?;
    if begin.way == Way::Password && !takes_password(tx, &who)? {
        return Err(Error::NotFound);
    }
    if agent::password_hash(tx, who.id)? == begin.checked { Ok(who) } else { Err(Error::NotFound) }
}

/// Whether a password lets this person in: the team may have left that to the provider of identities.
pub fn takes_password(connection: &Connection, who: &Agent) -> Result<bool> {
    let only = setting::provider(connection)?.is_some_and(|provider| provider.only);
    Ok(!only || who.role == Role::Admin)
}

fn enter(tx: &Tx<'_>, begin: &Begin, now: Timestamp) -> Result<()> {
    if let Some(counted) = &begin.counted {
        forgive(tx, counted)?;
    }
    if let Some((old, agent)) = begin.replaces {
        session::delete(tx, old, agent)?;
    }
    session::tidy(tx, now)?;
    let known = device::knows(tx, &begin.device_hash, begin.agent, now)?;
    // The first browser of all is no stranger; where all were forgotten, sessions say that there were others.
    let strange = !known && (device::any(tx, begin.agent)? || session::any(tx, begin.agent, now)?);
    device::remember(tx, &begin.device_hash, begin.agent, now)?;
    let new = session::New {
        token_hash: &begin.token_hash,
        agent: begin.agent,
        peer: &begin.peer,
        user_agent: &begin.user_agent,
        provider: begin.way != Way::Password,
        strange,
    };
    session::insert(tx, &new, now)?;
    super::availability::rest(tx, begin.agent, now)?;
    if strange {
        let browser = browser::named(&begin.user_agent);
        let data = json!({ "peer": begin.peer, "browser": browser });
        let new =
            event::New { kind: kind::NEW_BROWSER, agent: Some(begin.agent), data, ..event::New::default() };
        event::append(tx, &new, now)?;
        let from = alert::From { peer: &begin.peer, browser: &browser };
        alert::tell(tx, begin.agent, Of::NewBrowser, from, now)?;
    }
    log(tx, kind::SIGNED_IN, begin.agent, now)
}

/// Notes that one of one's own sessions was told of strange browsers, up to the session `newest`.
pub fn told(tx: &Tx<'_>, by: &Viewer, session: i64, newest: i64) -> Result<()> {
    Ok(session::told(tx, session, by.agent, newest)?)
}

/// Notes that a session is in use, under the token before its last.
pub fn used(tx: &Tx<'_>, session: i64, now: Timestamp) -> Result<()> {
    Ok(session::used(tx, session, now)?)
}

/// Notes that a session is in use, under its present token: the browser has it.
pub fn seen(tx: &Tx<'_>, session: i64, now: Timestamp) -> Result<()> {
    session::used(tx, session, now)?;
    Ok(session::confirm(tx, session, now)?)
}

/// Gives a session a new token. `false`: another request of the same browser did it in this moment.
pub fn rotate(tx: &Tx<'_>, rotation: &Rotation<'_>, before: Timestamp, now: Timestamp) -> Result<bool> {
    Ok(session::rotate(tx, rotation, before, now)?)
}

/// Signs out: ends this session. Not while something is held out to who asks (S193).
pub fn end(tx: &Tx<'_>, by: &Viewer, session: i64, now: Timestamp) -> Result<()> {
    if !offer::waiting_for(tx, by.agent)?.is_empty() {
        return Err(Refused::Work(Denied::OfferWaits).into());
    }
    super::availability::rest(tx, by.agent, now)?;
    session::delete(tx, session, by.agent)?;
    log(tx, kind::SIGNED_OUT, by.agent, now)
}

/// Ends one of one's own sessions, on whichever browser it is.
pub fn revoke(tx: &Tx<'_>, by: &Viewer, session: i64, now: Timestamp) -> Result<()> {
    if !session::delete(tx, session, by.agent)? {
        return Err(Error::NotFound);
    }
    log(tx, kind::SESSIONS_ENDED, by.agent, now)
}

/// The session in which something happens that ends every other. It goes on under a new token, because somebody else may
/// have the one that it had.
#[derive(Clone, Debug)]
pub struct Kept {
    pub session: i64,
    /// What is kept of the new token.
    pub token_hash: [u8; 32],
    /// What open forms carry.
    pub form_token: String,
}

/// Ends every session of somebody but this one.
pub(super) fn end_but(tx: &Tx<'_>, agent: Id<Agent>, kept: Option<&Kept>, now: Timestamp) -> Result<()> {
    session::delete_others(tx, agent, kept.map(|kept| kept.session))?;
    if let Some(kept) = kept {
        session::renew(tx, kept.session, &kept.token_hash, &kept.form_token, now)?;
    }
    Ok(())
}

/// Ends every session of one's own but `kept`, and forgets the browsers but the one of that session.
pub fn revoke_others(
    tx: &Tx<'_>,
    by: &Viewer,
    (kept, browser): (&Kept, Option<[u8; 32]>),
    now: Timestamp,
) -> Result<()> {
    end_but(tx, by.agent, Some(kept), now)?;
    device::forget(tx, by.agent, browser.as_ref().map(<[u8; 32]>::as_slice))?;
    log(tx, kind::SESSIONS_ENDED, by.agent, now)
}

fn log(tx: &Tx<'_>, kind: &'static str, who: Id<Agent>, now: Timestamp) -> Result<()> {
    event::append(tx, &event::New { kind, agent: Some(who), ..event::New::default() }, now)?;
    Ok(())
}
