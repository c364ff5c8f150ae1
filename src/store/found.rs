//! Pages of the inbox while somebody searches: the conversations of the contacts that were found.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::list::{self, Cursor, Page, Query};
use super::named::Named;
use super::sift::{self, Sieve};
use super::values::word_at;
use super::{Result, walk};
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::filter::{Part, Rule, Test, Who};
use crate::domain::hit::Tally;
use crate::domain::queue::Queue;

/// Up to so many contacts are all looked up, with up to so many conversations. A name that more people have is dense
/// enough to be met on the way through the folder.
const CONTACTS: u32 = 2000;
const CONVERSATIONS: usize = 8000;
/// One more than that says that there are too many.
const READ: usize = CONVERSATIONS + 1;
/// How many rows of the folder one page asks then, and how many of each other folder are asked for a number.
const ASKED: u32 = 6000;
const COUNTED: u32 = 600;
/// The same where each contact that is met has to be read.
const COUNTED_BY_READING: u32 = 200;

/// What decides where a hit stands, without the rest of its row.
struct Hit {
    id: i64,
    key: i64,
    status: Status,
    assignee: Option<Id<Agent>>,
    queue: Option<Id<Queue>>,
    channel: Id<Channel>,
}

/// The page of conversations whose contact `text` finds; `#12` is the conversation with that number.
pub fn page(connection: &Connection, query: &Query<'_>, text: &str) -> Result<Page> {
    if let Some(number) = text.trim().strip_prefix('#').and_then(|number| number.parse::<i64>().ok()) {
        let from = "json_each(?1) j CROSS JOIN conversation v ON v.id = j.value";
        return few(connection, query, read(connection, query, from, &[number])?);
    }
    let mut named = Named::of(connection, text, query.country, CONTACTS)?;
    if let Some(contacts) = named.all() {
        let ids: Vec<i64> = contacts.iter().map(|id| id.get()).collect();
        let from = "json_each(?1) j CROSS JOIN conversation v INDEXED BY conversation_contact ON v.contact_id = j.value";
        let hits = read(connection, query, from, &ids)?;
        if hits.len() <= CONVERSATIONS {
            return few(connection, query, hits);
        }
    }
    many(connection, query, &mut named)
}

/// The page out of all hits.
fn few(connection: &Connection, query: &Query<'_>, mut hits: Vec<Hit>) -> Result<Page> {
    hits.retain(|hit| {
        query.viewer.may_see(hit.queue, hit.assignee) && query.channel.is_none_or(|c| c == hit.channel)
    });
    let (here, beyond): (Vec<Hit>, Vec<Hit>) = hits.into_iter().partition(|hit| in_view(hit, query));
    let elsewhere = Status::ALL
        .into_iter()
        .filter(|status| *status != query.status)
        .map(|status| (status, Tally::of(here.iter().filter(|hit| hit.status == status).count())))
        .collect();
    let mut wanted: Vec<Hit> = here.into_iter().filter(|hit| hit.status == query.status).collect();
    wanted.retain(|hit| hit.key != i64::MAX);
    wanted.sort_unstable_by_key(|hit| (hit.key, hit.id));
    if query.sort.descends() {
        wanted.reverse();
    }
    if let Some(after) = query.after {
        wanted.retain(|hit| comes_after(hit, after, query.sort));
    }
    let next = wanted.get(query.limit as usize).and_then(|_| wanted.get(query.limit as usize - 1));
    let next = next.map(|last| Cursor { key: last.key, id: last.id });
    let ids: Vec<i64> = wanted.iter().take(query.limit as usize).map(|hit| hit.id).collect();
    Ok(Page {
        rows: list::by_ids(connection, &ids)?,
        next,
        elsewhere,
        beyond: Tally::of(beyond.len()),
        further: false,
    })
}

/// The page on the way through the folder, where each contact that is met is asked.
fn many(connection: &Connection, query: &Query<'_>, named: &mut Named) -> Result<Page> {
    let asked = |walks: usize, most: u32| (most / u32::try_from(walks.max(1)).unwrap_or(1)).max(200);
    let sieve =
        Sieve { filter: query.filter, asked: asked(walk::of(query).len(), ASKED), named: Some(&mut *named) };
    let mut page = sift::page(connection, query, sieve)?;
    let mut count = |query: &Query<'_>, filter: Option<&Part>| {
        let query = Query { sort: Sort::Newest, filter, ..query.clone() };
        let most = if named.is_in_mind() { COUNTED } else { COUNTED_BY_READING };
        let asked = asked(walk::of(&query).len(), most);
        sift::count(connection, &query, &mut Sieve { filter, named: Some(&mut *named), asked })
    };
    for status in Status::ALL.into_iter().filter(|status| *status != query.status) {
        let tally = count(&Query { status, ..query.clone() }, query.filter)?;
        page.elsewhere.push((status, tally));
    }
    if let Some(outside) = outside(query.view) {
        let filter = Part::All(query.filter.cloned().into_iter().chain([outside]).collect());
        for status in Status::ALL {
            let tally = count(&Query { status, view: View::All, ..query.clone() }, Some(&filter))?;
            let hits = page.beyond.hits + tally.hits;
            let more = page.beyond.more || tally.more || hits > Tally::MOST;
            page.beyond = Tally { hits: hits.min(Tally::MOST), more };
        }
    }
    Ok(page)
}

/// What lies outside a view; nothing lies outside all.
fn outside(view: View) -> Option<Part> {
    let test = match view {
        View::All | View::Saved(_) => return None,
        View::Mine => Test::Assignee(Who::Me),
        View::Unassigned => Test::Assignee(Who::Nobody),
        View::Queue(queue) => Test::Queue(Some(queue)),
    };
    Some(Part::Rule(Rule { not: true, test }))
}

fn in_view(hit: &Hit, query: &Query<'_>) -> bool {
    match query.view {
        View::All => true,
        View::Mine => hit.assignee == Some(query.viewer.agent),
        View::Unassigned => hit.assignee.is_none(),
        View::Queue(queue) => hit.queue == Some(queue),
        View::Saved(_) => true,
    }
}

fn comes_after(hit: &Hit, after: Cursor, sort: Sort) -> bool {
    let (here, there) = ((hit.key, hit.id), (after.key, after.id));
    if sort.descends() { here < there } else { here > there }
}

fn read(connection: &Connection, query: &Query<'_>, from: &str, ids: &[i64]) -> Result<Vec<Hit>> {
    let key = match query.sort {
        Sort::Newest | Sort::Oldest => "v.last_message_at",
        Sort::Waiting => "v.waiting_since",
        Sort::Priority => "iif(v.priority <> 0, v.rank, NULL)",
        Sort::Closing => "iif(v.window_closes_at > ?2, v.window_closes_at, NULL)",
    };
    let narrowed = query.filter.map(|filter| sift::conditions(query, filter));
    let (known, values) = narrowed.unwrap_or_else(|| ("1".to_owned(), Vec::new()));
    let sql = format!(
        "SELECT v.id, v.status AS status, v.assignee_id, v.queue_id, v.channel_id, {key} AS key
         FROM {from} WHERE ?2 IS NOT NULL AND {known} LIMIT {READ}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let list = serde_json::to_string(ids).unwrap_or_default();
    let mut parameters = vec![Value::Text(list), Value::Integer(query.now.0)];
    parameters.extend(values);
    let rows = statement.query_map(params_from_iter(parameters), |row| {
        Ok(Hit {
            id: row.get(0)?,
            status: word_at(row, 1, "status")?,
            assignee: row.get(2)?,
            queue: row.get(3)?,
            channel: row.get(4)?,
            key: row.get::<_, Option<i64>>(5)?.unwrap_or(i64::MAX),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
