//! Rows of a damaged file: whatever can still be read, and how much could not.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::{Map, Value};

use super::dump::{self, Table};
use super::{Error, Result};

/// Rows that are asked for at once.
const STRETCH: i64 = 500;
const STRETCH_LENGTH: usize = 500;
/// A hole in the numbers of a table is never looked for beyond this width: what comes then is behind the last row.
const WIDEST: i64 = 1 << 40;

/// How a table fared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fared {
    pub rows: u64,
    /// Stretches of the table in which nothing can be read.
    pub holes: u64,
}

/// Where a walk along a table stopped.
enum Stop {
    /// At its end.
    End,
    /// The stretch was full; there may be more.
    Full,
    /// The file is damaged behind the last number.
    Damage,
}

/// Opens a copy of a damaged file so that as much as possible is read: a damaged list of tables counts as far as it goes.
pub fn open(copy: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy, flags)?;
    connection
        .execute_batch("PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1; PRAGMA writable_schema = 1")?;
    Ok(connection)
}

/// The tables that a desk has and that this file does not even name any more.
pub fn missing(copy: &Connection) -> Result<Vec<String>> {
    let blank = Connection::open_in_memory()?;
    blank.execute_batch(super::open::SCHEMA)?;
    let names = |connection: &Connection| -> Result<BTreeSet<String>> {
        Ok(dump::tables(connection, false)?.into_iter().map(|table| table.name).collect())
    };
    Ok(names(&blank)?.difference(&names(copy)?).cloned().collect())
}

/// Hands every row of a table that can be read to `each`, in the order of its numbers, and goes round what is damaged.
pub fn rows<E>(
    connection: &Connection,
    of: &Table,
    each: &mut dyn FnMut(Map<String, Value>) -> std::result::Result<(), E>,
) -> std::result::Result<Fared, E> {
    let mut fared = Fared::default();
    if !of.numbered {
        return from_both_ends(connection, of, each);
    }
    let mut after = -1;
    loop {
        let (stop, found) = stretch(connection, of, after);
        if let Some((last, _)) = found.last() {
            after = *last;
        }
        fared.rows += found.len() as u64;
        for (_, row) in found {
            each(row)?;
        }
        match stop {
            Stop::End => return Ok(fared),
            Stop::Full => {}
            Stop::Damage => {
                fared.holes += 1;
                let Some(beyond) = behind(connection, of, after) else { return Ok(fared) };
                after = beyond;
            }
        }
    }
}

/// A table without numbers: from its first row on as far as it goes, and where that was not the end, from its last row
/// back.
fn from_both_ends<E>(
    connection: &Connection,
    of: &Table,
    each: &mut dyn FnMut(Map<String, Value>) -> std::result::Result<(), E>,
) -> std::result::Result<Fared, E> {
    let mut seen = BTreeSet::new();
    let mut fared = Fared::default();
    for order in [" ASC", " DESC"] {
        let (whole, found) = run(connection, of, order);
        for row in found {
            if seen.insert(Value::Object(row.clone()).to_string()) {
                fared.rows += 1;
                each(row)?;
            }
        }
        if whole {
            return Ok(fared);
        }
    }
    Ok(Fared { holes: 1, ..fared })
}

/// The rows of a table in this direction up to the first that cannot be read, and whether that was the end.
fn run(connection: &Connection, of: &Table, order: &str) -> (bool, Vec<Map<String, Value>>) {
    let mut found = Vec::new();
    let (column, table) = (quoted(&of.kept(), ""), &of.name);
    let order = quoted(&of.order, order);
    let sql = format!("SELECT {column} FROM {table} ORDER BY {order}");
    let Ok(mut statement) = connection.prepare(&sql) else { return (false, found) };
    let Ok(mut rows) = statement.query([]) else { return (false, found) };
    loop {
        match rows
            .next()
            .map_err(Error::from)
            .and_then(|row| row.map(|row| dump::object(row, of, 0)).transpose())
        {
            Ok(Some(row)) => found.push(row),
            Ok(None) => return (true, found),
            Err(_) => return (false, found),
        }
    }
}

fn quoted(names: &[String], end: &str) -> String {
    names.iter().map(|name| format!("\"{name}\"{end}")).collect::<Vec<_>>().join(", ")
}

/// The smallest number behind a hole, less one, from which on rows can be read again; nothing where none follow.
fn behind(connection: &Connection, of: &Table, after: i64) -> Option<i64> {
    let mut width = 1;
    let good = |at: i64| matches!(first(connection, of, at), Ok(Some(_)));
    while !good(after.checked_add(width)?) {
        width *= 2;
        if width > WIDEST {
            return None;
        }
    }
    // Between the last place that was bad and this one.
    let (mut bad, mut fine) = (after.checked_add(width / 2)?, after.checked_add(width)?);
    while fine - bad > 1 {
        let middle = bad + (fine - bad) / 2;
        if good(middle) {
            fine = middle;
        } else {
            bad = middle;
        }
    }
    Some(fine)
}

/// The number of the first row behind `after`, read whole.
fn first(connection: &Connection, of: &Table, after: i64) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached(&select(of))?;
    let mut rows = statement.query((after, 1))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    dump::object(row, of, 1)?;
    let number: i64 = row.get(0)?;
    // A page that stands in a wrong place has numbers that do not follow.
    Ok(Some(number).filter(|number| *number > after))
}

/// A row as an object, with its number.
type Numbered = (i64, Map<String, Value>);

/// Up to [`STRETCH`] rows behind `after`, with their numbers, and why no more came.
fn stretch(connection: &Connection, of: &Table, after: i64) -> (Stop, Vec<Numbered>) {
    let mut found: Vec<Numbered> = Vec::new();
    let Ok(mut statement) = connection.prepare_cached(&select(of)) else { return (Stop::Damage, found) };
    let Ok(mut rows) = statement.query((after, STRETCH)) else { return (Stop::Damage, found) };
    loop {
        match rows.next().map_err(Error::from).and_then(|row| row.map(|row| read(row, of)).transpose()) {
            Ok(Some((number, row))) => {
                if number <= found.last().map_or(after, |(last, _)| *last) {
                    return (Stop::Damage, found);
                }
                found.push((number, row));
            }
            Ok(None) if found.len() >= STRETCH_LENGTH => return (Stop::Full, found),
            Ok(None) => return (Stop::End, found),
            Err(_) => return (Stop::Damage, found),
        }
    }
}

fn read(row: &Row<'_>, of: &Table) -> Result<(i64, Map<String, Value>)> {
    Ok((row.get(0)?, dump::object(row, of, 1)?))
}

fn select(of: &Table) -> String {
    let (column, table) = (quoted(&of.kept(), ""), &of.name);
    format!("SELECT rowid, {column} FROM {table} NOT INDEXED WHERE rowid > ?1 ORDER BY rowid LIMIT ?2")
}
