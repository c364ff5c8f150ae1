//! A step that tells a program. The call itself is made by a job, outside every transaction.

use serde_json::{Value, json};

use super::step::{self, At};
use crate::actions::{Error, Result};
use crate::domain::event::Line;
use crate::domain::workflow::{ANSWER, CALLS, LONGEST_ANSWER, Run, State, Why};
use crate::domain::{Id, Timestamp, outbox};
use crate::store::{self, Tx, workflow, workflow_run};

/// A call that is to be made now.
#[derive(Clone, PartialEq, Debug)]
pub struct Calling {
    pub run: Id<Run>,
    /// The step, and how often it was tried: what is heard of another try counts for nothing.
    pub at: (u32, i64),
    pub url: String,
    /// The same over all tries, so that the program can tell whether it has done this already.
    pub delivery: String,
    pub body: Value,
    /// The sealed secret with which it is signed, and the place that it was sealed for.
    pub sealed: Option<(String, Vec<u8>)>,
}

/// What became of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// An answer with its status and its beginning.
    Answer { status: u16, body: Vec<u8> },
    /// The program was not reached.
    NotSent(String),
    /// It may have heard it, or not.
    Unsure(String),
    /// The address may not be called from here.
    Forbidden(String),
}

/// How many values of an answer are kept for later steps.
const KEPT: usize = 20;

/// Writes down that a call begins, and says what is to be called.
pub(super) fn begin(tx: &Tx<'_>, at: &mut At, url: &str, now: Timestamp) -> Result<Calling> {
    at.run.state = State::Calling;
    at.run.attempt += 1;
    workflow_run::update(tx, &at.run)?;
    let sealed = workflow::secret(tx, at.version.workflow)?;
    Ok(Calling {
        run: at.run.id,
        at: (at.run.done, at.run.attempt),
        url: url.trim().to_owned(),
        delivery: format!("workflow-{}-{}", at.run.id, at.run.done + 1),
        body: told(tx, at, now)?,
        sealed: sealed.map(|sealed| (place(at.version.workflow.get()), sealed)),
    })
}

/// What the secret of a workflow is sealed for.
pub fn place(workflow: i64) -> String {
    format!("workflow:{workflow}")
}

/// What the program is told.
fn told(tx: &Tx<'_>, at: &At, now: Timestamp) -> Result<Value> {
    let conversation = &at.conversation;
    let contact = store::contact::get(tx, conversation.contact)?.ok_or(Error::NotFound)?;
    Ok(json!({
        "workflow": { "id": at.version.workflow.get(), "name": at.version.name, "version": at.version.number },
        "run_id": at.run.id.get(),
        "step": at.run.done + 1,
        "at": now.rfc3339(),
        "conversation": {
            "id": conversation.id.get(),
            "subject": conversation.subject,
            "channel_id": conversation.channel.get(),
            "queue_id": conversation.queue.map(Id::get),
            "assignee_id": conversation.assignee.map(Id::get),
        },
        "contact": { "id": contact.id.get(), "name": contact.name },
        "started_by": at.run.agent.map(Id::get),
        "values": at.run.values,
    }))
}

/// Writes down what became of a call, and goes on: to the next step, to the same again later, or to a person.
pub fn heard(tx: &Tx<'_>, calling: &Calling, heard: &Heard, dice: u64, now: Timestamp) -> Result<()> {
    let Some(run) = workflow_run::get(tx, calling.run)? else { return Ok(()) };
    if (run.done, run.attempt) != calling.at {
        return Ok(());
    }
    let mut at = step::at(tx, run)?;
    let good = matches!(heard, Heard::Answer { status, .. } if (200..300).contains(status));
    if at.run.state != State::Calling {
        // It was stopped meanwhile; that the program has heard it still belongs to what happened.
        return if good {
            step::told(tx, &at, Line { note: words(heard), ..Line::default() }, now)
        } else {
            Ok(())
        };
    }
    if good {
        keep(&mut at.run, heard);
        return step::pass(tx, &mut at, Line { note: words(heard), ..Line::default() }, now);
    }
    let (why, again) = match heard {
        Heard::Answer { status: 408 | 425 | 429 | 500..=599, .. } => (Why::Answer, true),
        Heard::Answer { .. } => (Why::Answer, false),
        Heard::NotSent(_) => (Why::Unreachable, true),
        Heard::Unsure(_) => (Why::Unsure, false),
        Heard::Forbidden(_) => (Why::Forbidden, false),
    };
    if again && at.run.attempt < CALLS {
        at.run.state = State::Running;
        at.run.due_at = now + outbox::pause(at.run.attempt, None, dice);
        return Ok(workflow_run::update(tx, &at.run)?);
    }
    step::fail(tx, &mut at, why, &words(heard), now)
}

/// What is shown of it: the status and the beginning of the answer, in one line.
fn words(heard: &Heard) -> String {
    match heard {
        Heard::Answer { status, body } => {
            let text = String::from_utf8_lossy(body);
            let plain: String =
                text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
            format!("{status} {}", plain.trim()).trim().to_owned()
        }
        Heard::NotSent(text) | Heard::Unsure(text) | Heard::Forbidden(text) => text.clone(),
    }
}

/// Keeps the plain values of an answer, under names that no question has.
fn keep(run: &mut Run, heard: &Heard) {
    let Heard::Answer { body, .. } = heard else { return };
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return };
    for (name, value) in fields.into_iter().take(KEPT) {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            _ => continue,
        };
        let text: String = text.chars().take(LONGEST_ANSWER).collect();
        run.values.insert(format!("{ANSWER}{name}"), text);
    }
}

/// Leaves to people what was calling a program when the desk ended: it may have heard it.
pub fn recover(tx: &Tx<'_>, now: Timestamp) -> Result<usize> {
    let calling = workflow_run::calling(tx)?;
    let count = calling.len();
    for run in calling {
        step::fail(tx, &mut step::at(tx, run)?, Why::Unsure, "", now)?;
    }
    Ok(count)
}
