//! Many conversations at once, and taking back what was done.

use crate::actions::many::{self, Act};
use crate::actions::{close, take_back, transfer};
use crate::domain::conversation::Conversation;
use crate::domain::deed::{Deed, Verb, WHILE};
use crate::domain::refused::Problem;
use crate::domain::snooze::{self as times, Preset};
use crate::domain::{Id, Refused};
use crate::store::{self, Connection};
use crate::templates::bulk::{self as template, Told};
use crate::templates::place::Place;
use crate::templates::row;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many of those that were left out are named.
const NAMED: usize = 5;

/// Does what was chosen to the rows that were ticked.
pub fn act(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let ids: Vec<Id<Conversation>> = cx.form.all("c").filter_map(|id| id.parse().ok()).collect();
    if cx.form.trimmed("verb") == template::MORE {
        return choose(cx, &ids);
    }
    let act = chosen(cx)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let deed = cx.write(move |tx| many::all(tx, &by, &ids, &act, now))?;
    Ok(Response::redirect(&with(&super::place::of(cx).href("/inbox"), deed)))
}

/// Everything that can be done to many, to choose from.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    choose(cx, &[])
}

fn choose(cx: &Cx<'_>, ids: &[Id<Conversation>]) -> Result<Response, Failure> {
    let choices = cx.read(|c| super::views::choices(c, cx))?;
    let frame = cx.frame(cx.texts.bulk_selecting())?;
    Ok(cx.page(&frame, &template::page(&frame, &super::place::of(cx), &choices, ids)))
}

fn with(path: &str, deed: Id<Deed>) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}deed={deed}")
}

fn chosen(cx: &Cx<'_>) -> Result<Act, Failure> {
    let form = &cx.form;
    let unknown = |field| Refused::Field { field, problem: Problem::Unknown };
    let verb: Verb = form.trimmed("verb").parse().map_err(|()| unknown("verb"))?;
    Ok(match verb {
        Verb::Close => Act::Close(close::Closing::default()),
        Verb::Read => Act::Read,
        Verb::Assign if form.trimmed("assignee").is_empty() => Act::Assign(None),
        Verb::Assign => Act::Assign(Some(form.trimmed("assignee").parse().map_err(|_| unknown("assignee"))?)),
        Verb::Transfer => {
            let queue = form.trimmed("queue").parse().map_err(|_| unknown("queue"))?;
            Act::Transfer(transfer::To::Queue(queue), String::new())
        }
        Verb::Tag => Act::Tag(form.trimmed("tag").parse().map_err(|_| unknown("tag"))?),
        Verb::Untag => Act::Untag(form.trimmed("tag").parse().map_err(|_| unknown("tag"))?),
        Verb::Priority => Act::Priority(form.trimmed("priority").parse().map_err(|()| unknown("priority"))?),
        Verb::Snooze => {
            let preset = form.trimmed("preset");
            let known = preset == times::REPLY || Preset::parse(preset).is_some();
            if !known {
                return Err(unknown("preset").into());
            }
            Act::Snooze(times::until(preset, "", cx.now, &cx.zone)?)
        }
    })
}

/// Takes back what one did, and goes back to where that was.
pub fn undo(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Deed> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| take_back::take_back(tx, &by, id, now))?;
    let place: Place = super::place::of(cx);
    let open: Option<Id<Conversation>> = cx.query.trimmed("c").parse().ok();
    let path = match open {
        Some(conversation) => place.href(&format!("/conversations/{conversation}")),
        None => place.href("/inbox"),
    };
    Ok(Response::redirect(&with(&path, id)))
}

/// What came of the deed that the query names, if it is one's own.
pub fn told(c: &Connection, cx: &Cx<'_>) -> Result<Option<Told>, Failure> {
    let Ok(id) = cx.query.trimmed("deed").parse::<Id<Deed>>() else { return Ok(None) };
    let me = cx.viewer()?.author();
    let Some(deed) = store::deed::get(c, id)?.filter(|deed| Some(deed.agent) == me) else { return Ok(None) };
    let viewer = cx.viewer()?;
    let ids: Vec<i64> = deed.skipped.iter().take(NAMED).map(|skipped| skipped.conversation).collect();
    let rows = store::list::by_ids(c, &ids)?;
    let seen = rows.iter().filter(|row| viewer.may_see(row.conversation.queue, row.conversation.assignee));
    let named = seen.filter_map(|row| {
        let number = row.conversation.id.get();
        let skipped = deed.skipped.iter().find(|skipped| skipped.conversation == number)?;
        Some((row::name(&row.contact_name, row.address.as_ref()), skipped.why))
    });
    let names = named.collect();
    let open = deed.undone_at.is_none() && cx.now.since(deed.at) <= WHILE;
    Ok(Some(Told { deed, open, names }))
}
