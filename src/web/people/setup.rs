//! The first run.

use super::Fresh;
use crate::actions::{setup, sign_in};
use crate::domain::secret;
use crate::store::setting::{self, key};
use crate::store::{self, agent};
use crate::templates;
use crate::templates::setup::Choices;
use crate::templates::typed::Typed;
use crate::vault;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const FIELDS: [&str; 7] = ["code", "name", "email", "team", "language", "time_zone", "country"];

/// The set-up page, for who has the code from the console.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let code = cx.query.get("code").unwrap_or("").to_owned();
    if let Some(answer) = door(cx, &code)? {
        return Ok(answer);
    }
    let typed = Typed::default()
        .with("code", code)
        .with("language", cx.texts.language().code())
        .with("time_zone", "UTC");
    page(cx, &typed)
}

/// What is answered when there is nothing to set up, or when the code does not fit.
fn door(cx: &Cx<'_>, code: &str) -> Result<Option<Response>, Failure> {
    let (any, kept) = cx.read(|connection| {
        Ok::<_, store::Error>((agent::any(connection)?, setting::get(connection, key::SETUP_CODE)?))
    })?;
    if any {
        return Ok(Some(Response::redirect("/inbox")));
    }
    if secret::fits(code, &kept.unwrap_or_default()) {
        return Ok(None);
    }
    let frame = cx.frame(cx.texts.setup_locked_title())?;
    let page = cx.page(&frame, &templates::setup::locked(&frame));
    Ok(Some(if code.is_empty() { page } else { Response { status: 403, ..page } }))
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.setup_title())?;
    Ok(cx.page(&frame, &templates::setup::page(&frame, &choices(cx), typed)))
}

fn choices(cx: &Cx<'_>) -> Choices {
    Choices { languages: forms::languages(), zones: forms::zones(), countries: forms::countries(&cx.texts) }
}

/// Makes the first administrator, who is signed in by that.
pub fn finish(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let code = cx.form.get("code").unwrap_or("").to_owned();
    if let Some(answer) = door(cx, &code)? {
        return Ok(answer);
    }
    let made = first(cx).and_then(|first| {
        let (hash, now) = (first.password_hash.clone(), cx.now);
        let id = cx.write(move |tx| setup::finish(tx, &first, now))?;
        Ok((id, hash))
    });
    match forms::outcome(made)? {
        Ok((id, hash)) => {
            let fresh = Fresh::new(cx, id, hash, None)?;
            let (begin, now) = (fresh.begin.clone(), cx.now);
            let begun = cx.write(move |tx| sign_in::begin(tx, &begin, now))?;
            Ok(fresh.go(cx, begun, "/setup/done"))
        }
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

fn first(cx: &Cx<'_>) -> Result<setup::First, Failure> {
    let field = |name| cx.form.trimmed(name).to_owned();
    // Before the costly hash, so that a form with a small mistake comes back at once.
    let name = crate::domain::agent::normal_name(&field("name"))?;
    let email = crate::domain::agent::normal_email(&field("email"))?;
    let settings = vec![
        (key::TEAM, field("team")),
        (key::LANGUAGE, field("language")),
        (key::TIME_ZONE, field("time_zone")),
        (key::COUNTRY, field("country")),
    ];
    let password_hash = forms::new_password(cx, &[&name, &email, &field("team")])?;
    Ok(setup::First { code: field("code"), name, email, password_hash, settings })
}

/// What to do first.
pub fn done(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let path = &cx.app.desk.path;
    let name = |path: &std::path::Path| {
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let (database, key) = (name(path), name(&vault::key_path(path)));
    let frame = cx.frame(cx.texts.setup_done_title())?;
    Ok(cx.page(&frame, &templates::setup::done(&frame, (&database, &key))))
}
