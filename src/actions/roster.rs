//! A sheet of people that was given by a page: put down, tried, taken in small steps, and gone after a week.
//!
//! It makes and changes contacts by the hundred, so it is for supervisors, as taking contacts away is.

use serde_json::json;

use super::contact::take;
use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::event::kind;
use crate::domain::refused::Problem;
use crate::domain::roster::{Column, Counts, Roster, Row, State};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{Connection, Tx, agent, event, field, roster};

/// How long a sheet, with the rows that could not be taken, is kept.
pub const KEPT: Span = Span::days(7);
/// Rows that share a commit.
const STEP: u32 = 100;

/// Puts a sheet down without its rows. Its columns are known by their names.
pub fn begin(tx: &Tx<'_>, by: &Viewer, name: &str, heads: &[String], now: Timestamp) -> Result<Id<Roster>> {
    by.must_be(Role::Supervisor)?;
    let own = field::all(tx)?;
    let known: Vec<Option<Column>> = heads.iter().map(|head| Column::guess(head, &own)).collect();
    let columns = Column::once(&known);
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    let agent = by.author().ok_or(Error::NotFound)?;
    Ok(roster::insert(tx, agent, &name, heads, &columns, now)?)
}

/// Adds the next rows, each with the number of its line.
pub fn add(tx: &Tx<'_>, by: &Viewer, id: Id<Roster>, rows: &[(u32, Vec<String>)]) -> Result<()> {
    let mut sheet = seen(tx, by, id)?;
    if sheet.state != State::Coming {
        return Err(Error::NotFound);
    }
    for (number, cells) in rows {
        roster::add_row(tx, id, *number, cells)?;
        sheet.rows += 1;
    }
    Ok(roster::update(tx, &sheet)?)
}

/// Every row is there.
pub fn complete(tx: &Tx<'_>, by: &Viewer, id: Id<Roster>) -> Result<()> {
    let mut sheet = seen(tx, by, id)?;
    sheet.state = State::New;
    Ok(roster::update(tx, &sheet)?)
}

/// The sheet, if `by` may look at it.
pub fn seen(connection: &Connection, by: &Viewer, id: Id<Roster>) -> Result<Roster> {
    by.must_be(Role::Supervisor)?;
    roster::get(connection, id)?.ok_or(Error::NotFound)
}

/// Begins to try the rows, or to take them.
pub fn start(
    tx: &Tx<'_>,
    by: &Viewer,
    id: Id<Roster>,
    columns: Vec<Option<Column>>,
    dry: bool,
    now: Timestamp,
) -> Result<()> {
    let mut sheet = seen(tx, by, id)?;
    if !sheet.state.may_begin() {
        return Err(Refused::ChangedSince.into());
    }
    let refused = |problem| Error::from(Refused::Field { field: "columns", problem });
    if columns.len() != sheet.heads.len() {
        return Err(refused(Problem::Unknown));
    }
    if columns.iter().all(Option::is_none) {
        return Err(refused(Problem::Missing));
    }
    if Column::doubled(&columns).iter().any(Option::is_some) {
        return Err(refused(Problem::Wrong));
    }
    for column in columns.iter().flatten() {
        if let Column::Own(own) = column
            && field::get(tx, *own)?.is_none()
        {
            return Err(refused(Problem::Unknown));
        }
    }
    (sheet.columns, sheet.at, sheet.counts) = (columns, 0, Counts::default());
    // What is made names who let it begin.
    sheet.agent = by.author().ok_or(Error::NotFound)?;
    sheet.state = if dry { State::Trying } else { State::Taking };
    roster::update(tx, &sheet)?;
    if !dry {
        let data = json!({ "rows": sheet.rows });
        let new =
            event::New { kind: kind::CONTACTS_IMPORTED, agent: by.author(), data, ..event::New::default() };
        event::append(tx, &new, now)?;
    }
    Ok(())
}

/// Stops what is going on: what was taken stays.
pub fn stop(tx: &Tx<'_>, by: &Viewer, id: Id<Roster>) -> Result<()> {
    let mut sheet = seen(tx, by, id)?;
    sheet.state = match sheet.state {
        State::Trying => State::New,
        State::Taking => State::Stopped,
        other => other,
    };
    Ok(roster::update(tx, &sheet)?)
}

/// Takes up to `most` rows of a sheet away, and in the end the sheet. Whether it is gone.
pub fn remove(tx: &Tx<'_>, by: &Viewer, id: Id<Roster>, most: u32) -> Result<bool> {
    let mut sheet = seen(tx, by, id)?;
    if sheet.state.is_at_work() {
        sheet.state = State::Stopped;
        roster::update(tx, &sheet)?;
    }
    Ok(roster::remove(tx, id, most)?)
}

/// Sheets that have lain here for [`KEPT`] go, a part at a time. Whether there may be more.
pub fn tidy(tx: &Tx<'_>, now: Timestamp, most: u32) -> Result<bool> {
    match roster::old(tx, now - KEPT)? {
        Some(id) => {
            roster::remove(tx, id, most)?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Goes a step on with the oldest sheet that is at work. Whether there was one.
pub fn step(tx: &Tx<'_>, now: Timestamp) -> Result<bool> {
    let Some(mut sheet) = roster::at_work(tx)? else { return Ok(false) };
    let who = agent::get(tx, sheet.agent)?.filter(|who| who.disabled_at.is_none());
    let by = who.map(|who| agent::viewer(tx, &who)).transpose()?.filter(|by| by.role >= Role::Supervisor);
    let Some(by) = by else {
        // Whoever began it may do so no more.
        sheet.state = State::Stopped;
        roster::update(tx, &sheet)?;
        return Ok(true);
    };
    let waiting = roster::rows(tx, sheet.id, sheet.at, STEP)?;
    let dry = sheet.state == State::Trying;
    let rows: Vec<_> = waiting.iter().map(|one| Row::read(&one.cells, &sheet.columns)).collect();
    for (one, became) in waiting.iter().zip(take::take(tx, &by, &rows, dry, now)?) {
        sheet.counts.add(&became);
        if dry || became.is_err() {
            roster::judge(tx, sheet.id, one.number, became.as_ref().err())?;
        } else {
            roster::taken(tx, sheet.id, one.number)?;
        }
        sheet.at = one.number;
    }
    if waiting.len() < usize::try_from(STEP).unwrap_or(usize::MAX) {
        sheet.state = if dry { State::Tried } else { State::Done };
    }
    roster::update(tx, &sheet)?;
    Ok(true)
}
