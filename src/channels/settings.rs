//! Settings that somebody gives, sorted and checked against what a kind of channel takes.

use std::collections::BTreeMap;

use super::given::check;
use super::{Provider, Secrets};
use crate::domain::channel::Settings;
use crate::domain::refused::Problem;

/// What is wrong with the settings that were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The kind has no such setting.
    Unknown(String),
    /// A setting that the kind needs was not given.
    Missing(&'static str),
    /// The value is none that the setting takes.
    Wrong(&'static str, Problem),
}

/// Sorts what was given into settings and secrets, over those there are; an empty value takes one away.
/// What is missing then gets its default, and one from `word` where the kind asks for a random word.
pub fn settle(
    provider: &dyn Provider,
    given: &BTreeMap<String, String>,
    settings: &mut Settings,
    secrets: &mut Secrets,
    word: fn() -> String,
) -> Result<(), Fault> {
    for (name, value) in given {
        let field = provider.fields().iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| Fault::Unknown(name.clone()))?;
        check(field, value).map_err(|problem| Fault::Wrong(field.name, problem))?;
        let place = if field.secret { &mut *secrets } else { &mut *settings };
        if value.is_empty() {
            place.remove(name);
        } else {
            place.insert(name.clone(), value.clone());
        }
    }
    for field in provider.fields() {
        let place = if field.secret { &mut *secrets } else { &mut *settings };
        if place.contains_key(field.name) {
            continue;
        }
        match field.default {
            "" if field.required => return Err(Fault::Missing(field.name)),
            "" => None,
            "*" => place.insert(field.name.to_owned(), word()),
            default => place.insert(field.name.to_owned(), default.to_owned()),
        };
    }
    Ok(())
}

/// Whether one of these settings is a secret, so that the secrets have to be kept anew.
pub fn touch_secrets(provider: &dyn Provider, given: &BTreeMap<String, String>) -> bool {
    provider.fields().iter().any(|field| field.secret && given.contains_key(field.name))
}
