//! Workflows: which can be started, starting one on a conversation, and looking after it.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::happening::Empty;
use super::shape::workflow::{NewRun, Run, Workflow};
use super::shape::{All, created, shown};
use crate::actions::workflow::{self as action, Start};
use crate::actions::{self, Error, reach};
use crate::domain::agent::Role;
use crate::domain::conversation::Conversation;
use crate::domain::{Id, workflow};
use crate::store::{self, Connection};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// How many runs of a conversation are listed.
const RUNS: u32 = 100;

/// The workflows of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/workflows", Role::Agent, list, Gives::All("Workflow"))
        .about("The workflows that can be started on a conversation, with what each asks."),
    Endpoint::get("/api/v1/conversations/{id}/workflows", Role::Agent, ran, Gives::All("WorkflowRun"))
        .about("The latest workflows that were started on a conversation or began there, the newest first."),
    Endpoint::post("/api/v1/conversations/{id}/workflows", Role::Agent, start, "NewWorkflowRun")
        .about("Starts a workflow on a conversation in the name of the token's owner.")
        .giving(Gives::Created("WorkflowRun")),
    Endpoint::post("/api/v1/workflow-runs/{id}/retry", Role::Agent, retry, "Empty")
        .about("Tries the step of a workflow again that did not go.")
        .giving(Gives::Nothing),
    Endpoint::post("/api/v1/workflow-runs/{id}/stop", Role::Agent, stop, "Empty")
        .about("Ends a workflow before its last step.")
        .giving(Gives::Nothing),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let items: Vec<Workflow> = cx.read(action::offered)?.into_iter().map(Workflow::of).collect();
    shown(&All { items })
}

fn ran(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, viewer): (Id<Conversation>, _) = (cx.param("id")?, cx.viewer()?);
    let items = cx.read(|c| {
        reach::conversation(c, viewer, id)?;
        let runs = store::workflow_run::of(c, id, RUNS)?;
        runs.into_iter().map(|run| shape(c, run)).collect::<actions::Result<Vec<_>>>()
    })?;
    shown(&All { items })
}

fn shape(c: &Connection, run: workflow::Run) -> actions::Result<Run> {
    let version = store::workflow::version(c, run.version)?.ok_or(Error::NotFound)?;
    Ok(Run::of(&run, &version))
}

fn start(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let asked: NewRun = ask::body(cx, JSON)?;
    let key = ask::key(asked.key)?;
    let start = Start { workflow: Id::new(asked.workflow_id), answers: asked.inputs, key };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let run = cx.write(move |tx| action::start(tx, &by, id, &start, now))?;
    let run = cx.read(|c| store::workflow_run::get(c, run))?.ok_or(Failure::NotFound)?;
    created(&cx.read(|c| shape(c, run))?)
}

/// The run, with the conversation in which whoever asks has to be.
fn at(cx: &mut Cx<'_>) -> Result<(Id<Conversation>, Id<workflow::Run>), Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let id: Id<workflow::Run> = cx.param("id")?;
    let run = cx.read(|c| store::workflow_run::get(c, id))?.ok_or(Failure::NotFound)?;
    Ok((run.conversation, id))
}

fn retry(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (at, by, now) = (at(cx)?, cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::retry(tx, &by, at, now))?;
    Ok(Response::new(204))
}

fn stop(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (at, by, now) = (at(cx)?, cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::stop(tx, &by, at, now))?;
    Ok(Response::new(204))
}
