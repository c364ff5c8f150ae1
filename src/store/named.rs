//! Whether a contact who is met is called so: the names of a search, as far as they can be kept in mind.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::Result;
use super::search::{Sought, page};
use crate::domain::Id;
use crate::domain::contact::Contact;

/// Up to so many contacts of an index are kept in mind, so that hardly anybody who is met has to be asked.
const REMEMBERED: u32 = 20_000;

/// Who is called so: all of them where they are few, and otherwise each who is met is asked.
#[derive(Clone, Debug)]
pub struct Named {
    sought: Sought,
    all: Option<Vec<Id<Contact>>>,
    known: BTreeMap<Id<Contact>, bool>,
    /// By number, who begins so; `None`: they are too many, or nothing can be told from it.
    begin: Option<Vec<Id<Contact>>>,
    /// By number, who may hold it; nobody else does.
    perhaps: Option<Vec<Id<Contact>>>,
}

impl Named {
    /// Those whom `text` finds, when they are at most `few`.
    pub fn of(connection: &Connection, text: &str, country: Option<&str>, few: u32) -> Result<Named> {
        let sought = Sought::of(connection, text, country)?;
        let (found, next) = page(connection, &sought, None, few)?;
        let known = found.iter().map(|id| (*id, true)).collect();
        match next {
            None => Ok(Named { sought, all: Some(found), known, begin: None, perhaps: None }),
            Some(_) => Ok(Named { known, ..Named::many(connection, sought)? }),
        }
    }

    /// Everybody whom `text` finds, each asked when met.
    pub fn asked(connection: &Connection, text: &str, country: Option<&str>) -> Result<Named> {
        Named::many(connection, Sought::of(connection, text, country)?)
    }

    fn many(connection: &Connection, sought: Sought) -> Result<Named> {
        let beginnings = sought.beginnings();
        let has_beginnings = beginnings.is_some();
        let begin = numbers(connection, WORDS, beginnings)?;
        let perhaps = match sought.threes() {
            // Whoever begins so holds it as well, so that these are no fewer.
            _ if has_beginnings && begin.is_none() => None,
            Some(threes) => numbers(connection, PARTS, Some(threes))?,
            // What is too short to stand inside begins a word or is not there.
            None => begin.clone(),
        };
        Ok(Named { sought, all: None, known: BTreeMap::new(), begin, perhaps })
    }

    /// All of them, best first; `None` when they are many.
    pub fn all(&self) -> Option<&[Id<Contact>]> {
        self.all.as_deref()
    }

    /// Whether nobody who is met has to be read: all who may be meant are kept in mind.
    pub const fn is_in_mind(&self) -> bool {
        self.all.is_some() || self.begin.is_some() || self.perhaps.is_some()
    }

    /// Whether this contact is one of them; `known_as` is what the search knows of it, where that was read already.
    pub fn holds(
        &mut self,
        connection: &Connection,
        id: Id<Contact>,
        known_as: Option<&str>,
    ) -> Result<bool> {
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        let found = match (&self.begin, &self.perhaps) {
            _ if self.all.is_some() => false,
            (Some(begin), _) if begin.binary_search(&id).is_ok() => true,
            (_, Some(perhaps)) if perhaps.binary_search(&id).is_err() => {
                self.sought.is_exact(connection, id)?
            }
            (_, Some(_)) if self.sought.is_told_by_threes() => true,
            _ => self.sought.finds(connection, id, known_as)?,
        };
        self.known.insert(id, found);
        Ok(found)
    }
}

const WORDS: &str =
    "SELECT rowid FROM contact_words WHERE contact_words MATCH ?1 ORDER BY rowid DESC LIMIT ?2";
const PARTS: &str =
    "SELECT rowid FROM contact_parts WHERE contact_parts MATCH ?1 ORDER BY rowid DESC LIMIT ?2";

/// Everybody whom an index gives, by number; `None` when they are too many to keep in mind.
fn numbers(
    connection: &Connection,
    sql: &str,
    expression: Option<String>,
) -> Result<Option<Vec<Id<Contact>>>> {
    let Some(expression) = expression else { return Ok(None) };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((expression, REMEMBERED + 1))?;
    let mut found: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(row.get(0)?);
        let is_dense = found.len() == SAMPLE && is_dense(&found);
        if is_dense || found.len() > REMEMBERED as usize {
            return Ok(None);
        }
    }
    found.reverse();
    Ok(Some(found.into_iter().map(Id::new).collect()))
}

/// After so many the gaps between their numbers tell how many there are.
const SAMPLE: usize = 1000;
/// To keep all of them in mind takes as long as they are many, and to read each who is met as long as they are seldom. Both
/// take the same where their number times their share of all contacts is this (measured with half a million contacts).
const DENSE: f64 = 250.0;

/// Whether these newest ones are so many that each who is met is rather read. Numbers begin at one and have few gaps.
fn is_dense(newest_first: &[i64]) -> bool {
    let (Some(first), Some(last)) = (newest_first.first(), newest_first.last()) else { return false };
    let share = newest_first.len() as f64 / (first - last + 1).max(1) as f64;
    share * share * *first as f64 > DENSE
}
