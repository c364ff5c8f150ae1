//! The team's own fields of contacts.

use crate::actions::field as action;
use crate::domain::Id;
use crate::domain::field::{Field, Kind};
use crate::domain::refused::Problem;
use crate::store;
use crate::templates::settings::fields as pages;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const FIELDS: &[&str] = &["name", "kind", "choices"];

/// Every field.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Typed::default())
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let fields = cx.read(store::field::all)?;
    let frame = forms::frame(cx, cx.texts.fields_title())?;
    Ok(cx.page(&frame, &pages::list(&frame, &fields, typed)))
}

/// One choice a line.
fn choices(cx: &Cx<'_>) -> Vec<String> {
    cx.form.get("choices").unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Adds a field.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, name, choices) =
        (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned(), choices(cx));
    let kind: Result<Kind, Failure> =
        cx.form.trimmed("kind").parse().map_err(|()| forms::wrong("kind", Problem::Unknown).into());
    let added = kind.and_then(|kind| cx.write(move |tx| action::add(tx, &by, (&name, kind, &choices), now)));
    match forms::outcome(added)? {
        Ok(_) => Ok(Response::redirect("/settings/fields?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, FIELDS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

fn found(cx: &Cx<'_>) -> Result<Field, Failure> {
    let id: Id<Field> = cx.param("id")?;
    cx.read(|connection| store::field::get(connection, id))?.ok_or(Failure::NotFound)
}

fn one(cx: &Cx<'_>, field: &Field, typed: &Typed) -> Result<Response, Failure> {
    let frame = forms::frame(cx, &field.name)?;
    Ok(cx.page(&frame, &pages::field(&frame, field, typed)))
}

/// One field.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let field = found(cx)?;
    let typed = Typed::default().with("name", &field.name).with("choices", field.choices.join("\n"));
    one(cx, &field, &typed)
}

/// Changes a field.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let field = found(cx)?;
    let (by, now, name, choices, id) =
        (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned(), choices(cx), field.id);
    match forms::outcome(cx.write(move |tx| action::change(tx, &by, id, (&name, &choices), now)))? {
        Ok(()) => Ok(Response::redirect("/settings/fields?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, FIELDS).refused(refused.clone());
            Ok(forms::back(one(cx, &field, &typed)?, &refused))
        }
    }
}

/// Takes a field away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/fields?done=done"))
}
