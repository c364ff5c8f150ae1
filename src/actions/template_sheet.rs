//! Saved replies from a sheet: each row is kept by the same rules as on the page of one (S209).

use std::collections::BTreeSet;

use super::sheet::{self, Sheet};
use super::template::{self, Became, Saved, Scope};
use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Role, normal_name};
use crate::domain::channel::Channel;
use crate::domain::queue::Queue;
use crate::domain::refused::Problem;
use crate::domain::template::{Status, language};
use crate::domain::text_sheet::{BYTES, Column, ROWS, Wrong, stage, yes};
use crate::domain::{Id, Refused, Timestamp, search};
use crate::store::{self, Tx};

/// What became of a row, or would.
#[derive(Clone, Debug)]
pub struct Row {
    /// The number of its line in the file.
    pub line: u32,
    pub cells: Vec<String>,
    pub became: std::result::Result<Became, Wrong>,
}

/// Reads a sheet that a page brought; what is too large, or has no texts in it, is refused.
pub fn read(bytes: &[u8]) -> std::result::Result<Sheet, Refused> {
    let refused = |problem| Err(Refused::Field { field: "file", problem });
    if bytes.len() > BYTES {
        return refused(Problem::TooLong { most: 2_097_152 });
    }
    let sheet = sheet::read(bytes)?;
    if sheet.rows.len() > ROWS {
        return refused(Problem::TooMany { most: 1_000 });
    }
    let has = |column| sheet.heads.iter().any(|head| Column::guess(head) == Some(column));
    if has(Column::Name) && has(Column::Body) { Ok(sheet) } else { refused(Problem::Unknown) }
}

/// Takes the rows of a sheet, or tries them. What is wrong with a row is told, and the others are taken all the same.
pub fn take(tx: &Tx<'_>, by: &Viewer, sheet: &Sheet, dry: bool, now: Timestamp) -> Result<Vec<Row>> {
    by.must_be(Role::Supervisor)?;
    let place = Places { channels: store::channel::all(tx)?, queues: store::queue::all(tx)? };
    let columns: Vec<Option<Column>> = sheet.heads.iter().map(|head| Column::guess(head)).collect();
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for (line, cells) in &sheet.rows {
        let became = match saved(tx, &place, (&columns, cells), &mut seen)? {
            Ok(saved) => told(one(tx, by, &saved, dry, now))?,
            Err(wrong) => Err(wrong),
        };
        rows.push(Row { line: *line, cells: cells.clone(), became });
    }
    Ok(rows)
}

fn one(tx: &Tx<'_>, by: &Viewer, saved: &Saved, dry: bool, now: Timestamp) -> Result<Became> {
    let judged = template::judge(tx, by, saved)?;
    if dry { Ok(judged.would_become()) } else { template::keep(tx, by, judged, now) }
}

/// What the rules refuse belongs to the row; everything else ends the whole.
fn told<T>(outcome: Result<T>) -> Result<std::result::Result<T, Wrong>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Refused(refused)) => Ok(Err(Wrong::Refused(refused))),
        Err(other) => Err(other),
    }
}

/// What the words of a row can mean here.
struct Places {
    channels: Vec<Channel>,
    queues: Vec<Queue>,
}

/// The row as it is to be kept: what the sheet has no column for stays as it is.
fn saved(
    tx: &Tx<'_>,
    places: &Places,
    (columns, cells): (&[Option<Column>], &[String]),
    seen: &mut BTreeSet<(Option<i64>, String, String)>,
) -> Result<std::result::Result<Saved, Wrong>> {
    let cell = |column: Column| {
        let place = columns.iter().position(|known| *known == Some(column))?;
        Some(cells.get(place).map_or("", String::as_str))
    };
    let wrong = |column: Column| {
        let word = cell(column).unwrap_or_default().chars().take(80).collect();
        Wrong::Word { column, word }
    };
    let same = |one: &str, other: &str| search::fold(one) == search::fold(other);
    let mut scope = Scope::default();
    if let Some(name) = cell(Column::Channel).filter(|name| !name.is_empty()) {
        match places.channels.iter().find(|channel| same(&channel.name, name)) {
            Some(channel) => scope.channel = Some(channel.id),
            None => return Ok(Err(wrong(Column::Channel))),
        }
    }
    let name = match told(normal_name(cell(Column::Name).unwrap_or_default()).map_err(Error::from))? {
        Ok(name) => name,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let code = cell(Column::Language).unwrap_or_default();
    let code = language(code).unwrap_or_else(|| code.to_owned());
    if !seen.insert((scope.channel.map(Id::get), name.clone(), code.clone())) {
        return Ok(Err(Wrong::Twice));
    }
    let before = store::template::by_name(tx, scope.channel, &name, &code)?;
    let before = before.filter(|before| before.status == Status::Own);
    let mut saved = Saved { name, language: code, scope, ..Saved::default() };
    if let Some(before) = before {
        saved = Saved {
            id: Some(before.id),
            category: before.category,
            locked: before.locked,
            stage: before.stage,
            guarded: before.guarded,
            scope: Scope { kind: before.kind, queue: before.queue, ..saved.scope },
            ..saved
        };
    }
    saved.body = cell(Column::Body).unwrap_or_default().to_owned();
    if let Some(category) = cell(Column::Category) {
        category.clone_into(&mut saved.category);
    }
    for (column, flag) in [(Column::Locked, &mut saved.locked), (Column::Guarded, &mut saved.guarded)] {
        match cell(column).map(yes) {
            None => {}
            Some(Some(said)) => *flag = said,
            Some(None) => return Ok(Err(wrong(column))),
        }
    }
    match cell(Column::Stage).map(stage) {
        None => {}
        Some(Some(said)) => saved.stage = said,
        Some(None) => return Ok(Err(wrong(Column::Stage))),
    }
    Ok(placed(&mut saved.scope, places, (cell(Column::Kind), cell(Column::Queue)))
        .map_err(wrong)
        .map(|()| saved))
}

/// Kind and queue of a row; an empty cell means all of them.
fn placed(
    scope: &mut Scope,
    places: &Places,
    (kind, queue): (Option<&str>, Option<&str>),
) -> std::result::Result<(), Column> {
    let same = |one: &str, other: &str| search::fold(one) == search::fold(other);
    if let Some(kind) = kind {
        let word: String = search::fold(kind).chars().filter(|c| c.is_alphanumeric()).collect();
        scope.kind = match word.as_str() {
            "" => None,
            word => Some(word.parse().map_err(|()| Column::Kind)?),
        };
    }
    if let Some(queue) = queue {
        scope.queue = match queue {
            "" => None,
            name => {
                let found = places.queues.iter().find(|queue| same(&queue.name, name));
                Some(found.ok_or(Column::Queue)?.id)
            }
        };
    }
    Ok(())
}

/// A word of a sheet, as [`take`] reads it: the row of a saved reply that is here.
pub fn cells(
    reply: &crate::domain::template::Template,
    (channels, queues): (&[Channel], &[Queue]),
) -> Vec<String> {
    let yes = |said: bool| if said { "yes" } else { "no" }.to_owned();
    let channel = channels.iter().find(|channel| Some(channel.id) == reply.channel);
    let queue = queues.iter().find(|queue| Some(queue.id) == reply.queue);
    vec![
        reply.name.clone(),
        reply.language.clone(),
        reply.category.clone(),
        reply.stage.as_str().to_owned(),
        channel.map(|channel| channel.name.clone()).unwrap_or_default(),
        reply.kind.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        queue.map(|queue| queue.name.clone()).unwrap_or_default(),
        yes(reply.locked),
        yes(reply.guarded),
        reply.body.clone(),
    ]
}
