//! One's own page.

use crate::actions::agent::{self, NewPassword};
use crate::actions::sign_in::{self, Counted};
use crate::actions::writing;
use crate::domain::agent::Theme;
use crate::domain::browser::named;
use crate::domain::refused::Problem;
use crate::i18n::Language;
use crate::store;
use crate::templates;
use crate::templates::profile::{Browser, Passwords, Profile};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::session::hash as hash_of;

const AT: &str = "/settings/profile";

/// Where the profile was looked for before it lay among the settings.
pub fn moved(_: &mut Cx<'_>) -> Result<Response, Failure> {
    Ok(Response::redirect(AT))
}

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let details = details(cx)?;
    page(cx, &details, &Typed::default())
}

fn details(cx: &Cx<'_>) -> Result<Typed, Failure> {
    let who = &cx.who()?.agent;
    let ticked = |on| if on { "on" } else { "" };
    Ok(Typed::default()
        .with("name", &who.name)
        .with("language", who.language.clone().unwrap_or_default())
        .with("time_zone", who.time_zone.clone().unwrap_or_default())
        .with("theme", who.theme.as_str())
        .with("keys", ticked(who.keys))
        .with("enter_sends", ticked(who.enter_sends)))
}

fn page(cx: &Cx<'_>, details: &Typed, password: &Typed) -> Result<Response, Failure> {
    let key = store::setting::key::signature_of_agent(cx.viewer()?.agent.get());
    let signature = cx.read(|connection| store::setting::get(connection, &key))?.unwrap_or_default();
    with_signature(cx, details, password, Typed::default().with("signature", signature))
}

fn with_signature(
    cx: &Cx<'_>,
    details: &Typed,
    password: &Typed,
    signature: Typed,
) -> Result<Response, Failure> {
    let t = &cx.texts;
    let or_first = |first: &str, rest: Vec<(String, String)>| {
        std::iter::once((String::new(), first.to_owned())).chain(rest).collect()
    };
    let profile = Profile {
        details,
        signature,
        password,
        passwords: passwords(cx)?,
        languages: or_first(t.profile_browser_language(), forms::languages()),
        zones: or_first(t.profile_team_zone(), forms::zones()),
        browsers: browsers(cx)?,
    };
    let frame = forms::frame(cx, t.frame_profile())?;
    Ok(cx.page(&frame, &templates::profile::page(&frame, &profile)))
}

fn browsers(cx: &Cx<'_>) -> Result<Vec<Browser>, Failure> {
    let (me, this) = (cx.viewer()?.agent, cx.who()?.session);
    let sessions = cx.read(|connection| store::session::of_agent(connection, me, cx.now))?;
    let shown = |agent: String| match named(&agent) {
        name if name.is_empty() => cx.texts.profile_unknown_browser().to_owned(),
        name => name,
    };
    Ok(sessions
        .into_iter()
        .map(|session| Browser {
            session: session.id,
            agent: shown(session.user_agent),
            peer: session.peer,
            since: session.created_at,
            used: session.used_at,
            this: session.id == this,
            strange: session.strange,
        })
        .collect())
}

/// Saves the details.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let field = |name| Some(cx.form.trimmed(name).to_owned()).filter(|value: &String| !value.is_empty());
    let profile = agent::Profile {
        name: cx.form.trimmed("name").to_owned(),
        language: field("language").filter(|code| Language::parse(code).is_some()),
        time_zone: field("time_zone"),
        theme: cx.form.trimmed("theme").parse().unwrap_or(Theme::System),
        keys: cx.form.get("keys").is_some(),
        enter_sends: cx.form.get("enter_sends").is_some(),
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| agent::profile(tx, &by, &profile, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/profile?done=saved")),
        Err(refused) => {
            let names = ["name", "language", "time_zone", "theme", "keys", "enter_sends"];
            let typed = forms::typed(cx, &names).refused(refused.clone());
            Ok(forms::back(page(cx, &typed, &Typed::default())?, &refused))
        }
    }
}

/// Keeps what stands below one's own mails.
pub fn sign(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let text = cx.form.get("signature").unwrap_or("").replace("\r\n", "\n");
    match forms::outcome(cx.write(move |tx| writing::sign(tx, &by, &text, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/profile?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &["signature"]).refused(refused.clone());
            let page = with_signature(cx, &details(cx)?, &Typed::default(), typed)?;
            Ok(forms::back(page, &refused))
        }
    }
}

/// Changes the password: asks for the current one, as often as a sign-in may.
pub fn set_password(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    match forms::outcome(changed_password(cx))? {
        Ok(cookie) => {
            cx.cookies = vec![cookie];
            Ok(Response::redirect("/settings/profile?done=password"))
        }
        Err(refused) => {
            let typed = Typed::default().refused(refused.clone());
            Ok(forms::back(page(cx, &details(cx)?, &typed)?, &refused))
        }
    }
}

/// What the page offers for the password.
fn passwords(cx: &Cx<'_>) -> Result<Passwords, Failure> {
    let who = &cx.who()?.agent;
    cx.read(|connection| {
        if !sign_in::takes_password(connection, who)? {
            return Ok(Passwords::Elsewhere);
        }
        let none = store::agent::password_hash(connection, who.id)?.is_empty();
        Ok::<_, crate::actions::Error>(if none { Passwords::First } else { Passwords::Another })
    })
}

/// The line that has the browser keep the new token of its session.
fn changed_password(cx: &Cx<'_>) -> Result<String, Failure> {
    let who = cx.who()?;
    let (by, session, now) = (who.viewer.clone(), who.session, cx.now);
    match passwords(cx)? {
        // The page says why there is none to set.
        Passwords::Elsewhere => return Err(Failure::NotFound),
        Passwords::First => {
            super::provider::just_came(cx)?;
            return kept_password(cx, None);
        }
        Passwords::Another => {}
    }
    let counted = Counted::Session { id: session };
    let counting = counted.clone();
    cx.write(move |tx| sign_in::attempt(tx, &counting, now))?;
    let kept = cx.read(|connection| store::agent::password_hash(connection, by.agent))?;
    let current = cx.form.get("current").unwrap_or("");
    if !super::fits(cx, current, &kept, &counted)?.ok_or_else(|| forms::busy(cx))? {
        return Err(forms::wrong("current", Problem::Wrong).into());
    }
    kept_password(cx, Some(counted))
}

fn kept_password(cx: &Cx<'_>, counted: Option<Counted>) -> Result<String, Failure> {
    let who = cx.who()?;
    let (by, now) = (who.viewer.clone(), cx.now);
    let hash = forms::new_password(cx, &[&who.agent.name, &who.agent.email])?;
    let device = super::device_token(&cx.request).map(hash_of);
    let (kept, cookie) = super::renewed(cx)?;
    cx.write(move |tx| {
        if let Some(counted) = &counted {
            sign_in::forgive(tx, counted)?;
        }
        let password = NewPassword { hash, keep: Some(kept), device };
        agent::set_password(tx, &by, by.agent, &password, now)
    })?;
    Ok(cookie)
}

/// Notes that the line about a strange browser was read.
pub fn told(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, session, now) = (cx.viewer()?.clone(), cx.who()?.session, cx.now);
    let sessions = cx.read(|connection| store::session::of_agent(connection, by.agent, now))?;
    let newest = sessions.iter().map(|one| one.id).max().unwrap_or(session);
    cx.write(move |tx| sign_in::told(tx, &by, session, newest))?;
    Ok(Response::redirect("/settings/profile"))
}

/// Signs one browser out.
pub fn end_one(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, session, now) = (cx.viewer()?.clone(), cx.param("id")?, cx.now);
    cx.write(move |tx| sign_in::revoke(tx, &by, session, now))?;
    Ok(Response::redirect("/settings/profile?done=ended"))
}

/// Signs every other browser out.
pub fn end_others(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, (kept, cookie)) = (cx.viewer()?.clone(), cx.now, super::renewed(cx)?);
    let browser = super::device_token(&cx.request).map(hash_of);
    cx.write(move |tx| sign_in::revoke_others(tx, &by, (&kept, browser), now))?;
    cx.cookies = vec![cookie];
    Ok(Response::redirect("/settings/profile?done=ended"))
}
