//! Rows of an export into a new file, as they stood. What is made anew from them is made at the end.
//!
//! Only for a file that nobody serves yet and that is thrown away when the load breaks off.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value};

use super::check::{self, Step};
use super::dump::{self, Table};
use super::{Error, Result, mail, shown};
use crate::domain::Id;
use crate::domain::message::{Attachment, Message};

/// A file that is being filled.
pub struct Load {
    connection: Connection,
    tables: BTreeMap<String, Table>,
    /// The columns that the export holds of each table.
    held: RefCell<BTreeMap<String, Vec<String>>>,
}

/// Why a row cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("there is no table {0} in this Transom; the export may come from a newer one")]
    Table(String),
    #[error("{0} has no column {1} in this Transom; the export may come from a newer one")]
    Column(String, String),
    #[error("the value of {0} is none that an export holds")]
    Value(String),
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(fault: rusqlite::Error) -> Self {
        Refused::Store(fault.into())
    }
}

impl Load {
    /// Opens a file that [`super::open::open`] made, and takes out what a new file begins with.
    pub fn open(path: &Path) -> Result<Load> {
        let connection = Connection::open(path)?;
        connection.set_db_config(super::open::STEADY, true)?;
        connection.set_prepared_statement_cache_capacity(128);
        connection.execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA foreign_keys = 0;
             PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN",
        )?;
        let mut tables = BTreeMap::new();
        for found in dump::takeable(&connection)? {
            let table = found.name.clone();
            connection.execute_batch(&format!("DELETE FROM {table}"))?;
            tables.insert(table, found);
        }
        Ok(Load { connection, tables, held: RefCell::default() })
    }

    /// What a reader of this connection sees.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Adds a row as the export holds it.
    pub fn insert(&self, name: &str, row: &Map<String, Value>) -> std::result::Result<(), Refused> {
        let known = self.tables.get(name).ok_or_else(|| Refused::Table(name.to_owned()))?;
        if let Some(strange) = row.keys().find(|key| !known.columns.contains(key)) {
            return Err(Refused::Column(name.to_owned(), strange.clone()));
        }
        if !self.held.borrow().contains_key(name) {
            self.held.borrow_mut().insert(name.to_owned(), row.keys().cloned().collect());
        }
        let table = &known.name;
        // What is kept beside other rows is there already when they are.
        let insert = if known.was_held_before() { "INSERT OR REPLACE" } else { "INSERT" };
        let (mut columns, mut values) = (Vec::with_capacity(row.len()), Vec::with_capacity(row.len()));
        for key in row.keys() {
            let value = shown::keep(name, key, row);
            columns.push(format!("\"{}\"", shown::kept(name, key)));
            values.push(value.ok_or_else(|| Refused::Value(format!("{name}.{key}")))?);
        }
        let (column, marked) = (columns.join(", "), vec!["?"; row.len()].join(", "));
        let sql = format!("{insert} INTO {table} ({column}) VALUES ({marked})");
        self.connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Puts one part of a file behind those that are there.
    pub fn part(&self, file: Id<Attachment>, number: i64, bytes: &[u8]) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO attachment_part (attachment_id, number, bytes) VALUES (?1, ?2, ?3)")?
            .execute((file, number, bytes))?;
        Ok(())
    }

    /// Keeps the letter of a mail.
    pub fn letter(&self, message: Id<Message>, letter: &[u8]) -> Result<()> {
        mail::keep_packed(&self.connection, message, &mail::pack(letter)?)
    }

    /// Numbers up to this one are never given again.
    pub fn sequence(&self, table: &str, newest: i64) -> Result<()> {
        let mut raise =
            self.connection.prepare_cached("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1")?;
        if raise.execute((table, newest))? == 0 {
            self.connection
                .prepare_cached("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)")?
                .execute((table, newest))?;
        }
        Ok(())
    }

    /// Whether a table of this name is to be taken after those whose rows it is kept from.
    pub fn comes_last(&self, name: &str) -> bool {
        self.tables.get(name).is_some_and(Table::was_held_before)
    }

    /// What was taken of these tables: with the columns that the export holds, which may be fewer than there are now.
    pub fn taken(&self, names: &[String]) -> Vec<Table> {
        let held = self.held.borrow();
        let of = |name: &String| {
            let mut table = self.tables.get(name)?.clone();
            if let Some(columns) = held.get(name) {
                table.columns.retain(|column| columns.contains(column));
            }
            Some(table)
        };
        names.iter().filter_map(of).collect()
    }

    /// Ends a transaction and begins the next.
    pub fn commit(&self) -> Result<()> {
        Ok(self.connection.execute_batch("COMMIT; BEGIN")?)
    }

    /// No channel sends or asks before somebody gives it its secrets and enables it: where the export comes from,
    /// the same accounts may still be at work.
    pub fn rest_channels(&self) -> Result<()> {
        let rest = "UPDATE channel SET state = 'disabled', problem = NULL";
        self.connection.execute_batch(rest)?;
        Ok(())
    }

    /// Makes what is found by search, and looks for rows that point at nothing; `progress` hears how far it is.
    /// Returns what is wrong.
    pub fn index(&self, progress: &mut dyn FnMut(i64)) -> Result<Vec<String>> {
        super::bulk::index_contacts(&self.connection, progress)?;
        super::words::rebuild(&self.connection, progress)?;
        check::run(&self.connection, Step::References)
    }

    /// Ends the load: figures for the planner, everything on the disk, and the mode in which a desk runs.
    pub fn finish(self) -> Result<()> {
        super::bulk::finish(self.connection)
    }
}
