//! Searching what was said: conversations with the messages that were found in them, newest or best first.
//!
//! Every request does a bounded amount of work and says where to go on. Hits are walked by number, newest first; nothing
//! is ever ranked or counted over all hits, because common words have millions.

use std::fmt;
use std::str::FromStr;

use rusqlite::Connection;

use super::hit_rows::{self, Need};
use super::{Result, expression, list};
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::hit::{Condition, Conditions, Facts, Phrase, score};
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// How many candidates one request looks at.
const LOOKS: usize = 2000;
/// Among how many of the newest hits the best are chosen at a time.
const BEST: usize = 500;
/// How many messages of one conversation are shown.
const SHOWN: usize = 3;
/// Where hits in other statuses stop being counted.
const MANY: u32 = 50;
/// How many candidates are read at a time.
const CHUNK: u32 = 200;

/// What is looked for, with every name found.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub viewer: &'a Viewer,
    pub phrases: Vec<Phrase>,
    /// The words together, in the order in which they were typed.
    pub whole: String,
    pub conditions: Conditions,
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
    /// Where a status was asked for: in how many conversations of others the same was found.
    pub elsewhere: Vec<(Status, u32)>,
}

/// A place in the results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Messages before this number.
    Before(i64),
    /// The best of those before a number, behind the first so many.
    Best { before: i64, skip: usize },
    /// Conversations behind this one.
    Behind(list::Cursor),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Before(id) => write!(out, "m{id}"),
            Place::Best { before, skip } => write!(out, "b{before}.{skip}"),
            Place::Behind(cursor) => write!(out, "c{cursor}"),
        }
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let rest = text.get(1..).ok_or(())?;
        match text.as_bytes().first() {
            Some(b'm') => rest.parse().map(Place::Before).map_err(|_| ()),
            Some(b'c') => rest.parse().map(Place::Behind),
            Some(b'b') => {
                let (before, skip) = rest.split_once('.').ok_or(())?;
                let before = before.parse().map_err(|_| ())?;
                Ok(Place::Best { before, skip: skip.parse().map_err(|_| ())? })
            }
            _ => Err(()),
        }
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

/// The candidates of one request, chunk by chunk.
struct Walk<'a> {
    connection: &'a Connection,
    wanted: &'a Wanted<'a>,
    conditions: Conditions,
    source: Source,
    need: Need,
    /// Where the next chunk begins; `None` at the end.
    before: Option<i64>,
    looked: usize,
}

enum Source {
    Words(expression::Expression),
    /// The messages of a few people, and how many of them were looked at.
    People(Vec<Id<Message>>),
}

impl<'a> Walk<'a> {
    /// `None`: there cannot be a hit.
    fn begin(connection: &'a Connection, wanted: &'a Wanted<'a>, before: i64) -> Result<Option<Self>> {
        let mut conditions = wanted.conditions.clone();
        let source = match people(&conditions) {
            Some(people) => {
                conditions.phrases.clone_from(&wanted.phrases);
                let all = hit_rows::by_people(connection, &people)?;
                Source::People(all)
            }
            None => match expression::of(connection, &wanted.phrases, &conditions, wanted.now)? {
                Some(expression) => {
                    conditions.phrases.clone_from(&expression.phrases);
                    Source::Words(expression)
                }
                None => return Ok(None),
            },
        };
        let texts = wanted.best || !conditions.phrases.is_empty();
        let asks = |wanted: fn(&Condition) -> bool| conditions.all.iter().any(|(_, one)| wanted(one));
        let need = Need {
            texts,
            tags: asks(|one| matches!(one, Condition::Tag(_))),
            files: texts || asks(|one| matches!(one, Condition::Attachment)),
        };
        Ok(Some(Walk { connection, wanted, conditions, source, need, before: Some(before), looked: 0 }))
    }

    /// The next hits of any status, in order; each chunk counts what was looked at.
    fn next(&mut self) -> Result<Option<Vec<Facts>>> {
        let Some(before) = self.before else { return Ok(None) };
        let ids = match &self.source {
            Source::Words(expression) => {
                let (ids, next) = hit_rows::by_words(self.connection, expression, before, CHUNK)?;
                self.before = next;
                // A piece of the index without a hit has cost about as much as a chunk.
                self.looked +=
                    if next.is_some() && ids.len() < CHUNK as usize { LOOKS / 2 } else { ids.len() };
                ids
            }
            Source::People(all) => {
                let rest = all.iter().filter(|id| id.get() < before);
                let ids: Vec<Id<Message>> = rest.take(CHUNK as usize).copied().collect();
                self.before = ids.last().filter(|_| ids.len() == CHUNK as usize).map(|last| last.get());
                self.looked += ids.len();
                ids
            }
        };
        let mut facts = hit_rows::facts(self.connection, &ids, self.need)?;
        self.take_first_subjects(&mut facts)?;
        facts.retain(|facts| self.conditions.hold(self.wanted.viewer, facts));
        Ok(Some(facts))
    }

    /// A subject is found with the first message of its conversation only.
    fn take_first_subjects(&self, facts: &mut [Facts]) -> Result<()> {
        for facts in facts.iter_mut() {
            let titled = facts.texts.get(1).is_some_and(|subject| !subject.is_empty());
            if titled && !super::words::is_first(self.connection, facts.conversation, facts.message)? {
                facts.texts[1].clear();
            }
        }
        Ok(())
    }

    fn is_tired(&self) -> bool {
        self.looked >= LOOKS
    }
}

/// The people whose conversations hold every hit, when only people of a few conversations are named.
fn people(conditions: &Conditions) -> Option<Vec<Id<Contact>>> {
    conditions.all.iter().find_map(|(not, one)| match one {
        Condition::From { contacts, agents } if agents.is_empty() && !not => {
            Some(contacts.iter().copied().collect())
        }
        Condition::To(contacts) if !not => Some(contacts.iter().copied().collect()),
        _ => None,
    })
}

/// Counts conversations of other statuses, each once, up to a number.
#[derive(Default)]
struct Elsewhere {
    seen: Vec<(Status, Id<Conversation>)>,
}

impl Elsewhere {
    fn note(&mut self, facts: &Facts) {
        let entry = (facts.status, facts.conversation);
        if self.count(facts.status) < MANY && !self.seen.contains(&entry) {
            self.seen.push(entry);
        }
    }

    fn count(&self, status: Status) -> u32 {
        u32::try_from(self.seen.iter().filter(|(of, _)| *of == status).count()).unwrap_or(MANY)
    }

    fn told(&self, conditions: &Conditions) -> Vec<(Status, u32)> {
        if !conditions.ask_for_status() {
            return Vec::new();
        }
        let others = Status::ALL.into_iter().filter(|status| !conditions.in_status(*status));
        others.map(|status| (status, self.count(status))).filter(|(_, count)| *count > 0).collect()
    }
}

fn newest(connection: &Connection, wanted: &Wanted<'_>) -> Result<Page> {
    let before = match wanted.after {
        Some(Place::Before(id)) => id,
        _ => i64::MAX,
    };
    let Some(mut walk) = Walk::begin(connection, wanted, before)? else { return Ok(Page::default()) };
    let mut page = Page::default();
    let mut elsewhere = Elsewhere::default();
    let count_others = wanted.conditions.ask_for_status() && wanted.after.is_none();
    while let Some(facts) = walk.next()? {
        for facts in facts {
            if !wanted.conditions.in_status(facts.status) {
                elsewhere.note(&facts);
            } else if page.next.is_none() && !add(&mut page.hits, &facts, 0, wanted.limit) {
                page.next = Some(Place::Before(facts.message.get() + 1));
            }
        }
        if page.next.is_some() && (!count_others || walk.looked >= BEST) {
            break;
        }
        if walk.is_tired() {
            page.bounded = page.next.is_none() && walk.before.is_some();
            page.next = page.next.or_else(|| walk.before.map(Place::Before));
            break;
        }
    }
    page.elsewhere = elsewhere.told(&wanted.conditions);
    Ok(page)
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
    let (before, skip) = match wanted.after {
        Some(Place::Best { before, skip }) => (before, skip),
        _ => (i64::MAX, 0),
    };
    let Some(mut walk) = Walk::begin(connection, wanted, before)? else { return Ok(Page::default()) };
    let mut hits = Vec::new();
    let mut elsewhere = Elsewhere::default();
    let mut first = None;
    while let Some(facts) = walk.next()? {
        for facts in facts {
            first.get_or_insert(facts.message.get());
            if wanted.conditions.in_status(facts.status) {
                let age = wanted.now.since(facts.at);
                let score = score(&facts.texts, &wanted.phrases, &wanted.whole, age);
                add(&mut hits, &facts, score, usize::MAX);
            } else {
                elsewhere.note(&facts);
            }
        }
        if walk.is_tired() || walk.looked >= BEST {
            break;
        }
    }
    // Sorting keeps the newest first among equals.
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
    let more = hits.len() > skip + wanted.limit;
    let here = Place::Best {
        before: first.map_or(before, |first| before.min(first + 1)),
        skip: skip + wanted.limit,
    };
    let next = if more { Some(here) } else { walk.before.map(|before| Place::Best { before, skip: 0 }) };
    let hits: Vec<Hit> = hits.into_iter().skip(skip).take(wanted.limit).collect();
    let bounded = hits.is_empty() && next.is_some();
    Ok(Page { hits, next, bounded, elsewhere: elsewhere.told(&wanted.conditions) })
}

/// Conversations by what they are, where nothing is asked of what was said.
fn conversations(connection: &Connection, wanted: &Wanted<'_>) -> Result<Page> {
    let conditions = &wanted.conditions;
    let statuses: Vec<Status> = Status::ALL.into_iter().filter(|one| conditions.in_status(*one)).collect();
    let tags = conditions.all.iter().any(|(_, one)| matches!(one, Condition::Tag(_)));
    let need = Need { tags, ..Need::default() };
    let mut after = match wanted.after {
        Some(Place::Behind(cursor)) => Some(cursor),
        _ => None,
    };
    let mut page = Page::default();
    let mut looked = 0;
    loop {
        let chunk = hit_rows::by_folder(connection, &statuses, after, (CHUNK, need))?;
        let ended = chunk.len() < CHUNK as usize;
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
