//! Mails of the desk to its own people about what happened to their account.

use super::agent::Agent;
use super::{Id, Span, Timestamp};

/// What somebody is told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Somebody signed in on a browser that was not seen before.
    NewBrowser,
    /// The password is another one.
    PasswordChanged,
    /// No code is asked for any more.
    FactorOff,
}

impl Of {
    pub const ALL: [Of; 3] = [Of::NewBrowser, Of::PasswordChanged, Of::FactorOff];

    pub const fn as_str(self) -> &'static str {
        match self {
            Of::NewBrowser => "new_browser",
            Of::PasswordChanged => "password_changed",
            Of::FactorOff => "factor_off",
        }
    }
}

impl std::str::FromStr for Of {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Of::ALL.into_iter().find(|of| of.as_str() == text).ok_or(())
    }
}

/// A mail to somebody of the team that is still to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    pub id: Id<Alert>,
    pub agent: Id<Agent>,
    pub of: Of,
    /// The address and the browser from which it was done; empty where that says nothing.
    pub peer: String,
    pub browser: String,
    pub at: Timestamp,
    /// Stays the same over all attempts.
    pub key: String,
    pub attempt: i64,
}

/// No second mail of the same to the same person within this time: whoever knows a password must not be able to
/// fill a mailbox with it. The list of browsers and the log name each.
pub const APART: Span = Span::minutes(10);

/// After this long a mail is of no use any more.
pub const PATIENCE: Span = Span::days(1);
