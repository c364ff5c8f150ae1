//! Who is signed in: from the cookie to the agent.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::http::Request;
use crate::domain::Timestamp;
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::net::signature;
use crate::store::{self, Connection};

/// Somebody with a valid session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub agent: Agent,
    pub viewer: Viewer,
    /// The number of the session's row.
    pub session: i64,
    /// What forms of this session must carry.
    pub csrf: String,
}

/// The name of the cookie. Over HTTPS the `__Host-` prefix ties it to this host and to secure connections.
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-transom" } else { "transom" }
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

/// What is kept of a token.
pub fn hash(token: &str) -> [u8; 32] {
    signature::sha256(token.as_bytes())
}

/// The form token of a session: derived from the session's own, so that nothing more has to be kept.
pub fn csrf(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(signature::hmac_sha256(token.as_bytes(), b"form"))
}

/// Who sent this request, if the session is good.
pub fn find(connection: &Connection, request: &Request, now: Timestamp) -> store::Result<Option<SignedIn>> {
    let Some(token) = cookie(request, cookie_name(request.https)) else { return Ok(None) };
    let Some((session, agent_id)) = store::session::find(connection, &hash(token), now)? else {
        return Ok(None);
    };
    let Some(agent) = store::agent::get(connection, agent_id)?.filter(|agent| agent.disabled_at.is_none())
    else {
        return Ok(None);
    };
    let viewer = store::agent::viewer(connection, &agent)?;
    Ok(Some(SignedIn { agent, viewer, session, csrf: csrf(token) }))
}
