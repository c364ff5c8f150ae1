//! What people typed for a channel, checked against what its kind asks for.

use super::{Field, Input, Provider, Secrets};
use crate::domain::Refused;
use crate::domain::channel::Settings;
use crate::domain::refused::Problem;

/// The longest value; a pasted key fits, a pasted book does not.
const MOST: u32 = 8000;

/// The settings of a channel: those that everybody may see, and those that are sealed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given {
    pub settings: Settings,
    pub secrets: Secrets,
    /// The secrets that were made up just now, to be copied once.
    pub made: Vec<&'static str>,
}

impl Given {
    /// Reads what was typed, field by field. `before` is what is kept until now: a secret that is not
    /// typed stays as it is. `make` makes up a random word where a field asks for one.
    pub fn read(
        provider: &dyn Provider,
        before: &Secrets,
        typed: &dyn Fn(&str) -> Option<String>,
        make: &dyn Fn() -> String,
    ) -> Result<Given, Refused> {
        let mut given = Given::default();
        // What the provider gave by itself is on no form.
        let kept = before.iter().filter(|(name, _)| name.starts_with(super::GIVEN));
        given.secrets.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        for field in provider.fields() {
            let value = typed(field.name).map(|value| value.trim().to_owned()).unwrap_or_default();
            check(field, &value).map_err(|problem| Refused::Field { field: field.name, problem })?;
            let kept = before.get(field.name).filter(|_| field.secret && value.is_empty()).cloned();
            let value = match (kept, value.is_empty(), field.default) {
                (Some(kept), ..) => kept,
                (None, false, _) => value,
                (None, true, "*") => {
                    given.made.push(field.name);
                    make()
                }
                (None, true, default) => default.to_owned(),
            };
            if value.is_empty() {
                if field.required {
                    return Err(Refused::Field { field: field.name, problem: Problem::Missing });
                }
                continue;
            }
            let place = if field.secret { &mut given.secrets } else { &mut given.settings };
            place.insert(field.name.to_owned(), value);
        }
        Ok(given)
    }
}

/// Whether a field takes this value; an empty one is for whoever asks to judge.
pub fn check(field: &Field, value: &str) -> Result<(), Problem> {
    if value.is_empty() {
        return Ok(());
    }
    if value.chars().count() > MOST as usize {
        return Err(Problem::TooLong { most: MOST });
    }
    if value.contains(char::is_control) {
        return Err(Problem::Wrong);
    }
    if field.name == super::field::ACKNOWLEDGEMENT.name && value.len() > super::field::ACKNOWLEDGED {
        // Letters of some scripts take three bytes; the number is what fits of any.
        return Err(Problem::TooLong { most: (super::field::ACKNOWLEDGED / 3) as u32 });
    }
    let is_url = field.name == super::API_BASE.name || field.name.ends_with("_url");
    if field.name == "certificate" && crate::net::wire::read_fingerprint(value).is_none() {
        return Err(Problem::Wrong);
    }
    match field.input {
        Input::Number if value.parse::<u32>().is_err() => Err(Problem::NotANumber),
        Input::Digits if !value.bytes().all(|byte| byte.is_ascii_digit()) => Err(Problem::NotANumber),
        Input::YesNo if !matches!(value, "yes" | "no") => Err(Problem::Unknown),
        Input::Choice(words) if !words.contains(&value) => Err(Problem::Unknown),
        Input::Text if is_url && !value.starts_with("https://") && !value.starts_with("http://") => {
            Err(Problem::NotAUrl)
        }
        _ => Ok(()),
    }
}
