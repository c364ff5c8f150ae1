//! How things of the desk look in the API: one file a kind of thing, each with its schema beside it.

pub mod contact;
pub mod event;
pub mod person;
pub mod webhook;

use serde::Serialize;

use crate::domain::Timestamp;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// A moment as RFC 3339 in UTC.
pub fn time(at: Timestamp) -> String {
    // Beyond the year 9999 there is no such text; nothing that happens at a desk lies there.
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// `{"items": […]}`.
#[derive(Serialize)]
pub struct All<T> {
    pub items: Vec<T>,
}

/// `{"items": […], "next_cursor": …}`.
#[derive(Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// To be given as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// The answer that shows something.
pub fn shown<T: Serialize>(thing: &T) -> Result<Response, Failure> {
    written(200, thing)
}

/// The answer to something new: itself.
pub fn created<T: Serialize>(thing: &T) -> Result<Response, Failure> {
    written(201, thing)
}

fn written<T: Serialize>(status: u16, thing: &T) -> Result<Response, Failure> {
    let bytes = serde_json::to_vec(thing).map_err(|_| Failure::Bad("the answer cannot be written"))?;
    Ok(Response::json(status, bytes))
}
