//! A piece of a text around what was found in it, with the found words told apart.

use std::collections::BTreeSet;
use std::ops::Range;

use super::search::fold;
use super::words::{self, Run};

/// How many letters stand before the first found word, and in all.
const BEFORE: usize = 40;
const LENGTH: usize = 180;

/// A word that was looked for: folded, and whether it may be the beginning of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sought {
    pub word: String,
    pub open: bool,
}

/// The words of a phrase, as [`words::line`] writes it.
pub fn sought(line: &str, open: bool) -> Vec<Sought> {
    let all: Vec<&str> = words::runs(line).map(Run::text).collect();
    let last = all.len().saturating_sub(1);
    let each = all.iter().enumerate();
    each.map(|(place, word)| Sought { word: (*word).to_owned(), open: open && place == last }).collect()
}

/// A piece of a text: plain, or found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    pub text: String,
    pub found: bool,
}

/// The text around the first found word, in one line, cut at both ends where it is longer. `None` when nothing is
/// found in it.
pub fn around(text: &str, sought: &[Sought]) -> Option<Vec<Piece>> {
    let found = places(text, sought);
    let start = cut_before(text, densest(text, &found)?);
    let end = text.get(start..)?.char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| start + at);
    let mut pieces = Vec::new();
    let mut at = start;
    if start > 0 {
        push(&mut pieces, "…", false);
    }
    for place in found.into_iter().filter(|place| (start..end).contains(&place.start)) {
        let stop = place.end.min(end);
        push(&mut pieces, text.get(at..place.start)?, false);
        push(&mut pieces, text.get(place.start..stop)?, true);
        at = stop;
    }
    push(&mut pieces, text.get(at..end)?, false);
    if end < text.len() {
        push(&mut pieces, "…", false);
    }
    Some(pieces)
}

/// How many places are compared, so that a long text of the commonest words costs little.
const COMPARED: usize = 300;

/// Where the piece begins that holds the most of the words: the first of those that hold as many.
fn densest(text: &str, found: &[Range<usize>]) -> Option<usize> {
    let folded = |place: &Range<usize>| text.get(place.clone()).map(fold).unwrap_or_default();
    let words: Vec<(usize, String)> =
        found.iter().take(COMPARED).map(|place| (place.start, folded(place))).collect();
    let within = |from: usize| {
        let near = words.iter().skip(from).take_while(|(at, _)| *at < words[from].0 + LENGTH - BEFORE);
        near.map(|(_, word)| word.as_str()).collect::<BTreeSet<_>>().len()
    };
    let best = (0..words.len()).max_by_key(|from| (within(*from), std::cmp::Reverse(*from)))?;
    words.get(best).map(|(at, _)| *at)
}

/// Adds a piece without line breaks; spaces that follow each other are one.
fn push(pieces: &mut Vec<Piece>, text: &str, found: bool) {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        let spaced = letter.is_whitespace() || letter.is_control();
        match line.chars().next_back() {
            Some(' ') if spaced => {}
            _ if spaced => line.push(' '),
            _ => line.push(letter),
        }
    }
    match pieces.last_mut() {
        _ if line.is_empty() => {}
        Some(last) if last.found == found => last.text.push_str(&line),
        _ => pieces.push(Piece { text: line, found }),
    }
}

/// Where a piece begins whose first found word stands at `first`: at a word, not far before.
fn cut_before(text: &str, first: usize) -> usize {
    let Some(before) = text.get(..first) else { return 0 };
    let Some((far, _)) = before.char_indices().rev().nth(BEFORE) else { return 0 };
    let gap = before.get(far..).and_then(|part| part.find(char::is_whitespace));
    gap.map_or(far, |gap| far + gap + 1).min(first)
}

/// Where the words stand in the text, in order, none over another.
fn places(text: &str, sought: &[Sought]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let letter = words::is_letter;
    let mut rest = 0;
    while let Some(start) = text.get(rest..).and_then(|part| part.find(letter)).map(|at| rest + at) {
        let length = text.get(start..).and_then(|part| part.find(|c| !letter(c)));
        let end = length.map_or(text.len(), |length| start + length);
        in_part(text, start..end, sought, &mut found);
        rest = end;
    }
    found
}

/// Looks at one run of letters, which may change its script.
fn in_part(text: &str, part: Range<usize>, sought: &[Sought], found: &mut Vec<Range<usize>>) {
    let Some(written) = text.get(part.clone()) else { return };
    if written.is_ascii() {
        // Nearly every word: it is its own folding but for its case, and one run.
        found.extend(longest(written, sought).map(|length| part.start..part.start + length));
        return;
    }
    // Folded letter by letter, with where each came from.
    let mut folded = String::with_capacity(written.len());
    let mut origin = Vec::with_capacity(written.len() + 1);
    for (at, letter) in written.char_indices() {
        if letter.is_ascii() {
            origin.push(part.start + at);
            folded.push(letter.to_ascii_lowercase());
            continue;
        }
        let mut buffer = [0; 4];
        for plain in fold(letter.encode_utf8(&mut buffer)).chars() {
            origin.extend(std::iter::repeat_n(part.start + at, plain.len_utf8()));
            folded.push(plain);
        }
    }
    origin.push(part.end);
    let mut at = 0;
    for run in words::runs(&folded) {
        let start = folded.get(at..).and_then(|rest| rest.find(run.text())).map_or(at, |next| at + next);
        at = start + run.text().len();
        for hit in in_run(run, sought) {
            let (from, to) = (origin.get(start + hit.start), origin.get(start + hit.end));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let free = found.last().is_none_or(|last| last.end <= *from);
            if free && from < to {
                found.push(*from..*to);
            }
        }
    }
}

/// How much of a word is found: all of it, or its beginning where that is enough. Folded, but for the case of ASCII.
fn longest(word: &str, sought: &[Sought]) -> Option<usize> {
    let begins = |one: &Sought| word.get(..one.word.len()).is_some_and(|b| b.eq_ignore_ascii_case(&one.word));
    let fits = |one: &&Sought| (one.open || one.word.len() == word.len()) && begins(one);
    sought.iter().filter(fits).map(|one| one.word.len()).max()
}

fn in_run(run: Run<'_>, sought: &[Sought]) -> Vec<Range<usize>> {
    match run {
        Run::Word(word) => longest(word, sought).map(|end| 0..end).into_iter().collect(),
        Run::Joined(run) => {
            let mut hits: Vec<Range<usize>> = sought
                .iter()
                .filter(|one| one.word.chars().next().is_some_and(words::is_joined))
                .flat_map(|one| run.match_indices(&one.word).map(|(at, text)| at..at + text.len()))
                .collect();
            hits.sort_unstable_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
            hits
        }
    }
}
