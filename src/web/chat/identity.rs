//! Signed identities: a website's word for who its visitor is, as a JSON web token.
//!
//! Only HS256 under the channel's own secret, for this channel, and for an hour at most, because a token
//! that never ends can be used by whoever once saw it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::visitor::Vouched;
use crate::domain::{Span, Timestamp};
use crate::net::signature;

/// The longest life of a token, with a few minutes for clocks that differ.
const LONGEST: Span = Span::minutes(65);

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(alias = "external_user_id")]
    sub: String,
    aud: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

/// The person for whom `token` vouches, if it is good: `secret` is the channel's, `audience` its key.
pub fn verify(token: &str, secret: &str, audience: &str, now: Timestamp) -> Option<Vouched> {
    if secret.is_empty() {
        return None;
    }
    let (signed, sum) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let sum = URL_SAFE_NO_PAD.decode(sum).ok()?;
    let ours = signature::hmac_sha256(secret.as_bytes(), signed.as_bytes());
    if !signature::equal(&sum, &ours) {
        return None;
    }
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let until = Timestamp::from_seconds(claims.exp);
    let lasts = until > now && until <= now + LONGEST;
    let begun = claims.nbf.is_none_or(|begin| Timestamp::from_seconds(begin) <= now + Span::minutes(5));
    let good = header.alg == "HS256" && claims.aud == audience && lasts && begun && is_plain(&claims.sub);
    good.then(|| Vouched {
        id: claims.sub,
        name: line(&claims.name, 80),
        email: Some(claims.email.trim()).filter(|email| is_email(email)).unwrap_or("").to_owned(),
        until,
    })
}

/// An id that can stand in an address.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && id.len() <= 128 && !id.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// `text` as one line of at most `most` letters.
pub fn line(text: &str, most: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    clean.trim().to_owned()
}

/// Whether it looks like an e-mail address; whether it works, only a mail can tell.
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let plain =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"' | '@');
    text.len() <= 254
        && !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.chars().filter(|c| *c != '@').all(plain)
        && !name.contains('@')
}
