//! Values of columns, as the APIs tell them.

use serde_json::Value;

use super::super::told::text;

/// A number that points at another row.
pub fn id(row: &Value, name: &str) -> Option<i64> {
    text(row, name).parse().ok()
}

/// Yes or no.
pub fn flag(row: &Value, name: &str) -> Value {
    match row.get(name).and_then(Value::as_str) {
        Some(written) => Value::Bool(written == "t"),
        None => Value::Null,
    }
}

/// What a column of JSON holds. Some programs put a text into it that holds JSON once more.
pub fn nested(row: &Value, name: &str) -> Value {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_default();
    match read(&text(row, name)) {
        Value::String(inner) => read(&inner),
        value => value,
    }
}

/// A moment without a zone, which is UTC, in milliseconds.
pub fn millis(row: &Value, name: &str) -> Option<i64> {
    let moment: jiff::civil::DateTime = text(row, name).parse().ok()?;
    Some(moment.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// The same in whole seconds, as APIs tell it.
pub fn seconds(row: &Value, name: &str) -> Value {
    millis(row, name).map_or(Value::Null, |millis| millis.div_euclid(1000).into())
}

/// A moment with its zone.
pub fn stamp(row: &Value, name: &str) -> Value {
    let moment: Option<jiff::Timestamp> = text(row, name).parse().ok();
    moment.map_or(Value::Null, |moment| moment.to_string().into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_as_postgresql_writes_them() {
        let row = json!({ "a": "2024-03-01 10:00:00.123456", "b": "2024-03-01 10:00:00", "c": "infinity", "d": null,
            "e": "2024-03-01 12:30:00.5+02", "f": "2024-03-01 10:00:00-05:30", "t": "t", "n": "f",
            "j": "{\"x\": 1}", "s": "\"{\\\"x\\\": 2}\"", "w": "no json" });
        let at = |name| millis(&row, name);
        assert_eq!((at("a"), at("b"), at("c")), (Some(1_709_287_200_123), Some(1_709_287_200_000), None));
        assert_eq!((seconds(&row, "a"), seconds(&row, "d")), (json!(1_709_287_200), Value::Null));
        assert_eq!(stamp(&row, "e"), json!("2024-03-01T10:30:00.5Z"));
        assert_eq!(stamp(&row, "f"), json!("2024-03-01T15:30:00Z"));
        assert_eq!((stamp(&row, "c"), stamp(&row, "d")), (Value::Null, Value::Null));
        assert_eq!(
            (flag(&row, "t"), flag(&row, "n"), flag(&row, "d")),
            (json!(true), json!(false), Value::Null)
        );
        assert_eq!((nested(&row, "j"), nested(&row, "s")), (json!({ "x": 1 }), json!({ "x": 2 })));
        assert_eq!((nested(&row, "w"), nested(&row, "d")), (Value::Null, Value::Null));
    }
}
