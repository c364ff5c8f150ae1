//! An agent starts a workflow on a conversation, with what it asks.

use std::collections::BTreeMap;

use crate::actions::history::{self, Happening};
use crate::actions::{Error, Result, deal, reach};
use crate::domain::access::Viewer;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Line, kind};
use crate::domain::later::period;
use crate::domain::refused::Problem;
use crate::domain::workflow::{
    Ask, AskKind, Begins, Flow, LONGEST_ANSWER, Refusal, Run, State, Told, Version, Workflow,
};
use crate::domain::{Id, Refused, Timestamp};
use crate::random;
use crate::store::{Connection, Tx, workflow, workflow_run};

/// What is to be started.
#[derive(Clone, Debug)]
pub struct Start {
    pub workflow: Id<Workflow>,
    /// What was asked, by the names of the gaps.
    pub answers: BTreeMap<String, String>,
    /// A one-time key: the same again gives the same run.
    pub key: Option<String>,
}

/// What agents can start now, by name.
pub fn offered(connection: &Connection) -> Result<Vec<Version>> {
    let all = workflow::published(connection)?;
    Ok(all.into_iter().filter(|version| version.flow.begins == Begins::Hand).collect())
}

/// Whether `by` may start anything on this conversation: it is open, and its work is theirs (S58, S228).
pub fn may_start(connection: &Connection, by: &Viewer, conversation: &Conversation) -> Result<()> {
    if conversation.status == Status::Closed {
        return Err(Refused::AlreadyThere { status: Status::Closed }.into());
    }
    deal::accepted(connection, by, conversation)
}

/// Starts a workflow (S215). Its first step happens at once by the job of the workflows.
pub fn start(
    tx: &Tx<'_>,
    by: &Viewer,
    conversation: Id<Conversation>,
    start: &Start,
    now: Timestamp,
) -> Result<Id<Run>> {
    let conversation = reach::conversation(tx, by, conversation)?;
    let agent = by.author().ok_or(Error::NotFound)?;
    let key = start.key.clone().unwrap_or_else(random::key);
    if let Some(there) = workflow_run::by_key(tx, &key)? {
        let same = there.conversation == conversation.id && there.agent == Some(agent);
        return if same { Ok(there.id) } else { Err(Refused::KeyReused.into()) };
    }
    may_start(tx, by, &conversation)?;
    let unknown = Refused::Field { field: "workflow", problem: Problem::Unknown };
    let version =
        offered(tx)?.into_iter().find(|version| version.workflow == start.workflow).ok_or(unknown)?;
    if workflow_run::is_open(tx, conversation.id, version.workflow)? {
        return Err(Refused::Workflow { why: Refusal::Runs { name: version.name } }.into());
    }
    let answers = answered(&version.flow, &start.answers)?;
    let said = spoken(&version.flow, &answers);
    let run = begin(&version, &conversation, (Some(by), answers), now);
    let id = workflow_run::insert(tx, &run, &key)?;
    let flow = Told { workflow: version.name, ..Told::default() };
    let line = Line { flow, note: said, ..Line::default() };
    history::tell(tx, &conversation, &Happening::by(by, kind::WORKFLOW_STARTED, line), now)?;
    Ok(id)
}

/// A run before its first step.
pub(super) fn begin(
    version: &Version,
    conversation: &Conversation,
    (by, values): (Option<&Viewer>, BTreeMap<String, String>),
    now: Timestamp,
) -> Run {
    Run {
        id: Id::new(0),
        version: version.id,
        conversation: conversation.id,
        agent: by.and_then(Viewer::author),
        values,
        done: 0,
        state: State::Running,
        due_at: now,
        attempt: 0,
        why: None,
        detail: String::new(),
        episode: period(conversation),
        started_at: now,
        ended_at: None,
    }
}

/// The answers to what is asked, each of which fits its question. Others are refused, so that nothing is lost in silence.
fn answered(flow: &Flow, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let wrong = |name: &str, problem| {
        Error::from(Refused::Workflow { why: Refusal::Input { name: name.to_owned(), problem } })
    };
    if let Some(stray) = given.keys().find(|name| !flow.asks.iter().any(|ask| ask.name == **name)) {
        return Err(wrong(stray, Problem::Unknown));
    }
    let mut answers = BTreeMap::new();
    for ask in &flow.asks {
        let answer = given.get(&ask.name).map_or("", |text| text.trim());
        check(ask, answer).map_err(|problem| wrong(ask.label(), problem))?;
        answers.insert(ask.name.clone(), answer.to_owned());
    }
    Ok(answers)
}

fn check(ask: &Ask, answer: &str) -> std::result::Result<(), Problem> {
    if answer.is_empty() {
        return if ask.required { Err(Problem::Missing) } else { Ok(()) };
    }
    if answer.chars().count() > LONGEST_ANSWER {
        return Err(Problem::TooLong { most: 1000 });
    }
    match ask.kind {
        AskKind::Number if answer.replace(',', ".").parse::<f64>().is_err() => Err(Problem::NotANumber),
        AskKind::Date if answer.parse::<jiff::civil::Date>().is_err() => Err(Problem::Wrong),
        AskKind::Choice if !ask.choices.iter().any(|choice| choice == answer) => Err(Problem::Unknown),
        _ => Ok(()),
    }
}

/// What was answered, as it stands in the thread.
fn spoken(flow: &Flow, answers: &BTreeMap<String, String>) -> String {
    let said = flow.asks.iter().filter_map(|ask| {
        let answer = answers.get(&ask.name).filter(|answer| !answer.is_empty())?;
        Some(format!("{}: {answer}", ask.label()))
    });
    said.collect::<Vec<_>>().join(" · ")
}
