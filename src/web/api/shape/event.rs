//! Entries of the log in the API.

use serde::Serialize;
use serde_json::{Value, json};

use crate::web::api::schema::{Schemas, answer, id, list, moment, named, number, or_null, text};

/// A stretch of the log.
#[derive(Serialize)]
pub struct Stretch {
    pub items: Vec<Value>,
    /// To be given as `after` for what comes next. Also moves over entries that the reader may not see.
    pub next_after: i64,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    vec![
        (
            "Event",
            answer(&[
                ("id", id()),
                ("at", moment()),
                ("kind", text()),
                ("agent_id", or_null(&id())),
                ("conversation_id", or_null(&id())),
                ("contact_id", or_null(&id())),
                ("message_id", or_null(&id())),
                ("data", json!({})),
            ]),
        ),
        ("Stretch", answer(&[("items", list(&named("Event"))), ("next_after", number())])),
    ]
}
