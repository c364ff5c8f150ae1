//! What an import comes to: how much there is there, how much of it is here, and what is not, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// What is counted, in the order in which it is told.
pub const KINDS: [&str; 5] = ["channels", "contacts", "conversations", "messages", "files"];
pub const CHANNELS: usize = 0;
pub const CONTACTS: usize = 1;
pub const CONVERSATIONS: usize = 2;
pub const MESSAGES: usize = 3;
pub const FILES: usize = 4;

/// How many numbers stand beside a reason.
const NAMED: usize = 20;

#[derive(Clone, Default)]
struct Count {
    /// What the other side says that it has.
    there: Option<u64>,
    seen: u64,
    new: u64,
    known: u64,
    /// Whole ones that are not here.
    left: u64,
    /// By their numbers: a list that moves while it is read shows some of it twice.
    numbers: BTreeSet<String>,
}

/// What the import came to.
pub struct Report {
    counts: [Count; 5],
    /// By the kind and the reason: how often, and the first of their numbers.
    reasons: BTreeMap<(usize, String), (u64, Vec<String>)>,
}

impl Report {
    /// Nothing was done yet.
    pub fn empty() -> Report {
        Report { counts: Default::default(), reasons: BTreeMap::new() }
    }

    /// What the other side says how much there is.
    pub fn there(&mut self, what: usize, all: u64) {
        if let Some(count) = self.counts.get_mut(what) {
            count.there = Some(all);
        }
    }

    fn count(&mut self, what: usize, their: &str, one: impl FnOnce(&mut Count)) {
        if let Some(count) = self.counts.get_mut(what)
            && count.numbers.insert(their.to_owned())
        {
            count.seen += 1;
            one(count);
        }
    }

    /// One was taken.
    pub fn taken(&mut self, what: usize, their: &str) {
        self.count(what, their, |count| count.new += 1);
    }

    /// One was here before.
    pub fn known(&mut self, what: usize, their: &str) {
        self.count(what, their, |count| count.known += 1);
    }

    /// One could not be taken.
    pub fn left(&mut self, what: usize, their: &str, why: String) {
        self.count(what, their, |count| count.left += 1);
        self.left_part(what, their, why);
    }

    /// Something of one that is here could not be taken.
    pub fn left_part(&mut self, what: usize, their: &str, why: String) {
        let (often, named) = self.reasons.entry((what, why)).or_default();
        *often += 1;
        if named.len() < NAMED && !named.iter().any(|known| known == their) {
            named.push(their.to_owned());
        }
    }

    /// So many could not be taken that have no numbers of their own; `their` is where they stand.
    pub fn left_many(&mut self, what: usize, (their, many): (&str, u64), why: String) {
        if let Some(count) = self.counts.get_mut(what) {
            count.seen += many;
            count.left += many;
        }
        self.left_part(what, their, why.clone());
        if let Some((often, _)) = self.reasons.get_mut(&(what, why)) {
            *often += many.saturating_sub(1);
        }
    }

    /// So many were looked at, of which so many are new.
    pub fn counted(&mut self, what: usize, seen: u64, new: u64) {
        if let Some(count) = self.counts.get_mut(what) {
            count.seen += seen;
            count.new += new;
            count.known += seen.saturating_sub(new);
        }
    }

    /// Whether everything that the other side has is here, whole.
    pub fn is_complete(&self) -> bool {
        let whole = |count: &Count| count.there.is_none_or(|there| there <= count.new + count.known);
        self.reasons.is_empty() && self.counts.iter().all(whole)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let mut all = serde_json::Map::new();
        for (name, count) in KINDS.iter().zip(&self.counts) {
            let there = count.there.unwrap_or(count.seen);
            all.insert(
                (*name).to_owned(),
                json!({
                    "there": there, "new": count.new, "known": count.known, "left_out": count.left,
                }),
            );
        }
        let reasons = self.reasons.iter().map(|((what, why), (often, named))| {
            json!({ "of": KINDS.get(*what), "why": why, "times": often, "numbers": named })
        });
        all.insert("differences".to_owned(), reasons.collect());
        all.insert("complete".to_owned(), self.is_complete().into());
        Value::Object(all)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("{:<14}{:>10}{:>10}{:>10}{:>10}\n", "", "there", "new", "known", "left out");
        for (name, count) in KINDS.iter().zip(&self.counts) {
            let there = count.there.unwrap_or(count.seen);
            let (new, known, left) = (count.new, count.known, count.left);
            text.push_str(&format!("{name:<14}{there:>10}{new:>10}{known:>10}{left:>10}\n"));
        }
        for ((what, why), (often, named)) in &self.reasons {
            let kind = KINDS.get(*what).copied().unwrap_or_default();
            let more = if *often > u64::try_from(named.len()).unwrap_or(0) { ", …" } else { "" };
            text.push_str(&format!("{kind}: {why} ({often} times: {}{more})\n", named.join(", ")));
        }
        for (name, count) in KINDS.iter().zip(&self.counts) {
            let here = count.new + count.known + count.left;
            if let Some(there) = count.there.filter(|there| *there > here) {
                let lacking = there - here;
                text.push_str(&format!(
                    "{name}: {lacking} more are counted there than were told; the token may not see all of them\n"
                ));
            }
        }
        text
    }
}
