//! Prepared texts and wrap-up reasons in the API.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::time;
use crate::domain::Id;
use crate::domain::template::{self, Status, gaps};
use crate::domain::wrapup;
use crate::web::api::ask::given;
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, one_of, or_null, request, text, text_up_to, yes_no,
};

/// A prepared text: a saved reply of the team, or a template that a provider knows.
#[derive(Serialize)]
pub struct Template {
    pub id: i64,
    pub channel_id: Option<i64>,
    pub name: String,
    pub language: String,
    pub category: String,
    pub body: String,
    /// The names of the gaps that have to be filled.
    pub parameters: Vec<String>,
    /// The provider's own description; null for saved replies.
    pub components: Value,
    pub status: Status,
    pub reason: Option<String>,
    pub locked: bool,
    pub synced_at: Option<String>,
}

impl Template {
    /// The template as the API shows it.
    pub fn of(template: template::Template) -> Template {
        Template {
            id: template.id.get(),
            channel_id: template.channel.map(Id::get),
            parameters: gaps(&template.body),
            name: template.name,
            language: template.language,
            category: template.category,
            body: template.body,
            components: template.components,
            status: template.status,
            reason: template.reason,
            locked: template.locked,
            synced_at: template.synced_at.map(time),
        }
    }
}

/// A saved reply to be kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    pub channel_id: Option<i64>,
    pub name: String,
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub category: String,
    pub body: String,
    #[serde(default)]
    pub locked: bool,
}

/// What is to change of a saved reply.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateChange {
    #[serde(default, deserialize_with = "given")]
    pub channel_id: Option<Option<i64>>,
    pub name: Option<String>,
    pub language: Option<String>,
    pub category: Option<String>,
    pub body: Option<String>,
    pub locked: Option<bool>,
}

/// Which channel's templates are to be fetched from its provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    pub channel_id: i64,
}

/// A wrap-up reason.
#[derive(Serialize)]
pub struct Reason {
    pub id: i64,
    pub name: String,
    /// The queue in which it is offered; null: everywhere.
    pub queue_id: Option<i64>,
}

impl Reason {
    /// The reason as the API shows it.
    pub fn of(reason: &wrapup::Reason) -> Reason {
        Reason { id: reason.id.get(), name: reason.name.clone(), queue_id: reason.queue.map(Id::get) }
    }
}

/// A reason to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReason {
    pub name: String,
    pub queue_id: Option<i64>,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let fields = [
        ("channel_id", or_null(&id())),
        ("name", text_up_to(80)),
        ("language", text()),
        ("category", text()),
        ("body", text_up_to(20_000)),
        ("locked", yes_no()),
    ];
    vec![
        (
            "Template",
            answer(&[
                ("id", id()),
                ("channel_id", or_null(&id())),
                ("name", text()),
                ("language", text()),
                ("category", text()),
                ("body", text()),
                ("parameters", list(&text())),
                ("components", json!({})),
                ("status", one_of(Status::ALL.map(Status::as_str))),
                ("reason", or_null(&text())),
                ("locked", yes_no()),
                ("synced_at", or_null(&moment())),
            ]),
        ),
        ("NewTemplate", request(&["name", "body"], &fields)),
        ("TemplateChange", request(&[], &fields)),
        ("Sync", request(&["channel_id"], &[("channel_id", id())])),
        ("Reason", answer(&[("id", id()), ("name", text()), ("queue_id", or_null(&id()))])),
        ("NewReason", request(&["name"], &[("name", text_up_to(80)), ("queue_id", or_null(&id()))])),
    ]
}
