//! The team's own fields of contacts: made, changed, taken away.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::event::kind;
use crate::domain::field::{Field, Kind, MOST};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp, search};
use crate::store::{Tx, event, field as fields};

/// The longest name and choice, in characters, and the most choices.
const LONGEST: usize = 60;
const CHOICES: usize = 100;

fn wrong(field: &'static str, problem: Problem) -> Error {
    Refused::Field { field, problem }.into()
}

/// Adds a field.
pub fn add(
    tx: &Tx<'_>,
    by: &Viewer,
    (name, kind, choices): (&str, Kind, &[String]),
    now: Timestamp,
) -> Result<Id<Field>> {
    by.must_be(Role::Supervisor)?;
    if fields::all(tx)?.len() >= MOST {
        return Err(wrong("name", Problem::TooMany { most: 50 }));
    }
    let name = named(tx, name, None)?;
    let choices = chosen(kind, choices)?;
    let id = fields::insert(tx, &name, kind, &choices, now)?;
    log(tx, by, id, now)?;
    Ok(id)
}

/// Changes the name and the choices. What contacts have stays, also where it is no choice any more.
pub fn change(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Field>,
    (name, choices): (&str, &[String]),
    now: Timestamp,
) -> Result<()> {
    by.must_be(Role::Supervisor)?;
    let field = fields::get(tx, id)?.ok_or(Error::NotFound)?;
    let name = named(tx, name, Some(id))?;
    fields::change(tx, id, &name, &chosen(field.kind, choices)?)?;
    log(tx, by, id, now)
}

/// Takes a field away, with what all contacts have in it.
pub fn delete(tx: &Tx<'_>, by: &Viewer, id: Id<Field>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    fields::get(tx, id)?.ok_or(Error::NotFound)?;
    fields::delete(tx, id)?;
    log(tx, by, id, now)
}

/// The name as it is kept; no other field may be called so.
fn named(tx: &Tx<'_>, name: &str, mine: Option<Id<Field>>) -> Result<String> {
    let name = normal_name(name)?;
    if name.chars().count() > LONGEST {
        return Err(wrong("name", Problem::TooLong { most: 60 }));
    }
    let folded = search::fold(&name);
    let taken = fields::all(tx)?.into_iter().any(|f| Some(f.id) != mine && search::fold(&f.name) == folded);
    if taken { Err(wrong("name", Problem::Taken)) } else { Ok(name) }
}

/// The choices, each once; a choice needs two at least, the other kinds have none.
fn chosen(kind: Kind, choices: &[String]) -> Result<Vec<String>> {
    if kind != Kind::Choice {
        return Ok(Vec::new());
    }
    let mut kept: Vec<String> = Vec::new();
    for choice in choices.iter().map(|choice| choice.trim()).filter(|choice| !choice.is_empty()) {
        if choice.chars().count() > LONGEST {
            return Err(wrong("choices", Problem::TooLong { most: 60 }));
        }
        if !kept.iter().any(|there| search::fold(there) == search::fold(choice)) {
            kept.push(choice.to_owned());
        }
    }
    match kept.len() {
        0 | 1 => Err(wrong("choices", Problem::Missing)),
        many if many > CHOICES => Err(wrong("choices", Problem::TooMany { most: 100 })),
        _ => Ok(kept),
    }
}

fn log(tx: &Tx<'_>, by: &Viewer, id: Id<Field>, now: Timestamp) -> Result<()> {
    let data = json!({ "field": id.get() });
    let new = event::New { kind: kind::FIELD_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}
