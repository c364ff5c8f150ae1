//! Prepared texts and wrap-up reasons in the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::time;
use crate::domain::Id;
use crate::domain::channel::Kind;
use crate::domain::parameter::Source;
use crate::domain::template::{self, Stage, Status, gaps};
use crate::domain::wrapup;
use crate::web::api::ask::given;
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, number, one_of, or_null, request, text, text_up_to, texts_by_name,
    yes_no,
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
    /// For which part of a conversation it is meant.
    pub stage: Stage,
    /// The kind of channel on which alone it is offered.
    pub channel_kind: Option<Kind>,
    /// The queue in which alone it is offered.
    pub queue_id: Option<i64>,
    /// Only administrators change it.
    pub guarded: bool,
    /// Gaps that the desk fills though the provider named them, with what it puts there.
    pub fills: BTreeMap<String, String>,
    pub version: u32,
}

impl Template {
    /// The template as the API shows it.
    pub fn of(template: template::Template) -> Template {
        Template {
            id: template.id.get(),
            channel_id: template.channel.map(Id::get),
            parameters: asked(&template),
            name: template.name,
            language: template.language,
            category: template.category,
            body: template.body,
            components: template.components,
            status: template.status,
            reason: template.reason,
            locked: template.locked,
            synced_at: template.synced_at.map(time),
            stage: template.stage,
            channel_kind: template.kind,
            queue_id: template.queue.map(Id::get),
            guarded: template.guarded,
            fills: template.fills,
            version: template.version,
        }
    }
}

/// The gaps that the desk does not fill by itself. Where it turns out to know nothing to put into one of its own, that
/// one is asked for as well, and the refusal names it.
fn asked(template: &template::Template) -> Vec<String> {
    let people = |gap: &String| !matches!(template.source(gap), Source::Desk(_));
    gaps(&template.body).into_iter().filter(people).collect()
}

/// What a prepared text said from one moment on.
#[derive(Serialize)]
pub struct TemplateVersion {
    pub version: u32,
    /// Who wrote it; null: the provider, or the desk itself.
    pub user_id: Option<i64>,
    pub name: String,
    pub language: String,
    pub category: String,
    pub stage: Stage,
    pub body: String,
    pub locked: bool,
    pub at: String,
}

impl TemplateVersion {
    /// The version as the API shows it.
    pub fn of(version: template::Version) -> TemplateVersion {
        TemplateVersion {
            version: version.number,
            user_id: version.agent.map(Id::get),
            name: version.name,
            language: version.language,
            category: version.category,
            stage: version.stage,
            body: version.body,
            locked: version.locked,
            at: time(version.at),
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
    #[serde(default)]
    pub stage: Stage,
    pub channel_kind: Option<Kind>,
    pub queue_id: Option<i64>,
    #[serde(default)]
    pub guarded: bool,
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
    pub stage: Option<Stage>,
    #[serde(default, deserialize_with = "given")]
    pub channel_kind: Option<Option<Kind>>,
    #[serde(default, deserialize_with = "given")]
    pub queue_id: Option<Option<i64>>,
    pub guarded: Option<bool>,
    /// Of a provider's template: what the desk puts into its gaps.
    pub fills: Option<BTreeMap<String, String>>,
}

impl TemplateChange {
    /// Whether it changes anything of a provider's template that is the provider's.
    pub fn is_words(&self) -> bool {
        let texts = [&self.name, &self.language, &self.category, &self.body];
        let places = self.channel_id.is_some() || self.channel_kind.is_some();
        texts.iter().any(|text| text.is_some()) || places || self.locked.is_some() || self.guarded.is_some()
    }
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
        ("stage", one_of(Stage::ALL.map(Stage::as_str))),
        ("channel_kind", or_null(&one_of(Kind::ALL.map(Kind::as_str)))),
        ("queue_id", or_null(&id())),
        ("guarded", yes_no()),
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
                ("stage", one_of(Stage::ALL.map(Stage::as_str))),
                ("channel_kind", or_null(&one_of(Kind::ALL.map(Kind::as_str)))),
                ("queue_id", or_null(&id())),
                ("guarded", yes_no()),
                ("fills", texts_by_name()),
                ("version", number()),
            ]),
        ),
        (
            "TemplateVersion",
            answer(&[
                ("version", number()),
                ("user_id", or_null(&id())),
                ("name", text()),
                ("language", text()),
                ("category", text()),
                ("stage", one_of(Stage::ALL.map(Stage::as_str))),
                ("body", text()),
                ("locked", yes_no()),
                ("at", moment()),
            ]),
        ),
        ("NewTemplate", request(&["name", "body"], &fields)),
        ("TemplateChange", request(&[], &[&fields[..], &[("fills", texts_by_name())]].concat())),
        ("Sync", request(&["channel_id"], &[("channel_id", id())])),
        ("Reason", answer(&[("id", id()), ("name", text()), ("queue_id", or_null(&id()))])),
        ("NewReason", request(&["name"], &[("name", text_up_to(80)), ("queue_id", or_null(&id()))])),
    ]
}
