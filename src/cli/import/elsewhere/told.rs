//! Reads what the other side tells, forgivingly: what is absent is empty, numbers may be texts.

use serde_json::Value;

use super::ask::No;
use crate::cli::Error;
use crate::domain::{Timestamp, field};

/// A text, or a number as one; empty where there is none.
pub fn text(of: &Value, name: &str) -> String {
    match of.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The same where there is something in it.
pub fn some(of: &Value, name: &str) -> Option<String> {
    Some(text(of, name)).filter(|text| !text.trim().is_empty())
}

/// A whole number that is not negative.
pub fn number(of: &Value, name: &str) -> Option<u64> {
    text(of, name).parse().ok()
}

/// The entries of a list; none where it is no list.
pub fn list<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of a list without which the rest would look like nothing. Some programs call an empty one nothing, and
/// then say beside it that there are none in all.
pub fn wanted<'v>(of: &'v Value, name: &str) -> Result<&'v [Value], No> {
    match of.get(name) {
        Some(Value::Array(all)) => Ok(all),
        Some(Value::Null) if number(of, "total") == Some(0) => Ok(&[]),
        _ => {
            let why = format!("there is no list \"{name}\" in what is told of it");
            let fault =
                Error::Failed(format!("an answer has no list \"{name}\": this is no answer of such an API"));
            Err(No::Broken(why, fault))
        }
    }
}

/// A moment, in seconds or as a text of RFC 3339. Nothing and the very beginning of time are none.
pub fn moment(of: &Value, name: &str) -> Option<Timestamp> {
    let written = text(of, name);
    let moment = match written.parse::<i64>() {
        Ok(seconds) => Timestamp::from_seconds(seconds),
        Err(_) => match written.parse::<f64>() {
            // A count of seconds with a fraction.
            Ok(_) => Timestamp::from_seconds(written.split('.').next()?.parse().ok()?),
            Err(_) => Timestamp(written.parse::<jiff::Timestamp>().ok()?.as_millisecond()),
        },
    };
    (moment.0 > 0).then_some(moment)
}

/// What stands in their own fields, as texts; yes and no are said so.
pub fn fields(of: &Value, name: &str) -> Vec<(String, String)> {
    let Some(fields) = of.get(name).and_then(Value::as_object) else { return Vec::new() };
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let all = fields.iter().map(|(key, value)| (key.clone(), plain(value)));
    all.filter(|(_, value)| !value.trim().is_empty()).collect()
}

/// What a field holds, in the words that both programs have for it.
pub fn field_kind(of: &Value, name: &str) -> field::Kind {
    match text(of, name).as_str() {
        "number" => field::Kind::Number,
        "date" => field::Kind::Date,
        "checkbox" => field::Kind::Yes,
        _ => field::Kind::Text,
    }
}
