//! A person who writes to us, and the addresses by which we know that person.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::{Agent, normal_email};
use super::channel::{Channel, Kind};
use super::refused::Problem;
use super::visible::is_blank;
use super::{Id, Refused, Timestamp, phone, search};

/// A customer. One person, any number of addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    pub id: Id<Contact>,
    /// The name as it was given; empty when none is known.
    pub name: String,
    /// The language code that the person prefers, when known.
    pub language: Option<String>,
    /// What the team wrote about the person.
    pub about: String,
    /// The agent who looks after this person (S3).
    pub dedicated: Option<Id<Agent>>,
    pub blocked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The word of the picture; the file keeps it as pictures come and go.
    pub picture: Option<String>,
}

/// One way to reach a contact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    pub id: Id<Address>,
    pub contact: Id<Contact>,
    pub kind: AddressKind,
    /// The channel account inside which the value has a meaning; `None` when it means the same everywhere.
    pub scope: Option<Id<Channel>>,
    /// The value in its one normal form: E.164 with `+`, a lower-case e-mail address, a provider's id.
    pub value: String,
    /// The person has shown that the address is theirs.
    pub verified: bool,
    /// Whether one may write there, where the person said so.
    pub allowed: Option<bool>,
    pub created_at: Timestamp,
}

/// What was said about being written to at an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    pub allowed: bool,
    pub at: Timestamp,
    /// Who says so: [`Consent::CHANNEL`], or what an agent wrote.
    pub source: String,
}

impl Consent {
    /// The person said it on the channel itself.
    pub const CHANNEL: &str = "channel";
}

/// What kind of address it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressKind {
    Phone,
    Email,
    /// A number, or a business-scoped user id where the number is hidden.
    Whatsapp,
    Messenger,
    Instagram,
    Telegram,
    Line,
    Viber,
    Wechat,
    Tiktok,
    /// A visitor of a website.
    Visitor,
    /// Whatever a custom channel calls its people.
    Custom,
}

impl AddressKind {
    pub const ALL: [AddressKind; 12] = [
        AddressKind::Phone,
        AddressKind::Email,
        AddressKind::Whatsapp,
        AddressKind::Messenger,
        AddressKind::Instagram,
        AddressKind::Telegram,
        AddressKind::Line,
        AddressKind::Viber,
        AddressKind::Wechat,
        AddressKind::Tiktok,
        AddressKind::Visitor,
        AddressKind::Custom,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            AddressKind::Phone => "phone",
            AddressKind::Email => "email",
            AddressKind::Whatsapp => "whatsapp",
            AddressKind::Messenger => "messenger",
            AddressKind::Instagram => "instagram",
            AddressKind::Telegram => "telegram",
            AddressKind::Line => "line",
            AddressKind::Viber => "viber",
            AddressKind::Wechat => "wechat",
            AddressKind::Tiktok => "tiktok",
            AddressKind::Visitor => "visitor",
            AddressKind::Custom => "custom",
        }
    }

    /// `text` as a person typed it, in the one normal form of this kind. `home` is the country in which a
    /// phone number without a country code is meant.
    pub fn normal(self, text: &str, home: Option<&str>) -> Result<String, Refused> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refused::Field { field: "value", problem: Problem::Missing });
        }
        if text.chars().count() > 254 {
            return Err(Refused::Field { field: "value", problem: Problem::TooLong { most: 254 } });
        }
        match self {
            AddressKind::Phone => phone::parse(text, home),
            AddressKind::Email => normal_email(text),
            // A number where it is one; otherwise the id that stands for a person who hides it.
            AddressKind::Whatsapp if phone::plain(text).chars().any(char::is_alphabetic) => {
                Ok(text.to_owned())
            }
            AddressKind::Whatsapp => phone::parse(text, home),
            _ => Ok(text.to_owned()),
        }
    }

    /// The other kind in which the same value means the same person: a number is a number.
    pub const fn alike(self) -> Option<AddressKind> {
        match self {
            AddressKind::Phone => Some(AddressKind::Whatsapp),
            AddressKind::Whatsapp => Some(AddressKind::Phone),
            _ => None,
        }
    }

    /// Whether the value means the same person only inside one channel account.
    pub const fn is_scoped(self) -> bool {
        !matches!(self, AddressKind::Phone | AddressKind::Email | AddressKind::Whatsapp)
    }
}

impl FromStr for AddressKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        AddressKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// A full name as two of them are compared: folded, and its words in one order, since a sheet says "García, Ana" where
/// the person says "Ana García". `None` for what many people can have in common: a single word, or one with a digit, as
/// the chat's own word for a visitor who said no name.
pub fn full_name(name: &str) -> Option<String> {
    let mut words = search::words(&search::fold(name));
    let is_full = words.len() >= 2 && !words.iter().any(|word| word.chars().any(char::is_numeric));
    words.sort_unstable();
    is_full.then(|| words.join(" "))
}

/// What stands in the bubble of a customer: the initials, and on WhatsApp the letter C (S120, S183, X7).
pub fn mark(kind: Kind, name: &str) -> String {
    if kind == Kind::Whatsapp { "C".to_owned() } else { initials(name) }
}

/// A text of several lines as it is kept: without signs that nobody sees.
pub fn lines(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')).collect()
}

/// A name as it is kept: one line without signs that nobody sees, whoever gave it; empty where nothing would be seen.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    if is_blank(&line) { String::new() } else { line }
}

/// The initials that stand in a contact's face; empty for an empty name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::full_name;

    #[test]
    fn full_names_are_compared_without_accents_and_in_one_order() {
        let ana = full_name("Ana García");
        assert_eq!(ana.as_deref(), Some("ana garcia"));
        assert_eq!(full_name(" GARCIA,  Ana "), ana);
        assert_ne!(full_name("Ana García López"), ana);
        for none in ["", "Ana", "Visitor 4F2A", "Ana 2"] {
            assert_eq!(full_name(none), None, "{none}");
        }
    }
}
