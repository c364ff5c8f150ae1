//! Saved replies.

use crate::actions::template::{self, Saved};
use crate::domain::Id;
use crate::domain::template::{Status, Template};
use crate::i18n::Language;
use crate::store;
use crate::templates::settings::templates as pages;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const FIELDS: [&str; 6] = ["name", "language", "category", "body", "channel", "locked"];

/// Every saved reply.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let replies = cx.read(store::template::own)?;
    let channels = channels(cx)?;
    let frame = forms::frame(cx, cx.texts.frame_templates())?;
    Ok(cx.page(&frame, &pages::list(&frame, &replies, &channels)))
}

fn channels(cx: &Cx<'_>) -> Result<Vec<(String, String)>, Failure> {
    let every = std::iter::once((String::new(), cx.texts.templates_every_channel().to_owned()));
    let channels = cx.read(store::channel::all)?;
    Ok(every.chain(channels.into_iter().map(|channel| (channel.id.to_string(), channel.name))).collect())
}

fn page(cx: &Cx<'_>, id: Option<Id<Template>>, typed: &Typed) -> Result<Response, Failure> {
    let choices = pages::Choices { languages: forms::languages(), channels: channels(cx)? };
    let frame = forms::frame(cx, cx.texts.frame_templates())?;
    let id = id.map(|id| id.to_string());
    Ok(cx.page(&frame, &pages::reply(&frame, id, &choices, typed)))
}

/// The form for a new one.
pub fn blank(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, None, &Typed::default().with("language", cx.texts.language().code()))
}

/// One saved reply.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Template> = cx.param("id")?;
    let reply = cx.read(|connection| store::template::get(connection, id))?;
    let reply = reply.filter(|reply| reply.status == Status::Own).ok_or(Failure::NotFound)?;
    let typed = Typed::default()
        .with("name", reply.name)
        .with("language", reply.language)
        .with("category", reply.category)
        .with("body", reply.body)
        .with("channel", reply.channel.map(|id| id.to_string()).unwrap_or_default())
        .with("locked", if reply.locked { "on" } else { "" });
    page(cx, Some(id), &typed)
}

/// Keeps a new one.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    save(cx, None)
}

/// Keeps a changed one.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    save(cx, Some(id))
}

fn save(cx: &Cx<'_>, id: Option<Id<Template>>) -> Result<Response, Failure> {
    let language = Language::parse(cx.form.trimmed("language")).unwrap_or(cx.texts.language());
    let saved = Saved {
        id,
        channel: cx.form.trimmed("channel").parse().ok(),
        name: cx.form.trimmed("name").to_owned(),
        language: language.code().to_owned(),
        category: cx.form.trimmed("category").to_owned(),
        body: cx.form.get("body").unwrap_or("").to_owned(),
        locked: cx.form.get("locked").is_some(),
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| template::save(tx, &by, &saved, now)))? {
        Ok(_) => Ok(Response::redirect("/settings/templates?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).refused(refused.clone());
            Ok(forms::back(page(cx, id, &typed)?, &refused))
        }
    }
}

/// Takes one away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| template::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/templates?done=done"))
}
