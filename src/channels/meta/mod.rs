//! What Meta's channels share: the handshake, the signature over the raw bytes, the version of the API, the
//! words of an error, templates.

pub mod template;

use serde_json::Value;

use super::talk::{Talk, Target};
use super::{Access, Account, Answer, Forged, Hook};
use crate::domain::outbox::Failure;
use crate::domain::{Span, Timestamp};
use crate::net::{Client, signature};

/// The version of the Graph API that these files were written for.
const VERSION: &str = "v25.0";

/// Where the Graph API is.
pub const GRAPH: &str = "https://graph.facebook.com";

/// Answers the set-up handshake: the challenge back for who knows the verify token.
pub fn handshake(account: &Account, hook: &Hook<'_>) -> Option<Answer> {
    if hook.post {
        return None;
    }
    let asked = |name: &str| {
        form_urlencoded::parse(hook.query.as_bytes()).find(|(n, _)| n == name).map(|(_, value)| value)
    };
    let mode = asked("hub.mode")?;
    let token = asked("hub.verify_token").unwrap_or_default();
    let expected = account.get("verify_token");
    let known = !expected.is_empty() && signature::equal(token.as_bytes(), expected.as_bytes());
    match asked("hub.challenge") {
        Some(challenge) if known && mode == "subscribe" => Some(Answer::text(200, challenge.into_owned())),
        _ => Some(Answer::text(403, "")),
    }
}

/// `X-Hub-Signature-256` over the raw bytes, never over JSON that was read and written again.
pub fn verify(account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
    let given = (hook.header)("x-hub-signature-256").ok_or(Forged)?;
    signature::check_sha256(account.get("app_secret"), hook.body, &given).then_some(()).ok_or(Forged)
}

/// The address of `path` below the version. An `api_base` that ends with a version keeps its own.
pub fn url(account: &Account, own: &str, path: &str) -> String {
    let base = account.api(own);
    let last = base.rsplit('/').next().unwrap_or_default();
    let versioned =
        last.strip_prefix('v').is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    if versioned { format!("{base}/{path}") } else { format!("{base}/{VERSION}/{path}") }
}

/// The header that carries the access token.
pub fn bearer(account: &Account) -> String {
    format!("Bearer {}", account.get("access_token"))
}

/// Asks the Graph API.
pub fn get(account: &Account, client: &Client, url: &str) -> Result<Talk, Failure> {
    let bearer = bearer(account);
    let headers = [("authorization", bearer.as_str())];
    Target { client, url, headers: &headers, trusted: account.has_own_api() }.get()
}

/// When the token ends, as `debug_token` tells: the token itself, or the leave to read data, whichever is
/// first. 0 stands for never. A token may always ask about itself.
pub fn access(account: &Account, client: &Client, now: Timestamp) -> Result<Access, Failure> {
    let token: String = form_urlencoded::byte_serialize(account.get("access_token").as_bytes()).collect();
    let talk = get(account, client, &url(account, GRAPH, &format!("debug_token?input_token={token}")))?;
    let ends = |name: &str| talk.json.pointer("/data")?.get(name)?.as_i64().filter(|seconds| *seconds > 0);
    let until = [ends("expires_at"), ends("data_access_expires_at")].into_iter().flatten().min();
    Ok(Access {
        until: until.map(Timestamp::from_seconds),
        again: now + Span::days(1),
        secrets: super::Secrets::new(),
    })
}

/// Meta's own words, with the code that its documentation is searched by.
pub fn words(error: &Value, code: i64) -> String {
    let details = error.pointer("/error_data/details").and_then(Value::as_str);
    let message = error["message"].as_str().or(error["title"].as_str()).unwrap_or_default();
    let message = message.trim_start_matches(&format!("(#{code})")).trim();
    match details.filter(|details| *details != message && !details.is_empty()) {
        Some(details) => format!("(#{code}) {message}: {details}"),
        None => format!("(#{code}) {message}"),
    }
}
