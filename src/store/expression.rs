//! What a search asks of the index of words: an expression of FTS5, and about how many messages it has to look at.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::Result;
use crate::domain::hit::{Condition, Conditions, Phrase};
use crate::domain::words::{self, Mark, Run};
use crate::domain::{Timestamp, search};

/// For how many words a beginning stands at most: the commonest ones.
const BEGUN: u8 = 40;
/// How many common words with the same beginning are looked at to find the commonest.
const LOOKED_AT: i64 = 5000;
/// Words that were said some hundred times, among which the commonest are found soon; and some times, where those are few.
const COMMONEST: &str = "SELECT word, rank FROM term INDEXED BY term_commonest
     WHERE word >= ?1 AND word < ?2 AND rank >= 10 LIMIT ?3";
const COMMON: &str = "SELECT word, rank FROM term INDEXED BY term_common
     WHERE word >= ?1 AND word < ?2 AND rank >= 4 LIMIT ?3";

/// An expression, and what it costs.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What has to be there, and what must not.
    wanted: String,
    unwanted: Option<String>,
    /// About how many steps through the index it takes in all; `None` when each step is a hit.
    pub cost: Option<i64>,
    /// What the index cannot say and has to be looked up in the text.
    pub phrases: Vec<Phrase>,
}

impl Expression {
    /// The expression as FTS5 reads it.
    pub fn text(&self) -> String {
        self.put(&self.wanted)
    }

    /// The same for messages from one number to before another, about. FTS5 itself looks for the next hit up to the end of
    /// its lists and only then at the number; a mark of the last message that may be one ends them.
    pub fn text_within(&self, from: i64, before: i64) -> String {
        let blocks = (from / words::BLOCK..=(before - 1).max(from) / words::BLOCK).map(Mark::Block);
        self.put(&[&self.wanted, " AND ", &any(blocks)].concat())
    }

    fn put(&self, wanted: &str) -> String {
        match &self.unwanted {
            Some(unwanted) => format!("({wanted}) NOT ({unwanted})"),
            None => wanted.to_owned(),
        }
    }
}

/// The expression for these words and conditions. `None`: one of the words was never said.
pub fn of(
    connection: &Connection,
    phrases: &[Phrase],
    conditions: &Conditions,
    now: Timestamp,
) -> Result<Option<Expression>> {
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    let mut looked_up = Vec::new();
    let mut costs = Vec::new();
    for phrase in phrases {
        let (exact, parts) = parts(connection, phrase)?;
        if !exact {
            looked_up.push(phrase.clone());
        }
        match (phrase.not, exact) {
            // A beginning that no word has excludes nothing, and nothing is no expression.
            (true, true) => {
                unwanted.extend(parts.into_iter().map(|(text, _)| text).filter(|text| text != "()"))
            }
            (true, false) => {}
            (false, _) => {
                for (text, cost) in parts {
                    if cost == 0 {
                        return Ok(None);
                    }
                    costs.push(cost);
                    wanted.push(text);
                }
            }
        }
    }
    for (not, condition) in &conditions.all {
        match marks(condition, now) {
            Some((exact, marks)) if *not && exact => unwanted.push(marks),
            Some((_, marks)) if !*not => wanted.push(marks),
            _ => {}
        }
    }
    let alone = wanted.is_empty() || (wanted.len() == 1 && unwanted.is_empty());
    if wanted.is_empty() {
        wanted.push(any(['i', 'o', 'n'].map(Mark::Kind)));
    }
    Ok(Some(Expression {
        wanted: wanted.join(" AND "),
        unwanted: (!unwanted.is_empty()).then(|| unwanted.join(" OR ")),
        cost: (!alone).then(|| costs.into_iter().min().unwrap_or(i64::MAX)),
        phrases: looked_up,
    }))
}

/// The parts that must all be there, each with about how often it is, and whether they say all.
fn parts(connection: &Connection, phrase: &Phrase) -> Result<(bool, Vec<(String, i64)>)> {
    let runs: Vec<Run<'_>> = words::runs(&phrase.line).collect();
    let mut found = Vec::new();
    let mut exact = runs.len() < 2;
    for (place, run) in runs.iter().enumerate() {
        let open = phrase.open && place + 1 == runs.len();
        match *run {
            Run::Word(word) if open => found.push(begun(connection, words::short(word))?),
            Run::Word(word) => found.push(one(connection, words::short(word))?),
            Run::Joined(run) if run.chars().nth(1).is_none() => found.push(begun(connection, run)?),
            Run::Joined(run) => {
                exact &= run.chars().nth(2).is_none();
                for pair in words::pairs(run) {
                    found.push(one(connection, pair)?);
                }
            }
        }
    }
    Ok((exact, found))
}

fn one(connection: &Connection, word: &str) -> Result<(String, i64)> {
    let mut statement = connection.prepare_cached("SELECT rank FROM term WHERE word = ?1")?;
    let rank: Option<i64> = statement.query_row([word], |row| row.get(0)).optional()?;
    Ok((search::quoted(word), rank.map_or(0, words::seen)))
}

/// The commonest words that begin so. The index could look for a beginning itself, but reads every hit of every such
/// word before it gives the first; whole words are read along, side by side.
fn begun(connection: &Connection, beginning: &str) -> Result<(String, i64)> {
    let end = format!("{beginning}\u{10ffff}");
    let mut found: Vec<(i64, String)> = Vec::new();
    for common in [COMMONEST, COMMON] {
        let mut statement = connection.prepare_cached(common)?;
        found = commonest(statement.query((beginning, &end, LOOKED_AT))?)?;
        if found.len() >= BEGUN.into() {
            break;
        }
    }
    if found.len() < BEGUN.into() {
        let mut rare = connection
            .prepare_cached("SELECT word, rank FROM term WHERE word >= ?1 AND word < ?2 LIMIT ?3")?;
        for word in commonest(rare.query((beginning, &end, BEGUN))?)? {
            if found.len() < BEGUN.into() && !found.contains(&word) {
                found.push(word);
            }
        }
    }
    if !found.iter().any(|(_, word)| word == beginning) {
        found.extend(
            one(connection, beginning).map(|(_, seen)| (seen > 0).then(|| (0, beginning.to_owned())))?,
        );
    }
    let cost = found.iter().map(|(rank, _)| words::seen(*rank)).sum();
    let words: Vec<String> = found.iter().map(|(_, word)| search::quoted(word)).collect();
    Ok((format!("({})", words.join(" OR ")), cost))
}

/// The words of the highest ranks, these first. Of the thousands that are looked at only those are kept.
fn commonest(mut rows: rusqlite::Rows<'_>) -> Result<Vec<(i64, String)>> {
    let mut kept: BTreeSet<(i64, String)> = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let (word, rank) = (row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?, row.get(1)?);
        if kept.len() >= BEGUN.into() {
            if kept.first().is_some_and(|(least, last)| (rank, word) <= (*least, last.as_str())) {
                continue;
            }
            kept.pop_first();
        }
        kept.insert((rank, word.to_owned()));
    }
    Ok(kept.into_iter().rev().collect())
}

fn any(marks: impl IntoIterator<Item = Mark>) -> String {
    let words: Vec<String> = marks.into_iter().map(|mark| search::quoted(&mark.word())).collect();
    format!("({})", words.join(" OR "))
}

/// The marks by which the index knows a condition, and whether they say all of it; the rest is looked at in the row.
fn marks(condition: &Condition, now: Timestamp) -> Option<(bool, String)> {
    match condition {
        Condition::Channel(channels) if !channels.is_empty() => {
            Some((true, any(channels.iter().map(|channel| Mark::Channel(channel.get())))))
        }
        Condition::From { people, agents }
            if people.known.is_empty() && people.name.is_none() && !agents.is_empty() =>
        {
            Some((true, any(agents.iter().map(|agent| Mark::Author(agent.get())))))
        }
        Condition::From { agents, .. } if agents.is_empty() => Some((false, any([Mark::Kind('i')]))),
        Condition::To(_) => Some((false, any([Mark::Kind('o')]))),
        Condition::Attachment => Some((true, any([Mark::File]))),
        // Nothing is from a later year than the next.
        Condition::Before(at) if words::month(*at).0 > words::month(now).0 + 1 => None,
        Condition::Before(at) => {
            let (year, month) = words::month(*at);
            let months = (1..=month).map(|month| Mark::Month(year, month));
            Some((false, any(months.chain((1970..year).map(Mark::Year)))))
        }
        Condition::After(at) => {
            let (year, month) = words::month(*at);
            let (last, _) = words::month(now);
            let months = (month..=12).map(|month| Mark::Month(year, month));
            Some((false, any(months.chain((year + 1..=last.max(year) + 1).map(Mark::Year)))))
        }
        _ => None,
    }
}
