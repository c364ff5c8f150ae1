//! Settings of a channel from `--set key=value`, checked against what its kind takes.

use std::collections::BTreeMap;

use super::Error;
use crate::channels::{Field, Input, Provider, Secrets};
use crate::domain::channel::Settings;
use crate::random;

/// What was given, by name. A value `@FILE` stands for what is in the file.
pub fn given(words: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut given = BTreeMap::new();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Error::Usage(format!("--set {word} has no '=', as in --set name=value")));
        };
        let value = match value.strip_prefix('@') {
            None => value.to_owned(),
            Some(file) => {
                let read = std::fs::read_to_string(file);
                read.map_err(|fault| Error::Failed(format!("{file}: {fault}")))?.trim_end().to_owned()
            }
        };
        given.insert(name.trim().to_owned(), value);
    }
    Ok(given)
}

/// Sorts what was given into settings and secrets, over those there are; an empty value takes one away.
pub fn settle(
    provider: &dyn Provider,
    given: &BTreeMap<String, String>,
    settings: &mut Settings,
    secrets: &mut Secrets,
) -> Result<(), Error> {
    for (name, value) in given {
        let field = provider.fields().iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| unknown(provider, name))?;
        fits(field, value)?;
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
            "" if field.required => return Err(Error::Usage(format!("--set {}=… is missing", field.name))),
            "" => None,
            "*" => place.insert(field.name.to_owned(), random::token()),
            default => place.insert(field.name.to_owned(), default.to_owned()),
        };
    }
    Ok(())
}

fn unknown(provider: &dyn Provider, name: &str) -> Error {
    let known: Vec<&str> = provider.fields().iter().map(|field| field.name).collect();
    Error::Usage(format!("{} has no setting {name}; it takes {}", provider.kind().as_str(), known.join(", ")))
}

fn fits(field: &Field, value: &str) -> Result<(), Error> {
    let expected = match field.input {
        _ if value.is_empty() => return Ok(()),
        Input::Text => return Ok(()),
        Input::Number if value.parse::<u32>().is_ok() => return Ok(()),
        Input::Number => "a number".to_owned(),
        Input::YesNo if ["yes", "no"].contains(&value) => return Ok(()),
        Input::YesNo => "yes or no".to_owned(),
        Input::Choice(choices) if choices.contains(&value) => return Ok(()),
        Input::Choice(choices) => format!("one of {}", choices.join(", ")),
    };
    Err(Error::Usage(format!("{} must be {expected}", field.name)))
}
