//! Forms that come back: what the rules refuse goes to the page with what was typed.

use super::context::Cx;
use super::failure::Failure;
use super::http::Response;
use crate::domain::Refused;
use crate::domain::refused::Problem;
use crate::i18n::{Language, Texts};
use crate::password;
use crate::store;
use crate::templates::frame::Frame;
use crate::templates::typed::Typed;

/// Parts what the rules refuse, which goes back to the form, from everything else that went wrong.
pub fn outcome<T>(outcome: Result<T, Failure>) -> Result<Result<T, Refused>, Failure> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(refused)) if !matches!(refused, Refused::NeedsRole { .. }) => Ok(Err(refused)),
        Err(failure) => Err(failure),
    }
}

/// What was typed into these fields. Passwords are never among them.
pub fn typed(cx: &Cx<'_>, names: &[&str]) -> Typed {
    names.iter().fold(Typed::default(), |typed, name| typed.with(name, cx.form.get(name).unwrap_or("")))
}

/// The page with a form that came back, under the status that says why.
pub fn back(response: Response, refused: &Refused) -> Response {
    let response = Response { status: Failure::Refused(refused.clone()).status(), ..response };
    match refused {
        // Programs are told in seconds; the sentence names the moment.
        Refused::TooMany { until } => Response { again: Some(*until), ..response },
        _ => response,
    }
}

/// A refusal of one field.
pub fn wrong(field: &'static str, problem: Problem) -> Refused {
    Refused::Field { field, problem }
}

/// The frame of a page that may have been come to from a form that worked.
pub fn frame(cx: &Cx<'_>, title: impl Into<String>) -> Result<Frame, Failure> {
    let t = &cx.texts;
    let flash = match cx.query.get("done") {
        Some("saved") => Some(t.form_saved()),
        Some("password") => Some(t.profile_password_done()),
        Some("ended") => Some(t.profile_ended()),
        Some(_) => Some(t.form_done()),
        None => None,
    };
    Ok(Frame { flash: flash.map(str::to_owned), ..cx.frame(title)? })
}

/// The hash of a new password that is good enough. `near` are texts that a guesser knows, beside the name of the team.
pub fn new_password(cx: &Cx<'_>, near: &[&str]) -> Result<String, Failure> {
    let password = cx.form.get("password").unwrap_or("");
    let team = cx.read(|c| store::setting::get(c, store::setting::key::TEAM))?.unwrap_or_default();
    crate::domain::password::check(password, &[near, &[&team]].concat())?;
    password::hash(password).map_err(|_| busy(cx))
}

/// Too many passwords are being checked at this moment.
pub fn busy(cx: &Cx<'_>) -> Failure {
    let until = cx.now + crate::domain::Span::seconds(5);
    Failure::Refused(Refused::TooMany { until })
}

/// The languages of the pages, each in its own name.
pub fn languages() -> Vec<(String, String)> {
    Language::ALL.iter().map(|language| (language.code().to_owned(), language.name().to_owned())).collect()
}

/// The time zones that people live in.
pub fn zones() -> Vec<(String, String)> {
    let odd = ["Etc/", "SystemV/", "posix/", "right/", "US/"];
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| {
            name == "UTC" || (name.contains('/') && !odd.iter().any(|start| name.starts_with(start)))
        })
        .collect();
    names.sort_unstable();
    names.into_iter().map(|name| (name.clone(), name.replace('_', " "))).collect()
}

/// The countries with their calling codes, after a first choice for none.
pub fn countries(t: &Texts) -> Vec<(String, String)> {
    let none = std::iter::once((String::new(), t.team_no_country().to_owned()));
    let known = crate::domain::phone::countries();
    none.chain(known.into_iter().map(|(country, code)| (country.clone(), t.team_country_code(country, code))))
        .collect()
}

/// The page of this desk on which the form was that is sent now, where the browser tells it. A form that was refused
/// stands under its own address, to which nobody can go.
pub fn came_from(cx: &Cx<'_>) -> Option<String> {
    let referrer = cx.request.headers.get("referer")?;
    let (_, place) = referrer.split_once("://")?;
    let page = local_path(place.get(place.find('/')?..)?)?;
    let path = page.split_once('?').map_or(page, |(path, _)| path);
    cx.app.is_page(path).then(|| page.to_owned())
}

/// A path of ours to go to, from a field that a stranger may have written: one that begins with exactly
/// one slash, and holds nothing that a browser reads as another host.
pub fn local_path(next: &str) -> Option<&str> {
    let second = next.chars().nth(1);
    let plain = !next.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace());
    (next.starts_with('/') && second != Some('/') && plain && next.len() <= 2000).then_some(next)
}
