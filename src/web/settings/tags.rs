//! The team's tags.

use crate::actions::tag as action;
use crate::domain::Id;
use crate::domain::refused::Problem;
use crate::domain::tag::{Colour, Tag};
use crate::store;
use crate::templates::settings::tags as pages;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Every tag.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Typed::default())
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let tags = cx.read(store::tag::all)?;
    let frame = forms::frame(cx, cx.texts.frame_tags())?;
    Ok(cx.page(&frame, &pages::list(&frame, &tags, typed)))
}

fn colour(cx: &Cx<'_>) -> Result<Colour, Failure> {
    cx.form.trimmed("colour").parse().map_err(|()| forms::wrong("colour", Problem::Unknown).into())
}

/// Adds a tag.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, name) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned());
    let added = colour(cx).and_then(|colour| cx.write(move |tx| action::add(tx, &by, &name, colour, now)));
    match forms::outcome(added)? {
        Ok(_) => Ok(Response::redirect("/settings/tags?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &["name", "colour"]).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

fn found(cx: &Cx<'_>) -> Result<Tag, Failure> {
    let id: Id<Tag> = cx.param("id")?;
    cx.read(|connection| store::tag::get(connection, id))?.ok_or(Failure::NotFound)
}

fn one(cx: &Cx<'_>, tag: &Tag, typed: &Typed) -> Result<Response, Failure> {
    let frame = forms::frame(cx, &tag.name)?;
    Ok(cx.page(&frame, &pages::tag(&frame, tag, typed)))
}

/// One tag.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let tag = found(cx)?;
    one(cx, &tag, &Typed::default().with("name", &tag.name).with("colour", tag.colour.as_str()))
}

/// Changes a tag.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let tag = found(cx)?;
    let (by, now, name, id) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned(), tag.id);
    let changed =
        colour(cx).and_then(|colour| cx.write(move |tx| action::change(tx, &by, id, (&name, colour), now)));
    match forms::outcome(changed)? {
        Ok(()) => Ok(Response::redirect("/settings/tags?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &["name", "colour"]).refused(refused.clone());
            Ok(forms::back(one(cx, &tag, &typed)?, &refused))
        }
    }
}

/// Takes a tag away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/tags?done=done"))
}
