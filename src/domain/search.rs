//! What makes two texts the same for somebody who searches: case, accents and width do not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use super::visible::is_invisible;
use super::words::{Run, is_joined};

/// `text` as it is indexed and compared: lower case, without accents and points, full-width forms made plain.
/// What is a letter of its own where it is used stays: the signs of Indic vowels, the voicing of kana.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(|letter: char| !letter.is_ascii()) {
        // A sign of ASCII may be the base of what follows it; those before it stay as they are, but for their case.
        let (plain, other) = rest.split_at(place.saturating_sub(1));
        let end = other.char_indices().skip(1).find(|(_, letter)| letter.is_ascii());
        let (other, after) = other.split_at(end.map_or(other.len(), |(end, _)| end));
        push_plain(plain, &mut folded);
        fold_whole(other, &mut folded);
        rest = after;
    }
    push_plain(rest, &mut folded);
    folded
}

/// Adds letters of ASCII, all at once.
fn push_plain(text: &str, folded: &mut String) {
    let from = folded.len();
    folded.push_str(text);
    if let Some(added) = folded.get_mut(from..) {
        added.make_ascii_lowercase();
    }
}

/// The same letter by letter, by the tables of Unicode: thirty times as long.
fn fold_whole(text: &str, folded: &mut String) {
    let bare = text.nfkd().filter(|c| !is_accent(*c) && !is_invisible(*c)).flat_map(char::to_lowercase);
    folded.extend(bare.nfc().flat_map(plain));
}

/// Accents, Hebrew points and Arabic vowel marks, by their class in Unicode, and the letter that only lengthens.
fn is_accent(letter: char) -> bool {
    letter == 'ـ' || matches!(canonical_combining_class(letter), 10..=36 | 200..)
}

/// Letters that Unicode does not take apart, but people who search do. At most two come of one.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let (first, second) = match letter {
        'ø' => ('o', None),
        'ł' => ('l', None),
        'đ' | 'ð' => ('d', None),
        'ı' => ('i', None),
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'þ' => ('t', Some('h')),
        'ς' => ('σ', None),
        'ى' => ('ي', None),
        'ة' => ('ه', None),
        '٠'..='٩' => (digit(letter, '٠'), None),
        '۰'..='۹' => (digit(letter, '۰'), None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

fn digit(letter: char, zero: char) -> char {
    char::from_digit(u32::from(letter) - u32::from(zero), 10).unwrap_or(letter)
}

/// The words of a folded query: runs of letters and digits, and what joins an e-mail address.
pub fn words(folded: &str) -> Vec<String> {
    folded
        .split(|c: char| !(is_letter(c) || "@._-+".contains(c)))
        .map(|word| word.trim_matches(|c: char| !is_letter(c)).to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// What the index of contacts knows of a folded name and of folded addresses: the name once more without the spaces within
/// scripts that need none, where it has any, so that a name is found whether or not its parts were written together.
pub fn of_contact(name: &str, addresses: &[String]) -> String {
    let mut text = name.to_owned();
    for more in joined(name).iter().chain(addresses) {
        text.push(' ');
        text.push_str(more);
    }
    text
}

/// The text without what separates letters of a script that puts no spaces between words; `None` where nothing does.
fn joined(folded: &str) -> Option<String> {
    let mut text = String::with_capacity(folded.len());
    let mut is_shorter = false;
    let parts = folded.split(|c: char| c.is_whitespace() || matches!(c, '・' | '·'));
    for part in parts.filter(|part| !part.is_empty()) {
        let meet = text.chars().next_back().is_some_and(is_joined) && part.starts_with(is_joined);
        is_shorter |= meet;
        if !meet && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(part);
    }
    is_shorter.then_some(text)
}

/// The words under which such a text stands in the index of contacts, beginnings of which find it: its words, and of
/// scripts without spaces each pair of letters and each last letter, because a given name stands anywhere in them.
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = words(text);
    for run in super::words::runs(text) {
        if let Run::Joined(run) = run {
            found.extend(super::words::pairs(run).map(str::to_owned));
            found.extend(run.chars().next_back().map(String::from));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether one of the [`tokens`] of such a text begins so; `word` is one of the [`words`] of a query.
pub fn begins(text: &str, word: &str) -> bool {
    let is_plain = word.starts_with(|first: char| first.is_ascii());
    let mut perhaps = false;
    for (at, _) in text.match_indices(word) {
        match text.as_bytes().get(..at).and_then(<[u8]>::last) {
            None | Some(b' ') => return true,
            Some(before) if is_plain && before.is_ascii_alphanumeric() => {}
            Some(_) => perhaps = true,
        }
    }
    // Nearly every word stands behind a space, or inside another one. To cut the text into its tokens takes ten times as long.
    perhaps && tokens(text).iter().any(|token| token.starts_with(word))
}

/// An FTS5 string literal: whatever the user typed stays text and never becomes an operator.
pub fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}
