//! A person of the team, and what that person may do.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Id, Timestamp};

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
    /// Enter sends on chat channels; otherwise Ctrl+Enter does everywhere.
    pub enter_sends: bool,
    pub disabled_at: Option<Timestamp>,
    pub created_at: Timestamp,
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
