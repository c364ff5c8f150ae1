//! Entries of the log in the API.

use serde::Serialize;
use serde_json::{Value, json};

use super::time;
use crate::domain::{Id, event};
use crate::web::api::schema::{Schemas, answer, id, list, moment, named, number, or_null, text};

/// One entry.
#[derive(Serialize)]
pub struct Event {
    pub id: i64,
    pub at: String,
    pub kind: String,
    pub agent_id: Option<i64>,
    pub conversation_id: Option<i64>,
    pub contact_id: Option<i64>,
    pub message_id: Option<i64>,
    pub data: Value,
}

/// A stretch of the log.
#[derive(Serialize)]
pub struct Stretch {
    pub items: Vec<Event>,
    /// To be given as `after` for what comes next. Also moves over entries that the reader may not see.
    pub next_after: i64,
}

impl Event {
    /// The entry as the API shows it.
    pub fn of(event: event::Event) -> Event {
        Event {
            id: event.id.get(),
            at: time(event.at),
            kind: event.kind,
            agent_id: event.agent.map(Id::get),
            conversation_id: event.conversation.map(Id::get),
            contact_id: event.contact.map(Id::get),
            message_id: event.message.map(Id::get),
            data: event.data,
        }
    }
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
