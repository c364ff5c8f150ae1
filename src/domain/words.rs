//! The words by which a message is found. Scripts that put no spaces between words are cut into overlapping pairs.

use std::collections::BTreeSet;

use unicode_normalization::char::is_combining_mark;

use super::Timestamp;
use super::search::fold;
use super::visible::is_invisible;

/// The letters of a word that count: longer ones are keys and addresses, which nobody tells apart by their end.
const LONGEST: usize = 40;
/// How much of one text is made findable, in bytes. More than any message, less than a log file in a mail.
const MOST: usize = 200_000;
/// Begins the marks that stand in the index beside words. It is no letter, so no text holds one.
const MARK: char = '\u{e000}';

/// One run of letters of a folded text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run<'a> {
    /// A word between spaces or signs.
    Word(&'a str),
    /// Letters of a script without spaces between words.
    Joined(&'a str),
}

impl<'a> Run<'a> {
    /// The letters.
    pub const fn text(self) -> &'a str {
        match self {
            Run::Word(text) | Run::Joined(text) => text,
        }
    }
}

/// Whether words of this letter's script stand side by side without spaces, or grow endings as Korean ones do.
pub const fn is_joined(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}'       // Thai, Lao
        | '\u{1000}'..='\u{109f}'     // Burmese
        | '\u{1100}'..='\u{11ff}'     // Korean, taken apart
        | '\u{1780}'..='\u{17ff}'     // Khmer
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'     // Kana
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'     // Han
        | '\u{ac00}'..='\u{d7ff}'     // Korean
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Whether a letter, a digit or a picture stands in words. What only varies the letter before it, as the colour of a thumb
/// does, is none.
pub fn is_letter(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric();
    }
    let varies = matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}');
    !varies
        && (letter.is_alphanumeric()
            || is_combining_mark(letter)
            || is_picture(letter)
            || is_invisible(letter))
}

/// Whether this is an emoji, which is a word by itself wherever it stands. Those that are made of several are as many words.
const fn is_picture(letter: char) -> bool {
    matches!(letter,
        '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23ff}'
        | '\u{2600}'..='\u{2775}' | '\u{2794}'..='\u{27bf}'
        | '\u{2b05}'..='\u{2b07}' | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}'
        | '\u{1f004}' | '\u{1f0cf}' | '\u{1f18e}' | '\u{1f1e6}'..='\u{1f1ff}'
        | '\u{1f300}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1faff}')
}

/// The runs of a folded text, in their order.
pub fn runs(folded: &str) -> impl Iterator<Item = Run<'_>> {
    folded.split(|letter| !is_letter(letter)).filter(|part| !part.is_empty()).flat_map(|part| {
        let (mut rest, plain) = (part, part.is_ascii());
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let joined = is_joined(first);
            let other = |letter| is_joined(letter) != joined || is_picture(letter);
            let end = match is_picture(first) {
                true => first.len_utf8(),
                // Nearly every part: one word, and nothing after it.
                false if plain => rest.len(),
                false => rest.find(other).unwrap_or(rest.len()),
            };
            let (run, left) = rest.split_at(end);
            rest = left;
            Some(if joined { Run::Joined(run) } else { Run::Word(run) })
        })
    })
}

/// A word as it stands in the index.
pub fn short(word: &str) -> &str {
    word.char_indices().nth(LONGEST).map_or(word, |(end, _)| word.get(..end).unwrap_or(word))
}

/// The pairs of a run; a single letter is itself.
pub fn pairs(run: &str) -> impl Iterator<Item = &str> {
    let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    let count = ends.len().saturating_sub(2).max(1);
    (0..count).filter_map(move |at| run.get(*ends.get(at)?..*ends.get(at + 2).or_else(|| ends.last())?))
}

/// The part of a text that is looked at, folded.
fn folded(text: &str) -> String {
    fold(text.get(..text.floor_char_boundary(MOST)).unwrap_or(text))
}

/// The words of a text as they stand in the index, each once.
pub fn of_text(text: &str, found: &mut BTreeSet<String>) {
    of_folded(&folded(text), found);
}

fn of_folded(folded: &str, found: &mut BTreeSet<String>) {
    for run in runs(folded) {
        match run {
            Run::Word(word) => {
                found.insert(short(word).to_owned());
            }
            Run::Joined(run) => {
                found.extend(pairs(run).map(str::to_owned));
                // The last letter, which begins no pair, is found alone as well.
                found.extend(run.chars().next_back().map(String::from));
            }
        }
    }
}

/// The same, and each letter of scripts without spaces alone: a word of one letter may stand anywhere in them.
pub fn with_letters(text: &str, found: &mut BTreeSet<String>) {
    let folded = folded(text);
    of_folded(&folded, found);
    found.extend(folded.chars().filter(|letter| is_joined(*letter)).map(String::from));
}

/// A folded text with one space between runs and around them, in which a phrase is looked for. Letters of scripts
/// without spaces have none.
pub fn line(text: &str) -> String {
    let folded = folded(text);
    let mut line = String::with_capacity(folded.len() + 2);
    for run in runs(&folded) {
        line.push(' ');
        line.push_str(run.text());
    }
    line.push(' ');
    line
}

/// Whether a text holds this phrase, itself a [`line`]; see [`holds`].
pub fn says(text: &str, phrase: &str, open: bool) -> bool {
    if text.is_ascii() { says_plainly(text, phrase, open) } else { holds(&line(text), phrase, open) }
}

/// The same for a text of ASCII, compared where it stands: of the thousands that are read for a phrase nearly each has
/// its words in other places.
fn says_plainly(text: &str, phrase: &str, open: bool) -> bool {
    let text = text.as_bytes().get(..MOST).unwrap_or(text.as_bytes());
    let mut said = text.split(|sign| !sign.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let (most, last) = phrase.trim_end().rsplit_once(' ').unwrap_or(("", phrase.trim()));
    loop {
        let mut here = said.clone();
        let mut next_is = |wanted: &str, open: bool| {
            here.next().is_some_and(|word| {
                let compared = if open { word.get(..wanted.len()) } else { Some(word) };
                compared.is_some_and(|word| word.eq_ignore_ascii_case(wanted.as_bytes()))
            })
        };
        if most.split_ascii_whitespace().all(|wanted| next_is(wanted, false)) && next_is(last, open) {
            return true;
        }
        if said.next().is_none() {
            return false;
        }
    }
}

/// Whether a [`line`] holds this phrase, itself a line: whole words, except where a script knows no spaces, and except
/// the last one when it is `open`, which then need only begin so.
pub fn holds(line: &str, phrase: &str, open: bool) -> bool {
    let wanted = phrase.trim();
    let mut letters = wanted.chars();
    let Some(first) = letters.next() else { return true };
    let last = letters.next_back().unwrap_or(first);
    let start = if is_joined(first) { wanted } else { phrase.get(..phrase.len() - 1).unwrap_or(wanted) };
    if open || is_joined(last) {
        return line.contains(start);
    }
    if is_joined(first) { line.contains(phrase.trim_start()) } else { line.contains(phrase) }
}

/// What else stands in the index beside words: facts of a message that never change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// `inbound`, `outbound` or `note`, by its first letter.
    Kind(char),
    Channel(i64),
    Author(i64),
    File,
    /// A year and a month in UTC.
    Month(i16, i8),
    Year(i16),
    /// Messages that came one after the other, [`BLOCK`] of them.
    Block(i64),
}

/// How many messages have the same mark [`Mark::Block`].
pub const BLOCK: i64 = 1 << 16;

impl Mark {
    /// The mark as a word of the index.
    pub fn word(self) -> String {
        match self {
            Mark::Kind(letter) => format!("{MARK}{letter}"),
            Mark::Channel(id) => format!("{MARK}c{id}"),
            Mark::Author(id) => format!("{MARK}a{id}"),
            Mark::File => format!("{MARK}f"),
            Mark::Month(year, month) => format!("{MARK}m{year}x{month:02}"),
            Mark::Year(year) => format!("{MARK}y{year}"),
            Mark::Block(number) => format!("{MARK}b{number}"),
        }
    }
}

/// Whether a word of the index is a mark.
pub fn is_mark(word: &str) -> bool {
    word.starts_with(MARK)
}

/// The year and the month of a moment, in UTC.
pub fn month(at: Timestamp) -> (i16, i8) {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    (date.year(), date.month())
}

/// Whether the `count`-th sighting of a word raises its rank: the more often it was seen, the more rarely, so that the
/// rank is about the logarithm of how often, and common words cost no writing. `seed` is different each time.
pub const fn raises(rank: i64, seed: u64) -> bool {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 31;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^= mixed >> 29;
    let rank = if rank > 40 { 40 } else { rank };
    mixed & ((1 << rank) - 1) == 0
}

/// The rank of a word that was seen so often.
pub const fn rank(seen: u32) -> i64 {
    (u32::BITS - seen.leading_zeros()) as i64
}

/// About how often a word of this rank was seen.
pub const fn seen(rank: i64) -> i64 {
    1 << if rank > 40 {
        40
    } else if rank < 1 {
        0
    } else {
        rank - 1
    }
}
