//! A conversation as it was, in the API.

use serde::Serialize;

use super::message::Message;
use super::time;
use crate::domain::Id;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::Event;
use crate::domain::past::Stand;
use crate::domain::tag::Priority;
use crate::web::api::schema::{Schemas, answer, id, list, moment, named, one_of, or_null, text};

/// A conversation as it stood at a moment.
#[derive(Serialize)]
pub struct Past {
    pub conversation_id: i64,
    /// The entry of the log that was its newest then, and when that was written.
    pub event_id: i64,
    pub at: String,
    /// Null where the log does not say yet how it stood.
    pub status: Option<Status>,
    pub assignee_id: Option<i64>,
    pub queue_id: Option<i64>,
    pub snoozed_until: Option<String>,
    pub priority: Option<Priority>,
    /// What its tags were called then.
    pub tags: Vec<String>,
    /// The same all along.
    pub subject: String,
    /// The newest messages that were there, oldest first, as they were then.
    pub messages: Vec<Message>,
}

impl Past {
    /// How it stood after this entry.
    pub fn of(
        conversation: Id<Conversation>,
        at: &Event,
        stood: Option<&Stand>,
        messages: Vec<Message>,
    ) -> Past {
        Past {
            conversation_id: conversation.get(),
            event_id: at.id.get(),
            at: time(at.at),
            status: stood.map(|stand| stand.status),
            assignee_id: stood.and_then(|stand| stand.assignee).map(Id::get),
            queue_id: stood.and_then(|stand| stand.queue).map(Id::get),
            snoozed_until: stood.and_then(|stand| stand.until).map(time),
            priority: stood.map(|stand| stand.priority),
            tags: stood.map(|stand| stand.tags.clone()).unwrap_or_default(),
            subject: String::new(),
            messages,
        }
    }
}

/// The schema of it.
pub fn schemas() -> Schemas {
    let status = one_of(Status::ALL.map(Status::as_str));
    let priority = one_of(Priority::ALL.map(Priority::as_str));
    vec![(
        "Past",
        answer(&[
            ("conversation_id", id()),
            ("event_id", id()),
            ("at", moment()),
            ("status", or_null(&status)),
            ("assignee_id", or_null(&id())),
            ("queue_id", or_null(&id())),
            ("snoozed_until", or_null(&moment())),
            ("priority", or_null(&priority)),
            ("tags", list(&text())),
            ("subject", text()),
            ("messages", list(&named("Message"))),
        ]),
    )]
}
