//! Signing in by a provider of identities: there and back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Fresh, login};
use crate::actions::identity;
use crate::actions::sign_in::{self, Counted, Way};
use crate::domain::identity::{ASKED, Provider, Trouble};
use crate::domain::{Refused, Span, Timestamp};
use crate::net::openid::{self, Asked, Exchange};
use crate::net::signature;
use crate::random;
use crate::store::{self, setting};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::session;

/// Under what the words of a sign-in are sealed for the browser that began it.
const PLACE: &str = "cookie:provider";

/// The name of the cookie of a sign-in that has gone to the provider.
const fn cookie(https: bool) -> &'static str {
    if https { "__Host-transom-provider" } else { "transom-provider" }
}

/// What this browser began with. It lies sealed in its own cookie: strangers who only knock cost no row, and an
/// answer that was meant for another browser fits nothing here.
#[derive(Serialize, Deserialize)]
struct Begun {
    issuer: String,
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    at: Timestamp,
}

/// Where the provider sends browsers back to: below the address that the desk was told at its start, never one
/// that a request names. `None`: it was told none.
pub fn back(public_url: &str) -> Option<String> {
    (!public_url.is_empty()).then(|| format!("{public_url}/login/provider/done"))
}

/// The provider, where people may sign in by it.
pub fn offered(cx: &Cx<'_>) -> Result<Option<Provider>, Failure> {
    if cx.app.desk.options.public_url.is_empty() {
        return Ok(None);
    }
    cx.read(setting::provider)
}

/// Sends the browser to the provider.
pub fn begin(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let next = cx.query.get("next").and_then(forms::local_path).unwrap_or("").to_owned();
    let (Some(provider), Some(back)) = (offered(cx)?, back(&cx.app.desk.options.public_url)) else {
        return Ok(Response::redirect("/login"));
    };
    let known = match cx.app.openid.known(&cx.app.desk.client, &provider.issuer, cx.now) {
        Ok(known) => known,
        Err(trouble) => return login::troubled(cx, trouble, &next),
    };
    let (state, nonce, verifier) = (random::token(), random::token(), random::token());
    let asked = Asked { state: &state, nonce: &nonce, verifier: &verifier, back: &back };
    let address = openid::address(&known, &provider, &asked);
    // A longer one would not fit into a cookie; whoever has one lands in the inbox.
    let next = if next.len() > 500 { String::new() } else { next };
    let begun = Begun { issuer: provider.issuer, state, nonce, verifier, next, at: cx.now };
    let sealed = cx.app.desk.vault.seal(PLACE, &serde_json::to_vec(&begun).unwrap_or_default());
    let https = cx.request.https;
    cx.cookies.push(session::set_cookie(https, cookie(https), &URL_SAFE_NO_PAD.encode(sealed), ASKED));
    Ok(Response::redirect(&address))
}

/// The browser comes back. Whatever it brings, what it began with is spent.
pub fn done(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let begun = begun(cx);
    let https = cx.request.https;
    let spent = session::set_cookie(https, cookie(https), "", Span::ZERO);
    let next = begun.as_ref().map_or(String::new(), |begun| begun.next.clone());
    let peer = login::network(cx.request.peer);
    let entered = match begun {
        Some(begun) => enter(cx, &begun, &peer),
        None => Ok(Err(Trouble::Foreign)),
    };
    let answer = match forms::outcome(entered)? {
        Ok(Ok(answer)) => answer,
        Ok(Err(trouble)) => {
            let now = cx.now;
            cx.write(move |tx| sign_in::provider_failed(tx, trouble, &peer, now))?;
            login::troubled(cx, trouble, &next)?
        }
        Err(refused) => login::refuse(cx, &next, refused)?,
    };
    cx.cookies.push(spent);
    Ok(answer)
}

/// What this browser began with, if it did, not long ago, and for this provider.
fn begun(cx: &Cx<'_>) -> Option<Begun> {
    let sealed = URL_SAFE_NO_PAD.decode(session::cookie(&cx.request, cookie(cx.request.https))?).ok()?;
    let begun: Begun = serde_json::from_slice(&cx.app.desk.vault.unseal(PLACE, &sealed)?).ok()?;
    let age = cx.now.since(begun.at);
    (age >= Span::ZERO && age <= ASKED).then_some(begun)
}

fn enter(cx: &mut Cx<'_>, begun: &Begun, peer: &str) -> Result<Result<Response, Trouble>, Failure> {
    let state = cx.query.get("state").unwrap_or("");
    if !signature::equal(state.as_bytes(), begun.state.as_bytes()) {
        return Ok(Err(Trouble::Foreign));
    }
    let (Some(provider), Some(back)) = (offered(cx)?, back(&cx.app.desk.options.public_url)) else {
        return Ok(Err(Trouble::Foreign));
    };
    if provider.issuer != begun.issuer {
        return Ok(Err(Trouble::Foreign));
    }
    if cx.query.get("iss").is_some_and(|issuer| issuer != provider.issuer) {
        return Ok(Err(Trouble::Untrue("iss")));
    }
    if cx.query.get("error").is_some() {
        return Ok(Err(Trouble::Denied));
    }
    let Some(code) = cx.query.get("code").filter(|code| !code.is_empty()) else {
        return Ok(Err(Trouble::Foreign));
    };
    let (counted, now) = (Counted::Provider { peer: peer.to_owned() }, cx.now);
    let counting = counted.clone();
    cx.write(move |tx| sign_in::attempt(tx, &counting, now))?;
    let asked = Asked { state, nonce: &begun.nonce, verifier: &begun.verifier, back: &back };
    let shown = match exchange(cx, &provider, code, &asked) {
        Ok(shown) => shown,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let (code, known) = (provider.code, provider);
    let recognised = cx.write(move |tx| identity::recognise(tx, &known, &shown, now))?;
    let who = match recognised {
        Ok(who) => who,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let kept = cx.read(|connection| store::agent::password_hash(connection, who))?;
    let fresh = Fresh::new(cx, who, kept, Some(counted))?.by(Way::Provider { code });
    let begin = fresh.begin.clone();
    let started = cx.write(move |tx| sign_in::begin(tx, &begin, now))?;
    Ok(Ok(fresh.go(cx, started, if begun.next.is_empty() { "/inbox" } else { &begun.next })))
}

fn exchange(
    cx: &Cx<'_>,
    provider: &Provider,
    code: &str,
    asked: &Asked<'_>,
) -> Result<crate::domain::identity::Shown, Trouble> {
    let desk = &cx.app.desk;
    let secret = desk.vault.provider_secret(&provider.issuer, &provider.secret);
    let exchange =
        Exchange { client: &desk.client, memory: &cx.app.openid, provider, secret: &secret, now: cx.now };
    Ok(exchange.run(code, asked)?.shown())
}

/// How long after a sign-in at the provider who has no password here need not prove anything more.
pub const JUST: Span = Span::minutes(10);

/// Whether who has no password came by the provider a moment ago.
pub fn just_came(cx: &Cx<'_>) -> Result<(), Failure> {
    let just = cx.who()?.came_by_provider(JUST, cx.now);
    if just { Ok(()) } else { Err(Refused::SignInAgain.into()) }
}

/// Asks for the password once more, because a browser that somebody left open must not be enough. Who has none has
/// come by the provider: that must have been just now.
pub fn confirmed(cx: &Cx<'_>) -> Result<(), Failure> {
    let (who, now) = (cx.who()?, cx.now);
    let kept = cx.read(|connection| store::agent::password_hash(connection, who.agent.id))?;
    if kept.is_empty() {
        return just_came(cx);
    }
    let counted = Counted::Session { id: who.session };
    let counting = counted.clone();
    cx.write(move |tx| sign_in::attempt(tx, &counting, now))?;
    let given = cx.form.get("password").unwrap_or("");
    if !super::fits(cx, given, &kept, &counted)?.ok_or_else(|| forms::busy(cx))? {
        return Err(forms::wrong("password", crate::domain::refused::Problem::Wrong).into());
    }
    cx.write(move |tx| sign_in::forgive(tx, &counted))
}
