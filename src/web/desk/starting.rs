//! Starting workflows on a conversation, and looking after those that are on their way there.

use std::collections::BTreeMap;

use crate::actions::workflow::{self as action, Start};
use crate::actions::{Error, reach};
use crate::domain::Id;
use crate::domain::conversation::Conversation;
use crate::domain::workflow::{Run, Version, Workflow};
use crate::random;
use crate::store::{self, Connection};
use crate::templates::starting::{self as pages, Back, Page, Ran};
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// How many runs are shown.
const RUNS: u32 = 30;

/// What can be started, and what is on its way.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    show(cx, None)
}

fn show(cx: &Cx<'_>, back: Option<Back>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let viewer = cx.viewer()?;
    let page = cx.read(|c| {
        let conversation = reach::conversation(c, viewer, id)?;
        let refused = match action::may_start(c, viewer, &conversation) {
            Ok(()) => None,
            Err(Error::Refused(refused)) => Some(refused),
            Err(other) => return Err(other),
        };
        let contact = store::contact::get(c, conversation.contact)?.ok_or(Error::NotFound)?;
        Ok::<_, Error>(Page {
            conversation: id,
            customer: contact.name,
            offered: action::offered(c)?,
            refused,
            runs: ran(c, id)?,
            back,
            key: random::key(),
        })
    })?;
    let frame = forms::frame(cx, cx.texts.workflow_page())?;
    Ok(cx.page(&frame, &pages::page(&frame, &page)))
}

fn ran(c: &Connection, id: Id<Conversation>) -> store::Result<Vec<Ran>> {
    let mut all = Vec::new();
    for run in store::workflow_run::of(c, id, RUNS)? {
        let Some(version) = store::workflow::version(c, run.version)? else { continue };
        let agent = run.agent.map(|agent| store::agent::get(c, agent)).transpose()?.flatten();
        let (name, steps) = (version.name, version.flow.steps.len());
        all.push(Ran { run, name, steps, by: agent.map(|agent| agent.name) });
    }
    Ok(all)
}

/// Starts one; what is refused comes back with what was typed.
pub fn start(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let workflow: Option<Id<Workflow>> = cx.form.trimmed("workflow").parse().ok();
    let offered = cx.read(action::offered)?;
    let version = offered.into_iter().find(|version| Some(version.workflow) == workflow);
    let answers = version.map(|version| answers(cx, &version)).unwrap_or_default();
    let key = Some(cx.form.trimmed("key")).filter(|key| !key.is_empty()).map(str::to_owned);
    let start = Start { workflow: workflow.unwrap_or(Id::new(0)), answers: answers.clone(), key };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| action::start(tx, &by, id, &start, now)))? {
        Ok(_) => Ok(super::acts::back(cx, id, "")),
        Err(refused) => {
            let back = Back { workflow, refused: refused.clone(), typed: answers };
            Ok(forms::back(show(cx, Some(back))?, &refused))
        }
    }
}

/// What was typed beside the questions.
fn answers(cx: &Cx<'_>, version: &Version) -> BTreeMap<String, String> {
    let asks = version.flow.asks.iter().enumerate();
    asks.map(|(place, ask)| {
        (ask.name.clone(), cx.form.trimmed(&pages::field(version.workflow, place)).to_owned())
    })
    .collect()
}

/// Tries the step again that did not go.
pub fn again(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, at) = (cx.viewer()?.clone(), cx.now, at(cx)?);
    done(cx, cx.write(move |tx| action::retry(tx, &by, at, now)))
}

/// Ends one before its last step.
pub fn stop(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, at) = (cx.viewer()?.clone(), cx.now, at(cx)?);
    done(cx, cx.write(move |tx| action::stop(tx, &by, at, now)))
}

fn at(cx: &Cx<'_>) -> Result<(Id<Conversation>, Id<Run>), Failure> {
    Ok((cx.param("id")?, cx.form.trimmed("run").parse().map_err(|_| Failure::NotFound)?))
}

/// The page again; what is refused says why.
fn done(cx: &Cx<'_>, outcome: Result<(), Failure>) -> Result<Response, Failure> {
    match forms::outcome(outcome)? {
        Ok(()) => {
            let id: Id<Conversation> = cx.param("id")?;
            Ok(Response::redirect(&format!("/conversations/{id}/workflows?done=done")))
        }
        Err(refused) => {
            let back = Back { workflow: None, refused: refused.clone(), typed: BTreeMap::new() };
            Ok(forms::back(show(cx, Some(back))?, &refused))
        }
    }
}
