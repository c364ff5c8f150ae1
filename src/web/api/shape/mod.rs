//! How things of the desk look in the API: one file a kind of thing, each with its schema beside it.

pub mod bulk;
pub mod card;
pub mod channel;
pub mod contact;
pub mod conversation;
pub mod event;
pub mod happening;
pub mod later;
pub mod message;
pub mod offer;
pub mod past;
pub mod person;
pub mod search;
pub mod segment;
pub mod tag;
pub mod text;
pub mod user;
pub mod webhook;
pub mod window;
pub mod wrapup;

use serde::Serialize;

use super::schema::{Schemas, answer, list, named, number, one_of, or_null, text};
use crate::domain::Timestamp;
use crate::domain::conversation::Status;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// A moment as RFC 3339 in UTC.
pub fn time(at: Timestamp) -> String {
    at.rfc3339()
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

/// A page of conversations, and where a search would have found more.
#[derive(Serialize)]
pub struct Listing<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
    /// While searching: hits of this view that have another status; stops counting at 50.
    pub elsewhere: Vec<Elsewhere>,
    /// While searching: hits in other views; stops counting at 50.
    pub beyond: u32,
}

/// Hits that have another status.
#[derive(Serialize)]
pub struct Elsewhere {
    pub status: Status,
    pub hits: u32,
}

/// The schema of a listing.
pub fn schemas() -> Schemas {
    let elsewhere = answer(&[("status", one_of(Status::ALL.map(Status::as_str))), ("hits", number())]);
    vec![(
        "Conversations",
        answer(&[
            ("items", list(&named("Conversation"))),
            ("next_cursor", or_null(&text())),
            ("elsewhere", list(&elsewhere)),
            ("beyond", number()),
        ]),
    )]
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
