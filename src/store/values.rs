//! How our values stand in columns.

use std::fmt::Write as _;

use base64::Engine as _;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::tag::Priority;
use crate::domain::{Id, Timestamp};

impl<T> ToSql for Id<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.get().into())
    }
}

impl<T> FromSql for Id<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Id::new)
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Timestamp)
    }
}

/// How pressing something is. A number that this program does not know counts as none.
pub fn priority(number: i64) -> Priority {
    Priority::of_number(number).unwrap_or_default()
}

/// A column that holds one of our words. A word that this program does not know is an error of the file.
pub fn word<T: std::str::FromStr>(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|_| unknown(column, text))
}

/// The same for a column by its place, where many rows are read.
pub fn word_at<T: std::str::FromStr>(
    row: &rusqlite::Row<'_>,
    place: usize,
    name: &str,
) -> rusqlite::Result<T> {
    let text = row.get_ref(place)?.as_str()?;
    text.parse().map_err(|_| unknown(name, text))
}

/// A column that holds the place of a value in the list of `all`. A place beyond it is an error of the file.
pub fn one_of<T: Copy>(
    row: &rusqlite::Row<'_>,
    (place, name): (usize, &str),
    all: &[T],
) -> rusqlite::Result<T> {
    let number: i64 = row.get(place)?;
    let known = usize::try_from(number).ok().and_then(|number| all.get(number));
    known.copied().ok_or_else(|| unknown(name, &number.to_string()))
}

/// The same for JSON; an empty column is the default.
pub fn json_at<T: DeserializeOwned + Default>(
    row: &rusqlite::Row<'_>,
    place: usize,
    name: &str,
) -> rusqlite::Result<T> {
    match row.get_ref(place)?.as_str_or_null()? {
        None => Ok(T::default()),
        Some(text) => serde_json::from_str(text).map_err(|_| unknown(name, text)),
    }
}

/// A column that holds JSON; an empty one is the default.
pub fn json<T: DeserializeOwned + Default>(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<T> {
    match row.get::<_, Option<String>>(column)? {
        None => Ok(T::default()),
        Some(text) => serde_json::from_str(&text).map_err(|_| unknown(column, &text)),
    }
}

/// `value` as JSON for a column.
pub fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|fault| rusqlite::Error::ToSqlConversionFailure(Box::new(fault)))
}

/// Numbers as a JSON array, for `IN (SELECT value FROM json_each(?))`: one statement for any number of rows.
pub fn id_list<T>(ids: &[Id<T>]) -> String {
    let mut list = String::with_capacity(2 + ids.len() * 8);
    list.push('[');
    for (place, id) in ids.iter().enumerate() {
        let _ = write!(list, "{}{id}", if place == 0 { "" } else { "," });
    }
    list.push(']');
    list
}

pub fn unknown(column: &str, text: &str) -> rusqlite::Error {
    let shown: String = text.chars().take(60).collect();
    let fault = FromSqlError::Other(
        format!("column {column} holds {shown:?}, which this program does not know").into(),
    );
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(fault))
}

/// Bytes as an export writes them.
pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Bytes that an export wrote; `None`: it did not write them.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
