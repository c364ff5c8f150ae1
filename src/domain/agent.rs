//! A person of the team, and what that person may do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::contact::one_line;
use super::keys::Keymap;
use super::refused::Problem;
use super::{Id, Refused, Timestamp};

/// Somebody who signs in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    pub id: Id<Agent>,
    /// Lower case; what one signs in with.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// A language code, or `None` to follow the browser.
    pub language: Option<String>,
    /// An IANA name, or `None` for the team's.
    pub time_zone: Option<String>,
    pub theme: Theme,
    /// Single-letter keys work (WCAG 2.1.4 wants a switch).
    pub keys: bool,
    /// The keys that this person chose instead of the usual ones.
    pub keymap: Keymap,
    /// Enter sends on chat channels; otherwise Ctrl+Enter does everywhere.
    pub enter_sends: bool,
    pub disabled_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// An e-mail address to sign in with, in its normal form: trimmed, in lower case.
pub fn normal_email(text: &str) -> Result<String, Refused> {
    let refused = |problem| Refused::Field { field: "email", problem };
    let email = text.trim().to_lowercase();
    if email.is_empty() {
        return Err(refused(Problem::Missing));
    }
    if email.len() > 254 {
        return Err(refused(Problem::TooLong { most: 254 }));
    }
    let odd =
        |letter: char| letter.is_whitespace() || letter.is_control() || "<>,;:\"()[]\\".contains(letter);
    let whole = email.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if !whole || email.contains(odd) {
        return Err(refused(Problem::NotAnEmail));
    }
    Ok(email)
}

/// The name of a person or a thing, without spaces around it, in one line.
pub fn normal_name(text: &str) -> Result<String, Refused> {
    const MOST: u32 = 80;
    let name = one_line(text);
    let refused = |problem| Refused::Field { field: "name", problem };
    if name.is_empty() {
        return Err(refused(Problem::Missing));
    }
    if name.chars().count() > MOST as usize {
        return Err(refused(Problem::TooLong { most: MOST }));
    }
    Ok(name)
}

/// What somebody is at the desk. Each role may do what the ones below it may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Agent,
    Supervisor,
    Admin,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::Agent, Role::Supervisor, Role::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Agent => "agent",
            Role::Supervisor => "supervisor",
            Role::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    pub const fn as_str(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

impl FromStr for Theme {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Theme::ALL.into_iter().find(|theme| theme.as_str() == text).ok_or(())
    }
}
