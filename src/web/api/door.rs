//! The door for programs: the token, how often it may ask, and what its query may hold.

use jiff::tz::TimeZone;

use super::endpoint::{Endpoint, Param, ParamKind};
use crate::actions;
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::window::Sender;
use crate::domain::{Refused, Span};
use crate::store::token::Token;
use crate::store::{self, Connection, setting};
use crate::web::brake::Rate;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::routes::Route;
use crate::web::session;

/// A hundred requests a second, and two hundred at once.
const RATE: Rate = Rate { times: 200, per: Span::seconds(2) };
/// How exactly the last use of a token is known. Finer would turn every look into a write.
const NOTED: Span = Span::minutes(1);

/// Lets a program in, or says why not.
pub fn enter(cx: &mut Cx<'_>, route: &Route, role: Role) -> Result<(), Failure> {
    let token = recognise(cx)?;
    let brake = cx.app.brake.take(&format!("token:{}", token.id), RATE, cx.now);
    brake.map_err(|until| Refused::TooMany { until })?;
    cx.viewer()?.must_be(role)?;
    if let Some(endpoint) = super::endpoints().find(|endpoint| std::ptr::eq(&raw const endpoint.route, route))
    {
        check_query(cx, endpoint)?;
    }
    note_use(cx, &token);
    Ok(())
}

/// The same by the head of a request whose body is still to come, which is neither counted nor noted.
pub fn look(cx: &mut Cx<'_>, role: Role) -> Result<(), Failure> {
    recognise(cx)?;
    Ok(cx.viewer()?.must_be(role)?)
}

/// Finds out whose token it is, and with that the time zone. The language stays the one that the program
/// asked for, because it is the program's users who read.
fn recognise(cx: &mut Cx<'_>) -> Result<Token, Failure> {
    let word = bearer(cx).ok_or(Failure::SignedOut)?;
    let hash = session::hash(word);
    let found = cx.read(|connection| {
        let Some((token, agent)) = owner(connection, &hash)? else { return Ok(None) };
        // Until a request says otherwise: see `by`.
        let viewer = Viewer { sender: Sender::Automatic, ..store::agent::viewer(connection, &agent)? };
        let zone = match agent.time_zone {
            Some(zone) => Some(zone),
            None => setting::get(connection, setting::key::TIME_ZONE)?,
        };
        Ok::<_, store::Error>(Some((token, viewer, zone)))
    })?;
    let (token, viewer, zone) = found.ok_or(Failure::SignedOut)?;
    cx.zone = zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC);
    cx.program = Some(viewer);
    Ok(token)
}

fn bearer<'a>(cx: &'a Cx<'_>) -> Option<&'a str> {
    let (scheme, word) = cx.request.headers.get("authorization")?.split_once(' ')?;
    let word = word.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !word.is_empty()).then_some(word)
}

fn owner(connection: &Connection, hash: &[u8]) -> store::Result<Option<(Token, Agent)>> {
    let Some(token) = store::token::find(connection, hash)? else { return Ok(None) };
    let agent = store::agent::get(connection, token.agent)?.filter(|agent| agent.disabled_at.is_none());
    Ok(agent.map(|agent| (token, agent)))
}

/// A parameter that the address does not know, or that stands there twice, means that the program and the
/// desk do not mean the same.
fn check_query(cx: &Cx<'_>, endpoint: &Endpoint) -> Result<(), Failure> {
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in cx.query.iter() {
        let Some(param) = endpoint.query.iter().find(|param| param.name == name) else {
            return Err(malformed("unknown_parameter", name));
        };
        if seen.contains(&name) {
            return Err(malformed("repeated_parameter", name));
        }
        if !fits(param, value) {
            return Err(malformed("invalid_parameter", name));
        }
        seen.push(name);
    }
    Ok(())
}

fn fits(param: &Param, value: &str) -> bool {
    if value.is_empty() {
        return true;
    }
    match param.kind {
        ParamKind::Text => value.chars().count() <= 1000,
        ParamKind::Number => value.parse::<u32>().is_ok() || value.parse::<i64>().is_ok_and(|n| n >= 0),
        ParamKind::OneOf(words) => words.contains(&value),
    }
}

fn malformed(code: &'static str, name: &str) -> Failure {
    let shown: String = name.chars().take(60).collect();
    Failure::Malformed { code, what: shown }
}

/// A full disk must not keep programs from reading, so a failure is only logged.
fn note_use(cx: &Cx<'_>, token: &Token) {
    if token.used_at.is_some_and(|at| cx.now.since(at).0.abs() < NOTED.0) {
        return;
    }
    let (id, now) = (token.id, cx.now);
    if let Err(fault) = cx.write(move |tx| actions::token::note_use(tx, id, now)) {
        log::warn!("the use of a token could not be noted: {fault:?}");
    }
}
