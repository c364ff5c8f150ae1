//! Rows of a sheet become contacts: who is here already, by an address, gets what is missing.

use std::collections::BTreeSet;

use super::{Change, New, NewAddress};
use crate::actions::Error;
use crate::domain::access::Viewer;
use crate::domain::contact::Contact;
use crate::domain::roster::{Became, Row, Wrong};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, setting};

/// What became of one row.
pub type Outcome = Result<Became, Wrong>;

enum Undone {
    Tried(Vec<Outcome>),
    Broke(store::Error),
}

impl From<store::Error> for Undone {
    fn from(fault: store::Error) -> Undone {
        Undone::Broke(fault)
    }
}

/// Takes these rows, each whole or not at all; what could not be read is passed over. `dry`: tells what would become of them, and nothing stays.
pub fn take(
    tx: &Tx<'_>,
    by: &Viewer,
    rows: &[Result<Row, Wrong>],
    dry: bool,
    now: Timestamp,
) -> store::Result<Vec<Outcome>> {
    let tried = tx.part(|tx| {
        let all = rows.iter().map(|row| one(tx, by, row, now)).collect::<store::Result<Vec<_>>>()?;
        if dry { Err(Undone::Tried(all)) } else { Ok(all) }
    });
    match tried {
        Ok(all) | Err(Undone::Tried(all)) => Ok(all),
        Err(Undone::Broke(fault)) => Err(fault),
    }
}

fn one(tx: &Tx<'_>, by: &Viewer, row: &Result<Row, Wrong>, now: Timestamp) -> store::Result<Outcome> {
    let row = match row {
        Ok(row) => row,
        Err(why) => return Ok(Err(why.clone())),
    };
    match tx.part(|tx| put(tx, by, row, now)) {
        Ok(became) => Ok(Ok(became)),
        Err(Stop::Wrong(why)) => Ok(Err(why)),
        Err(Stop::Action(Error::Refused(refused))) => Ok(Err(Wrong::of(&refused))),
        Err(Stop::Action(Error::NotFound)) => Ok(Err(Wrong::Gone)),
        Err(Stop::Action(Error::Store(fault))) => Err(fault),
    }
}

enum Stop {
    Action(Error),
    Wrong(Wrong),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(fault: E) -> Stop {
        Stop::Action(fault.into())
    }
}

fn put(tx: &Tx<'_>, by: &Viewer, row: &Row, now: Timestamp) -> Result<Became, Stop> {
    let home = setting::get(tx, setting::key::COUNTRY)?;
    let mut owners: BTreeSet<Id<Contact>> = BTreeSet::new();
    let mut strange = Vec::new();
    let mut seen = BTreeSet::new();
    for (kind, value) in &row.addresses {
        let none = |refused: Refused| Stop::Wrong(Wrong::of_address(*kind, value, &refused));
        let normal = kind.normal(value, home.as_deref()).map_err(none)?;
        match store::contact::find_address(tx, *kind, Id::new(0), &normal)? {
            Some(there) => drop(owners.insert(there.contact)),
            None if seen.insert((*kind, normal)) => {
                strange.push(NewAddress { kind: *kind, value: value.clone(), channel: None });
            }
            None => {}
        }
    }
    fitting(tx, row)?;
    let language = Some(row.language.clone()).filter(|language| !language.is_empty());
    let Some(owner) = owners.first().copied() else {
        let (name, about, fields) = (row.name.clone(), row.about.clone(), row.fields.clone());
        let new = New { name, language, about, dedicated: None, addresses: strange, fields };
        super::create(tx, by, &new, now)?;
        return Ok(Became::Made);
    };
    if owners.len() > 1 {
        return Err(Stop::Wrong(Wrong::Several(owners.into_iter().collect())));
    }
    complete(tx, by, owner, row, strange, now)
}

/// Each value must fit its field of the team's own.
fn fitting(tx: &Tx<'_>, row: &Row) -> Result<(), Stop> {
    for (id, value) in &row.fields {
        let field = store::field::get(tx, *id)?.ok_or(Error::NotFound)?;
        field.normal(value).map_err(|refused| Stop::Wrong(Wrong::of_own(*id, &refused)))?;
    }
    Ok(())
}

/// Puts what is missing of somebody who is here already.
fn complete(
    tx: &Tx<'_>,
    by: &Viewer,
    owner: Id<Contact>,
    row: &Row,
    strange: Vec<NewAddress>,
    now: Timestamp,
) -> Result<Became, Stop> {
    let there = store::contact::get(tx, owner)?.ok_or(Error::NotFound)?;
    let filled = store::field::of(tx, owner)?;
    let missing = |here: &str, new: &str| (here.is_empty() && !new.is_empty()).then(|| new.to_owned());
    let language = Some(row.language.clone()).filter(|language| !language.is_empty());
    let fields = row.fields.iter().filter(|(id, _)| !filled.contains_key(id));
    let change = Change {
        name: missing(&there.name, &row.name),
        about: missing(&there.about, &row.about),
        language: language.filter(|_| there.language.is_none()),
        fields: fields.cloned().collect(),
        ..Change::default()
    };
    let changes = change.name.is_some()
        || change.about.is_some()
        || change.language.is_some()
        || !change.fields.is_empty();
    if !changes && strange.is_empty() {
        return Ok(Became::Same);
    }
    super::change(tx, by, owner, &change, now)?;
    for new in strange {
        super::add_address(tx, by, owner, &new, now)?;
    }
    Ok(Became::Changed)
}
