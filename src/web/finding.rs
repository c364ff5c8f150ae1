//! What somebody searches for, from the words that were typed to the page that is found: for people and for programs.

use std::collections::BTreeSet;

use super::context::Cx;
use super::failure::Failure;
use crate::domain::access::Viewer;
use crate::domain::hit::{Condition, Conditions, People, Phrase};
use crate::domain::query::{self, Operator, Query, What};
use crate::domain::{Id, Timestamp, search, words};
use crate::store::hits::{self, Place, Wanted};
use crate::store::named::Named;
use crate::store::{self, Connection, setting};

/// The most that is read of what was typed, in letters.
pub const LONGEST: usize = 500;
/// Up to so many contacts whom a name in `from:` or `to:` means are looked up beforehand; where it means more, the
/// people of each message are asked.
const PEOPLE: u32 = 2000;

/// An operator with a value that means nothing here, and what it could be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub operator: Operator,
    pub value: String,
    pub possible: Vec<String>,
}

/// What was asked for, with every name found.
pub struct Asked {
    pub query: Query,
    pub phrases: Vec<Phrase>,
    pub whole: String,
    pub conditions: Conditions,
    /// Where a number without a country code is meant.
    pub country: Option<String>,
    /// The end of what was typed, where that is longer than a search may be.
    pub left_out: String,
}

/// Reads what was typed and finds the names in it.
pub fn read(c: &Connection, cx: &Cx<'_>, typed: &str) -> Result<Result<Asked, Problem>, Failure> {
    let (typed, cut) = typed.split_at(end(typed));
    let moment = jiff::Timestamp::from_millisecond(cx.now.0).unwrap_or_default();
    let today = moment.to_zoned(cx.zone.clone()).date();
    let query = match query::parse(typed, today) {
        Ok(query) => query,
        Err(fault) => {
            let possible = fixed(fault.operator);
            return Ok(Err(Problem { operator: fault.operator, value: fault.value, possible }));
        }
    };
    let country = setting::get(c, setting::key::COUNTRY)?;
    let mut conditions = Conditions::default();
    for filter in &query.filters {
        match condition(c, cx, country.as_deref(), &filter.what)? {
            Ok(condition) => conditions.all.push((filter.not, condition)),
            Err(problem) => return Ok(Err(problem)),
        }
    }
    let phrase = |text: &query::Text| Phrase { line: text.line.clone(), open: text.open, not: text.not };
    let phrases = query.texts.iter().map(phrase).collect();
    let whole = words::line(&query.plain());
    let left_out = [query.left_out.as_str(), cut.trim()].join(" ").trim().to_owned();
    Ok(Ok(Asked { query, phrases, whole, conditions, country, left_out }))
}

/// Where a search that is too long ends: before the word that would be cut.
fn end(typed: &str) -> usize {
    let Some((longest, _)) = typed.char_indices().nth(LONGEST) else { return typed.len() };
    typed.get(..longest).and_then(|kept| kept.rfind(char::is_whitespace)).unwrap_or(longest)
}

impl Asked {
    /// One page of what is found.
    pub fn page(
        &self,
        c: &Connection,
        viewer: &Viewer,
        (best, after, limit): (bool, Option<Place>, usize),
        now: Timestamp,
    ) -> Result<hits::Page, Failure> {
        if self.query.is_empty() {
            return Ok(hits::Page::default());
        }
        let wanted = Wanted {
            viewer,
            phrases: self.phrases.clone(),
            whole: self.whole.clone(),
            conditions: self.conditions.clone(),
            country: self.country.as_deref(),
            best,
            after,
            limit,
            now,
        };
        Ok(hits::page(c, &wanted)?)
    }
}

/// What may stand behind an operator that takes only certain words, or an example of what it takes.
pub fn fixed(operator: Operator) -> Vec<String> {
    let words: &[&str] = match operator {
        Operator::Status => &["open", "snoozed", "closed"],
        Operator::Has => &["attachment"],
        Operator::Is => &["unreplied", "unread", "open", "snoozed", "closed"],
        Operator::Before | Operator::After => &["2026-11-03", "2026-11", "today", "yesterday", "7d", "2w"],
        Operator::Window => &["<30m", "<2h", "<1d"],
        Operator::Assignee => &["me", "nobody"],
        _ => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

type Found = Result<Condition, Problem>;

fn condition(c: &Connection, cx: &Cx<'_>, country: Option<&str>, what: &What) -> Result<Found, Failure> {
    let viewer = cx.viewer()?;
    let people = |name: &str| -> Result<People, Failure> {
        let named = Named::of(c, name, country, PEOPLE)?;
        Ok(match named.all() {
            Some(all) => People { known: all.iter().copied().collect(), name: None },
            None => People { known: BTreeSet::new(), name: Some(name.to_owned()) },
        })
    };
    Ok(Ok(match what {
        What::From(name) => {
            let agents = agents(c, viewer, name)?.into_iter().map(|(id, _)| id).collect();
            let people = if is_me(name) { People::default() } else { people(name)? };
            Condition::From { people, agents }
        }
        What::To(name) => Condition::To(people(name)?),
        What::Assignee(name) if is_nobody(name) => Condition::Assignee(BTreeSet::new()),
        What::Assignee(name) => {
            let found = agents(c, viewer, name)?;
            if found.is_empty() {
                let names = store::agent::all(c)?.into_iter().map(|agent| agent.name);
                return Ok(Err(unknown(
                    Operator::Assignee,
                    name,
                    fixed(Operator::Assignee).into_iter().chain(names),
                )));
            }
            Condition::Assignee(found.into_iter().map(|(id, _)| id).collect())
        }
        What::Queue(name) if is_nobody(name) => Condition::Queue(BTreeSet::new()),
        What::Queue(name) => {
            let all = store::queue::all(c)?.into_iter().filter(|queue| viewer.may_see(Some(queue.id), None));
            let all: Vec<_> = all.map(|queue| (queue.id, queue.name)).collect();
            match named(&all, name) {
                found if found.is_empty() => {
                    return Ok(Err(unknown(Operator::Queue, name, all.into_iter().map(|(_, name)| name))));
                }
                found => Condition::Queue(found),
            }
        }
        What::Channel(name) => return channel(c, name),
        What::Tag(name) => {
            let all = store::hit_rows::tags(c)?;
            match named(&all, name) {
                found if found.is_empty() => {
                    return Ok(Err(unknown(Operator::Tag, name, all.into_iter().map(|(_, name)| name))));
                }
                found => Condition::Tag(found),
            }
        }
        What::Status(status) => Condition::Status(*status),
        What::Before(day) => Condition::Before(Timestamp::midnight(*day, &cx.zone)),
        What::After(day) => Condition::After(Timestamp::midnight(*day, &cx.zone)),
        What::Attachment => Condition::Attachment,
        What::Unreplied => Condition::Unreplied,
        What::Unread => Condition::Unread,
        What::Window(within) => Condition::Closing(cx.now, cx.now + *within),
    }))
}

/// Channels of this kind, or with this name.
fn channel(c: &Connection, name: &str) -> Result<Found, Failure> {
    let all = store::channel::all(c)?;
    let wanted = search::fold(name);
    let of_kind = all.iter().filter(|channel| channel.card.speaks_as.as_str() == wanted);
    let of_kind: BTreeSet<_> = of_kind.map(|channel| channel.id).collect();
    if !of_kind.is_empty() {
        return Ok(Ok(Condition::Channel(of_kind)));
    }
    let names: Vec<_> = all.iter().map(|channel| (channel.id, channel.name.clone())).collect();
    let found = named(&names, name);
    if found.is_empty() {
        let mut kinds: Vec<String> =
            all.iter().map(|channel| channel.card.speaks_as.as_str().to_owned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        return Ok(Err(unknown(Operator::Channel, name, kinds.into_iter())));
    }
    Ok(Ok(Condition::Channel(found)))
}

fn unknown(operator: Operator, value: &str, possible: impl Iterator<Item = String>) -> Problem {
    Problem { operator, value: value.to_owned(), possible: possible.take(20).collect() }
}

fn is_me(name: &str) -> bool {
    matches!(&*search::fold(name), "me" | "yo")
}

fn is_nobody(name: &str) -> bool {
    matches!(&*search::fold(name), "nobody" | "none" | "nadie" | "ninguno" | "ninguna")
}

/// The agents who are called so; `me` is who asks.
fn agents(
    c: &Connection,
    viewer: &Viewer,
    name: &str,
) -> Result<Vec<(Id<crate::domain::agent::Agent>, String)>, Failure> {
    if is_me(name) {
        return Ok(vec![(viewer.agent, viewer.name.clone())]);
    }
    let all: Vec<_> = store::agent::all(c)?.into_iter().map(|agent| (agent.id, agent.name)).collect();
    let found = named(&all, name);
    Ok(all.into_iter().filter(|(id, _)| found.contains(id)).collect())
}

/// Those of exactly this name, or else those in whose name a word begins so.
fn named<T: Copy + Ord>(all: &[(T, String)], name: &str) -> BTreeSet<T> {
    let wanted = words::line(name);
    let lines: Vec<(T, String)> = all.iter().map(|(id, name)| (*id, words::line(name))).collect();
    let exact: BTreeSet<T> = lines.iter().filter(|(_, line)| *line == wanted).map(|(id, _)| *id).collect();
    if !exact.is_empty() || wanted.trim().is_empty() {
        return exact;
    }
    lines.iter().filter(|(_, line)| words::holds(line, &wanted, true)).map(|(id, _)| *id).collect()
}
