//! Who is signed in: from the cookie to the agent, and the turning of its token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::http::Request;
use crate::actions::{self, sign_in};
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::{Span, Timestamp, secret};
use crate::net::signature;
use crate::random;
use crate::store::session::{OVERLAP, Rotation, Session};
use crate::store::{self, Connection};

/// A session gets a new token after this long.
const TURN: Span = Span::hours(1);
/// Use is noted no more often than this, so that reading pages does not write.
const NOTE: Span = Span::minutes(1);

/// Somebody with a valid session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub agent: Agent,
    pub viewer: Viewer,
    /// The number of the session's row.
    pub session: i64,
    /// What forms of this session must carry.
    pub csrf: String,
    /// The team wants a second factor, and this person has none.
    pub must_enrol: bool,
    /// A session that was begun on a strange browser, of which this one was not told yet.
    pub stranger: Option<Session>,
    shown: Shown,
}

/// Which token the browser showed, and what the row says of it.
#[derive(Clone, Debug)]
struct Shown {
    hash: [u8; 32],
    /// It is the one before the last rotation.
    previous: bool,
    row: Session,
}

impl SignedIn {
    /// Who it is was proved by the provider of identities, and that not longer ago than `most`.
    pub fn came_by_provider(&self, most: Span, now: Timestamp) -> bool {
        self.shown.row.provider && now.since(self.shown.row.created_at) <= most
    }
}

/// The name of the cookie. Over HTTPS the `__Host-` prefix ties it to this host and to secure connections.
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-transom" } else { "transom" }
}

/// The name of the cookie that tells a browser on which somebody has signed in before.
pub const fn device_name(https: bool) -> &'static str {
    if https { "__Host-transom-device" } else { "transom-device" }
}

/// The value of a cookie of the request.
pub fn cookie<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let cookies = request.headers.get("cookie")?;
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v)
}

/// The line that has the browser keep a cookie for `life`; no life at all takes the cookie away.
pub fn set_cookie(https: bool, name: &str, value: &str, life: Span) -> String {
    let seconds = life.0 / 1000;
    let secure = if https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// The line that has the browser keep the token of a session.
pub fn session_cookie(https: bool, token: &str) -> String {
    set_cookie(https, cookie_name(https), token, store::session::IDLE)
}

/// What is kept of a token.
pub fn hash(token: &str) -> [u8; 32] {
    secret::hash(token)
}

/// The form token of a session: derived from its first token, so that nothing more has to be kept until
/// the token turns.
pub fn csrf(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(signature::hmac_sha256(token.as_bytes(), b"form"))
}

/// Who sent this request, if the session is good.
pub fn find(connection: &Connection, request: &Request, now: Timestamp) -> store::Result<Option<SignedIn>> {
    let Some(token) = cookie(request, cookie_name(request.https)) else { return Ok(None) };
    let hash = hash(token);
    let (row, previous) = match store::session::find(connection, &hash, now)? {
        Some(row) => (row, false),
        None => match store::session::find_by_previous(connection, &hash, now)? {
            Some(row) => (row, true),
            None => return Ok(None),
        },
    };
    let Some(agent) = store::agent::get(connection, row.agent)?.filter(|agent| agent.disabled_at.is_none())
    else {
        return Ok(None);
    };
    let viewer = store::agent::viewer(connection, &agent)?;
    let csrf = row.form_token.clone().unwrap_or_else(|| csrf(token));
    let wanted = store::setting::get(connection, store::setting::key::SECOND_FACTOR)?.is_some();
    // Where the provider's sign-in counts as both, nothing of ours has to be set up for it.
    let both = row.provider && store::setting::provider(connection)?.is_some_and(|provider| !provider.code);
    let must_enrol = wanted && !both && !store::second_factor::is_on(connection, agent.id)?;
    let stranger = store::session::stranger(connection, &row, now)?;
    Ok(Some(SignedIn {
        agent,
        viewer,
        session: row.id,
        csrf,
        must_enrol,
        stranger,
        shown: Shown { hash, previous, row },
    }))
}

/// Notes that the session is in use and turns its token when it is time. Returns the cookie line that the
/// answer has to carry. A full disk must not keep anybody from reading, so a failure is only logged.
pub fn keep(desk: &Desk, request: &Request, who: &SignedIn, now: Timestamp) -> Option<String> {
    let row = &who.shown.row;
    // A token that was shown after its successor was made means that the successor never arrived.
    let age = now.since(row.rotated_at);
    let due = if who.shown.previous { row.confirmed_at.is_none() && age > OVERLAP } else { age > TURN };
    if due && is_page(request) {
        return turn(desk, request, who, now);
    }
    let news = !who.shown.previous && row.confirmed_at.is_none();
    if news || now.since(row.used_at) > NOTE {
        let (session, seen) = (who.session, !who.shown.previous);
        let noted = desk.writer.write(move |tx| {
            if seen { sign_in::seen(tx, session, now) } else { sign_in::used(tx, session, now) }
        });
        if let Err(fault) = noted {
            log_failed(&fault);
        }
    }
    None
}

fn turn(desk: &Desk, request: &Request, who: &SignedIn, now: Timestamp) -> Option<String> {
    let token = random::token();
    let (next, shown, form) = (hash(&token), who.shown.hash, who.csrf.clone());
    let (id, before) = (who.session, who.shown.row.rotated_at);
    let turned = desk.writer.write(move |tx| {
        let rotation = Rotation { id, shown: &shown, next: &next, form_token: &form };
        sign_in::rotate(tx, &rotation, before, now)
    });
    match turned {
        Ok(true) => Some(session_cookie(request.https, &token)),
        Ok(false) => None,
        Err(fault) => {
            log_failed(&fault);
            None
        }
    }
}

/// The browser opens a page, rather than a script asking for a part: only then does the answer surely
/// reach the cookies of the whole browser.
fn is_page(request: &Request) -> bool {
    request.headers.get("sec-fetch-dest").is_none_or(|dest| dest == "document")
}

fn log_failed(fault: &actions::Error) {
    log::warn!("the use of a session could not be noted: {fault:?}");
}
