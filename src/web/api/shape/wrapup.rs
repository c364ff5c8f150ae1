//! Wrap-up in the API.

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::Id;
use crate::domain::queue::{Note, WrapUp as Rules};
use crate::domain::wrapup::{self, After};
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, number, one_of, or_null, request, text_up_to, yes_no,
};

/// What somebody is asked about work that ended.
#[derive(Serialize)]
pub struct WrapUp {
    pub id: i64,
    pub conversation_id: i64,
    pub queue_id: Option<i64>,
    pub after: &'static str,
    pub since: String,
    /// When the default reason is taken; null: it waits.
    pub due_at: Option<String>,
    pub default_reason_id: Option<i64>,
    pub reason_required: bool,
    pub most_reasons: u32,
    pub note: &'static str,
    pub may_stop: bool,
}

impl WrapUp {
    /// The question as the API shows it.
    pub fn of(asked: &wrapup::WrapUp, rules: &Rules) -> WrapUp {
        WrapUp {
            id: asked.id.get(),
            conversation_id: asked.conversation.get(),
            queue_id: asked.queue.map(Id::get),
            after: asked.after.as_str(),
            since: time(asked.since),
            due_at: asked.due_at.map(time),
            default_reason_id: rules.default_reason.map(Id::get),
            reason_required: rules.required,
            most_reasons: rules.most,
            note: rules.note.as_str(),
            may_stop: rules.may_stop,
        }
    }
}

/// Why work ended.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Numbers of wrap-up reasons.
    #[serde(default)]
    pub reasons: Vec<i64>,
    #[serde(default)]
    pub note: String,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    vec![
        (
            "WrapUp",
            answer(&[
                ("id", id()),
                ("conversation_id", id()),
                ("queue_id", or_null(&id())),
                ("after", one_of(After::ALL.map(After::as_str))),
                ("since", moment()),
                ("due_at", or_null(&moment())),
                ("default_reason_id", or_null(&id())),
                ("reason_required", yes_no()),
                ("most_reasons", number()),
                ("note", one_of(Note::ALL.map(Note::as_str))),
                ("may_stop", yes_no()),
            ]),
        ),
        ("WrapUpAnswer", request(&[], &[("reasons", list(&id())), ("note", text_up_to(4000))])),
    ]
}
