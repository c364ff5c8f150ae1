//! The inbox and its list.

use std::collections::BTreeMap;

use super::{bulk, place, views};
use crate::actions::saved;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, Kind};
use crate::domain::conversation::{Conversation, Sort, Status, View};
use crate::domain::filter::{Part, Rule, Test};
use crate::domain::tag::Tag;
use crate::store::list::{self, Query};
use crate::store::{self, Connection, setting};
use crate::templates::inbox::{self as template, List, Tab};
use crate::templates::narrow;
use crate::templates::place::Place;
use crate::templates::row::{self, Item};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many rows a page has.
const ROWS: u32 = 50;

/// The start page is the inbox.
pub fn home(_: &mut Cx<'_>) -> Result<Response, Failure> {
    Ok(Response::redirect("/inbox"))
}

/// The list, with nothing chosen.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let place = place::of(cx);
    let mut frame = cx.frame(cx.texts.frame_inbox())?;
    frame.view = place.view;
    let list = cx.read(|c| load(c, cx, &place, None))?;
    Ok(cx.page(&frame, &template::page(&frame, &list)))
}

/// What the list can be narrowed by, for its menu.
pub fn narrow(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let place = place::of(cx);
    let choices = cx.read(|c| views::choices(c, cx))?;
    let frame = cx.frame(cx.texts.inbox_sort_and_filter())?;
    Ok(cx.page(&frame, &narrow::page(&frame, &place, &choices)))
}

/// The conversations in which something did not go out.
pub fn failed(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.inbox_failed_title())?;
    let rows = cx.read(|c| Ok::<_, Failure>(list::by_ids(c, &store::folder::failed(c, cx.viewer()?)?)?))?;
    let looks = cx.read(|c| looks(c, &rows))?;
    let items: Vec<Item> = rows.into_iter().map(|row| item(row, None, &looks)).collect();
    Ok(cx.page(&frame, &template::failed(&frame, &items)))
}

/// The list pane for this place; `current` is the conversation that is open beside it.
pub fn load(
    c: &Connection,
    cx: &Cx<'_>,
    place: &Place,
    current: Option<Id<Conversation>>,
) -> Result<List, Failure> {
    let viewer = cx.viewer()?;
    let country = setting::get(c, setting::key::COUNTRY)?;
    let only = place.only.clone().map(Part::Rule);
    let filter = saved::filter(c, viewer, place.view, only)?;
    let query = Query {
        viewer,
        filter: filter.as_ref(),
        view: place.view,
        status: place.status,
        sort: sort(place),
        channel: place.channel,
        search: (!place.q.is_empty()).then_some(place.q.as_str()),
        country: country.as_deref(),
        after: place.after.parse().ok(),
        limit: ROWS,
        now: cx.now,
    };
    let page = list::page(c, &query)?;
    let counts = store::folder::counts(c, viewer)?;
    let looks = looks(c, &page.rows)?;
    let only = match &place.only {
        Some(only) => Some(views::choices(c, cx)?.words(&cx.texts, &only.test)),
        None => None,
    };
    // A list that conditions narrow is not counted: its numbers would be those of the whole folder.
    let counted = filter.is_none();
    Ok(List {
        tabs: tabs(c, cx, viewer, &counts, place.status)?,
        statuses: Status::ALL.map(|status| (status, counted.then(|| counts.of(place.view, status)))).to_vec(),
        told: if current.is_none() { bulk::told(c, cx)? } else { None },
        alone: current.is_none(),
        first_run: !store::channel::is_any(c)?,
        only,
        items: page.rows.into_iter().map(|row| item(row, current, &looks)).collect(),
        further: page.further,
        next: page.next.map(|cursor| cursor.to_string()),
        elsewhere: page.elsewhere,
        beyond: page.beyond,
        unassigned: counts.of(View::Unassigned, Status::Open),
        place: place.clone(),
    })
}

/// Who asks for windows that are about to close wants the first to close first.
fn sort(place: &Place) -> Sort {
    match &place.only {
        Some(Rule { not: false, test: Test::Closing(_) }) => Sort::Closing,
        _ => place.sort,
    }
}

/// What rows show beside what stands in them.
pub struct Looks {
    kinds: BTreeMap<Id<Channel>, Kind>,
    tags: BTreeMap<Id<Conversation>, Vec<Tag>>,
    assistants: BTreeMap<Id<Conversation>, String>,
}

/// Asks for all of it at once.
pub fn looks(c: &Connection, rows: &[list::Row]) -> store::Result<Looks> {
    let ids: Vec<Id<Conversation>> = rows.iter().map(|row| row.conversation.id).collect();
    Ok(Looks {
        kinds: store::channel::kinds(c)?,
        tags: store::tag::of_many(c, &ids)?,
        assistants: store::greeting::held(c, &ids)?,
    })
}

/// One row as the page shows it.
pub fn item(row: list::Row, current: Option<Id<Conversation>>, looks: &Looks) -> Item {
    Item {
        tags: looks.tags.get(&row.conversation.id).cloned().unwrap_or_default(),
        assistant: looks.assistants.get(&row.conversation.id).cloned(),
        name: row::name(&row.contact_name, row.address.as_ref()),
        picture: row.picture,
        // The channel is there: none can be taken away that has conversations.
        kind: looks.kinds.get(&row.conversation.channel).copied().unwrap_or(Kind::Custom),
        current: current == Some(row.conversation.id),
        conversation: row.conversation,
    }
}

fn tabs(
    c: &Connection,
    cx: &Cx<'_>,
    viewer: &Viewer,
    counts: &store::folder::Counts,
    status: Status,
) -> Result<Vec<Tab>, Failure> {
    let t = &cx.texts;
    let count = |view| counts.of(view, status);
    let own =
        [(View::Mine, t.inbox_mine()), (View::Unassigned, t.inbox_unassigned()), (View::All, t.inbox_all())];
    let mut tabs: Vec<Tab> = own
        .into_iter()
        .map(|(view, name)| Tab { view, name: name.to_owned(), count: Some(count(view)), sort: None })
        .collect();
    for queue in store::queue::all(c)? {
        if viewer.may_see(Some(queue.id), None) {
            let view = View::Queue(queue.id);
            tabs.push(Tab { view, name: queue.name, count: Some(count(view)), sort: None });
        }
    }
    for saved in store::saved::of(c, viewer.agent)? {
        let view = View::Saved(saved.id);
        tabs.push(Tab { view, name: saved.name, count: None, sort: Some(saved.sort) });
    }
    Ok(tabs)
}
