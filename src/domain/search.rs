//! What makes two texts the same for somebody who searches: case, accents and width do not count.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// `text` as it is indexed and compared: lower case, without accents and points, full-width forms made plain.
/// What is a letter of its own where it is used stays: the signs of Indic vowels, the voicing of kana.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let bare = text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase);
    bare.nfc().flat_map(plain).collect()
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

/// An FTS5 string literal: whatever the user typed stays text and never becomes an operator.
pub fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}
