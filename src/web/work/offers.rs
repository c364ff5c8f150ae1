//! What is held out to whoever asks, and their own state.

use super::{Work, back};
use crate::actions::{availability, deal};
use crate::domain::Id;
use crate::domain::offer::Offer;
use crate::templates::work;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// The requests as a list; it changes by itself as the cards do.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = forms::frame(cx, cx.texts.work_title())?;
    let none = Work::default();
    let body = work::page(&frame, frame.work.as_ref().unwrap_or(&none));
    Ok(cx.page(&frame, &body))
}

/// Takes one, and opens it (S86).
pub fn accept(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Offer>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    let conversation = cx.write(move |tx| deal::accept(tx, &by, id, now))?;
    back(&format!("/conversations/{conversation}"))
}

/// Takes all that were shown (S193), and opens the first.
pub fn accept_many(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let ids: Vec<Id<Offer>> = cx.form.all("offer").filter_map(|id| id.parse().ok()).collect();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let taken = cx.write(move |tx| deal::accept_many(tx, &by, &ids, now))?;
    match taken.first() {
        Some(first) => back(&format!("/conversations/{first}?view=mine")),
        None => back("/offers"),
    }
}

/// Lets one pass.
pub fn decline(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Offer>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::decline(tx, &by, id, now))?;
    back(&forms::came_from(cx).unwrap_or_else(|| "/offers?done=done".to_owned()))
}

/// Chooses a state for one type or for all.
pub fn choose(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let state = super::chosen(cx.form.trimmed("state"))?;
    let media = super::media(cx.form.trimmed("media"))?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let who = cx.who()?.agent.id;
    cx.write(move |tx| availability::choose_state(tx, &by, who, (media, state), now))?;
    back(&forms::came_from(cx).unwrap_or_else(|| "/offers?done=saved".to_owned()))
}
