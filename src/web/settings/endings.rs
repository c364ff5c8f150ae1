//! What happens when work ends, of a queue or outside of all queues.

use crate::actions::{endings, queue};
use crate::domain::queue::{Queue, Rules, WrapUp};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span};
use crate::store;
use crate::templates::settings::endings::{self as pages, FIELDS};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Changes it; what makes no sense comes back with what was typed.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Queue> = cx.param("id")?;
    let found = cx.read(|connection| store::queue::get(connection, id))?.ok_or(Failure::NotFound)?;
    let (by, now, mode) = (cx.viewer()?.clone(), cx.now, found.mode);
    let outcome = wanted(cx, &found.rules)
        .map_err(Failure::from)
        .and_then(|rules| cx.write(move |tx| queue::rule(tx, &by, id, (mode, &rules), now)));
    match forms::outcome(outcome)? {
        Ok(()) => Ok(Response::redirect(&format!("/settings/queues/{id}?done=saved"))),
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).refused(refused.clone());
            Ok(forms::back(super::queues::with_endings(cx, &found, &typed)?, &refused))
        }
    }
}

/// How work ends that lies in no queue.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let rules = cx.read(|c| store::queue::rules(c, None))?;
    outside(cx, &pages::of(&rules))
}

/// Changes that.
pub fn change_outside(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let before = cx.read(|c| store::queue::rules(c, None))?;
    let outcome = wanted(cx, &before)
        .map_err(Failure::from)
        .and_then(|rules| cx.write(move |tx| endings::change(tx, &by, &rules, now)));
    match forms::outcome(outcome)? {
        Ok(()) => Ok(Response::redirect("/settings/endings?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).refused(refused.clone());
            Ok(forms::back(outside(cx, &typed)?, &refused))
        }
    }
}

fn outside(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let (reasons, queues) = cx.read(|c| {
        Ok::<_, store::Error>((store::wrapup::offered(c, None)?, !store::queue::all(c)?.is_empty()))
    })?;
    let frame = forms::frame(cx, cx.texts.wrap_settings())?;
    Ok(cx.page(&frame, &pages::outside(&frame, typed, &reasons, queues)))
}

/// A number, or nothing where the field is empty.
fn number(cx: &Cx<'_>, field: &'static str) -> Result<Option<i64>, Refused> {
    match cx.form.trimmed(field) {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|_| forms::wrong(field, Problem::NotANumber)),
    }
}

fn wanted(cx: &Cx<'_>, before: &Rules) -> Result<Rules, Refused> {
    let unknown = |field| forms::wrong(field, Problem::Unknown);
    let (asked, required) = match cx.form.trimmed("ask") {
        "off" => (false, false),
        "asked" => (true, false),
        "required" => (true, true),
        _ => return Err(unknown("ask")),
    };
    let most = number(cx, "most")?.ok_or(forms::wrong("most", Problem::Missing))?;
    let default = cx.form.trimmed("default_reason");
    let default = (!default.is_empty()).then(|| default.parse().map_err(|_| unknown("default_reason")));
    let span = |number: Option<i64>, unit: i64| number.map(|count| Span(count.saturating_mul(unit)));
    let wrap_up = WrapUp {
        asked,
        required,
        most: u32::try_from(most).map_err(|_| forms::wrong("most", Problem::Wrong))?,
        note: cx.form.trimmed("closing_note").parse().map_err(|()| unknown("closing_note"))?,
        countdown: span(number(cx, "countdown")?, 1000),
        default_reason: default.transpose()?,
        may_stop: cx.form.get("may_stop").is_some(),
        consent: cx.form.get("consent").is_some(),
    };
    Ok(Rules {
        wrap_up,
        close_after: span(number(cx, "close_after")?, 60_000),
        joined_text: cx.form.trimmed("joined_text").to_owned(),
        left_text: cx.form.trimmed("left_text").to_owned(),
        ..before.clone()
    })
}
