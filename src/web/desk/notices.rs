//! What one was told personally: the list, what was seen, and how one wants to be told; following, and whom a note can
//! name.

use serde::Serialize;

use super::acts::back;
use super::bell::told;
use crate::actions::notice as action;
use crate::actions::reach;
use crate::domain::Id;
use crate::domain::conversation::Conversation;
use crate::domain::notice::{self, Choice, Kind, Notice, PAGE};
use crate::domain::search::fold;
use crate::store::{self, Connection};
use crate::templates::notices::{self as template, List};
use crate::web::forms;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// The list, newest first; `kind` shows one kind alone.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = forms::frame(cx, cx.texts.notice_title())?;
    let list = cx.read(|c| load(c, cx))?;
    let choices = cx.read(|c| store::notice::choices(c, cx.viewer()?.agent).map_err(Failure::from))?;
    Ok(cx.page(&frame, &template::page(&frame, &list, &choices)))
}

/// What the list shows at this address.
pub fn load(c: &Connection, cx: &Cx<'_>) -> Result<List, Failure> {
    let kind: Option<Kind> = cx.query.trimmed("kind").parse().ok();
    let before: Option<Id<Notice>> = cx.query.trimmed("before").parse().ok();
    let viewer = cx.viewer()?;
    let mut notices = store::notice::page(c, viewer.agent, (kind, before), PAGE + 1)?;
    let more = notices.len() > PAGE as usize;
    notices.truncate(PAGE as usize);
    let next = notices.last().filter(|_| more).map(|last| last.id);
    let newest = notices.first().map(|first| first.id);
    Ok(List { told: told(c, viewer, notices)?, kind, next, newest })
}

/// Opens the conversation of a notice; what was told of it is seen.
pub fn open(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.read(|c| reach::conversation(c, &by, id))?;
    cx.write(move |tx| action::seen(tx, &by, id, now))?;
    Ok(Response::redirect(&format!("/conversations/{id}?view=all")))
}

/// Everything that the page showed, and what is older, is seen.
pub fn all_seen(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let last: Id<Notice> = cx.form.trimmed("last").parse().map_err(|_| Failure::NotFound)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::all_seen(tx, &by, last, now))?;
    Ok(Response::redirect("/notices"))
}

/// How one wants to be told.
pub fn choose(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let choices = Kind::ALL.map(|kind| {
        let ticked = |way: &str| cx.form.all(kind.as_str()).any(|ticked| ticked == way);
        Choice { kind, told: ticked("told"), browser: ticked("browser"), sound: ticked("sound") }
    });
    let by = cx.viewer()?.clone();
    cx.write(move |tx| action::choose(tx, &by, &choices))?;
    Ok(Response::redirect("/notices?done=saved"))
}

/// Follows the conversation of this page, or no longer.
pub fn follow(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let (by, on) = (cx.viewer()?.clone(), cx.form.trimmed("on") == "yes");
    cx.write(move |tx| action::follow(tx, &by, id, on))?;
    Ok(back(cx, id, if on { "followed" } else { "unfollowed" }))
}

/// Somebody whom a note can name.
#[derive(Serialize)]
struct Nameable {
    name: String,
    /// What is written behind the `@`.
    handle: String,
}

/// Whom a note of this conversation can name, for the completion.
pub fn people(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let viewer = cx.viewer()?;
    let (people, all) =
        cx.read(|c| Ok::<_, Failure>((action::nameable(c, viewer, id)?, store::agent::all(c)?)))?;
    let mut shown: Vec<Nameable> = people
        .into_iter()
        .filter_map(|agent| Some(Nameable { handle: notice::handle(&agent, &all)?, name: agent.name }))
        .collect();
    shown.sort_by_key(|one| fold(&one.name));
    let body = serde_json::to_vec(&shown).map_err(|_| Failure::NotFound)?;
    Ok(Response::new(200).with_header("Content-Type", "application/json").with_body(body))
}
