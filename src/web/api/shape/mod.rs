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
pub mod workflow;
pub mod wrapup;

use serde::Serialize;
use serde_json::Value;

use super::schema::{Schemas, answer, list, named, number, one_of, or_null, text, yes_no};
use crate::domain::Timestamp;
use crate::domain::conversation::Status;
use crate::domain::hit::Tally;
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
    /// Counting those stopped; there may be more.
    pub beyond_more: bool,
    /// False where one request looked at enough; more may lie behind `next_cursor` although the page is not full.
    pub complete: bool,
}

/// Hits that have another status.
#[derive(Serialize)]
pub struct Elsewhere {
    pub status: Status,
    pub hits: u32,
    /// Counting stopped there; there may be more.
    pub more: bool,
}

impl Elsewhere {
    /// What the store counted.
    pub const fn of((status, Tally { hits, more }): (Status, Tally)) -> Elsewhere {
        Elsewhere { status, hits, more }
    }

    /// Its schema.
    pub fn schema() -> Value {
        answer(&[("status", one_of(Status::ALL.map(Status::as_str))), ("hits", number()), ("more", yes_no())])
    }
}

/// The schema of a listing.
pub fn schemas() -> Schemas {
    vec![(
        "Conversations",
        answer(&[
            ("items", list(&named("Conversation"))),
            ("next_cursor", or_null(&text())),
            ("elsewhere", list(&Elsewhere::schema())),
            ("beyond", number()),
            ("beyond_more", yes_no()),
            ("complete", yes_no()),
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
