//! Fields that a team adds to its contacts: a customer number, a birthday, a tariff.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::refused::Problem;
use super::{Id, Refused, Timestamp, search};

/// The most fields that a team has.
pub const MOST: usize = 50;
/// The longest value, in characters.
pub const LONGEST: u32 = 500;

/// A field of the team's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    pub id: Id<Field>,
    pub name: String,
    pub kind: Kind,
    /// What a choice chooses among; empty for the other kinds.
    pub choices: Vec<String>,
    pub created_at: Timestamp,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Number,
    Date,
    /// Yes, or not known.
    Yes,
    Choice,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Text, Kind::Number, Kind::Date, Kind::Yes, Kind::Choice];

    /// The word in the file and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "number",
            Kind::Date => "date",
            Kind::Yes => "yes",
            Kind::Choice => "choice",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

impl Field {
    /// The value as it is kept; empty: none. What does not fit is refused.
    pub fn normal(&self, typed: &str) -> Result<String, Refused> {
        let typed = typed.trim();
        let wrong = |problem| Refused::Field { field: "fields", problem };
        if typed.is_empty() {
            return Ok(String::new());
        }
        if typed.chars().count() > LONGEST as usize {
            return Err(wrong(Problem::TooLong { most: LONGEST }));
        }
        match self.kind {
            Kind::Text => Ok(typed.to_owned()),
            Kind::Number => number(typed).ok_or(wrong(Problem::NotANumber)),
            Kind::Date => {
                let date: Result<jiff::civil::Date, _> = typed.parse();
                date.map(|date| date.to_string()).map_err(|_| wrong(Problem::Wrong))
            }
            Kind::Yes => match search::fold(typed).as_str() {
                "yes" | "on" | "true" | "1" | "si" => Ok("yes".to_owned()),
                "no" | "off" | "false" | "0" => Ok(String::new()),
                _ => Err(wrong(Problem::Wrong)),
            },
            Kind::Choice => {
                let wanted = search::fold(typed);
                let found = self.choices.iter().find(|choice| search::fold(choice) == wanted);
                found.cloned().ok_or(wrong(Problem::Unknown))
            }
        }
    }

    /// By what an exact search finds the value; dates and yes find nobody (S197).
    pub fn sought(&self, value: &str) -> Option<String> {
        (!matches!(self.kind, Kind::Date | Kind::Yes)).then(|| search::fold(value))
    }
}

/// A number in one notation: `1,50` and `1.5` are the same.
fn number(typed: &str) -> Option<String> {
    let plain = typed.replace(',', ".");
    let fits = plain.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let value: f64 = plain.parse().ok().filter(|_| fits)?;
    // Digits that a float cannot hold stay as they were typed.
    if plain.chars().filter(char::is_ascii_digit).count() > 15 {
        Some(plain)
    } else {
        Some(value.to_string())
    }
}
