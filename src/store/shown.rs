//! What the file keeps in short and an export shows as it is read: both stay as they are where the other changes, and an
//! export of an earlier Transom is taken in.

use rusqlite::types::Value as Sql;
use serde_json::{Map, Value};

use crate::domain::event::kind;
use crate::domain::message::{Kind, State};

/// The table, the column that is kept, and the one that is shown.
const SHOWN: [(&str, &str, &str); 5] = [
    ("event", "kind_no", "kind"),
    ("message", "kind_no", "kind"),
    ("message", "state_no", "state"),
    ("message", "later", "created_at"),
    ("message", "entry_no", "entry"),
];

/// What an export calls a column of the file.
pub fn shown<'a>(table: &str, kept: &'a str) -> &'a str {
    SHOWN.iter().find(|one| (one.0, one.1) == (table, kept)).map_or(kept, |one| one.2)
}

/// What the file calls a column of an export.
pub fn kept<'a>(table: &str, shown: &'a str) -> &'a str {
    SHOWN.iter().find(|one| (one.0, one.2) == (table, shown)).map_or(shown, |one| one.1)
}

/// A value of the file as an export shows it, in a row of which the columns before it are known. What means nothing stays
/// a number, which no export takes back in.
pub fn show(table: &str, shown: &str, value: Value, row: &Map<String, Value>) -> Value {
    let Some(number) = value.as_i64() else { return value };
    let place = usize::try_from(number).unwrap_or(usize::MAX);
    let word = match (table, shown) {
        ("event", "kind") | ("message", "entry") => kind::ALL.get(place).copied(),
        ("message", "kind") => Kind::ALL.get(place).map(|kind| kind.as_str()),
        ("message", "state") => State::ALL.get(place).map(|state| state.as_str()),
        ("message", "created_at") => {
            let at = row.get("at").and_then(Value::as_i64).unwrap_or_default();
            return at.saturating_add(number).into();
        }
        _ => None,
    };
    word.map_or(value, Value::from)
}

/// A value of an export as the file keeps it; `None`: it is none that an export holds.
pub fn keep(table: &str, shown: &str, row: &Map<String, Value>) -> Option<Sql> {
    let value = row.get(shown)?;
    let number = match (table, shown) {
        ("message", "entry") if value.is_null() => return Some(Sql::Null),
        ("event", "kind") | ("message", "entry") => kind::number(value.as_str()?)?,
        ("message", "kind") => value.as_str()?.parse::<Kind>().ok()?.number(),
        ("message", "state") => value.as_str()?.parse::<State>().ok()?.number(),
        ("message", "created_at") => value.as_i64()?.checked_sub(row.get("at")?.as_i64()?)?,
        _ => return plain(value),
    };
    Some(Sql::Integer(number))
}

fn plain(value: &Value) -> Option<Sql> {
    Some(match value {
        Value::Null => Sql::Null,
        Value::String(text) => Sql::Text(text.clone()),
        Value::Number(number) => number.as_i64().map(Sql::Integer).or(number.as_f64().map(Sql::Real))?,
        Value::Object(object) => Sql::Blob(super::values::from_base64(object.get("base64")?.as_str()?)?),
        Value::Bool(_) | Value::Array(_) => return None,
    })
}
