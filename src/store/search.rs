//! Finding contacts by part of a name, an e-mail address, or a phone number in any notation.
//!
//! What finds a contact exactly comes first, then names with words that begin so, then what contains the words; each
//! part newest first and walked by number, so that pages go on without limit. Where a name is so common that its
//! contacts are not counted out, each contact that is met is asked instead ([`super::named::Named`]).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, contact, field};
use crate::domain::contact::Contact;
use crate::domain::{Id, phone, search};

/// How many rows of the indexes one request looks at, and how many contacts it reads.
const STEPS: usize = 40_000;
const READ: usize = 3000;
/// How many rows of an index are read at a time where not each of them is a hit.
const CHUNK: u32 = 1000;

/// The contacts that `text` finds, best matches first: exact numbers, then words that begin so, then names
/// and addresses that contain it. `country` is where a number without a country code is meant.
pub fn contacts(
    connection: &Connection,
    text: &str,
    country: Option<&str>,
    limit: u32,
) -> Result<Vec<Id<Contact>>> {
    let sought = Sought::of(connection, text, country)?;
    Ok(page(connection, &sought, None, limit)?.0)
}

/// What is looked for among the contacts.
#[derive(Clone, Debug)]
pub struct Sought {
    folded: String,
    asked: Asked,
    /// Whose number it is exactly.
    owner: Option<Id<Contact>>,
    /// It stands exactly so in one of the team's own fields (S197).
    in_fields: bool,
}

#[derive(Clone, Debug)]
enum Asked {
    /// Part of a number. Two digits are too few to look inside; they find beginnings.
    Digits(String),
    /// Every word must begin a word of the contact or, where one of them has three letters, stand somewhere in it.
    Words(Vec<String>),
}

impl Sought {
    /// Reads what was typed.
    pub fn of(connection: &Connection, text: &str, country: Option<&str>) -> Result<Sought> {
        let folded = search::fold(text.trim());
        let in_fields = !folded.is_empty() && !field::holders(connection, &folded, i64::MAX, 1)?.is_empty();
        let (asked, owner) = match phone::search_digits(text) {
            Some(digits) => (Asked::Digits(digits), exact_number(connection, text, country)?),
            None => (Asked::Words(search::words(&folded)), None),
        };
        Ok(Sought { folded, asked, owner, in_fields })
    }

    /// The expression for words that begin so.
    pub(super) fn beginnings(&self) -> Option<String> {
        let begins = |word: &str| format!("{}*", search::quoted(word));
        match &self.asked {
            Asked::Digits(digits) if is_short(digits) => {
                Some(format!("{} OR {}", begins(&format!("+{digits}")), begins(digits)))
            }
            Asked::Words(words) if !words.is_empty() => {
                Some(words.iter().map(|word| begins(word)).collect::<Vec<_>>().join(" "))
            }
            _ => None,
        }
    }

    /// The expression for three letters in a row, which all who hold the words have.
    pub(super) fn threes(&self) -> Option<String> {
        let words = match &self.asked {
            Asked::Digits(digits) => std::slice::from_ref(digits),
            Asked::Words(words) => words,
        };
        let threes: BTreeSet<String> = words.iter().flat_map(|word| trigrams(word)).collect();
        let quoted = threes.iter().map(|three| search::quoted(three)).collect::<Vec<_>>();
        (!quoted.is_empty()).then(|| quoted.join(" "))
    }

    /// Whether the index of three letters in a row tells all: no word is longer, or shorter.
    pub(super) fn is_told_by_threes(&self) -> bool {
        let is_three = |word: &String| word.chars().count() == 3;
        match &self.asked {
            Asked::Digits(digits) => is_three(digits),
            Asked::Words(words) => !words.is_empty() && words.iter().all(is_three),
        }
    }

    pub(super) fn is_exact(&self, connection: &Connection, id: Id<Contact>) -> Result<bool> {
        Ok(self.owner == Some(id) || (self.in_fields && field::holds(connection, &self.folded, id)?))
    }

    /// Whether what the index knows of a contact is what is looked for.
    fn is_in(&self, text: &str) -> bool {
        let begins = |word: &str| search::begins(text, word);
        match &self.asked {
            Asked::Digits(digits) if is_short(digits) => begins(digits) || begins(&format!("+{digits}")),
            Asked::Digits(digits) => text.contains(digits),
            Asked::Words(words) if words.is_empty() => false,
            Asked::Words(words) if words.iter().all(|word| is_short(word)) => {
                words.iter().all(|word| begins(word))
            }
            Asked::Words(words) => words.iter().all(|word| text.contains(word.as_str())),
        }
    }

    /// Whether this contact is found; `known_as` is what the search knows of it, where that was read already.
    pub fn finds(&self, connection: &Connection, id: Id<Contact>, known_as: Option<&str>) -> Result<bool> {
        if self.is_exact(connection, id)? {
            return Ok(true);
        }
        match known_as {
            Some(text) => Ok(self.is_in(text)),
            None => contact::is_known_as(connection, id, |text| self.is_in(text)),
        }
    }
}

fn is_short(word: &str) -> bool {
    word.chars().nth(2).is_none()
}

/// So many letters before the @ tell enough of an address: what stands behind it, thousands have in common.
const TELLING: usize = 6;

/// So many of its three letters in a row are asked for at most: each is a list to be walked, and who is met is looked at whole.
const ASKED: usize = 4;

/// Three letters in a row that tell enough of a word: a digit beside a letter stands in few addresses. Where there is none,
/// again and again, so that each letter of the word is in one of them; those between would be there as well nearly always.
fn trigrams(word: &str) -> Vec<String> {
    let name = word.split('@').next().filter(|name| name.chars().count() >= TELLING);
    let letters: Vec<char> = name.unwrap_or(word).chars().collect();
    let Some(last) = letters.len().checked_sub(3) else { return Vec::new() };
    let is_mixed = |three: &&[char]| {
        three.iter().any(|letter| letter.is_ascii_digit())
            && three.iter().any(|letter| letter.is_alphabetic())
    };
    let mut found: Vec<&[char]> = letters.windows(3).filter(is_mixed).take(2).collect();
    if found.is_empty() {
        let starts = (0..last).step_by(3).chain([last]);
        found.extend(starts.filter_map(|start| letters.get(start..start + 3)).take(ASKED));
    }
    found.into_iter().map(|three| three.iter().collect()).collect()
}

/// The owner of exactly this number, in whatever notation it was typed.
fn exact_number(connection: &Connection, text: &str, country: Option<&str>) -> Result<Option<Id<Contact>>> {
    let Ok(number) = phone::parse(text, country) else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT contact_id FROM address WHERE kind IN ('phone', 'whatsapp') AND scope = 0 AND value = ?1",
    )?;
    Ok(statement.query_row([number], |row| row.get(0)).optional()?)
}

/// The parts of what is found, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Exact,
    Begins,
    Inside,
}

impl Stage {
    const fn next(self) -> Option<Stage> {
        match self {
            Stage::Exact => Some(Stage::Begins),
            Stage::Begins => Some(Stage::Inside),
            Stage::Inside => None,
        }
    }
}

/// Where a page goes on: behind a contact, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    stage: Stage,
    before: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.stage {
            Stage::Exact => 'e',
            Stage::Begins => 'b',
            Stage::Inside => 'i',
        };
        write!(out, "{letter}{}", self.before)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let stage = match text.as_bytes().first() {
            Some(b'e') => Stage::Exact,
            Some(b'b') => Stage::Begins,
            Some(b'i') => Stage::Inside,
            _ => return Err(()),
        };
        Ok(Place { stage, before: text.get(1..).and_then(|rest| rest.parse().ok()).ok_or(())? })
    }
}

/// One page of contacts, and where the next one begins. A page may be short, even empty, although there is a next one:
/// then enough was looked at for once.
pub fn page(
    connection: &Connection,
    sought: &Sought,
    after: Option<Place>,
    limit: u32,
) -> Result<(Vec<Id<Contact>>, Option<Place>)> {
    let (most, limit) = (limit.saturating_add(1), limit as usize);
    let mut walk = Walk {
        connection,
        sought,
        beginnings: sought.beginnings(),
        threes: sought.threes(),
        place: Some(after.unwrap_or(Place { stage: Stage::Exact, before: i64::MAX })),
        steps: 0,
        read: 0,
    };
    let mut found: Vec<(Id<Contact>, Stage)> = Vec::new();
    // One more than fits says whether there is a next page.
    while found.len() <= limit && walk.steps < STEPS && walk.read < READ {
        let Some(place) = walk.place else { break };
        let left = most.saturating_sub(u32::try_from(found.len()).unwrap_or(most));
        found.extend(walk.next(place, left)?.into_iter().map(|id| (id, place.stage)));
    }
    let behind = |(id, stage): &(Id<Contact>, Stage)| Place { stage: *stage, before: id.get() };
    let next = match limit.checked_sub(1).and_then(|last| found.get(last)) {
        Some(last) if found.len() > limit => Some(behind(last)),
        _ => walk.place,
    };
    found.truncate(limit);
    Ok((found.into_iter().map(|(id, _)| id).collect(), next))
}

/// The contacts of one page, chunk by chunk.
struct Walk<'a> {
    connection: &'a Connection,
    sought: &'a Sought,
    beginnings: Option<String>,
    threes: Option<String>,
    /// Where the next chunk begins; `None` at the end.
    place: Option<Place>,
    steps: usize,
    read: usize,
}

impl Walk<'_> {
    /// The next hits of this part, which no part before it holds.
    fn next(&mut self, place: Place, wanted: u32) -> Result<Vec<Id<Contact>>> {
        // Candidates of the last part may all be hits of the part before.
        let most = if place.stage == Stage::Inside { wanted.max(CHUNK) } else { wanted };
        let candidates = self.candidates(place, most)?;
        self.steps += candidates.len().max(1);
        let last = candidates.last().filter(|_| candidates.len() >= most as usize).map(|last| last.get());
        self.place = match last {
            Some(before) => Some(Place { before, ..place }),
            None => place.stage.next().map(|stage| Place { stage, before: i64::MAX }),
        };
        if place.stage == Stage::Exact {
            return Ok(candidates);
        }
        let Some(lowest) = candidates.last().map(|id| id.get()) else { return Ok(candidates) };
        let earlier = self.earlier(place, lowest)?;
        let mut found = Vec::new();
        for id in candidates {
            if earlier.contains(&id) || self.sought.is_exact(self.connection, id)? {
                continue;
            }
            if place.stage == Stage::Begins || self.sought.is_told_by_threes() || self.is_inside(id)? {
                found.push(id);
            }
            if found.len() == wanted as usize {
                self.place = Some(Place { before: id.get(), ..place });
                break;
            }
        }
        Ok(found)
    }

    fn candidates(&self, Place { stage, before }: Place, most: u32) -> Result<Vec<Id<Contact>>> {
        let sql = match stage {
            Stage::Exact => return self.exact(before, most),
            Stage::Begins => {
                "SELECT rowid FROM contact_words WHERE contact_words MATCH ?1 AND rowid < ?2
                 ORDER BY rowid DESC LIMIT ?3"
            }
            Stage::Inside => {
                "SELECT rowid FROM contact_parts WHERE contact_parts MATCH ?1 AND rowid < ?2
                 ORDER BY rowid DESC LIMIT ?3"
            }
        };
        let expression = if stage == Stage::Begins { &self.beginnings } else { &self.threes };
        let Some(expression) = expression else { return Ok(Vec::new()) };
        // By row number, never by rank: ranking would read every hit.
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map((expression, before, most), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn exact(&self, before: i64, most: u32) -> Result<Vec<Id<Contact>>> {
        let mut found = match self.sought.in_fields {
            true => field::holders(self.connection, &self.sought.folded, before, most)?,
            false => Vec::new(),
        };
        let owner = self.sought.owner.filter(|owner| owner.get() < before && !found.contains(owner));
        found.extend(owner);
        found.sort_unstable_by_key(|id| std::cmp::Reverse(id.get()));
        found.truncate(most as usize);
        Ok(found)
    }

    /// Among the candidates of this chunk, down to number `lowest`, those that begin so and were found before.
    fn earlier(&mut self, place: Place, lowest: i64) -> Result<BTreeSet<Id<Contact>>> {
        let (Stage::Inside, Some(beginnings)) = (place.stage, &self.beginnings) else {
            return Ok(BTreeSet::new());
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT rowid FROM contact_words WHERE contact_words MATCH ?1 AND rowid < ?2 AND rowid >= ?3",
        )?;
        let rows = statement.query_map((beginnings, place.before, lowest), |row| row.get(0))?;
        let found: BTreeSet<Id<Contact>> = rows.collect::<rusqlite::Result<_>>()?;
        self.steps += found.len();
        Ok(found)
    }

    /// The index knows which three letters occur, not where, so that a longer word is looked for in the text.
    fn is_inside(&mut self, id: Id<Contact>) -> Result<bool> {
        self.read += 1;
        contact::is_known_as(self.connection, id, |text| self.sought.is_in(text))
    }
}
