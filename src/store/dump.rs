//! Every row of a desk, table by table, for an export. The tables and their columns are asked of the file itself, so
//! that what is added to the schema is carried along, unless it is named here as something that stays behind.

use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::{Error, Result, setting};
use crate::domain::event::kind;
use crate::domain::message::{Kind, State};

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

/// What the file keeps as a number and an export shows as it is read, so that both stay as they are where the other
/// changes: the table, the column that is kept, and the one that is shown.
const SHOWN: &[(&str, &str, &str)] = &[
    ("event", "kind_no", "kind"),
    ("message", "kind_no", "kind"),
    ("message", "state_no", "state"),
    ("message", "later", "created_at"),
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

    /// What the file keeps in place of this column, and its value there; `None`: it is none that an export holds.
    pub(super) fn kept<'a>(&'a self, column: &'a str, row: &Map<String, Value>) -> Option<(&'a str, Sql)> {
        let value = row.get(column)?;
        let place = |number: Option<i64>| Some(Sql::Integer(number?));
        let word = || value.as_str();
        let kept = match (self.name.as_str(), column) {
            ("event", "kind") => place(kind::number(word()?)),
            ("message", "kind") => place(word()?.parse().ok().map(Kind::number)),
            ("message", "state") => place(word()?.parse().ok().map(State::number)),
            ("message", "created_at") => place(value.as_i64()?.checked_sub(row.get("at")?.as_i64()?)),
            _ => return Some((column, sql_of(value)?)),
        };
        let shown = SHOWN.iter().find(|(table, _, shown)| (*table, *shown) == (&self.name, column));
        Some((shown?.1, kept?))
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
    let columns = columns.map(|column| shown(name, column).to_owned()).collect();
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

/// The column in which an export shows what the file keeps in this one.
fn shown<'a>(table: &str, column: &'a str) -> &'a str {
    let of = SHOWN.iter().find(|(of, kept, _)| (*of, *kept) == (table, column));
    of.map_or(column, |(_, _, shown)| shown)
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
    let (column, table, order) = (quoted(&of.columns), &of.name, quoted(&of.order));
    let sql = format!("SELECT {column} FROM {table} ORDER BY {order}");
    let mut statement = connection.prepare(&sql).map_err(Error::from)?;
    let mut rows = statement.query([]).map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        let row = object(row, &of.columns, 0)?;
        if !of.leaves_behind(&row) {
            each(row)?;
        }
    }
    Ok(())
}

/// A row as an object, of the columns that begin at place `from`.
pub(super) fn object(row: &Row<'_>, columns: &[String], from: usize) -> Result<Map<String, Value>> {
    let mut object = Map::new();
    for (place, column) in columns.iter().enumerate() {
        let value = match row.get_ref(from + place)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => number.into(),
            ValueRef::Real(number) => number.into(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
            ValueRef::Blob(bytes) => serde_json::json!({ "base64": super::values::base64(bytes) }),
        };
        object.insert(column.clone(), value);
    }
    Ok(object)
}

/// A value of an export as a column takes it.
fn sql_of(value: &Value) -> Option<Sql> {
    Some(match value {
        Value::Null => Sql::Null,
        Value::String(text) => Sql::Text(text.clone()),
        Value::Number(number) => number.as_i64().map(Sql::Integer).or(number.as_f64().map(Sql::Real))?,
        Value::Object(object) => Sql::Blob(super::values::from_base64(object.get("base64")?.as_str()?)?),
        Value::Bool(_) | Value::Array(_) => return None,
    })
}

/// The highest number that each table has given, so that none is given twice in another file.
pub fn sequences(connection: &Connection) -> Result<Map<String, Value>> {
    let mut statement = connection.prepare("SELECT name, seq FROM sqlite_sequence ORDER BY name")?;
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
