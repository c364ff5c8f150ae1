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

/// A name as a list of people shows it: never empty.
pub fn shown<'t>(name: &'t str, otherwise: &'t str) -> &'t str {
    if search::fold(name).trim().is_empty() { otherwise } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_of_two_letters_lies_in_the_drawer_of_its_words() {
        for word in ["refund", "返金お願い", "ñandú", "a1234"] {
            let start: String = word.chars().take(2).collect();
            assert_eq!(drawer(word), drawer(&start), "{word}");
            assert!(drawer(word) < DRAWERS);
        }
    }
}
