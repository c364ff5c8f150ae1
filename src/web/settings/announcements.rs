//! Posting announcements, ending them, and seeing who has read them.

use crate::actions::announcement::{self as action, Post};
use crate::domain::announcement::{Announcement, Audience};
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp, snooze};
use crate::store;
use crate::templates::announcements::{self as pages, Reader};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::desk::announcements::named;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const PAGE: &str = "/settings/announcements";
/// How many of the newest stand on the page.
const LISTED: u32 = 100;

/// Every announcement.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Typed::default().with("audience", "all"))
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let t = &cx.texts;
    let (list, queues) = cx.read(|c| {
        let list = named(c, store::announcement::before(c, i64::MAX, LISTED)?)?;
        Ok::<_, Failure>((list, store::queue::all(c)?))
    })?;
    let mut audiences = vec![
        ("all".to_owned(), t.announce_all().to_owned()),
        ("leaders".to_owned(), t.announce_leaders().to_owned()),
    ];
    audiences
        .extend(queues.iter().map(|queue| (format!("queue:{}", queue.id), t.announce_queue(&queue.name))));
    let frame = forms::frame(cx, t.announce_title())?;
    Ok(cx.page(&frame, &pages::list(&frame, &list, &audiences, typed)))
}

fn audience(word: &str) -> Result<Audience, Refused> {
    let (word, queue) = word.split_once(':').unwrap_or((word, ""));
    let queue: Option<Id<Queue>> = queue.parse().ok();
    Audience::of(word, queue).ok_or(forms::wrong("audience", Problem::Unknown))
}

fn time(cx: &Cx<'_>, field: &'static str) -> Result<Option<Timestamp>, Refused> {
    match cx.form.trimmed(field) {
        "" => Ok(None),
        text => snooze::chosen(field, text, &cx.zone).map(Some),
    }
}

/// Announces something.
pub fn post(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked = audience(cx.form.trimmed("audience")).and_then(|audience| {
        let text = cx.form.get("text").unwrap_or("").to_owned();
        Ok(Post { text, audience, starts_at: time(cx, "starts_at")?, ends_at: time(cx, "ends_at")? })
    });
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let posted =
        asked.map_err(Failure::from).and_then(|post| cx.write(move |tx| action::post(tx, &by, &post, now)));
    match forms::outcome(posted)? {
        Ok(id) => Ok(Response::redirect(&format!("{PAGE}/{id}?done=saved"))),
        Err(refused) => {
            let names = ["text", "audience", "starts_at", "ends_at"];
            let typed = forms::typed(cx, &names).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

/// One announcement with its receipts.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Announcement> = cx.param("id")?;
    let (shown, readers) = cx.read(|c| {
        let found = store::announcement::get(c, id)?.ok_or(Failure::NotFound)?;
        let receipts = store::announcement::receipts(c, id)?;
        let members = store::queue::memberships(c)?;
        let mut readers = Vec::new();
        for agent in store::agent::all(c)? {
            let read_at = receipts.iter().find(|(reader, _)| *reader == agent.id).map(|(_, at)| *at);
            let meant = found.audience.means(agent.role, |queue| members.contains(&(queue, agent.id)));
            // Who has read it stays on the list, also after leaving the queue or the team.
            if read_at.is_some() || (meant && agent.disabled_at.is_none()) {
                readers.push(Reader { name: agent.name, read_at });
            }
        }
        let shown = named(c, vec![found])?.pop().ok_or(Failure::NotFound)?;
        Ok::<_, Failure>((shown, readers))
    })?;
    let frame = forms::frame(cx, cx.texts.announce_one())?;
    Ok(cx.page(&frame, &pages::one(&frame, &shown, &readers)))
}

/// Ends it.
pub fn end(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Announcement> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::end(tx, &by, id, now))?;
    Ok(Response::redirect(&format!("{PAGE}/{id}?done=done")))
}
