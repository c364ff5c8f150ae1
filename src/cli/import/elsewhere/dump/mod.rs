//! A dump of another program's database, as `pg_dump` writes it in text. It is read once from its beginning to its end;
//! the rows that are wanted lie in a [`Spool`] then, and nothing of the desk is touched before it was read whole.

mod copy;
mod folder;
mod lines;
mod values;

pub use folder::{BESIDE, Folder};
pub use values::{flag, id, millis, nested, seconds, stamp};

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::store::spool::Spool;
use lines::{End, Lines};

/// The largest row that is taken, in bytes.
const LARGEST: usize = 256 << 20;
/// As much of a statement is looked at.
const STATEMENT: usize = 1 << 16;
/// As much of a row is looked at that nobody wants: enough to see whether it ends its block.
const END: usize = 8;
/// Rows of one page.
pub const PAGE: i64 = 200;

/// A table that is wanted.
pub struct Wanted<'w> {
    pub table: &'static str,
    /// Those of its columns that are wanted. Older versions of the program may lack some.
    pub columns: &'static [&'static str],
    /// What a row is looked up by, and its number; `None` for one that nobody asks for.
    pub place: &'w dyn Fn(&Value) -> Option<(String, i64)>,
}

/// How a program is known.
pub struct Program {
    pub name: &'static str,
    /// What `transom import` calls a dump of it.
    pub source: &'static str,
    /// Tables that every version of it has.
    pub tables: &'static [&'static str],
}

/// What a dump holds.
pub struct Dump {
    spool: Spool,
    tables: BTreeMap<&'static str, usize>,
}

impl Dump {
    /// Reads the dump at `path`; what is wanted of it lies on the disk of `beside` meanwhile.
    pub fn read(path: &Path, beside: &Path, program: &Program, wanted: &[Wanted<'_>]) -> Result<Dump, Error> {
        let lines = Lines::open(path, program.source)?;
        let spool = Spool::new(beside)?;
        let mut reading = Reading { path, program, wanted, lines, spool, found: Found::default() };
        reading.whole()?;
        reading.judge()?;
        reading.spool.close()?;
        let tables = wanted.iter().enumerate().map(|(place, one)| (one.table, place)).collect();
        Ok(Dump { spool: reading.spool, tables })
    }

    fn table(&self, name: &str) -> usize {
        self.tables.get(name).copied().unwrap_or(usize::MAX)
    }

    /// The row of a table with this number.
    pub fn one(&self, table: &str, part: &str, id: i64) -> Result<Option<Value>, Error> {
        Ok(self.spool.one(self.table(table), part, id)?.map(|body| read(&body)))
    }

    /// The next page of rows after the number `after`.
    pub fn after(&self, table: &str, part: &str, after: i64) -> Result<Vec<(i64, Value)>, Error> {
        let rows = self.spool.after(self.table(table), part, after, PAGE)?;
        Ok(rows.into_iter().map(|(id, body)| (id, read(&body))).collect())
    }

    /// All rows of a part, a page at a time.
    pub fn pages(
        &self,
        table: &str,
        part: &str,
        mut each: impl FnMut(Vec<Value>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut after = i64::MIN;
        loop {
            let page = self.after(table, part, after)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            each(page.into_iter().map(|(_, row)| row).collect())?;
        }
    }

    /// All rows of a part that is small.
    pub fn all(&self, table: &str, part: &str) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        self.pages(table, part, |page| {
            all.extend(page);
            Ok(())
        })?;
        Ok(all)
    }

    /// The last rows of a part, the last first.
    pub fn last(&self, table: &str, part: &str, most: i64) -> Result<Vec<Value>, Error> {
        Ok(self.spool.last(self.table(table), part, most)?.iter().map(|body| read(body)).collect())
    }

    /// How many rows a part has.
    pub fn count(&self, table: &str, part: &str) -> Result<u64, Error> {
        Ok(self.spool.count(self.table(table), part)?)
    }
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

/// What was seen so far.
#[derive(Default)]
struct Found {
    /// The tables with a block.
    tables: BTreeSet<String>,
    /// PostgreSQL began to write it.
    begun: bool,
    /// And came to its end.
    ended: bool,
    /// The tables are there, whether or not with rows.
    made: BTreeSet<String>,
    /// Rows are written as statements.
    inserts: bool,
}

struct Reading<'r> {
    path: &'r Path,
    program: &'r Program,
    wanted: &'r [Wanted<'r>],
    lines: Lines,
    spool: Spool,
    found: Found,
}

impl Reading<'_> {
    fn whole(&mut self) -> Result<(), Error> {
        let mut progress = Progress::begin("Reading the dump");
        let mut line = Vec::new();
        while let Some(end) = self.next(&mut line, STATEMENT)? {
            let text = String::from_utf8_lossy(&line).into_owned();
            match copy::head(&text).filter(|_| end == End::Whole) {
                Some((table, columns)) => self.block(&table, &columns, &mut progress)?,
                None => self.statement(&text)?,
            }
        }
        progress.end();
        Ok(())
    }

    fn next(&mut self, line: &mut Vec<u8>, most: usize) -> Result<Option<End>, Error> {
        self.lines.next(line, most).map_err(|fault| lines::broken(self.path, &fault))
    }

    fn statement(&mut self, text: &str) -> Result<(), Error> {
        if let Some(encoding) = text.strip_prefix("SET client_encoding = ") {
            let encoding = encoding.trim().trim_end_matches(';').trim_matches('\'');
            if !encoding.eq_ignore_ascii_case("UTF8") && encoding != "SQL_ASCII" {
                return Err(self.refused(&format!(
                    "is written in {encoding}; make it again in UTF-8: pg_dump -E UTF8 -f FILE DATABASE"
                )));
            }
        }
        let found = &mut self.found;
        found.begun |= text.starts_with("-- PostgreSQL database ") && text.trim_end().ends_with("dump");
        found.ended |=
            text.starts_with("-- PostgreSQL database ") && text.trim_end().ends_with("dump complete");
        found.inserts |= text.starts_with("INSERT INTO ");
        if let Some(rest) = text.strip_prefix("CREATE TABLE ") {
            let name = rest.trim_end_matches(['(', ' ']).rsplit('.').next().unwrap_or_default();
            found.made.insert(name.trim_matches('"').to_owned());
        }
        Ok(())
    }

    fn block(&mut self, table: &str, columns: &[String], progress: &mut Progress) -> Result<(), Error> {
        let wanted = self.wanted.iter().position(|one| one.table == table);
        if !self.found.tables.insert(table.to_owned()) && wanted.is_some() {
            return Err(self.refused(&format!(
                "holds the table {table} twice, so it is a dump of several databases; make one of the database of {} alone: pg_dump -f FILE DATABASE",
                self.program.name
            )));
        }
        let size = i64::try_from(self.lines.size).unwrap_or(0);
        let mut line = Vec::new();
        loop {
            let end = self.next(&mut line, if wanted.is_some() { LARGEST } else { END })?;
            if end == Some(End::Whole) && line == b"\\." {
                return Ok(());
            }
            match (end, wanted) {
                (Some(End::Whole), Some(place)) => self.row(place, columns, &line)?,
                (Some(End::Longer), Some(_)) => {
                    let (number, most) = (self.lines.number, LARGEST >> 20);
                    return Err(self.refused(&format!(
                        "has a row of {table} in line {number} that is larger than {most} MB; take it out of the database, or import over the API"
                    )));
                }
                (Some(End::Whole | End::Longer), None) => {}
                (Some(End::Cut) | None, _) => return Err(self.cut(&format!("in the table {table}"))),
            }
            let read = i64::try_from(self.lines.read()).unwrap_or(0);
            progress.tell(read, size.max(read));
        }
    }

    fn row(&self, place: usize, columns: &[String], line: &[u8]) -> Result<(), Error> {
        let Some(wanted) = self.wanted.get(place) else { return Ok(()) };
        let (mut row, mut count) = (Map::new(), 0);
        for value in copy::fields(line) {
            if let Some(name) = columns.get(count)
                && wanted.columns.contains(&name.as_str())
            {
                row.insert(name.clone(), value.map_or(Value::Null, Value::String));
            }
            count += 1;
        }
        if count != columns.len() {
            let (number, table) = (self.lines.number, wanted.table);
            return Err(self.refused(&format!(
                "is damaged: line {number} has {count} columns where {table} has {}; make it again with pg_dump",
                columns.len()
            )));
        }
        let row = Value::Object(row);
        if let Some((part, id)) = (wanted.place)(&row) {
            self.spool.put(place, &part, id, &row.to_string())?;
        }
        Ok(())
    }

    /// Whether this was the right one, and all of it.
    fn judge(&self) -> Result<(), Error> {
        let Found { tables, begun, ended, made, inserts } = &self.found;
        let name = self.program.name;
        if !begun && tables.is_empty() {
            return Err(
                self.refused("is no dump of a PostgreSQL database; make one: pg_dump -f FILE DATABASE")
            );
        }
        if !ended {
            return Err(self.cut("before its end"));
        }
        let lacking: Vec<&str> =
            self.program.tables.iter().copied().filter(|table| !tables.contains(*table)).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let is_theirs = lacking.iter().all(|table| made.contains(*table));
        Err(self.refused(&match (is_theirs, inserts) {
            (true, true) => {
                "has its rows as INSERT statements; make it again without --inserts: pg_dump -f FILE DATABASE"
                    .to_owned()
            }
            (true, false) => format!(
                "lacks the rows of {}; make it again with all data: pg_dump -f FILE DATABASE",
                lacking.join(", ")
            ),
            (false, _) => format!(
                "is no dump of {name}: it lacks the tables {}. {}",
                lacking.join(", "),
                self.elsewhere()
            ),
        }))
    }

    /// What else it may be.
    fn elsewhere(&self) -> String {
        let other =
            [super::chatwoot::dump::PROGRAM, super::libredesk::dump::PROGRAM].into_iter().find(|other| {
                other.name != self.program.name
                    && other.tables.iter().all(|table| self.found.tables.contains(*table))
            });
        match other {
            Some(other) => format!("It is one of {}: transom import {}", other.name, other.source),
            None => format!("Look which database {} uses and make a dump of that one", self.program.name),
        }
    }

    fn cut(&self, at: &str) -> Error {
        let number = self.lines.number;
        self.refused(&format!(
            "breaks off {at} (after line {number}), so something is missing; bring it here again, or make it again with pg_dump"
        ))
    }

    fn refused(&self, why: &str) -> Error {
        Error::Failed(format!("{} {why}. Nothing was taken", self.path.display()))
    }
}
