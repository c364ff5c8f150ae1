//! One's own second factor: set up, recovery codes, given up.

use super::confirmed;
use crate::actions::second_factor::{self as factor, CODES, Confirmed};
use crate::actions::sign_in::{self, Counted};
use crate::domain::refused::Problem;
use crate::domain::{Refused, secret, totp};
use crate::random;
use crate::store::{self, second_factor, setting};
use crate::templates;
use crate::templates::factor::{Fresh, State};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Where it is set up.
pub const AT: &str = "/settings/profile/second-factor";

/// How it stands.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, None)
}

fn page(cx: &Cx<'_>, refused: Option<&Refused>) -> Result<Response, Failure> {
    let who = cx.who()?;
    let (me, required) = (who.agent.id, who.must_enrol);
    let (on, left) = cx.read(|connection| {
        let on = second_factor::is_on(connection, me)?;
        Ok::<_, store::Error>((on, second_factor::codes_left(connection, me)?))
    })?;
    let frame = forms::frame(cx, cx.texts.factor_title())?;
    let state = State { on, left, required, refused };
    Ok(cx.page(&frame, &templates::factor::state(&frame, &state)))
}

/// The page, with why it did not work.
fn again(cx: &Cx<'_>, refused: &Refused) -> Result<Response, Failure> {
    Ok(forms::back(page(cx, Some(refused))?, refused))
}

/// Makes a secret and shows it, for who knows the password.
pub fn begin(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    if let Err(refused) = forms::outcome(confirmed(cx))? {
        return again(cx, &refused);
    }
    let key = random::bytes::<{ totp::SECRET }>();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let sealed = cx.app.desk.seal_factor(by.agent, &key);
    cx.write(move |tx| factor::begin(tx, &by, &sealed, now))?;
    fresh(cx, &key, None)
}

fn fresh(cx: &Cx<'_>, key: &[u8], refused: Option<&Refused>) -> Result<Response, Failure> {
    let team = cx.read(|connection| setting::get(connection, setting::key::TEAM))?.unwrap_or_default();
    let link = totp::link(&team, &cx.who()?.agent.email, key);
    let frame = cx.frame(cx.texts.factor_title())?;
    let shown = Fresh { link: &link, key: &totp::letters(key), refused };
    Ok(cx.page(&frame, &templates::factor::fresh(&frame, &shown)))
}

/// The first code: when it fits, the factor is in use, and the recovery codes are shown, this once.
pub fn confirm(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, (keep, cookie)) = (cx.viewer()?.clone(), cx.now, super::renewed(cx)?);
    let sealed = cx.read(|connection| second_factor::begun(connection, by.agent, now))?;
    let opened = sealed.and_then(|sealed| Some((cx.app.desk.factor_secret(by.agent, &sealed)?, sealed)));
    let Some((key, sealed)) = opened else { return Ok(Response::redirect(AT)) };
    let (codes, hashes) = codes();
    let counted = Counted::Factor { agent: by.agent };
    let step = totp::step(&key, cx.form.get("code").unwrap_or(""), now);
    let outcome = cx.write(move |tx| sign_in::attempt(tx, &counted, now)).and_then(|()| {
        let step = step.ok_or_else(|| forms::wrong("code", Problem::Wrong))?;
        cx.write(move |tx| {
            let new = Confirmed { sealed: &sealed, step, codes: &hashes, keep };
            factor::confirm(tx, &by, &new, now)?;
            sign_in::forgive(tx, &Counted::Factor { agent: by.agent })
        })
    });
    match forms::outcome(outcome)? {
        Ok(()) => {
            cx.cookies = vec![cookie];
            shown(cx, &codes)
        }
        Err(refused) => Ok(forms::back(fresh(cx, &key, Some(&refused))?, &refused)),
    }
}

/// New recovery codes, and what is kept of them.
fn codes() -> (Vec<String>, Vec<[u8; 32]>) {
    let codes: Vec<String> = (0..CODES).map(|_| totp::recovery_code(random::bytes())).collect();
    let hashes = codes.iter().map(|code| secret::hash(&totp::plain(code))).collect();
    (codes, hashes)
}

fn shown(cx: &Cx<'_>, codes: &[String]) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.factor_codes())?;
    Ok(cx.page(&frame, &templates::factor::codes(&frame, codes)))
}

/// Makes new recovery codes.
pub fn renew(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    if let Err(refused) = forms::outcome(confirmed(cx))? {
        return again(cx, &refused);
    }
    let (by, now, (codes, hashes)) = (cx.viewer()?.clone(), cx.now, codes());
    cx.write(move |tx| factor::renew(tx, &by, &hashes, now))?;
    shown(cx, &codes)
}

/// Gives the second factor up.
pub fn off(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    if let Err(refused) = forms::outcome(confirmed(cx))? {
        return again(cx, &refused);
    }
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| factor::remove(tx, &by, by.agent, now))?;
    Ok(Response::redirect("/settings/profile/second-factor?done=saved"))
}
