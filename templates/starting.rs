//! Workflows on one conversation: what can be started, with what each asks, and what is on its way.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::frame::Frame;
use super::parts::{self, Field};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::refused::{Problem, Refused};
use crate::domain::workflow::{Ask, AskKind, Refusal, Run, State, Version, Workflow};
use crate::domain::{Id, Timestamp};
use crate::i18n::{Texts, refusal, when, workflow as words};

/// What the page shows.
pub struct Page {
    pub conversation: Id<Conversation>,
    pub customer: String,
    pub offered: Vec<Version>,
    /// Why nothing can be started now.
    pub refused: Option<Refused>,
    pub runs: Vec<Ran>,
    /// A form that came back.
    pub back: Option<Back>,
    /// The one-time key of the next start.
    pub key: String,
}

/// A run with what its sentence needs.
pub struct Ran {
    pub run: Run,
    pub name: String,
    pub steps: usize,
    /// Who started it; `None`: it began by itself.
    pub by: Option<String>,
}

/// A form that came back: of which workflow, why, and what was typed.
pub struct Back {
    pub workflow: Option<Id<Workflow>>,
    pub refused: Refused,
    pub typed: BTreeMap<String, String>,
}

/// The name of the field of a question.
pub fn field(workflow: Id<Workflow>, place: usize) -> String {
    format!("w{workflow}.{place}")
}

/// The page.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let here = format!("/conversations/{}", page.conversation);
    html! {
        main.page id="main" {
            header { h1 { (t.workflow_page()) } }
            p { a href=(here) { (t.workflow_back()) } " · " (page.customer) }
            @if let Some(back) = &page.back { (parts::problem(&told(frame, &back.refused))) }
            @if let Some(refused) = page.refused.as_ref().filter(|_| page.back.is_none()) {
                p.flash {
                    @if is_closed(refused) { (t.workflow_closed()) } @else { (t.workflow_cannot(told(frame, refused))) }
                }
            }
            @if page.offered.is_empty() { (parts::empty(t.workflow_none_offered(), None)) }
            @for version in &page.offered { (offer(frame, page, version, &here)) }
            h2 { (t.workflow_here()) }
            @if page.runs.is_empty() { p.quiet { (t.workflow_here_none()) } }
            @for ran in &page.runs { (one(frame, ran, &here)) }
        }
    }
}

/// The conversation is closed, and a workflow needs an open one.
fn is_closed(refused: &Refused) -> bool {
    matches!(refused, Refused::AlreadyThere { status: Status::Closed })
}

fn told(frame: &Frame, refused: &Refused) -> String {
    let (t, zone) = (&frame.texts, &frame.zone);
    if is_closed(refused) {
        return t.workflow_closed().to_owned();
    }
    format!("{} {}", refusal::sentence(t, refused, zone), refusal::fix(t, refused, zone))
}

fn offer(frame: &Frame, page: &Page, version: &Version, here: &str) -> Markup {
    let t = &frame.texts;
    let back = page.back.as_ref().filter(|back| back.workflow == Some(version.workflow));
    html! {
        section.card id={ "w" (version.workflow) } {
            h2 { (version.name) }
            @if !version.flow.about.is_empty() { p { (version.flow.about) } }
            @if page.refused.is_none() {
                form.stack method="post" action={ (here) "/workflows" } {
                    (frame.token())
                    (parts::hidden("workflow", &version.workflow.to_string()))
                    (parts::hidden("key", &page.key))
                    @for (place, ask) in version.flow.asks.iter().enumerate() {
                        (question(t, &field(version.workflow, place), ask, back))
                    }
                    p.line {
                        button.button.edged type="submit" { (t.workflow_start()) span.hidden { ": " (version.name) } }
                    }
                }
            }
        }
    }
}

fn question(t: &Texts, name: &str, ask: &Ask, back: Option<&Back>) -> Markup {
    let value = back.and_then(|back| back.typed.get(&ask.name)).map_or("", String::as_str);
    let error = back.and_then(|back| match &back.refused {
        Refused::Workflow { why: Refusal::Input { name, problem } } if name == ask.label() => Some(problem),
        _ => None,
    });
    let error = error.map(|problem: &Problem| refusal::field(t, *problem));
    let label = ask.label();
    let field = Field { name, label, value, error, required: ask.required, ..Field::default() };
    match ask.kind {
        AskKind::Text | AskKind::Number => parts::text(&field, "text"),
        AskKind::Date => parts::text(&field, "date"),
        AskKind::Choice => {
            let none = std::iter::once((String::new(), t.workflow_choose().to_owned()));
            let choices = ask.choices.iter().map(|choice| (choice.clone(), choice.clone()));
            parts::select(&field, &none.chain(choices).collect::<Vec<_>>())
        }
    }
}

fn one(frame: &Frame, ran: &Ran, here: &str) -> Markup {
    let t = &frame.texts;
    let run = &ran.run;
    let began = when::moment(t, run.started_at, frame.now, &frame.zone);
    let title = match &ran.by {
        Some(by) => t.workflow_run_by(&ran.name, by, began),
        None => t.workflow_run_itself(&ran.name, began),
    };
    html! {
        div.card id={ "run" (run.id) } {
            p { strong { (title) } }
            p { (stands(frame, ran, frame.now)) }
            @if run.state.is_open() {
                div.line {
                    @if run.state == State::Failed { (button(frame, &format!("{here}/workflows/again"), run, t.workflow_again())) }
                    (button(frame, &format!("{here}/workflows/stop"), run, t.workflow_stop()))
                }
            }
        }
    }
}

fn button(frame: &Frame, action: &str, run: &Run, words: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (frame.token())
            button.button.edged type="submit" name="run" value=(run.id) { (words) }
        }
    }
}

/// How it stands, as a sentence.
fn stands(frame: &Frame, ran: &Ran, now: Timestamp) -> String {
    let t = &frame.texts;
    let run = &ran.run;
    let (step, all) = ((run.done as usize + 1).min(ran.steps), ran.steps);
    let why = run.why.map(|why| words::why(t, why, &run.detail)).unwrap_or_default();
    match run.state {
        State::Running if run.attempt > 0 => {
            t.workflow_run_retrying(when::moment(t, run.due_at, now, &frame.zone), step, all)
        }
        State::Running if run.due_at > now => {
            t.workflow_run_waiting(when::point(t, run.due_at, now, &frame.zone), step, all)
        }
        State::Running => t.workflow_run_running(step, all),
        State::Calling => t.workflow_run_calling(step, all),
        State::Failed => t.workflow_run_failed(step, all, why),
        State::Done => t.workflow_run_done().to_owned(),
        State::Stopped => t.workflow_run_stopped(why),
    }
}
