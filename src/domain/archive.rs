//! What an archive tells of a conversation in one line, and where its pages lie.

use super::channel::Kind;
use super::contact::{Address, Contact};
use super::conversation::{Conversation, Status};
use super::{Id, Timestamp, search};

/// A conversation in one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub id: Id<Conversation>,
    pub contact: Id<Contact>,
    /// What the contact is called; may be empty.
    pub name: String,
    pub channel: String,
    pub kind: Kind,
    pub subject: String,
    pub status: Status,
    pub snippet: String,
    pub created_at: Timestamp,
    pub last_at: Timestamp,
    pub assignee: Option<String>,
    pub address: Id<Address>,
    pub messages: i64,
}

/// How many pages lie in one folder at most.
pub const SHELF: i64 = 1000;
/// Of how many conversations the texts lie in one file, from which a hit shows where its words stand.
pub const TEXTS: i64 = 8;
/// How many lines a list has at most.
pub const LINES: usize = 500;
/// In how many files the words lie.
pub const DRAWERS: u32 = 1024;

/// Where the page of a conversation lies.
pub fn page_of(id: Id<Conversation>) -> String {
    format!("conversations/{}/{id}.html", id.get() / SHELF)
}

/// Where the list number `page` of a month lies, from 1.
pub fn month_page((year, month): (i16, i8), page: usize) -> String {
    if page < 2 {
        return format!("months/{year:04}-{month:02}.html");
    }
    format!("months/{year:04}-{month:02}-{page}.html")
}

/// Where the list number `page` of the contacts lies, from 1.
pub fn contacts_page(page: usize) -> String {
    format!("contacts/{page}.html")
}

/// The file in which a word lies: by its first two letters, so that a beginning lies there as well. The script of the
/// archive counts the same way.
pub fn drawer(word: &str) -> u32 {
    let start: String = word.chars().take(2).collect();
    start.encode_utf16().fold(0_u32, |sum, unit| (sum * 31 + u32::from(unit)) % DRAWERS)
}

/// A number as it is found by its last digits: backwards, with a sign behind that stands in no word. `None`: it is no
/// number of a phone.
pub fn tail(address: &str) -> Option<String> {
    let digits = address.strip_prefix('+')?;
    let number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    number.then(|| digits.chars().rev().chain(['#']).collect())
}

/// A name as a list of people shows it: never empty.
pub fn shown<'t>(name: &'t str, otherwise: &'t str) -> &'t str {
    if search::fold(name).trim().is_empty() { otherwise } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_have_last_digits() {
        assert_eq!(tail("+34612345126").as_deref(), Some("62154321643#"));
        for other in ["34612345126", "+", "+34x", "ana@example.com", ""] {
            assert_eq!(tail(other), None, "{other}");
        }
    }

    #[test]
    fn a_beginning_of_two_letters_lies_in_the_drawer_of_its_words() {
        for word in ["refund", "返金お願い", "ñandú", "a1234"] {
            let start: String = word.chars().take(2).collect();
            assert_eq!(drawer(word), drawer(&start), "{word}");
            assert!(drawer(word) < DRAWERS);
        }
    }
}
