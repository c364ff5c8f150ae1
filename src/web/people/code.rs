//! The second step of signing in: the code of an app, or a recovery code.

use super::Fresh;
use crate::actions::sign_in::{self, Counted, Proof, Way};
use crate::actions::{self};
use crate::domain::agent::Agent;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span, secret, totp};
use crate::i18n::refusal;
use crate::store::second_factor::{self, Half, WAITS};
use crate::templates;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::session;

/// The name of the cookie of a sign-in that waits for its code.
const fn cookie(https: bool) -> &'static str {
    if https { "__Host-transom-code" } else { "transom-code" }
}

/// Leads a browser whose password was right on to the code.
pub fn lead(cx: &mut Cx<'_>, token: &str, next: &str) -> Response {
    let https = cx.request.https;
    cx.cookies.push(session::set_cookie(https, cookie(https), token, WAITS));
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Response::redirect(&format!("/login/code?next={next}"))
}

/// The page that asks for the code.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    if waiting(cx)?.is_none() {
        return Ok(Response::redirect("/login"));
    }
    let next = cx.query.get("next").and_then(forms::local_path).unwrap_or("").to_owned();
    page(cx, &next, None)
}

fn page(cx: &Cx<'_>, next: &str, problem: Option<&str>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.factor_code_title())?;
    Ok(cx.page(&frame, &templates::factor::code(&frame, next, problem)))
}

/// The sign-in of this browser that waits, with the hash of its token.
fn waiting(cx: &Cx<'_>) -> Result<Option<([u8; 32], Half)>, Failure> {
    let Some(token) = session::cookie(&cx.request, cookie(cx.request.https)) else { return Ok(None) };
    let hash = session::hash(token);
    Ok(cx.read(|connection| second_factor::waiting(connection, &hash, cx.now))?.map(|half| (hash, half)))
}

/// Looks at the code and lets in.
pub fn enter(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let next = cx.form.get("next").and_then(forms::local_path).unwrap_or("").to_owned();
    let Some((hash, half)) = waiting(cx)? else { return Ok(Response::redirect("/login")) };
    match forms::outcome(proved(cx, &hash, &half))? {
        Ok(fresh) => {
            let answer = fresh.lead(cx, if next.is_empty() { "/inbox" } else { &next });
            let https = cx.request.https;
            cx.cookies.push(session::set_cookie(https, cookie(https), "", Span::ZERO));
            Ok(answer)
        }
        Err(refused) => {
            let problem = match &refused {
                Refused::Field { .. } => cx.texts.factor_wrong().to_owned(),
                other => refusal::sentence(&cx.texts, other, &cx.zone),
            };
            Ok(forms::back(page(cx, &next, Some(&problem))?, &refused))
        }
    }
}

fn proved(cx: &Cx<'_>, hash: &[u8; 32], half: &Half) -> Result<Fresh, Failure> {
    let (who, now, hash) = (half.agent, cx.now, *hash);
    let counted = Counted::Factor { agent: who };
    let counting = counted.clone();
    cx.write(move |tx| sign_in::attempt(tx, &counting, now))?;
    let way = if half.provider { Way::Provider { code: true } } else { Way::Password };
    let fresh = Fresh::new(cx, who, half.checked.clone(), Some(counted))?.by(way);
    let (begin, trust) = (fresh.begin.clone(), cx.form.get("trust").is_some());
    let finished = match proof(cx, who)? {
        Some(proof) => {
            cx.app.desk.writer.write(move |tx| sign_in::finish(tx, &hash, proof, &begin, trust, now))
        }
        None => Err(wrong().into()),
    };
    match finished {
        Ok(()) => Ok(fresh),
        Err(actions::Error::NotFound) => Err(Failure::SignedOut),
        Err(actions::Error::Refused(refused)) => {
            let peer = cx.request.peer.to_string();
            cx.write(move |tx| sign_in::failed(tx, Some(who), &peer, now))?;
            Err(refused.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// What the typed code proves; nothing where it is wrong.
fn proof(cx: &Cx<'_>, who: Id<Agent>) -> Result<Option<Proof>, Failure> {
    let typed = cx.form.get("code").unwrap_or("");
    if !totp::is_code(typed) {
        return Ok(Some(Proof::Recovery(secret::hash(&totp::plain(typed)))));
    }
    let sealed = cx.read(|connection| second_factor::secret(connection, who))?;
    let key = sealed.and_then(|sealed| cx.app.desk.factor_secret(who, &sealed));
    Ok(key.and_then(|key| totp::step(&key, typed, cx.now)).map(Proof::Step))
}

fn wrong() -> Refused {
    forms::wrong("code", Problem::Wrong)
}
