//! Settings of a channel from `--set key=value`, checked against what its kind takes.

use std::collections::BTreeMap;

use super::Error;
use crate::channels::settings::Fault;
use crate::channels::{self, Input, Provider, Secrets};
use crate::domain::channel::Settings;
use crate::domain::refused::Problem;
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
    channels::settings::settle(provider, given, settings, secrets, random::token)
        .map_err(|fault| Error::Usage(sentence(provider, &fault)))
}

fn sentence(provider: &dyn Provider, fault: &Fault) -> String {
    match fault {
        Fault::Unknown(name) => {
            let known: Vec<&str> = provider.fields().iter().map(|field| field.name).collect();
            format!("{} has no setting {name}; it takes {}", provider.kind().as_str(), known.join(", "))
        }
        Fault::Missing(name) => format!("--set {name}=… is missing"),
        Fault::Wrong(name, problem) => format!("{name} must be {}", expected(provider, name, problem)),
    }
}

fn expected(provider: &dyn Provider, name: &str, problem: &Problem) -> String {
    let field = provider.fields().iter().find(|field| field.name == name);
    match (problem, field.map(|field| &field.input)) {
        (Problem::TooLong { most }, _) => format!("at most {most} characters long"),
        (Problem::NotAUrl, _) => "an address that begins with https:// or http://".to_owned(),
        (_, Some(Input::Number)) => "a number".to_owned(),
        (_, Some(Input::Digits)) => "digits only, as in 106540352242922".to_owned(),
        (_, Some(Input::YesNo)) => "yes or no".to_owned(),
        (_, Some(Input::Choice(choices))) => format!("one of {}", choices.join(", ")),
        _ => "one line of text".to_owned(),
    }
}
