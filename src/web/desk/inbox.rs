//! The inbox and its list.

use std::collections::BTreeMap;

use super::place;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, Kind};
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Status, View};
use crate::store::list::{self, Query};
use crate::store::{self, Connection, setting};
use crate::templates::inbox::{self as template, List, Tab};
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

/// The conversations in which something did not go out.
pub fn failed(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.inbox_failed_title())?;
    let rows = cx.read(|c| Ok::<_, Failure>(list::failed(c, cx.viewer()?, 100)?))?;
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
    let query = Query {
        viewer,
        view: place.view,
        status: place.status,
        sort: place.sort,
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
    let channels = store::channel::names(c)?;
    Ok(List {
        tabs: tabs(c, cx, viewer, &counts, place.status)?,
        statuses: Status::ALL.map(|status| (status, counts.of(place.view, status).total)).to_vec(),
        alone: current.is_none(),
        first_run: channels.is_empty(),
        channels,
        items: page.rows.into_iter().map(|row| item(row, current, &looks)).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        elsewhere: page.elsewhere,
        beyond: page.beyond,
        unassigned: counts.of(View::Unassigned, Status::Open).total,
        place: place.clone(),
    })
}

/// What the simulated channels of these rows imitate; a desk without a simulator asks nothing.
fn imitated(c: &Connection, rows: &[list::Row]) -> store::Result<BTreeMap<Id<Channel>, Kind>> {
    if rows.iter().all(|row| row.channel_kind != Kind::Simulator) {
        return Ok(BTreeMap::new());
    }
    store::channel::imitated(c)
}

/// What rows show beside what stands in them.
pub struct Looks {
    kinds: BTreeMap<Id<Channel>, Kind>,
    pictures: BTreeMap<Id<Contact>, String>,
}

/// What these rows show beside what stands in them.
pub fn looks(c: &Connection, rows: &[list::Row]) -> store::Result<Looks> {
    let contacts: Vec<Id<Contact>> = rows.iter().map(|row| row.conversation.contact).collect();
    Ok(Looks { kinds: imitated(c, rows)?, pictures: store::face::keys(c, &contacts)? })
}

/// One row as the page shows it.
pub fn item(row: list::Row, current: Option<Id<Conversation>>, looks: &Looks) -> Item {
    Item {
        picture: looks.pictures.get(&row.conversation.contact).cloned(),
        name: row::name(&row.contact_name, &row.address),
        kind: looks.kinds.get(&row.conversation.channel).copied().unwrap_or(row.channel_kind),
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
    let count = |view| counts.of(view, status).total;
    let own =
        [(View::Mine, t.inbox_mine()), (View::Unassigned, t.inbox_unassigned()), (View::All, t.inbox_all())];
    let mut tabs: Vec<Tab> =
        own.into_iter().map(|(view, name)| Tab { view, name: name.to_owned(), count: count(view) }).collect();
    for queue in store::queue::all(c)? {
        if viewer.may_see(Some(queue.id), None) {
            let view = View::Queue(queue.id);
            tabs.push(Tab { view, name: queue.name, count: count(view) });
        }
    }
    Ok(tabs)
}
