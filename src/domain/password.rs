//! Which passwords are good enough: long enough, and not one that everybody tries first.
//!
//! No rules about digits and signs: they make people write passwords down, and add little.

use super::refused::Problem;
use super::{Refused, search};

/// The fewest letters of a password.
pub const LEAST: u32 = 10;
/// The most; more would only make the hash slow.
pub const MOST: u32 = 256;

/// The passwords of ten letters and more that are tried first, one a line, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Words that passwords are made of first, one a line, in lower case: those of the shorter ones, and names.
const WORDS: &str = include_str!("common_words.txt");

/// What people add to them that a guesser knows of this program.
const PRODUCT: [&str; 8] =
    ["transom", "password", "contraseña", "whatsapp", "telegram", "messenger", "instagram", "support"];

/// Checks a new password. `near` are texts that a guesser knows: the name, the address, the team.
pub fn check(password: &str, near: &[&str]) -> Result<(), Refused> {
    let refused = |problem| Err(Refused::Field { field: "password", problem });
    let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    if length == 0 {
        return refused(Problem::Missing);
    }
    if length < LEAST {
        return refused(Problem::TooShort { least: LEAST });
    }
    if length > MOST {
        return refused(Problem::TooLong { most: MOST });
    }
    let folded = search::fold(password);
    if COMMON.lines().any(|common| common == folded) || is_pattern(&folded) || is_a_word(&folded, near) {
        return refused(Problem::TooCommon);
    }
    Ok(())
}

/// One letter again and again, or a run such as `abcdefghij` or `0987654321`.
fn is_pattern(folded: &str) -> bool {
    let letters: Vec<u32> = folded.chars().map(u32::from).collect();
    let steps = |step: i64| letters.windows(2).all(|pair| i64::from(pair[1]) - i64::from(pair[0]) == step);
    steps(0) || steps(1) || steps(-1)
}

/// A word that a guesser knows, with nothing but digits and signs around it.
fn is_a_word(folded: &str, near: &[&str]) -> bool {
    let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
    let whole = letters(folded);
    let bare = folded.trim_matches(|letter: char| !letter.is_alphabetic());
    let bare_whole = letters(bare);
    let known =
        |word: &str| word.chars().count() > 2 && (word == bare || word == whole || word == bare_whole);
    let near = near.iter().chain(&PRODUCT).map(|text| search::fold(text));
    let is_near = near.into_iter().any(|text| {
        known(&text) || known(&letters(&text)) || text.split(|c: char| !c.is_alphanumeric()).any(known)
    });
    is_near || WORDS.lines().any(known)
}
