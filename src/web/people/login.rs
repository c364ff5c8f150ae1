//! Signing in and out.

use std::net::IpAddr;

use super::{Fresh, device_token};
use crate::actions::sign_in::Counted;
use crate::actions::{Error, sign_in};
use crate::domain::agent::{Agent, normal_email};
use crate::domain::identity::Trouble;
use crate::domain::{Id, Refused, Span};
use crate::i18n::refusal;
use crate::store::{self, agent, device};
use crate::templates;
use crate::templates::login::Login;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::session;

/// The sign-in page; on a desk without people the one that says how to begin.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    if !cx.read(agent::any)? {
        return Ok(Response::redirect("/setup"));
    }
    if cx.who.is_some() {
        return Ok(Response::redirect("/inbox"));
    }
    let next = cx.query.get("next").and_then(forms::local_path).unwrap_or("").to_owned();
    page(cx, &Typed::default(), &next, None)
}

fn page(cx: &Cx<'_>, typed: &Typed, next: &str, problem: Option<String>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.sign_in_title())?;
    let provider = super::provider::offered(cx)?;
    let only = provider.as_ref().is_some_and(|provider| provider.only);
    let provider = provider.map(|provider| provider.words);
    Ok(cx.page(&frame, &templates::login::page(&frame, &Login { typed, next, problem, provider, only })))
}

/// The sign-in page, with why the provider of identities let nobody in.
pub fn troubled(cx: &Cx<'_>, trouble: Trouble, next: &str) -> Result<Response, Failure> {
    let status = match trouble {
        Trouble::Unreachable | Trouble::Odd | Trouble::Forbidden => 502,
        Trouble::Busy => 503,
        _ => 403,
    };
    let problem = templates::login::trouble(&cx.texts, trouble);
    Ok(Response { status, ..page(cx, &Typed::default(), next, Some(problem))? })
}

/// Who wants in, as far as it is known before the password is looked at.
struct Asker {
    agent: Option<Id<Agent>>,
    /// Empty where nobody can sign in, which costs the same and fits no password.
    hash: String,
    counted: Counted,
}

/// Signs in. The answer to a wrong password is the same, byte for byte and in the work that it takes,
/// whether there is such an account or not.
pub fn sign_in(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let next = cx.form.get("next").and_then(forms::local_path).unwrap_or("").to_owned();
    let asker = asker(cx)?;
    let (counted, now) = (asker.counted.clone(), cx.now);
    if let Err(refused) = forms::outcome(cx.write(move |tx| sign_in::attempt(tx, &counted, now)))? {
        return refuse(cx, &next, refused);
    }
    let password = cx.form.get("password").unwrap_or("");
    let Some(right) = super::fits(cx, password, &asker.hash, &asker.counted)? else {
        let problem = cx.texts.sign_in_busy().to_owned();
        let page = page(cx, &forms::typed(cx, &["email"]), &next, Some(problem))?;
        return Ok(Response { status: 429, ..page });
    };
    match asker.agent.filter(|_| right) {
        Some(who) => enter(cx, who, asker, &next),
        None => turn_away(cx, asker.agent, &next),
    }
}

fn asker(cx: &Cx<'_>) -> Result<Asker, Failure> {
    let email = normal_email(cx.form.get("email").unwrap_or("")).unwrap_or_default();
    let mark = device_token(&cx.request).map(session::hash).unwrap_or_default();
    cx.read(|connection| {
        let who = agent::by_email(connection, &email)?.filter(|who| who.disabled_at.is_none());
        // Looked up also where there is nobody, so that both ways do the same.
        let id = who.map_or(Id::new(0), |who| who.id);
        let hash = agent::password_hash(connection, id)?;
        let known = device::knows(connection, &mark, id, cx.now)?;
        let counted = if known {
            Counted::Device { token: crate::net::signature::hex(&mark) }
        } else {
            Counted::Stranger { email: email.clone(), peer: network(cx.request.peer) }
        };
        Ok::<_, store::Error>(Asker { agent: (id.get() != 0).then_some(id), hash, counted })
    })
}

/// The address under which attempts are counted; with IPv6 everybody has a whole /64.
pub fn network(peer: IpAddr) -> String {
    match peer {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => {
                let parts = address.segments();
                format!("{:x}:{:x}:{:x}:{:x}::/64", parts[0], parts[1], parts[2], parts[3])
            }
        },
    }
}

fn enter(cx: &mut Cx<'_>, who: Id<Agent>, asker: Asker, next: &str) -> Result<Response, Failure> {
    let fresh = Fresh::new(cx, who, asker.hash, Some(asker.counted))?;
    let (begin, now) = (fresh.begin.clone(), cx.now);
    match cx.app.desk.writer.write(move |tx| sign_in::begin(tx, &begin, now)) {
        Ok(begun) => Ok(fresh.go(cx, begun, if next.is_empty() { "/inbox" } else { next })),
        // The password was changed or the account disabled since it was looked at.
        Err(Error::NotFound) => turn_away(cx, Some(who), next),
        Err(other) => Err(other.into()),
    }
}

fn turn_away(cx: &Cx<'_>, who: Option<Id<Agent>>, next: &str) -> Result<Response, Failure> {
    let (peer, now) = (network(cx.request.peer), cx.now);
    cx.write(move |tx| sign_in::failed(tx, who, &peer, now))?;
    let problem = cx.texts.sign_in_wrong().to_owned();
    let page = page(cx, &forms::typed(cx, &["email"]), next, Some(problem))?;
    Ok(Response { status: 422, ..page })
}

/// The sign-in page, with why nothing was looked at.
pub fn refuse(cx: &Cx<'_>, next: &str, refused: Refused) -> Result<Response, Failure> {
    let problem = refusal::sentence(&cx.texts, &refused, &cx.zone);
    let page = page(cx, &forms::typed(cx, &["email"]), next, Some(problem))?;
    Ok(forms::back(page, &refused))
}

/// Signs out: the session ends here and now, and the browser forgets what it kept of our pages.
pub fn sign_out(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, session, now) = (cx.viewer()?.clone(), cx.who()?.session, cx.now);
    cx.write(move |tx| sign_in::end(tx, &by, session, now))?;
    cx.app.desk.attendance.left(cx.who()?.agent.id);
    let https = cx.request.https;
    cx.cookies.clear();
    cx.cookies.push(session::set_cookie(https, session::cookie_name(https), "", Span::ZERO));
    Ok(Response::redirect("/login").with_header("Clear-Site-Data", "\"cache\", \"storage\""))
}
