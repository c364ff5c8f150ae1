//! Finding contacts by part of a name, an e-mail address, or a phone number in any notation.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, contact};
use crate::domain::contact::Contact;
use crate::domain::{Id, phone, search};

/// The contacts that `text` finds, best matches first: exact numbers, then words that begin so, then names
/// and addresses that contain it. `country` is where a number without a country code is meant.
pub fn contacts(
    connection: &Connection,
    text: &str,
    country: Option<&str>,
    limit: u32,
) -> Result<Vec<Id<Contact>>> {
    let mut found = Found { ids: Vec::new(), seen: BTreeSet::new(), limit: limit as usize };
    // What stands exactly so in one of the team's own fields (S197).
    for owner in super::field::holders(connection, &search::fold(text.trim()), limit)? {
        found.add(owner);
    }
    if let Some(digits) = phone::search_digits(text) {
        if let Some(owner) = exact_number(connection, text, country)? {
            found.add(owner);
        }
        return by_digits(connection, &digits, found);
    }
    let words = search::words(&search::fold(text));
    if words.is_empty() {
        return Ok(found.ids);
    }
    let beginnings: Vec<String> = words.iter().map(|word| format!("{}*", search::quoted(word))).collect();
    for id in matches(connection, Table::Words, &beginnings.join(" "), limit)? {
        found.add(id);
    }
    inside(connection, &words, found)
}

/// What was found so far, each contact once.
struct Found {
    ids: Vec<Id<Contact>>,
    seen: BTreeSet<Id<Contact>>,
    limit: usize,
}

impl Found {
    fn add(&mut self, id: Id<Contact>) {
        if !self.is_full() && self.seen.insert(id) {
            self.ids.push(id);
        }
    }

    fn is_full(&self) -> bool {
        self.ids.len() >= self.limit
    }
}

/// Which of the two search tables.
#[derive(Clone, Copy)]
enum Table {
    Words,
    Parts,
}

/// The newest contacts that an FTS5 expression finds. By row number, never by rank: ranking would read every hit.
fn matches(connection: &Connection, table: Table, expression: &str, most: u32) -> Result<Vec<Id<Contact>>> {
    let sql = match table {
        Table::Words => {
            "SELECT rowid FROM contact_words WHERE contact_words MATCH ?1 ORDER BY rowid DESC LIMIT ?2"
        }
        Table::Parts => {
            "SELECT rowid FROM contact_parts WHERE contact_parts MATCH ?1 ORDER BY rowid DESC LIMIT ?2"
        }
    };
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map((expression, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The owner of exactly this number, in whatever notation it was typed.
fn exact_number(connection: &Connection, text: &str, country: Option<&str>) -> Result<Option<Id<Contact>>> {
    let Ok(number) = phone::parse(text, country) else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT contact_id FROM address WHERE kind IN ('phone', 'whatsapp') AND scope = 0 AND value = ?1",
    )?;
    Ok(statement.query_row([number], |row| row.get(0)).optional()?)
}

/// Numbers that contain these digits. Two digits are too few to look inside; they find beginnings.
fn by_digits(connection: &Connection, digits: &str, mut found: Found) -> Result<Vec<Id<Contact>>> {
    let most = u32::try_from(found.limit).unwrap_or(u32::MAX);
    if digits.chars().count() < 3 {
        let beginning = format!("{}* OR {}*", search::quoted(&format!("+{digits}")), search::quoted(digits));
        for id in matches(connection, Table::Words, &beginning, most)? {
            found.add(id);
        }
        return Ok(found.ids);
    }
    inside(connection, &[digits.to_owned()], found)
}

/// Contacts whose name or addresses contain every word somewhere. The index knows which three letters occur,
/// not where, so that each candidate is looked at.
fn inside(connection: &Connection, words: &[String], mut found: Found) -> Result<Vec<Id<Contact>>> {
    let threes: BTreeSet<String> = words.iter().flat_map(|word| trigrams(word)).collect();
    if threes.is_empty() || found.is_full() {
        return Ok(found.ids);
    }
    let expression = threes.iter().map(|three| search::quoted(three)).collect::<Vec<_>>().join(" ");
    let most = u32::try_from(found.limit * 2 + 50).unwrap_or(u32::MAX);
    for id in matches(connection, Table::Parts, &expression, most)? {
        if found.is_full() {
            break;
        }
        if found.seen.contains(&id) {
            continue;
        }
        let text = contact::indexed_text(connection, id)?.unwrap_or_default();
        if words.iter().all(|word| text.contains(word.as_str())) {
            found.add(id);
        }
    }
    Ok(found.ids)
}

fn trigrams(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).map(|three| three.iter().collect()).collect()
}
