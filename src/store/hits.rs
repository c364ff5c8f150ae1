//! Searching what was said: conversations with the messages that were found in them, newest or best first.
//!
//! Every request does a bounded amount of work and says where to go on. Hits are walked by number, newest first; nothing
//! is ever ranked or counted over all hits, because common words have millions.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use rusqlite::Connection;

use super::hit_rows::Need;
use super::hit_walk::{Span, Walk};
use super::list;
use super::{Result, hit_folders};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::hit::{Condition, Conditions, Facts, Phrase, Tally, score};
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// How many conversations one request looks at, where nothing is asked of what was said.
const LOOKS: usize = 2000;
/// Among how many of the newest hits the best are chosen at a time.
const BEST: usize = 500;
/// How many messages of one conversation are shown.
const SHOWN: usize = 3;
/// How many conversations are read at a time.
const CHUNK: u32 = 200;

/// What is looked for, with every name found.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub viewer: &'a Viewer,
    pub phrases: Vec<Phrase>,
    /// The words together, in the order in which they were typed.
    pub whole: String,
    pub conditions: Conditions,
    /// Where a number without a country code is meant.
    pub country: Option<&'a str>,
    pub best: bool,
    pub after: Option<Place>,
    /// How many conversations a page has.
    pub limit: usize,
    pub now: Timestamp,
}

/// One conversation with what was found in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    pub conversation: Id<Conversation>,
    /// The newest messages that were found; none where the conversation itself was asked for.
    pub messages: Vec<Id<Message>>,
    /// How many more messages were found in it on this page.
    pub more: u32,
    score: i64,
}

/// One page.
#[derive(Clone, Default, Debug)]
pub struct Page {
    pub hits: Vec<Hit>,
    /// Where the next page begins.
    pub next: Option<Place>,
    /// The page is short because enough was looked at; older hits may lie behind `next`.
    pub bounded: bool,
    /// Where a status was asked for: in how many conversations of others the same was found. On the first page.
    pub elsewhere: Vec<(Status, Tally)>,
}

/// A place in the results. `top` is above the newest message there was when the search began.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Messages before this number.
    Before { before: i64, top: i64 },
    /// The best of those before a number, behind the first so many.
    Best { before: i64, skip: usize, top: i64 },
    /// Conversations behind this one.
    Behind(list::Cursor),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Before { before, top } => write!(out, "m{before}.{top}"),
            Place::Best { before, skip, top } => write!(out, "b{before}.{skip}.{top}"),
            Place::Behind(cursor) => write!(out, "c{cursor}"),
        }
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let rest = text.get(1..).ok_or(())?;
        let mut parts = rest.split('.');
        let mut part = || parts.next().ok_or(());
        let number = |text: &str| text.parse().map_err(|_| ());
        let place = match text.as_bytes().first() {
            Some(b'm') => Place::Before { before: number(part()?)?, top: number(part()?)? },
            Some(b'b') => Place::Best {
                before: number(part()?)?,
                skip: part()?.parse().map_err(|_| ())?,
                top: number(part()?)?,
            },
            Some(b'c') => return rest.parse().map(Place::Behind),
            _ => return Err(()),
        };
        if parts.next().is_none() { Ok(place) } else { Err(()) }
    }
}

/// One page of what is found.
pub fn page(connection: &Connection, wanted: &Wanted<'_>) -> Result<Page> {
    let of_conversation =
        wanted.phrases.is_empty() && !wanted.conditions.all.iter().any(|(_, one)| one.is_of_message());
    if of_conversation {
        return conversations(connection, wanted);
    }
    if wanted.best && wanted.phrases.iter().any(|phrase| !phrase.not) {
        return best(connection, wanted);
    }
    newest(connection, wanted)
}

/// Counts conversations of other statuses, each once, up to a number.
#[derive(Default)]
struct Elsewhere {
    seen: BTreeSet<(Id<Conversation>, usize)>,
}

impl Elsewhere {
    fn note(&mut self, facts: &Facts) {
        let place = Status::ALL.iter().position(|one| *one == facts.status).unwrap_or_default();
        if self.count(facts.status) <= Tally::MOST as usize {
            self.seen.insert((facts.conversation, place));
        }
    }

    fn count(&self, status: Status) -> usize {
        self.seen.iter().filter(|(_, place)| Status::ALL.get(*place) == Some(&status)).count()
    }

    /// What was counted; `ended`: there is nothing more to look at.
    fn told(&self, conditions: &Conditions, ended: bool) -> Vec<(Status, Tally)> {
        if !conditions.ask_for_status() {
            return Vec::new();
        }
        let others = Status::ALL.into_iter().filter(|status| !conditions.in_status(*status));
        let told = others.map(|status| {
            let tally = Tally::of(self.count(status));
            (status, Tally { more: tally.more || !ended, ..tally })
        });
        told.filter(|(_, tally)| tally.is_any()).collect()
    }
}

fn newest(connection: &Connection, wanted: &Wanted<'_>) -> Result<Page> {
    let span = match wanted.after {
        Some(Place::Before { before, top }) => Span { before, top },
        _ => first(connection)?,
    };
    let Some(mut walk) = Walk::begin(connection, wanted, span)? else { return Ok(Page::default()) };
    let mut page = Page::default();
    let mut elsewhere = Elsewhere::default();
    let count_others = wanted.conditions.ask_for_status() && wanted.after.is_none();
    let place = |before| Place::Before { before, top: span.top };
    while let Some(chunk) = walk.next()? {
        for facts in chunk {
            if !wanted.conditions.in_status(facts.status) {
                elsewhere.note(&facts);
            } else if page.next.is_none() {
                match walk.was_shown(&facts)? {
                    Some(true) => {}
                    Some(false) if add(&mut page.hits, &facts, 0, wanted.limit) => {}
                    Some(false) => page.next = Some(place(facts.message.get() + 1)),
                    None => {
                        walk.stop_at(&facts);
                        break;
                    }
                }
            }
        }
        if page.next.is_some() && (!count_others || walk.looked >= BEST) {
            break;
        }
        if walk.is_tired() {
            page.bounded = page.next.is_none() && walk.before.is_some();
            page.next = page.next.or_else(|| walk.before.map(place));
            break;
        }
    }
    if count_others {
        page.elsewhere = elsewhere.told(&wanted.conditions, walk.before.is_none());
    }
    Ok(page)
}

/// Everything that there is at this moment.
fn first(connection: &Connection) -> Result<Span> {
    let top = super::words::newest(connection)? + 1;
    Ok(Span { before: top, top })
}

/// Notes a message; `false` when the page is full.
fn add(hits: &mut Vec<Hit>, facts: &Facts, score: i64, limit: usize) -> bool {
    if let Some(hit) = hits.iter_mut().find(|hit| hit.conversation == facts.conversation) {
        hit.score = hit.score.max(score);
        if hit.messages.len() < SHOWN {
            hit.messages.push(facts.message)
        } else {
            hit.more += 1
        }
        return true;
    }
    if hits.len() >= limit {
        return false;
    }
    hits.push(Hit { conversation: facts.conversation, messages: vec![facts.message], more: 0, score });
    true
}

/// The best of the newest few hundred; behind their last page come the best of those before.
fn best(connection: &Connection, wanted: &Wanted<'_>) -> Result<Page> {
    let (span, skip) = match wanted.after {
        Some(Place::Best { before, skip, top }) => (Span { before, top }, skip),
        _ => (first(connection)?, 0),
    };
    let Some(mut walk) = Walk::begin(connection, wanted, span)? else { return Ok(Page::default()) };
    let mut hits = Vec::new();
    let mut elsewhere = Elsewhere::default();
    while let Some(chunk) = walk.next()? {
        for facts in chunk {
            if !wanted.conditions.in_status(facts.status) {
                elsewhere.note(&facts);
                continue;
            }
            match walk.was_shown(&facts)? {
                Some(true) => {}
                Some(false) => {
                    let age = wanted.now.since(facts.at);
                    let score = score(&facts.texts, &wanted.phrases, &wanted.whole, age);
                    add(&mut hits, &facts, score, usize::MAX);
                }
                None => {
                    walk.stop_at(&facts);
                    break;
                }
            }
        }
        if walk.is_tired() || walk.looked >= BEST {
            break;
        }
    }
    // Sorting keeps the newest first among equals.
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
    let end = skip.saturating_add(wanted.limit);
    let more = hits.len() > end;
    let (before, top) = (span.before, span.top);
    let here = Place::Best { before, skip: end, top };
    let next = if more { Some(here) } else { walk.before.map(|before| Place::Best { before, skip: 0, top }) };
    let hits: Vec<Hit> = hits.into_iter().skip(skip).take(wanted.limit).collect();
    let bounded = hits.is_empty() && next.is_some();
    let told = wanted.after.is_none().then(|| elsewhere.told(&wanted.conditions, walk.before.is_none()));
    Ok(Page { hits, next, bounded, elsewhere: told.unwrap_or_default() })
}

/// Conversations by what they are, where nothing is asked of what was said.
fn conversations(connection: &Connection, wanted: &Wanted<'_>) -> Result<Page> {
    let conditions = &wanted.conditions;
    let (statuses, others): (Vec<Status>, Vec<Status>) =
        Status::ALL.into_iter().partition(|one| conditions.in_status(*one));
    let along = hit_folders::along(conditions);
    let mut after = match wanted.after {
        Some(Place::Behind(cursor)) => Some(cursor),
        _ => None,
    };
    let mut page = Page::default();
    if wanted.after.is_none() {
        for status in others {
            let tally = tally(connection, wanted, (&along, status))?;
            page.elsewhere.extend(tally.is_any().then_some((status, tally)));
        }
    }
    let mut looked = 0;
    loop {
        let (chunk, ended) =
            hit_folders::next(connection, (&along, &statuses), after, (CHUNK, need(conditions)))?;
        looked += chunk.len();
        for (cursor, facts) in chunk {
            if conditions.hold(wanted.viewer, &facts) {
                if page.hits.len() == wanted.limit {
                    page.next = after.map(Place::Behind);
                    return Ok(page);
                }
                let (conversation, messages) = (facts.conversation, Vec::new());
                page.hits.push(Hit { conversation, messages, more: 0, score: 0 });
            }
            after = Some(cursor);
        }
        if ended {
            return Ok(page);
        }
        if looked >= LOOKS {
            page.bounded = true;
            page.next = after.map(Place::Behind);
            return Ok(page);
        }
    }
}

fn need(conditions: &Conditions) -> Need {
    let tags = conditions.all.iter().any(|(_, one)| matches!(one, Condition::Tag(_)));
    Need { tags, ..Need::default() }
}

/// How many conversations of another status are the same otherwise (S12, S14).
fn tally(
    connection: &Connection,
    wanted: &Wanted<'_>,
    (along, status): (&[hit_folders::Along], Status),
) -> Result<Tally> {
    let need = need(&wanted.conditions);
    let (mut after, mut looked, mut found) = (None, 0, 0);
    loop {
        let (chunk, ended) = hit_folders::next(connection, (along, &[status]), after, (CHUNK, need))?;
        looked += chunk.len();
        after = chunk.last().map(|(cursor, _)| *cursor);
        found += chunk.iter().filter(|(_, facts)| wanted.conditions.hold(wanted.viewer, facts)).count();
        let tally = Tally::of(found);
        if ended || tally.more || looked >= LOOKS {
            return Ok(Tally { more: tally.more || !ended, ..tally });
        }
    }
}
