//! What stands in the fields of a form, and what was wrong with it when it came back.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::parts::Field;
use crate::domain::Refused;
use crate::i18n::{Texts, refusal};

/// A form on its way to the page: new, or sent back with what was typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    values: BTreeMap<String, String>,
    pub refused: Option<Refused>,
}

impl Typed {
    /// The same with a value in a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Typed {
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// The same, sent back because of this.
    #[must_use]
    pub fn refused(self, refused: Refused) -> Typed {
        Typed { refused: Some(refused), ..self }
    }

    /// The value of a field; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// A field with what was typed, and with what is wrong beside it.
    pub fn field<'a>(&'a self, t: &Texts, name: &'a str, label: &'a str) -> Field<'a> {
        Field { name, label, value: self.get(name), error: self.error(t, name), ..Field::default() }
    }

    /// What is wrong with this field.
    pub fn error(&self, t: &Texts, name: &str) -> Option<String> {
        match &self.refused {
            Some(Refused::Field { field, problem }) if *field == name => Some(refusal::field(t, *problem)),
            _ => None,
        }
    }

    /// What is wrong with the form as a whole, when it is no one field that stands in `shown`.
    pub fn problem(&self, t: &Texts, zone: &TimeZone, shown: &[&str]) -> Option<String> {
        match self.refused.as_ref()? {
            Refused::Field { field, .. } if shown.contains(field) => None,
            refused => Some(refusal::sentence(t, refused, zone)),
        }
    }
}
