//! One step of a run: it happens, and the run moves on, in one transaction.

use std::collections::BTreeMap;

use super::call::{self, Calling};
use super::hand;
use crate::actions::close::{self, Closing};
use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, assign, draft, note, notice, reach, reply, tag, transfer};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Line, kind};
use crate::domain::later::period;
use crate::domain::offer::Denied;
use crate::domain::template;
use crate::domain::window::Sender;
use crate::domain::workflow::{Begins, Run, State, Step, Told, Version, Why};
use crate::domain::{Id, Refused, Timestamp};
use crate::store::{self, Tx, workflow, workflow_run};

/// A run with everything that its step needs.
pub(super) struct At {
    pub run: Run,
    pub version: Version,
    pub conversation: Conversation,
}

impl At {
    pub fn step(&self) -> Option<&Step> {
        self.version.flow.steps.get(self.run.done as usize)
    }
}

/// Does the next step of a run that is due. `Some`: a program is to be called now, outside every transaction.
/// A run that is not due, or waits for a person, stays as it is.
pub fn advance(tx: &Tx<'_>, id: Id<Run>, now: Timestamp) -> Result<Option<Calling>> {
    let Some(run) = workflow_run::get(tx, id)? else { return Ok(None) };
    if !run.is_due(now) {
        return Ok(None);
    }
    let mut at = at(tx, run)?;
    if has_moved_on(&at) {
        hand::end(tx, &mut at, (State::Stopped, Some(Why::Closed)), None, now)?;
        return Ok(None);
    }
    let Some(step) = at.step().cloned() else {
        hand::end(tx, &mut at, (State::Done, None), None, now)?;
        return Ok(None);
    };
    let Some(by) = actor(tx, &at)? else {
        fail(tx, &mut at, Why::Rights, "", now)?;
        return Ok(None);
    };
    if let Step::Call { url } = &step {
        return call::begin(tx, &mut at, url, now).map(Some);
    }
    if let Some(wait) = step.wait() {
        at.run.due_at = now + wait;
        let line = Line { until: Some(at.run.due_at), ..Line::default() };
        pass(tx, &mut at, line, now)?;
        return Ok(None);
    }
    let outcome = tx.part(|tx| perform(tx, &at, (&by, &step), now));
    at.conversation = store::conversation::get(tx, at.conversation.id)?.ok_or(Error::NotFound)?;
    match outcome {
        Ok(()) if step == Step::Close => hand::end(tx, &mut at, (State::Done, None), None, now)?,
        Ok(()) => pass(tx, &mut at, Line::default(), now)?,
        Err(Error::Refused(refused)) => {
            let (why, detail) = reason(&refused);
            fail(tx, &mut at, why, &detail, now)?;
        }
        Err(Error::NotFound) => fail(tx, &mut at, Why::Gone, "", now)?,
        Err(other) => return Err(other),
    }
    Ok(None)
}

/// The run with its version and its conversation, which go together.
pub(super) fn at(tx: &Tx<'_>, run: Run) -> Result<At> {
    let version = workflow::version(tx, run.version)?.ok_or(Error::NotFound)?;
    let conversation = store::conversation::get(tx, run.conversation)?.ok_or(Error::NotFound)?;
    Ok(At { run, version, conversation })
}

/// Whether the conversation is no longer what the run was started for.
fn has_moved_on(at: &At) -> bool {
    let over = at.conversation.status == Status::Closed || period(&at.conversation) != at.run.episode;
    over && at.version.flow.begins != Begins::Ended
}

/// In whose name it acts: of who started it, who must still work here, or of nobody. An administrator prepared what is
/// done, so it may do it wherever it was allowed to be started. What leaves by it counts as automatic: a window that is
/// open to people only stays closed to it.
fn actor(tx: &Tx<'_>, at: &At) -> Result<Option<Viewer>> {
    let Some(agent) = at.run.agent else {
        return Ok(Some(Viewer { sender: Sender::Automatic, ..Viewer::console() }));
    };
    let agent = store::agent::get(tx, agent)?.filter(|agent| agent.disabled_at.is_none());
    let Some(agent) = agent else { return Ok(None) };
    let own = store::agent::viewer(tx, &agent)?;
    Ok(Some(Viewer { sender: Sender::Automatic, role: own.role.max(Role::Supervisor), ..own }))
}

/// Tells what was done, and goes on to the next step.
pub(super) fn pass(tx: &Tx<'_>, at: &mut At, line: Line, now: Timestamp) -> Result<()> {
    told(tx, at, line, now)?;
    at.run.done += 1;
    (at.run.state, at.run.attempt) = (State::Running, 0);
    (at.run.why, at.run.detail) = (None, String::new());
    at.run.due_at = at.run.due_at.max(now);
    if at.step().is_none() && at.run.due_at <= now {
        return hand::end(tx, at, (State::Done, None), None, now);
    }
    Ok(workflow_run::update(tx, &at.run)?)
}

/// The line of the present step.
pub(super) fn told(tx: &Tx<'_>, at: &At, line: Line, now: Timestamp) -> Result<()> {
    let what = at.step().map(Step::kind).unwrap_or_default().to_owned();
    let flow = Told { workflow: at.version.name.clone(), step: number(at), what, failed: None };
    let line = Line { flow, ..line };
    history::tell(tx, &at.conversation, &Happening::own(kind::WORKFLOW_STEP, line), now)?;
    Ok(())
}

/// The number of the present step, counted from 1.
const fn number(at: &At) -> Option<u32> {
    Some(at.run.done + 1)
}

/// Leaves the run to people, and tells the thread why.
pub(super) fn fail(tx: &Tx<'_>, at: &mut At, why: Why, detail: &str, now: Timestamp) -> Result<()> {
    (at.run.state, at.run.why) = (State::Failed, Some(why));
    at.run.detail = detail.chars().take(300).collect();
    workflow_run::update(tx, &at.run)?;
    let flow =
        Told { workflow: at.version.name.clone(), step: number(at), failed: Some(why), ..Told::default() };
    let line = Line { flow, note: at.run.detail.clone(), ..Line::default() };
    history::tell(tx, &at.conversation, &Happening::own(kind::WORKFLOW_FAILED, line), now)?;
    notice::failed(tx, &at.conversation, at.run.agent, now)
}

fn reason(refused: &Refused) -> (Why, String) {
    match refused {
        Refused::WindowClosed { .. } => (Why::Window, String::new()),
        Refused::ContactBlocked | Refused::OptedOut => (Why::Unwanted, String::new()),
        Refused::ChannelDisabled => (Why::ChannelOff, String::new()),
        Refused::TemplateGap { parameter } => (Why::Gap, parameter.clone()),
        Refused::TemplateUnusable { name, .. } => (Why::Gone, name.clone()),
        Refused::NeedsRole { .. } | Refused::AssignedTo { .. } | Refused::Work(Denied::NotAccepted) => {
            (Why::Rights, String::new())
        }
        Refused::Field { problem: crate::domain::refused::Problem::Unknown, .. } => {
            (Why::Gone, String::new())
        }
        Refused::AlreadyThere { status: Status::Closed } => (Why::Closed, String::new()),
        _ => (Why::Refused, String::new()),
    }
}

/// What fills the gaps: what was asked and answered, and what the desk knows.
fn values(tx: &Tx<'_>, at: &At, now: Timestamp) -> Result<BTreeMap<String, String>> {
    let conversation = &at.conversation;
    let queue = store::queue::of(tx, conversation.queue)?;
    let customer = store::contact::get(tx, conversation.contact)?.ok_or(Error::NotFound)?.name;
    let zone = store::setting::zone(tx)?;
    let today = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    let known = [
        ("customer", customer),
        ("agent", history::name_of(tx, at.run.agent.or(conversation.assignee))?),
        ("queue", queue.map(|queue| queue.name).unwrap_or_default()),
        ("channel", reach::channel(tx, conversation)?.name),
        ("conversation", conversation.id.to_string()),
        ("date", today.to_zoned(zone).date().to_string()),
    ];
    let mut values = at.run.values.clone();
    values.extend(known.map(|(name, value)| (name.to_owned(), value)));
    Ok(values)
}

fn perform(tx: &Tx<'_>, at: &At, (by, step): (&Viewer, &Step), now: Timestamp) -> Result<()> {
    let id = at.conversation.id;
    let gone = || Error::NotFound;
    match step {
        Step::Message { text } => {
            let body = template::fill(text, &values(tx, at, now)?)?;
            send(tx, at, (by, body, None), now)
        }
        Step::Template { template, values: texts } => {
            let known = values(tx, at, now)?;
            let mut filled = BTreeMap::new();
            for (gap, text) in texts {
                filled.insert(gap.clone(), template::fill(text, &known)?);
            }
            send(tx, at, (by, String::new(), Some((template.ok_or_else(gone)?, filled))), now)
        }
        Step::Note { text } => {
            let body = template::fill(text, &values(tx, at, now)?)?;
            draft::kept(tx, by, id, now, |tx| note::note(tx, by, id, &body, Some(&key(at)), now)).map(drop)
        }
        Step::Tag { tag } => tag::put(tx, by, id, tag.ok_or_else(gone)?, now),
        Step::Untag { tag } => tag::take(tx, by, id, tag.ok_or_else(gone)?, now),
        Step::Assign { agent } => {
            let to = agent.or(at.run.agent).ok_or_else(gone)?;
            assign::assign(tx, by, id, Some(to), now)
        }
        Step::Queue { queue } => {
            let to = transfer::To::Queue(queue.ok_or_else(gone)?);
            transfer::transfer(tx, by, id, to, "", now)
        }
        Step::Close => {
            // It is done before the conversation is closed, which ends whatever else is on its way there.
            let run = Run { state: State::Done, ended_at: Some(now), ..at.run.clone() };
            workflow_run::update(tx, &run)?;
            close::close(tx, by, id, &Closing::default(), now)
        }
        Step::Call { .. } | Step::Wait { .. } => Ok(()),
    }
}

/// The one-time key of what the present step makes.
fn key(at: &At) -> String {
    format!("workflow:{}:{}", at.run.id, at.run.done)
}

type Said = (Id<template::Template>, BTreeMap<String, String>);

/// Says something to the customer, through the gate of every answer.
fn send(
    tx: &Tx<'_>,
    at: &At,
    (by, body, template): (&Viewer, String, Option<Said>),
    now: Timestamp,
) -> Result<()> {
    let id = at.conversation.id;
    let handed = at.version.flow.steps.iter().take(at.run.done as usize).any(|step| step.kind() == "queue");
    // Whoever started it does not get back by this what it has handed to a queue.
    let nobody = Viewer { sender: by.sender, ..Viewer::console() };
    let by = if handed && at.conversation.assignee.is_none() { &nobody } else { by };
    let order = reply::Reply {
        conversation: id,
        body,
        template,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: Some(key(at)),
    };
    draft::kept(tx, by, id, now, |tx| reply::reply(tx, by, &order, now)).map(drop)
}
