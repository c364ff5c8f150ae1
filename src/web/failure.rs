//! The only table from what went wrong to a status and words.

use crate::actions;
use crate::domain::offer::Denied;
use crate::domain::{Refused, workflow};
use crate::store;

/// Why a request got no ordinary answer.
#[derive(Debug)]
pub enum Failure {
    /// No such page or thing, or the asker may not know of it: 404.
    NotFound,
    /// Signed out: to the sign-in page, or 401 for programs.
    SignedOut,
    /// The form did not come from our page, or is too old: 403.
    Forged,
    /// The rules say no: 403, 409, 422 or 429.
    Refused(Refused),
    /// The request makes no sense: 400, with a word for programmers.
    Bad(&'static str),
    /// A program's request is not as the API's document says: 400, with what is wrong with it.
    Malformed { code: &'static str, what: String },
    /// A method that this URL does not have: 405.
    Method,
    /// The body is longer than this route takes: 413.
    TooLarge,
    /// Something broke: 500, or 503 when nothing can be written at the moment.
    Broken(store::Error),
}

impl From<actions::Error> for Failure {
    fn from(error: actions::Error) -> Self {
        match error {
            actions::Error::NotFound => Failure::NotFound,
            actions::Error::Refused(refused) => Failure::Refused(refused),
            actions::Error::Store(fault) => Failure::Broken(fault),
        }
    }
}

impl From<store::Error> for Failure {
    fn from(fault: store::Error) -> Self {
        Failure::Broken(fault)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(fault: rusqlite::Error) -> Self {
        Failure::Broken(fault.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Refused(refused)
    }
}

impl Failure {
    /// The status that says it.
    pub fn status(&self) -> u16 {
        match self {
            Failure::NotFound => 404,
            Failure::SignedOut => 401,
            Failure::Forged => 403,
            Failure::Refused(refused) => status_of(refused),
            Failure::Bad(_) | Failure::Malformed { .. } => 400,
            Failure::Method => 405,
            Failure::TooLarge => 413,
            Failure::Broken(store::Error::DiskFull | store::Error::Halted(_) | store::Error::Stopped) => 503,
            Failure::Broken(_) => 500,
        }
    }
}

fn status_of(refused: &Refused) -> u16 {
    match refused {
        Refused::NeedsRole { .. } | Refused::NotYours => 403,
        Refused::Outbound { why } if why.is_right() => 403,
        Refused::WindowClosed { .. }
        | Refused::NewerMessage { .. }
        | Refused::AlreadyActive { .. }
        | Refused::SubjectUsed { .. }
        | Refused::AddressTaken { .. }
        | Refused::AddressInUse
        | Refused::Work(Denied::NoOffer)
        | Refused::Work(Denied::OfferWaits)
        | Refused::SignInAgain
        | Refused::Work(Denied::NotAccepted)
        | Refused::Work(Denied::NotFree { .. })
        | Refused::Work(Denied::NobodyFree)
        | Refused::Work(Denied::AlreadyAsked { .. })
        | Refused::Work(Denied::ConferenceBegun)
        | Refused::Work(Denied::ConferenceMail)
        | Refused::Work(Denied::NotInitiator { .. })
        | Refused::AlreadyThere { .. }
        | Refused::Workflow { why: workflow::Refusal::Runs { .. } }
        | Refused::AssignedTo { .. }
        | Refused::ChangedSince
        | Refused::TemplateChanged { .. }
        | Refused::TooLate
        | Refused::UndoOver
        | Refused::MergedLongAgo
        | Refused::Overtaken { .. }
        | Refused::NotRetryable
        | Refused::KeyReused
        | Refused::LastAdmin
        | Refused::Outbound { .. }
        | Refused::ChannelDisabled => 409,
        Refused::TooMany { .. } => 429,
        Refused::NoRoom => 507,
        _ => 422,
    }
}
