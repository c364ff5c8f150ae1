//! Every row of a desk, table by table, for an export. The tables and their columns are asked of the file itself, so
//! that what is added to the schema is carried along, unless it is named here as something that stays behind.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::{Error, Result, setting, shown};

/// What lets somebody in. Only hashes are kept of it, and it is carried along only when that is asked for.
const CREDENTIALS: &[&str] = &["api_token", "recovery_code", "second_factor", "visitor"];

/// What belongs to this place (who is signed in, programs that are told, copies on this disk), what is made anew from
/// the rest (counts, search), and the bytes of files and letters, which an export keeps as files of their own.
const BEHIND: &[&str] = &[
    "alert",
    "attachment_part",
    "attempt",
    "contact_text",
    "copy",
    "device",
    "event_kind",
    "folder_count",
    "half_sign_in",
    "invitation",
    "mail_part",
    "namesake",
    "notice_count",
    "roster",
    "roster_row",
    "session",
    "term",
    "webhook",
    "webhook_answer",
];

/// Of those that stay behind, the ones that exports of an earlier Transom hold.
const HELD_BEFORE: &[&str] = &["half_sign_in", "notice_count"];

/// Settings that are secrets, or that hold for one place only.
const SETTINGS_BEHIND: &[&str] = &[
    setting::key::CLOCK_OFFSET,
    setting::key::MAIL_KEY,
    setting::key::MEDIA_KEY,
    setting::key::PICTURE_KEY,
    setting::key::PROVIDER,
    setting::key::REACHED_AT,
    setting::key::SETUP_CODE,
    setting::key::WORDS_DUE,
];

/// A table and what of it is carried along.
#[derive(Clone)]
pub struct Table {
    pub name: String,
    /// As an export names them.
    pub columns: Vec<String>,
    /// Whether its rows have numbers of their own.
    pub numbered: bool,
    /// The columns that its rows are ordered by.
    pub(super) order: Vec<String>,
}

impl Table {
    /// Whether it holds what lets somebody in.
    pub fn is_credential(&self) -> bool {
        CREDENTIALS.contains(&self.name.as_str())
    }

    /// Whether an export may hold it although it stays behind now, so that what it says replaces what was made anew.
    pub fn was_held_before(&self) -> bool {
        HELD_BEFORE.contains(&self.name.as_str())
    }

    /// The columns as the file names them.
    pub(super) fn kept(&self) -> Vec<String> {
        self.columns.iter().map(|column| shown::kept(&self.name, column).to_owned()).collect()
    }

    /// Whether this row is a setting that never leaves its place.
    pub fn leaves_behind(&self, row: &Map<String, Value>) -> bool {
        let key = row.get("key").and_then(Value::as_str).unwrap_or_default();
        self.name == "setting" && SETTINGS_BEHIND.contains(&key)
    }
}

/// The tables that are carried along, by name. With `credentials` also what lets people and programs in.
pub fn tables(connection: &Connection, credentials: bool) -> Result<Vec<Table>> {
    let carried = |name: &str| {
        let credential = CREDENTIALS.contains(&name);
        !BEHIND.contains(&name) && (credentials || !credential)
    };
    chosen(connection, credentials, &carried)
}

/// The tables that an export of this Transom or of an earlier one may hold, by name.
pub fn takeable(connection: &Connection) -> Result<Vec<Table>> {
    chosen(connection, true, &|name| !BEHIND.contains(&name) || HELD_BEFORE.contains(&name))
}

fn chosen(connection: &Connection, credentials: bool, is: &dyn Fn(&str) -> bool) -> Result<Vec<Table>> {
    let mut statement = connection.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
         ORDER BY name",
    )?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    names.iter().filter(|name| is(name)).map(|name| table(connection, name, credentials)).collect()
}

fn table(connection: &Connection, name: &str, credentials: bool) -> Result<Table> {
    let mut statement =
        connection.prepare("SELECT name, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?;
    let rows = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut all: Vec<(String, i64)> = rows.collect::<rusqlite::Result<_>>()?;
    let columns = all.iter().map(|(column, _)| column).filter(|column| !is_secret(name, column, credentials));
    let columns = columns.map(|column| shown::shown(name, column).to_owned()).collect();
    all.retain(|(_, place)| *place > 0);
    all.sort_unstable_by_key(|(_, place)| *place);
    let mut order: Vec<String> = all.into_iter().map(|(column, _)| column).collect();
    if order.is_empty() {
        order.push("rowid".to_owned());
    }
    let numbered = "SELECT NOT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
    let numbered = connection.query_row(numbered, [name], |row| row.get(0))?;
    Ok(Table { name: name.to_owned(), columns, numbered, order })
}

fn is_secret(table: &str, column: &str, credentials: bool) -> bool {
    match (table, column) {
        ("channel", "secrets") | ("workflow", "secret") => true,
        ("agent", "password_hash") => !credentials,
        _ => false,
    }
}

/// Hands every row to `each`, in the order of the table's key.
pub fn rows<E: From<Error>>(
    connection: &Connection,
    of: &Table,
    each: &mut dyn FnMut(Map<String, Value>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let quoted =
        |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let (column, table, order) = (quoted(&of.kept()), &of.name, quoted(&of.order));
    let sql = format!("SELECT {column} FROM {table} ORDER BY {order}");
    let mut statement = connection.prepare(&sql).map_err(Error::from)?;
    let mut rows = statement.query([]).map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        let row = object(row, of, 0)?;
        if !of.leaves_behind(&row) {
            each(row)?;
        }
    }
    Ok(())
}

/// A row of a table as an object, its columns from place `from` on.
pub(super) fn object(row: &Row<'_>, of: &Table, from: usize) -> Result<Map<String, Value>> {
    let mut object = Map::new();
    for (place, column) in of.columns.iter().enumerate() {
        let value = match row.get_ref(from + place)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
            ValueRef::Blob(bytes) => serde_json::json!({ "base64": super::values::base64(bytes) }),
        };
        let value = shown::show(&of.name, column, value, &object);
        object.insert(column.clone(), value);
    }
    Ok(object)
}

/// The highest number that each table has given, so that none is given twice in another file.
pub fn sequences(connection: &Connection) -> Result<Map<String, Value>> {
    // A trigger that might have added a row leaves a nought.
    let mut statement =
        connection.prepare("SELECT name, seq FROM sqlite_sequence WHERE seq > 0 ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let mut found = Map::new();
    for row in rows {
        let (name, newest) = row?;
        if !BEHIND.contains(&name.as_str()) && !CREDENTIALS.contains(&name.as_str()) {
            found.insert(name, newest.into());
        }
    }
    Ok(found)
}

/// About how many rows there are, for a line of progress.
pub fn size(connection: &Connection) -> Result<i64> {
    let newest = "SELECT ifnull(sum(seq), 0) FROM sqlite_sequence";
    Ok(connection.query_row(newest, [], |row| row.get(0))?)
}
