//! Workflows: the list, and the page on which one is made of forms, a step each.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::copy_field;
use crate::domain::Id;
use crate::domain::template::Template;
use crate::domain::workflow::{ANSWER, Ask, AskKind, Begins, Fault, Flow, SYSTEM, Step, Version, Workflow};
use crate::i18n::{Texts, when, workflow as words};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// Where the settings of workflows are.
pub const AT: &str = "/settings/workflows";

/// A workflow in the list, with the number of what is published of it.
pub struct Row {
    pub workflow: Workflow,
    pub number: Option<i64>,
    /// The draft is not what is published.
    pub changed: bool,
}

/// Every workflow, and a form for another.
pub fn list(frame: &Frame, rows: &[Row], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for row in rows {
            tr {
                td { a href={ (AT) "/" (row.workflow.id) } { (row.workflow.name) } }
                td { (state(t, row)) }
                td { (begins(t, row.workflow.draft.begins)) }
                td { (when::moment(t, row.workflow.changed_at, frame.now, &frame.zone)) }
            }
        }
    };
    let heads = [t.workflow_name(), t.workflow_state(), t.workflow_begins(), t.workflow_changed_at()];
    let body = html! {
        header { h1 { (t.workflow_title()) } }
        p.quiet { (t.workflow_intro()) }
        @if rows.is_empty() { (parts::empty(t.workflow_empty(), None)) }
        @else { (parts::table(t.workflow_title(), &heads, &cells)) }
        section.card {
            form.stack method="post" action=(AT) {
                (frame.token())
                (parts::text(&Field { required: true, ..typed.field(t, "name", t.workflow_name()) }, "text"))
                (parts::actions(t.workflow_add(), None))
            }
        }
    };
    parts::settings(frame, AT, &body)
}

fn state(t: &Texts, row: &Row) -> Markup {
    html! {
        @match row.number {
            Some(number) => {
                span.chip.good { (t.workflow_published(number)) }
                @if row.changed { " " span.quiet { (t.workflow_changed()) } }
            }
            None => span.chip { (t.workflow_draft()) }
        }
    }
}

fn begins(t: &Texts, begins: Begins) -> &'static str {
    match begins {
        Begins::Hand => t.workflow_begins_hand(),
        Begins::Created => t.workflow_begins_created(),
        Begins::Routed => t.workflow_begins_routed(),
        Begins::Ended => t.workflow_begins_ended(),
    }
}

fn answer(t: &Texts, kind: AskKind) -> &'static str {
    match kind {
        AskKind::Text => t.workflow_ask_text(),
        AskKind::Number => t.workflow_ask_number(),
        AskKind::Date => t.workflow_ask_date(),
        AskKind::Choice => t.workflow_ask_choice(),
    }
}

/// What steps can name.
pub struct Choices {
    /// Number, name and gaps of each prepared text.
    pub templates: Vec<(String, String, Vec<String>)>,
    pub tags: Vec<(String, String)>,
    pub agents: Vec<(String, String)>,
    pub queues: Vec<(String, String)>,
}

/// Everything on the page of one workflow.
pub struct Page {
    pub row: Row,
    pub name: String,
    /// What stands in the form.
    pub flow: Flow,
    pub faults: Vec<Fault>,
    pub versions: Vec<Version>,
    pub has_secret: bool,
    pub choices: Choices,
    /// What is wrong with the form as a whole, or with its name.
    pub typed: Typed,
}

/// One workflow.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let at = format!("{AT}/{}", page.row.workflow.id);
    let known = ["name"];
    let body = html! {
        header { h1 { (page.row.workflow.name) } (state(t, &page.row)) }
        @if let Some(problem) = page.typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
        @else if !page.faults.is_empty() { (faults(t, &page.faults)) }
        form.stack method="post" action=(at) {
            (frame.token())
            // What the Enter key presses, before any button that takes something away.
            button.hidden type="submit" name="act" value="save" tabindex="-1" aria-hidden="true" { (t.form_save()) }
            (head(t, page))
            (asked(t, page))
            (steps(t, page))
            p.line {
                button.button.main type="submit" name="act" value="publish" { (t.workflow_publish()) }
                button.button.edged type="submit" name="act" value="save" { (t.form_save()) }
                a.button href=(AT) { (t.form_back()) }
            }
        }
        (beside(frame, page, &at))
    };
    parts::settings(frame, AT, &body)
}

fn faults(t: &Texts, faults: &[Fault]) -> Markup {
    html! {
        div.card {
            p { (t.workflow_faults()) }
            ul { @for fault in faults { li { (words::fault(t, fault)) } } }
        }
    }
}

fn head(t: &Texts, page: &Page) -> Markup {
    let error = page.typed.error(t, "name");
    let kinds: Vec<(String, String)> =
        Begins::ALL.iter().map(|one| (one.as_str().to_owned(), begins(t, *one).to_owned())).collect();
    let field = |name, label, value, hint| Field { name, label, value, hint, ..Field::default() };
    html! {
        (parts::text(&Field { required: true, error, ..field("name", t.workflow_name(), &page.name, "") }, "text"))
        (parts::area(&field("about", t.workflow_about(), &page.flow.about, t.workflow_about_hint())))
        (parts::select(&field("begins", t.workflow_begins(), page.flow.begins.as_str(), t.workflow_begins_hint()), &kinds))
    }
}

/// A small button of the form, with what it is about for those who listen.
fn act(value: &str, words: &str, about: &str) -> Markup {
    html! {
        button.button.edged type="submit" name="act" value=(value) { (words) span.hidden { ": " (about) } }
    }
}

fn asked(t: &Texts, page: &Page) -> Markup {
    html! {
        h2 id="asks" { (t.workflow_asks()) }
        @if page.flow.asks.is_empty() { p.quiet { (t.workflow_asks_none()) } }
        @for (place, ask) in page.flow.asks.iter().enumerate() { (question(t, place, ask)) }
        p { button.button.edged type="submit" name="act" value="add-ask" { (t.workflow_add_ask()) } }
    }
}

fn question(t: &Texts, place: usize, ask: &Ask) -> Markup {
    let kinds: Vec<(String, String)> =
        AskKind::ALL.iter().map(|one| (one.as_str().to_owned(), answer(t, *one).to_owned())).collect();
    let name = |field: &str| format!("a{place}.{field}");
    let title = t.workflow_ask(place + 1);
    let gap = if ask.name.is_empty() { "name" } else { &ask.name };
    let hint = t.workflow_ask_name_hint(format!("{{{{{gap}}}}}"));
    let (named, labelled, kind, choices) = (name("name"), name("label"), name("kind"), name("choices"));
    let chosen = ask.choices.join("\n");
    let required = name("required");
    let on = if ask.required { "on" } else { "" };
    html! {
        fieldset.card {
            legend { (title) }
            div.pair {
                (parts::text(&Field { name: &named, label: t.workflow_ask_name(), value: &ask.name, hint: &hint, ..Field::default() }, "text"))
                (parts::text(&Field { name: &labelled, label: t.workflow_ask_label(), value: &ask.label, ..Field::default() }, "text"))
            }
            (parts::select(&Field { name: &kind, label: t.workflow_ask_kind(), value: ask.kind.as_str(), ..Field::default() }, &kinds))
            @if ask.kind == AskKind::Choice {
                (parts::area(&Field { name: &choices, label: t.workflow_ask_choices(), value: &chosen, ..Field::default() }))
            } @else { (parts::hidden(&choices, &chosen)) }
            (parts::check(&Field { name: &required, label: t.workflow_ask_required(), value: on, ..Field::default() }))
            p.line { (act(&format!("drop-ask:{place}"), t.workflow_drop(), &title)) }
        }
    }
}

fn steps(t: &Texts, page: &Page) -> Markup {
    let last = page.flow.steps.len().saturating_sub(1);
    let kinds = words::steps(t);
    html! {
        h2 id="steps" { (t.workflow_steps()) }
        @if page.flow.steps.is_empty() { p.quiet { (t.workflow_steps_none()) } }
        @for (place, step) in page.flow.steps.iter().enumerate() {
            @let title = t.workflow_step(place + 1, words::step(t, step.kind()));
            fieldset.card id={ "s" (place) } {
                legend { (title) }
                (parts::hidden(&format!("s{place}.kind"), step.kind()))
                (fields(t, page, place, step))
                p.line {
                    @if place > 0 { (act(&format!("up:{place}"), t.workflow_up(), &title)) }
                    @if place < last { (act(&format!("down:{place}"), t.workflow_down(), &title)) }
                    (act(&format!("drop:{place}"), t.workflow_drop(), &title))
                }
            }
        }
        div.pair {
            (parts::select(&Field { name: "new_step", label: t.workflow_new_step(), ..Field::default() }, &kinds))
        }
        p { button.button.edged type="submit" name="act" value="add-step" { (t.workflow_add_step()) } }
    }
}

fn fields(t: &Texts, page: &Page, place: usize, step: &Step) -> Markup {
    let choices = &page.choices;
    let name = |field: &str| format!("s{place}.{field}");
    let choose = |field: &str, label: &str, value: String, first: &str, all: &[(String, String)]| {
        let first = std::iter::once((String::new(), first.to_owned()));
        let options: Vec<(String, String)> = first.chain(all.iter().cloned()).collect();
        let name = name(field);
        parts::select(&Field { name: &name, label, value: &value, ..Field::default() }, &options)
    };
    let number = |id: Option<String>| id.unwrap_or_default();
    match step {
        Step::Message { text } | Step::Note { text } => {
            let (name, hint) = (name("text"), filled(t, &page.flow));
            parts::area(&Field {
                name: &name,
                label: t.workflow_text(),
                value: text,
                hint: &hint,
                ..Field::default()
            })
        }
        Step::Template { template, values } => prepared(t, page, place, (*template, values)),
        Step::Tag { tag } | Step::Untag { tag } => choose(
            "tag",
            t.workflow_tag(),
            number(tag.map(|id| id.to_string())),
            t.workflow_choose(),
            &choices.tags,
        ),
        Step::Assign { agent } => {
            let chosen = number(agent.map(|id| id.to_string()));
            choose("agent", t.workflow_agent(), chosen, t.workflow_agent_starter(), &choices.agents)
        }
        Step::Queue { queue } => {
            let chosen = number(queue.map(|id| id.to_string()));
            choose("queue", t.workflow_queue(), chosen, t.workflow_choose(), &choices.queues)
        }
        Step::Call { url } => {
            let (name, hint) = (name("url"), t.workflow_url_hint(format!("{{{{{ANSWER}status}}}}")));
            parts::text(
                &Field { name: &name, label: t.workflow_url(), value: url, hint: &hint, ..Field::default() },
                "url",
            )
        }
        Step::Wait { minutes } => {
            let (name, label, hint) = (name("minutes"), t.workflow_minutes(), t.workflow_minutes_hint());
            parts::text(&Field { name: &name, label, value: minutes, hint, ..Field::default() }, "text")
        }
        Step::Close => html! {},
    }
}

/// A prepared text, and a field for each of its gaps.
fn prepared(
    t: &Texts,
    page: &Page,
    place: usize,
    (template, values): (Option<Id<Template>>, &BTreeMap<String, String>),
) -> Markup {
    let templates = &page.choices.templates;
    let name = |field: &str| format!("s{place}.{field}");
    let first = std::iter::once((String::new(), t.workflow_choose().to_owned()));
    let known = templates.iter().map(|(id, name, _)| (id.clone(), name.clone()));
    let options: Vec<(String, String)> = first.chain(known).collect();
    let value = template.map(|id| id.to_string()).unwrap_or_default();
    let gaps = templates.iter().find(|(id, ..)| *id == value).map(|(.., gaps)| gaps);
    let (chosen, hint) = (name("template"), filled(t, &page.flow));
    let choice = Field {
        name: &chosen,
        label: t.workflow_template(),
        value: &value,
        hint: t.workflow_template_hint(),
        ..Field::default()
    };
    html! {
        (parts::select(&choice, &options))
        @for (at, gap) in gaps.into_iter().flatten().enumerate() {
            @let value = values.get(gap).map_or("", String::as_str);
            @let (field, label) = (name(&format!("gap{at}")), t.workflow_gap(gap));
            (parts::hidden(&name(&format!("gapname{at}")), gap))
            (parts::text(&Field { name: &field, label: &label, value, hint: &hint, ..Field::default() }, "text"))
        }
    }
}

/// Which gaps a text may have.
fn filled(t: &Texts, flow: &Flow) -> String {
    let shown = |name: &str| format!("{{{{{name}}}}}");
    let own: Vec<String> = SYSTEM.iter().map(|name| shown(name)).collect();
    let asked: Vec<String> = flow.asks.iter().map(|ask| shown(&ask.name)).collect();
    let asked = if asked.is_empty() { "–".to_owned() } else { asked.join(" ") };
    t.workflow_text_hint(own.join(" "), asked)
}

/// What belongs to it beside its form.
fn beside(frame: &Frame, page: &Page, at: &str) -> Markup {
    let t = &frame.texts;
    let calls = page.flow.steps.iter().any(|step| matches!(step, Step::Call { .. }));
    html! {
        @if calls || page.has_secret {
            section.card {
                h2 { (t.workflow_secret()) }
                p { (t.workflow_secret_intro()) }
                @if page.has_secret { p.quiet { (t.workflow_secret_has()) } }
                (parts::one_button(frame, &format!("{at}/secret"), t.workflow_secret_make()))
            }
        }
        @if !page.versions.is_empty() {
            section.card {
                h2 { (t.workflow_versions()) }
                ul {
                    @for version in &page.versions {
                        li { (t.workflow_version(version.number, when::moment(t, version.at, frame.now, &frame.zone))) }
                    }
                }
                @if page.row.number.is_some() {
                    (parts::one_button(frame, &format!("{at}/withdraw"), t.workflow_withdraw()))
                }
            }
        }
        section.card {
            p { (t.workflow_delete_hint()) }
            (parts::one_button(frame, &format!("{at}/delete"), t.form_delete()))
        }
    }
}

/// The new secret, this once.
pub fn fresh(frame: &Frame, id: &str, secret: &str) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.workflow_secret_fresh()) } }
        p { (t.workflow_secret_once()) }
        (copy_field(t.workflow_secret_fresh(), secret))
        p { a.button href={ (AT) "/" (id) } { (t.form_back()) } }
    };
    parts::settings(frame, AT, &body)
}
