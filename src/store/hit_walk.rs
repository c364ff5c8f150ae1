//! The candidates of one request of a search, chunk by chunk from the newest on, each asked for everything.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::hit_rows::{self, Need};
use super::hit_threads::Threads;
use super::hits::Wanted;
use super::named::Named;
use super::{Result, expression};
use crate::domain::Id;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::hit::{Condition, Conditions, Facts};

/// How many candidates one request looks at, and how many where their texts need not be read.
const LOOKS: usize = 2000;
const BARE_LOOKS: usize = 6000;
/// How many pieces of the index without enough hits one request walks, and for how long: a desk that is busy answers soon as
/// well, and says where one may look further.
const PIECES: usize = 24;
const LONG: Duration = Duration::from_millis(40);
/// How many candidates are read at a time: about as many as the newest fifty conversations need, and then more and more.
const CHUNKS: (u32, u32) = (100, 400);
/// How many blocks of messages a piece has: more and more as long as little is found in them.
const BLOCKS: (i64, i64) = (1, 8);
/// How many messages one request reads to see whether conversations were shown before, and how many of each.
const AGAIN: usize = 4000;
const AGAIN_EACH: usize = 2000;
const AGAIN_CHUNK: u32 = 50;

/// Where a walk begins, and above which hits were shown on pages before: all from `before` up to `top`. What arrives
/// while somebody turns pages lies above `top` and changes none of them.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub before: i64,
    pub top: i64,
}

/// The candidates of one request.
pub struct Walk<'a> {
    connection: &'a Connection,
    wanted: &'a Wanted<'a>,
    conditions: Conditions,
    /// By the places of their conditions: names that so many people have that each who is met is asked.
    named: Vec<(usize, Named)>,
    source: Source,
    need: Need,
    span: Span,
    /// Where the next chunk begins; `None` at the end.
    pub before: Option<i64>,
    /// How many candidates were looked at.
    pub looked: usize,
    since: Instant,
    chunk: u32,
    blocks: i64,
    tired: bool,
    again: BTreeMap<Id<Conversation>, bool>,
    again_read: usize,
}

enum Source {
    Words(expression::Expression),
    /// The messages of a few people.
    People(Threads),
}

impl<'a> Walk<'a> {
    /// `None`: there cannot be a hit.
    pub fn begin(connection: &'a Connection, wanted: &'a Wanted<'a>, span: Span) -> Result<Option<Self>> {
        let mut conditions = wanted.conditions.clone();
        let threads = match people(&conditions) {
            Some(people) => Threads::begin(connection, &people, span.before)?,
            None => None,
        };
        let source = match threads {
            Some(threads) => {
                conditions.phrases.clone_from(&wanted.phrases);
                Source::People(threads)
            }
            None => match expression::of(connection, &wanted.phrases, &conditions, wanted.now)? {
                Some(expression) => {
                    conditions.phrases.clone_from(&expression.phrases);
                    Source::Words(expression)
                }
                None => return Ok(None),
            },
        };
        let need = needed(&conditions, wanted.best || !conditions.phrases.is_empty());
        let mut named = Vec::new();
        for (place, (_, one)) in conditions.all.iter().enumerate() {
            if let Some(name) = one.people().and_then(|people| people.name.as_deref()) {
                named.push((place, Named::asked(connection, name, wanted.country)?));
            }
        }
        Ok(Some(Walk {
            connection,
            wanted,
            conditions,
            named,
            source,
            need,
            span,
            before: Some(span.before),
            looked: 0,
            since: Instant::now(),
            chunk: CHUNKS.0,
            blocks: BLOCKS.0,
            tired: false,
            again: BTreeMap::new(),
            again_read: 0,
        }))
    }

    /// The next hits of any status, in order; each chunk counts what was looked at.
    pub fn next(&mut self) -> Result<Option<Vec<Facts>>> {
        let Some(before) = self.before else { return Ok(None) };
        let (most, chunk) = (self.most(), self.chunk);
        self.chunk = (chunk * 2).min(CHUNKS.1);
        let ids = match &mut self.source {
            Source::Words(expression) => {
                let (ids, next) =
                    hit_rows::by_words(self.connection, expression, before, (chunk, self.blocks))?;
                self.before = next;
                let is_sparse = next.is_some() && ids.len() < chunk as usize;
                self.looked += if is_sparse { most / PIECES } else { ids.len() };
                if is_sparse {
                    self.blocks = (self.blocks * 2).min(BLOCKS.1);
                    self.tired |= self.since.elapsed() >= LONG;
                }
                ids
            }
            Source::People(threads) => {
                let ids = threads.next(self.connection, chunk as usize)?;
                self.before = ids.last().filter(|_| ids.len() == chunk as usize).map(|last| last.get());
                self.looked += ids.len();
                ids
            }
        };
        let mut facts = hit_rows::facts(self.connection, &ids, self.need)?;
        self.prepare(&mut facts)?;
        facts.retain(|facts| self.conditions.hold(self.wanted.viewer, facts));
        Ok(Some(facts))
    }

    /// What the rows themselves do not say: whose subject it is, and who is called so.
    fn prepare(&mut self, facts: &mut [Facts]) -> Result<()> {
        for facts in facts.iter_mut() {
            // A subject is found with the first message of its conversation only.
            let titled = facts.texts.get(1).is_some_and(|subject| !subject.is_empty());
            if titled && !super::words::is_first(self.connection, facts.conversation, facts.message)? {
                facts.texts[1].clear();
            }
        }
        for (place, named) in &mut self.named {
            let Some((_, condition)) = self.conditions.all.get_mut(*place) else { continue };
            for facts in facts.iter() {
                if named.holds(self.connection, facts.contact, None)? {
                    condition.know(facts.contact);
                }
            }
        }
        Ok(())
    }

    const fn most(&self) -> usize {
        if self.need.texts { LOOKS } else { BARE_LOOKS }
    }

    /// Whether enough was looked at for once.
    pub const fn is_tired(&self) -> bool {
        self.tired || self.looked >= self.most()
    }

    /// Ends here for once: the next walk begins with this message.
    pub fn stop_at(&mut self, facts: &Facts) {
        self.before = Some(facts.message.get() + 1);
        self.tired = true;
    }

    /// Whether the conversation was shown on a page before, with a newer hit. `None`: enough was looked at for once.
    pub fn was_shown(&mut self, facts: &Facts) -> Result<Option<bool>> {
        if self.span.before >= self.span.top {
            return Ok(Some(false));
        }
        if let Some(known) = self.again.get(&facts.conversation) {
            return Ok(Some(*known));
        }
        if self.again_read >= AGAIN {
            return Ok(None);
        }
        let shown = self.has_newer(facts.conversation)?;
        self.again.insert(facts.conversation, shown);
        Ok(Some(shown))
    }

    /// Whether a message of the conversation above this walk is a hit. A thread that went on for thousands of messages since
    /// is looked at only so far.
    fn has_newer(&mut self, conversation: Id<Conversation>) -> Result<bool> {
        let need = needed(&self.conditions, !self.wanted.phrases.is_empty());
        let (mut from, mut read) = (self.span.before, 0);
        while read < AGAIN_EACH {
            let ids = hit_rows::within(self.connection, conversation, (from, self.span.top), AGAIN_CHUNK)?;
            let Some(last) = ids.last() else { break };
            from = last.get() + 1;
            read += ids.len();
            self.again_read += ids.len();
            let mut facts = hit_rows::facts(self.connection, &ids, need)?;
            self.prepare(&mut facts)?;
            let whole = Conditions { phrases: self.wanted.phrases.clone(), ..self.conditions.clone() };
            for facts in facts.iter().filter(|facts| whole.hold(self.wanted.viewer, facts)) {
                // The index knows fewer words with a beginning than texts do.
                let found = match &self.source {
                    Source::Words(expression) => {
                        hit_rows::is_by_words(self.connection, expression, facts.message)?
                    }
                    Source::People(_) => true,
                };
                if found {
                    return Ok(true);
                }
            }
            if ids.len() < AGAIN_CHUNK as usize {
                break;
            }
        }
        Ok(false)
    }
}

fn needed(conditions: &Conditions, texts: bool) -> Need {
    let asks = |wanted: fn(&Condition) -> bool| conditions.all.iter().any(|(_, one)| wanted(one));
    Need {
        texts,
        tags: asks(|one| matches!(one, Condition::Tag(_))),
        files: texts || asks(|one| matches!(one, Condition::Attachment)),
    }
}

/// The people whose conversations hold every hit, when only people who are known are named.
fn people(conditions: &Conditions) -> Option<Vec<Id<Contact>>> {
    conditions.all.iter().find_map(|(not, one)| match one {
        Condition::From { agents, .. } if !agents.is_empty() => None,
        _ if *not => None,
        one => {
            let people = one.people().filter(|people| people.name.is_none())?;
            Some(people.known.iter().copied().collect())
        }
    })
}
