//! Pages of the inbox while somebody searches: the conversations of the contacts that were found.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::list::{self, Cursor, Page, Query};
use super::values::word_at;
use super::{Result, search, sift};
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::contact::Contact;
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::queue::Queue;

/// How many contacts one search looks at.
const CONTACTS: u32 = 500;
/// Where hits in other lists stop being counted.
const MANY: u32 = 50;

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
    let mut hits = hits(connection, query, text)?;
    hits.retain(|hit| {
        query.viewer.may_see(hit.queue, hit.assignee) && query.channel.is_none_or(|c| c == hit.channel)
    });
    let (here, beyond): (Vec<Hit>, Vec<Hit>) = hits.into_iter().partition(|hit| in_view(hit, query));
    let elsewhere = Status::ALL
        .into_iter()
        .filter(|status| *status != query.status)
        .map(|status| (status, capped(here.iter().filter(|hit| hit.status == status).count())))
        .collect();
    let mut wanted: Vec<Hit> = here.into_iter().filter(|hit| hit.status == query.status).collect();
    wanted.retain(|hit| hit.key != i64::MAX);
    wanted.sort_by_key(|hit| (hit.key, hit.id));
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
        beyond: capped(beyond.len()),
        further: false,
    })
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

fn capped(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(MANY).min(MANY)
}

fn hits(connection: &Connection, query: &Query<'_>, text: &str) -> Result<Vec<Hit>> {
    if let Some(number) = text.trim().strip_prefix('#').and_then(|number| number.parse::<i64>().ok()) {
        return read(
            connection,
            query,
            "json_each(?1) j CROSS JOIN conversation v ON v.id = j.value",
            &[number],
        );
    }
    let contacts: Vec<Id<Contact>> = search::contacts(connection, text, query.country, CONTACTS)?;
    let ids: Vec<i64> = contacts.iter().map(|id| id.get()).collect();
    let from =
        "json_each(?1) j CROSS JOIN conversation v INDEXED BY conversation_contact ON v.contact_id = j.value";
    read(connection, query, from, &ids)
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
         FROM {from} WHERE ?2 IS NOT NULL AND {known} LIMIT 5000"
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
