//! Pages of the inbox: fifty rows by key, in any order, narrowed by status, channel and search.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::Value;
use rusqlite::{Connection, Row as SqlRow, params_from_iter};

use super::sift::{self, Sieve};
use super::values::word_at;
use super::walk::{self, Walk};
use super::{Result, found};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, AddressKind};
use crate::domain::conversation::{Conversation, Sort, Status, View};
use crate::domain::filter::Part;
use crate::domain::hit::Tally;
use crate::domain::{Id, Timestamp};

/// Which page of which list.
#[derive(Clone)]
pub struct Query<'a> {
    pub viewer: &'a Viewer,
    pub view: View,
    pub status: Status,
    pub sort: Sort,
    pub channel: Option<Id<Channel>>,
    /// Only conversations of which this holds.
    pub filter: Option<&'a Part>,
    /// Only conversations with contacts that this text finds.
    pub search: Option<&'a str>,
    /// Where a searched number without a country code is meant.
    pub country: Option<&'a str>,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    pub limit: u32,
    /// Tells which windows are open, for [`Sort::Closing`].
    pub now: Timestamp,
}

/// One page.
#[derive(Default, Debug)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// The page ended because enough was looked at, not because it is full: there may be more behind `next`.
    pub further: bool,
    /// While searching: how many hits of this inbox have another status (S12).
    pub elsewhere: Vec<(Status, Tally)>,
    /// While searching: how many hits the viewer may see in other inboxes (S14).
    pub beyond: Tally,
}

/// One row, with what it shows of the contact.
#[derive(Clone, Debug)]
pub struct Row {
    pub conversation: Conversation,
    pub contact_name: String,
    /// Where it is held, while nobody knows the contact's name.
    pub address: Option<Address>,
    /// The word of the contact's picture.
    pub picture: Option<String>,
}

/// A place in a list: the sort key of a row and its id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    pub key: i64,
    pub id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.key, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let (key, id) = text.split_once('.').ok_or(())?;
        Ok(Cursor { key: key.parse().map_err(|_| ())?, id: id.parse().map_err(|_| ())? })
    }
}

/// One page of the list.
pub fn page(connection: &Connection, query: &Query<'_>) -> Result<Page> {
    if let Some(text) = query.search {
        return found::page(connection, query, text);
    }
    if let Some(filter) = query.filter {
        return sift::page(connection, query, Sieve::of(filter));
    }
    let mut rows = Vec::new();
    let walks = walk::of(query);
    for walk in &walks {
        rows.extend(walked(connection, query, walk)?);
    }
    if walks.len() > 1 {
        rows.sort_unstable_by_key(|row: &Row| (place(query.sort, &row.conversation), row.conversation.id));
        if query.sort.descends() {
            rows.reverse();
        }
        rows.dedup_by_key(|row| row.conversation.id);
    }
    Ok(Page { next: cut(&mut rows, query), rows, ..Page::default() })
}

/// These conversations, in the order of the ids.
pub fn by_ids(connection: &Connection, ids: &[i64]) -> Result<Vec<Row>> {
    // The list of ids is the outer loop, so that the rows come in its order.
    let sql =
        format!("SELECT {COLUMNS} FROM json_each(?1) j CROSS JOIN conversation v ON v.id = j.value {JOINS}");
    let mut statement = connection.prepare_cached(&sql)?;
    let list = serde_json::to_string(ids).unwrap_or_default();
    Ok(statement.query_map([list], read)?.collect::<rusqlite::Result<_>>()?)
}

fn walked(connection: &Connection, query: &Query<'_>, walk: &Walk) -> Result<Vec<Row>> {
    let (sql, parameters) = walk_sql(query, walk);
    let mut statement = connection.prepare_cached(&sql)?;
    // A row is large, so that a list which grows as it is read would be moved again and again.
    let mut rows = Vec::with_capacity(query.limit as usize + 1);
    let mut found = statement.query(params_from_iter(parameters))?;
    while let Some(row) = found.next()? {
        rows.push(read(row)?);
    }
    Ok(rows)
}

fn walk_sql(query: &Query<'_>, walk: &Walk) -> (String, Vec<Value>) {
    let (key, order) = walk.order(query.sort);
    let mut conditions = walk.conditions.clone();
    let mut parameters = walk.parameters.clone();
    if let Some(after) = query.after {
        let beyond = if order == "DESC" { "<" } else { ">" };
        conditions.push(format!("({key}, v.id) {beyond} (?, ?)"));
        parameters.extend([Value::Integer(after.key), Value::Integer(after.id)]);
    }
    parameters.push(Value::Integer(i64::from(query.limit) + 1));
    (select(&walk.from(), &conditions.join(" AND "), &format!("{key} {order}, v.id {order}")), parameters)
}

/// The statements behind a page, so that a test can look at their plans.
pub fn statements(query: &Query<'_>) -> Vec<(String, Vec<Value>)> {
    walk::of(query).iter().map(|walk| walk_sql(query, walk)).collect()
}

/// The sort key of a conversation.
pub fn place(sort: Sort, conversation: &Conversation) -> i64 {
    match sort {
        Sort::Newest | Sort::Oldest => conversation.last_message_at.0,
        Sort::Waiting => conversation.waiting_since.map_or(i64::MAX, |at| at.0),
        Sort::Closing => conversation.window_closes_at.map_or(i64::MAX, |at| at.0),
        Sort::Priority => conversation.priority.rank(conversation.last_message_at),
    }
}

/// Cuts what was read beyond the page, and says where the next one begins.
fn cut(rows: &mut Vec<Row>, query: &Query<'_>) -> Option<Cursor> {
    if rows.len() <= query.limit as usize {
        return None;
    }
    rows.truncate(query.limit as usize);
    let last = &rows.last()?.conversation;
    Some(Cursor { key: place(query.sort, last), id: last.id.get() })
}

const COLUMNS: &str = "v.id, v.contact_id, v.channel_id, v.address_id, v.subject, v.status, v.assignee_id, v.queue_id,
    v.snoozed_until, v.last_message_at, v.last_message_id, v.snippet, v.snippet_ours, v.unread, v.waiting_since,
    v.window_closes_at, v.failed, v.episode, v.previous_id, v.created_at, v.updated_at, v.priority, v.side_of_id,
    k.name, k.picture, a.scope, a.kind, a.value, a.verified, a.created_at";

// The joins keep their order, so that the conversations are walked along the index that was chosen. An address is looked for
// only where it stands for a name.
const JOINS: &str = "CROSS JOIN contact k ON k.id = v.contact_id
    LEFT JOIN address a ON trim(k.name) = '' AND a.id = v.address_id";

fn select(from: &str, conditions: &str, order: &str) -> String {
    format!("SELECT {COLUMNS} FROM {from} {JOINS} WHERE {conditions} ORDER BY {order} LIMIT ?")
}

/// Reads by position: looking thirty columns up by name for fifty rows would take longer than the query.
fn read(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let conversation = read_conversation(row)?;
    let address = read_address(row, &conversation)?;
    Ok(Row { contact_name: row.get(23)?, picture: row.get(24)?, address, conversation })
}

fn read_address(row: &SqlRow<'_>, of: &Conversation) -> rusqlite::Result<Option<Address>> {
    let Some(scope) = row.get::<_, Option<i64>>(25)? else { return Ok(None) };
    Ok(Some(Address {
        id: of.address,
        contact: of.contact,
        kind: word_at::<AddressKind>(row, 26, "address.kind")?,
        scope: (scope != 0).then(|| Id::new(scope)),
        value: row.get(27)?,
        verified: row.get(28)?,
        // It stands for a name here.
        allowed: None,
        created_at: row.get(29)?,
    }))
}

fn read_conversation(row: &SqlRow<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: row.get(0)?,
        contact: row.get(1)?,
        channel: row.get(2)?,
        address: row.get(3)?,
        subject: row.get(4)?,
        status: word_at(row, 5, "status")?,
        assignee: row.get(6)?,
        queue: row.get(7)?,
        snoozed_until: row.get(8)?,
        last_message_at: row.get(9)?,
        last_message: row.get(10)?,
        snippet: row.get(11)?,
        snippet_ours: row.get(12)?,
        unread: row.get(13)?,
        waiting_since: row.get(14)?,
        window_closes_at: row.get(15)?,
        failed: row.get(16)?,
        episode: row.get(17)?,
        previous: row.get(18)?,
        created_at: row.get(19)?,
        updated_at: row.get(20)?,
        priority: super::values::priority(row.get(21)?),
        side_of: row.get(22)?,
    })
}
