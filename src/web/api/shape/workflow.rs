//! Workflows in the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::Id;
use crate::domain::workflow::{self, AskKind, State, Version, Why};
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, named, number, one_of, or_null, request, text, texts_by_name, yes_no,
};

/// A workflow that can be started.
#[derive(Serialize)]
pub struct Workflow {
    pub id: i64,
    pub name: String,
    /// Counted from 1 with each publication.
    pub version: i64,
    pub about: String,
    /// What has to be given when it is started.
    pub inputs: Vec<Input>,
}

/// Something that is asked when a workflow is started.
#[derive(Serialize)]
pub struct Input {
    pub name: String,
    pub label: String,
    pub kind: AskKind,
    pub choices: Vec<String>,
    pub required: bool,
}

impl Workflow {
    /// The workflow as the API shows it.
    pub fn of(version: Version) -> Workflow {
        let inputs = version.flow.asks.into_iter().map(|ask| Input {
            label: ask.label().to_owned(),
            name: ask.name,
            kind: ask.kind,
            choices: ask.choices,
            required: ask.required,
        });
        Workflow {
            id: version.workflow.get(),
            inputs: inputs.collect(),
            name: version.name,
            version: version.number,
            about: version.flow.about,
        }
    }
}

/// A workflow on its way through a conversation.
#[derive(Serialize)]
pub struct Run {
    pub id: i64,
    pub workflow_id: i64,
    pub name: String,
    pub version: i64,
    pub conversation_id: i64,
    /// Who started it; null: it began by itself.
    pub agent_id: Option<i64>,
    pub state: &'static str,
    /// How many of its steps are done.
    pub done: u32,
    pub steps: usize,
    /// When it goes on.
    pub due_at: String,
    /// Why it does not go on, and what belongs to that.
    pub why: Option<&'static str>,
    pub detail: String,
    pub started_at: String,
    pub ended_at: Option<String>,
}

impl Run {
    /// The run as the API shows it.
    pub fn of(run: &workflow::Run, version: &Version) -> Run {
        Run {
            id: run.id.get(),
            workflow_id: version.workflow.get(),
            name: version.name.clone(),
            version: version.number,
            conversation_id: run.conversation.get(),
            agent_id: run.agent.map(Id::get),
            state: run.state.as_str(),
            done: run.done,
            steps: version.flow.steps.len(),
            due_at: time(run.due_at),
            why: run.why.map(Why::as_str),
            detail: run.detail.clone(),
            started_at: time(run.started_at),
            ended_at: run.ended_at.map(time),
        }
    }
}

/// A workflow that is to be started.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    pub workflow_id: i64,
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    pub key: Option<String>,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    vec![
        (
            "Workflow",
            answer(&[
                ("id", id()),
                ("name", text()),
                ("version", number()),
                ("about", text()),
                ("inputs", list(&named("WorkflowInput"))),
            ]),
        ),
        (
            "WorkflowInput",
            answer(&[
                ("name", text()),
                ("label", text()),
                ("kind", one_of(AskKind::ALL.map(AskKind::as_str))),
                ("choices", list(&text())),
                ("required", yes_no()),
            ]),
        ),
        (
            "WorkflowRun",
            answer(&[
                ("id", id()),
                ("workflow_id", id()),
                ("name", text()),
                ("version", number()),
                ("conversation_id", id()),
                ("agent_id", or_null(&id())),
                ("state", one_of(State::ALL.map(State::as_str))),
                ("done", number()),
                ("steps", number()),
                ("due_at", moment()),
                ("why", or_null(&one_of(Why::ALL.map(Why::as_str)))),
                ("detail", text()),
                ("started_at", moment()),
                ("ended_at", or_null(&moment())),
            ]),
        ),
        (
            "NewWorkflowRun",
            request(&["workflow_id"], &[("workflow_id", id()), ("inputs", texts_by_name()), ("key", text())]),
        ),
    ]
}
