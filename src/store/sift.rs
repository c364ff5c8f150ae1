//! Pages of a list that conditions narrow. An index is walked in the list's order and each row is asked; after so
//! many rows the page ends, full or not, and says from where one may look further. So no filter, however rare
//! its hits, reads the whole file.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::Result;
use super::list::{self, Cursor, Page, Query};
use super::named::Named;
use super::walk::{self, Walk};
use crate::domain::filter::{Part, Rule, Test, Who};
use crate::domain::hit::Tally;
use crate::domain::{Id, Span};

/// How many rows one page asks at most, on each index that it walks.
pub const ASKED: u32 = 3000;

/// What lets a row through.
pub struct Sieve<'a> {
    pub filter: Option<&'a Part>,
    /// Only conversations with one of these people.
    pub named: Option<&'a mut Named>,
    /// How many rows are asked at most, on each index that is walked.
    pub asked: u32,
}

impl<'a> Sieve<'a> {
    /// Only conditions.
    pub const fn of(filter: &'a Part) -> Sieve<'a> {
        Sieve { filter: Some(filter), named: None, asked: ASKED }
    }
}

/// What one walk found.
struct Found {
    hits: Vec<Cursor>,
    /// The last row that was asked, when there may be more behind it.
    stop: Option<Cursor>,
}

/// One page of what the sieve lets through.
pub fn page(connection: &Connection, query: &Query<'_>, mut sieve: Sieve<'_>) -> Result<Page> {
    let mut found: Vec<Cursor> = Vec::new();
    let mut stops: Vec<Cursor> = Vec::new();
    for walk in walk::of(query) {
        let part = walked(connection, query, &walk, &mut sieve)?;
        found.extend(part.hits);
        stops.extend(part.stop);
    }
    let down = query.sort.descends();
    let order = |cursor: &Cursor| if down { (-cursor.key, -cursor.id) } else { (cursor.key, cursor.id) };
    found.sort_unstable_by_key(order);
    found.dedup();
    // Behind the nearest stop another walk may still have something that comes first.
    let stop = stops.into_iter().min_by_key(order);
    if let Some(stop) = stop {
        found.retain(|hit| order(hit) <= order(&stop));
    }
    let full = found.len() > query.limit as usize;
    found.truncate(query.limit as usize);
    let next = if full { found.last().copied() } else { stop };
    let ids: Vec<i64> = found.iter().map(|hit| hit.id).collect();
    let rows = list::by_ids(connection, &ids)?;
    Ok(Page { rows, next, further: next.is_some() && !full, ..Page::default() })
}

/// How many the sieve lets through, as far as they are counted.
pub fn count(connection: &Connection, query: &Query<'_>, sieve: &mut Sieve<'_>) -> Result<Tally> {
    let query = Query { limit: Tally::MOST, after: None, ..query.clone() };
    let (mut hits, mut stopped) = (BTreeSet::new(), false);
    for walk in walk::of(&query) {
        let part = walked(connection, &query, &walk, sieve)?;
        hits.extend(part.hits.iter().map(|hit| hit.id));
        stopped |= part.stop.is_some();
    }
    let tally = Tally::of(hits.len());
    Ok(Tally { more: tally.more || stopped, ..tally })
}

fn walked(connection: &Connection, query: &Query<'_>, walk: &Walk, sieve: &mut Sieve<'_>) -> Result<Found> {
    let (sql, parameters) = statement(query, walk, sieve);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    let mut found = Found { hits: Vec::new(), stop: None };
    let mut asked = 0;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if asked == sieve.asked {
            found.stop = last;
            break;
        }
        asked += 1;
        let here = Cursor { key: row.get(0)?, id: row.get(1)? };
        let named = match &mut sieve.named {
            Some(named) if row.get(2)? => {
                let known_as = row.get_ref(4)?.as_str_or_null().map_err(rusqlite::Error::from)?;
                named.holds(connection, row.get(3)?, known_as)?
            }
            _ => row.get(2)?,
        };
        if named {
            found.hits.push(here);
        }
        if found.hits.len() > query.limit as usize {
            break;
        }
        last = Some(here);
    }
    Ok(found)
}

fn statement(query: &Query<'_>, walk: &Walk, sieve: &Sieve<'_>) -> (String, Vec<Value>) {
    let mut asker = Asker { query, parameters: Vec::new() };
    let known = sieve.filter.map_or_else(|| "1".to_owned(), |filter| asker.part(filter));
    let mut parameters = asker.parameters;
    parameters.extend(walk.parameters.iter().cloned());
    let (key, order) = walk.order(query.sort);
    let column = walk.id();
    let mut conditions = walk.conditions.clone();
    if let Some(after) = query.after {
        let beyond = if order == "DESC" { "<" } else { ">" };
        conditions.push(format!("({key}, {column}) {beyond} (?, ?)"));
        parameters.extend([Value::Integer(after.key), Value::Integer(after.id)]);
    }
    parameters.push(Value::Integer(i64::from(sieve.asked) + 1));
    // Only who looks for people reads more than the index, and what these are called where nearly each of them is asked.
    let people = match &sieve.named {
        None => "0, NULL",
        Some(named) if named.is_in_mind() => "v.contact_id, NULL",
        Some(_) => "v.contact_id, (SELECT text FROM contact_text t WHERE t.contact_id = v.contact_id)",
    };
    let known = ["(", &known, "), ", people].concat();
    let (from, conditions) = (walk.from(), conditions.join(" AND "));
    let sql = format!(
        "SELECT {key}, {column}, {known} FROM {from} WHERE {conditions}
         ORDER BY {key} {order}, {column} {order} LIMIT ?"
    );
    (sql, parameters)
}

/// The statements behind a page, so that a test can look at their plans.
pub fn statements(query: &Query<'_>, filter: &Part) -> Vec<(String, Vec<Value>)> {
    let sieve = Sieve::of(filter);
    walk::of(query).iter().map(|walk| statement(query, walk, &sieve)).collect()
}

/// The conditions as SQL over `conversation v`; values go in as parameters only.
pub(super) fn conditions(query: &Query<'_>, filter: &Part) -> (String, Vec<Value>) {
    let mut asker = Asker { query, parameters: Vec::new() };
    let sql = asker.part(filter);
    (sql, asker.parameters)
}

struct Asker<'a> {
    query: &'a Query<'a>,
    parameters: Vec<Value>,
}

impl Asker<'_> {
    fn part(&mut self, part: &Part) -> String {
        let (parts, joint) = match part {
            Part::Rule(Rule { not, test }) => {
                let asked = self.test(test);
                return if *not { ["NOT (", &asked, ")"].concat() } else { ["(", &asked, ")"].concat() };
            }
            Part::All(parts) => (parts, " AND "),
            Part::Any(parts) => (parts, " OR "),
        };
        if parts.is_empty() {
            return "1".to_owned();
        }
        let all: Vec<String> = parts.iter().map(|part| self.part(part)).collect();
        ["(", &all.join(joint), ")"].concat()
    }

    fn with(&mut self, value: impl Into<Value>, sql: &str) -> String {
        self.parameters.push(value.into());
        sql.to_owned()
    }

    /// Never NULL, so that its opposite is its opposite.
    fn test(&mut self, test: &Test) -> String {
        let now = self.query.now;
        let at = |minutes: &u32| Span::minutes(i64::from(*minutes));
        match test {
            Test::Tag(id) => self.with(
                id.get(),
                "EXISTS (SELECT 1 FROM conversation_tag x WHERE x.conversation_id = v.id AND x.tag_id = ?)",
            ),
            Test::Tagged => {
                "EXISTS (SELECT 1 FROM conversation_tag x WHERE x.conversation_id = v.id)".to_owned()
            }
            Test::Priority(priority) => self.with(priority.number(), "v.priority = ?"),
            Test::Channel(id) => self.with(id.get(), "v.channel_id = ?"),
            Test::Kind(kind) => self.with(
                kind.as_str().to_owned(),
                "EXISTS (SELECT 1 FROM channel x WHERE x.id = v.channel_id AND x.kind = ?)",
            ),
            Test::Queue(queue) => self.with(queue.map(Id::get), "v.queue_id IS ?"),
            Test::Assignee(Who::Me) => self.with(self.query.viewer.agent.get(), "v.assignee_id IS ?"),
            Test::Assignee(Who::Nobody) => "v.assignee_id IS NULL".to_owned(),
            Test::Assignee(Who::Agent(id)) => self.with(id.get(), "v.assignee_id IS ?"),
            Test::Unread => "v.unread > 0".to_owned(),
            Test::Unanswered => "v.waiting_since IS NOT NULL".to_owned(),
            Test::Failed => "v.failed > 0".to_owned(),
            Test::WindowOpen => self.with(now.0, "ifnull(v.window_closes_at, 0) > ?"),
            Test::Closing(minutes) => {
                self.parameters.push(Value::Integer(now.0 + 1));
                let until = (now + at(minutes)).0;
                self.with(
                    until,
                    "v.waiting_since IS NOT NULL AND ifnull(v.window_closes_at, 0) BETWEEN ? AND ?",
                )
            }
            Test::Waiting(minutes) => {
                self.with((now - at(minutes)).0, "v.waiting_since IS NOT NULL AND v.waiting_since <= ?")
            }
            Test::Quiet(minutes) => self.with((now - at(minutes)).0, "v.last_message_at <= ?"),
            Test::Language(code) => self.with(
                code.clone(),
                "EXISTS (SELECT 1 FROM contact x WHERE x.id = v.contact_id AND x.language = ?)",
            ),
            Test::Field(id, value) => {
                self.parameters.push(Value::Integer(id.get()));
                self.parameters.push(Value::Text(value.clone()));
                self.with(
                    value.clone(),
                    "EXISTS (SELECT 1 FROM field_value x WHERE x.contact_id = v.contact_id AND x.field_id = ?
                     AND (? = '' OR x.value = ?))",
                )
            }
            Test::Blocked => {
                "EXISTS (SELECT 1 FROM contact x WHERE x.id = v.contact_id AND x.blocked_at IS NOT NULL)"
                    .to_owned()
            }
        }
    }
}
