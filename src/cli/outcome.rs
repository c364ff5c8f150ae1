//! What an action said, in one sentence for the console.

use jiff::tz::TimeZone;

use super::Error;
use crate::actions;
use crate::i18n::{Language, Texts, refusal};
use crate::password;
use crate::store;

/// What to say on the console, which speaks English as its help does.
fn sentence(error: &actions::Error) -> String {
    match error {
        actions::Error::NotFound => "there is no such thing".to_owned(),
        actions::Error::Refused(refused) => {
            let texts = Texts::new(Language::En);
            let words = [
                refusal::sentence(&texts, refused, &TimeZone::UTC),
                refusal::fix(&texts, refused, &TimeZone::UTC),
            ];
            words.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        actions::Error::Store(fault) => fault.to_string(),
    }
}

impl From<actions::Error> for Error {
    fn from(error: actions::Error) -> Self {
        Error::Failed(sentence(&error))
    }
}

impl From<store::Error> for Error {
    fn from(fault: store::Error) -> Self {
        Error::failed(fault)
    }
}

impl From<crate::domain::Refused> for Error {
    fn from(refused: crate::domain::Refused) -> Self {
        actions::Error::Refused(refused).into()
    }
}

impl From<password::Busy> for Error {
    fn from(_: password::Busy) -> Self {
        Error::Failed("there is not enough memory for a password hash".into())
    }
}
