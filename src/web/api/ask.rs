//! What a program asks: the query and the JSON body, read strictly.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::domain::Timestamp;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Body;

/// The value of a parameter; `None` when it is not there or empty. The door has checked its name.
pub fn parameter<T: FromStr>(cx: &Cx<'_>, name: &'static str) -> Result<Option<T>, Failure> {
    match cx.query.get(name).map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| malformed("invalid_parameter", name)),
    }
}

/// How many are wanted: 50 unless said otherwise, from 1 to 200.
pub fn limit(cx: &Cx<'_>) -> Result<u32, Failure> {
    let wanted: u32 = parameter(cx, "limit")?.unwrap_or(50);
    if (1..=200).contains(&wanted) { Ok(wanted) } else { Err(malformed("invalid_parameter", "limit")) }
}

/// The JSON body. An empty one stands for `{}`, which only bodies without required fields accept.
pub fn body<T: DeserializeOwned>(cx: &mut Cx<'_>, limit: u64) -> Result<T, Failure> {
    let kind = cx.request.headers.get("content-type").unwrap_or("application/json");
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") && !cx.request.body.is_empty() {
        return Err(malformed("content_type", "application/json is needed"));
    }
    let body = std::mem::replace(&mut cx.request.body, Body::empty());
    let bytes = body.into_bytes(limit).map_err(|_| Failure::TooLarge)?;
    let bytes = if bytes.is_empty() { b"{}".to_vec() } else { bytes };
    serde_json::from_slice(&bytes).map_err(|fault| unreadable(&fault))
}

/// The largest JSON body, where the route does not say otherwise.
pub const JSON: u64 = 256 * 1024;

fn unreadable(fault: &serde_json::Error) -> Failure {
    let what: String = fault.to_string().chars().take(300).collect();
    let code = if what.starts_with("unknown field") {
        "unknown_field"
    } else if what.starts_with("missing field") {
        "missing_field"
    } else {
        "malformed"
    };
    Failure::Malformed { code, what }
}

/// A moment as RFC 3339 gives it.
pub fn moment(field: &'static str, text: &str) -> Result<Timestamp, Failure> {
    let moment: Result<jiff::Timestamp, _> = text.trim().parse();
    moment.map(|at| Timestamp(at.as_millisecond())).map_err(|_| malformed("invalid_field", field))
}

/// A request that is not as the document says.
pub fn malformed(code: &'static str, what: &str) -> Failure {
    Failure::Malformed { code, what: what.to_owned() }
}

/// For a field that may be left out, be null, or have a value, which mean three different things.
pub fn given<'de, T, D>(source: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(source).map(Some)
}
