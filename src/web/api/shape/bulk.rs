//! The same to many conversations, in the API.

use serde::{Deserialize, Serialize};

use crate::domain::deed::{Skip, Skipped, Verb};
use crate::domain::tag::Priority;
use crate::web::api::schema::{Schemas, answer, id, list, moment, number, one_of, or_null, request, text};

/// What is to be done, to which conversations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    pub ids: Vec<i64>,
    pub verb: Verb,
    /// For `assign`; nobody when it is missing or null.
    pub agent_id: Option<i64>,
    /// For `transfer`.
    pub queue_id: Option<i64>,
    /// For `snooze`.
    pub until: Option<String>,
    /// For `tag` and `untag`.
    pub tag_id: Option<i64>,
    /// For `priority`.
    pub priority: Option<Priority>,
    /// For `close`.
    #[serde(default)]
    pub reasons: Vec<i64>,
    /// For `close` and `transfer`.
    #[serde(default)]
    pub note: String,
}

/// What came of it.
#[derive(Serialize)]
pub struct Done {
    /// With this it can be taken back.
    pub deed_id: i64,
    pub done: i64,
    pub skipped: Vec<Skipped>,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let skipped = answer(&[("conversation", id()), ("why", one_of(Skip::ALL.map(Skip::as_str)))]);
    vec![
        (
            "Bulk",
            request(
                &["ids", "verb"],
                &[
                    ("ids", list(&id())),
                    ("verb", one_of(Verb::ALL.map(Verb::as_str))),
                    ("agent_id", or_null(&id())),
                    ("queue_id", id()),
                    ("until", moment()),
                    ("tag_id", id()),
                    ("priority", one_of(Priority::ALL.map(Priority::as_str))),
                    ("reasons", list(&id())),
                    ("note", text()),
                ],
            ),
        ),
        ("Done", answer(&[("deed_id", id()), ("done", number()), ("skipped", list(&skipped))])),
    ]
}
