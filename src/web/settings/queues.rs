//! Queues with their members, and wrap-up reasons.

use std::collections::BTreeSet;

use crate::actions::{queue, wrapup};
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::queue::Queue;
use crate::domain::{Id, Refused};
use crate::store;
use crate::templates::settings::queues::{self as pages, Row};
use crate::templates::settings::{endings, work};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Every queue.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Typed::default())
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let (queues, members, people) = cx.read(|connection| {
        Ok::<_, store::Error>((
            store::queue::all(connection)?,
            store::queue::memberships(connection)?,
            store::agent::all(connection)?,
        ))
    })?;
    let name = |id: Id<Agent>| people.iter().find(|who| who.id == id).map(|who| who.name.clone());
    let inside = |queue: &Queue| {
        members.iter().filter(|(of, _)| *of == queue.id).filter_map(|(_, who)| name(*who)).collect()
    };
    let rows: Vec<Row> = queues.into_iter().map(|queue| Row { members: inside(&queue), queue }).collect();
    let frame = forms::frame(cx, cx.texts.frame_queues())?;
    Ok(cx.page(&frame, &pages::list(&frame, &rows, typed)))
}

/// Adds a queue, and goes on to its members.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, name) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned());
    match forms::outcome(cx.write(move |tx| queue::add(tx, &by, &name, now)))? {
        Ok(id) => Ok(Response::redirect(&format!("/settings/queues/{id}?done=saved"))),
        Err(refused) => {
            let typed = forms::typed(cx, &["name"]).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

/// One queue.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let queue = found(cx)?;
    let members = cx.read(store::queue::memberships)?;
    let inside = members.into_iter().filter(|(of, _)| *of == queue.id).map(|(_, who)| who).collect();
    one(cx, &queue, &inside, &Typed::default().with("name", &queue.name))
}

fn found(cx: &Cx<'_>) -> Result<Queue, Failure> {
    let id: Id<Queue> = cx.param("id")?;
    cx.read(|connection| store::queue::get(connection, id))?.ok_or(Failure::NotFound)
}

fn one(cx: &Cx<'_>, queue: &Queue, inside: &BTreeSet<Id<Agent>>, typed: &Typed) -> Result<Response, Failure> {
    let (rules, endings) = (work::of_rules(queue), endings::of(&queue.rules));
    whole(cx, queue, inside, [typed, &rules, &endings])
}

/// The page with its three forms: name and members, how work comes, and how it ends.
fn whole(
    cx: &Cx<'_>,
    queue: &Queue,
    inside: &BTreeSet<Id<Agent>>,
    [typed, rules, ends]: [&Typed; 3],
) -> Result<Response, Failure> {
    let people = cx.read(store::agent::all)?.into_iter().filter(|who| who.disabled_at.is_none());
    let people: Vec<(Agent, bool)> = people.map(|who| (who.clone(), inside.contains(&who.id))).collect();
    let reasons = cx.read(|c| store::wrapup::offered(c, Some(queue.id)))?;
    let frame = forms::frame(cx, &queue.name)?;
    let rules = [
        work::rules(&frame, queue, rules, &forms::languages()),
        endings::form(&frame, &format!("/settings/queues/{}/endings", queue.id), ends, &reasons),
    ];
    let filled = feeding(cx, queue)?;
    Ok(cx.page(&frame, &pages::queue(&frame, queue, &people, (typed, &rules), &filled)))
}

fn members(cx: &Cx<'_>, queue: &Queue) -> Result<BTreeSet<Id<Agent>>, Failure> {
    let all = cx.read(store::queue::memberships)?;
    Ok(all.into_iter().filter(|(of, _)| *of == queue.id).map(|(_, who)| who).collect())
}

/// The page of a queue with the form of its rules that came back.
pub(super) fn with_rules(cx: &Cx<'_>, queue: &Queue, typed: &Typed) -> Result<Response, Failure> {
    let (name, ends) = (Typed::default().with("name", &queue.name), endings::of(&queue.rules));
    whole(cx, queue, &members(cx, queue)?, [&name, typed, &ends])
}

/// The same, with the form of its endings.
pub(super) fn with_endings(cx: &Cx<'_>, queue: &Queue, typed: &Typed) -> Result<Response, Failure> {
    let (name, rules) = (Typed::default().with("name", &queue.name), work::of_rules(queue));
    whole(cx, queue, &members(cx, queue)?, [&name, &rules, typed])
}

/// The entry points whose new conversations come into a queue.
fn feeding(cx: &Cx<'_>, queue: &Queue) -> Result<Vec<Channel>, Failure> {
    let mut channels = cx.read(store::channel::all)?;
    channels.retain(|channel| channel.queue == Some(queue.id));
    Ok(channels)
}

fn again(cx: &Cx<'_>, queue: &Queue, members: &[Id<Agent>], refused: &Refused) -> Result<Response, Failure> {
    let typed = Typed::default().with("name", cx.form.get("name").unwrap_or(&queue.name));
    let page = one(cx, queue, &members.iter().copied().collect(), &typed.refused(refused.clone()))?;
    Ok(forms::back(page, refused))
}

/// Changes a queue and its members.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let found = found(cx)?;
    let members: Vec<Id<Agent>> = cx.form.all("member").filter_map(|id| id.parse().ok()).collect();
    let (by, now, name, chosen) =
        (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned(), members.clone());
    let id = found.id;
    match forms::outcome(cx.write(move |tx| queue::change(tx, &by, id, (&name, &chosen), now)))? {
        Ok(()) => Ok(Response::redirect("/settings/queues?done=saved")),
        Err(refused) => again(cx, &found, &members, &refused),
    }
}

/// Takes an empty queue away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let found = found(cx)?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, found.id);
    match forms::outcome(cx.write(move |tx| queue::delete(tx, &by, id, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/queues?done=done")),
        Err(refused) => {
            let members = cx.read(store::queue::memberships)?;
            let inside: Vec<_> =
                members.into_iter().filter(|(of, _)| *of == id).map(|(_, who)| who).collect();
            again(cx, &found, &inside, &refused)
        }
    }
}

/// The wrap-up reasons.
pub fn reasons(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    reasons_page(cx, &Typed::default())
}

fn reasons_page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let (reasons, queues) = cx.read(|connection| {
        Ok::<_, store::Error>((store::wrapup::all(connection)?, store::queue::all(connection)?))
    })?;
    let frame = forms::frame(cx, cx.texts.frame_reasons())?;
    Ok(cx.page(&frame, &pages::reasons(&frame, &reasons, &queues, typed)))
}

/// Adds a reason.
pub fn add_reason(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, name) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned());
    let queue = cx.form.trimmed("queue").parse().ok();
    match forms::outcome(cx.write(move |tx| wrapup::add_reason(tx, &by, &name, queue, now)))? {
        Ok(_) => Ok(Response::redirect("/settings/reasons?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &["name", "queue"]).refused(refused.clone());
            Ok(forms::back(reasons_page(cx, &typed)?, &refused))
        }
    }
}

/// Stops offering a reason.
pub fn archive_reason(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| wrapup::archive_reason(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/reasons?done=done"))
}
