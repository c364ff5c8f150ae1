//! The template picker: the list with its search, and the chosen one with its gaps and a preview of what will be sent.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::composer::Composer;
use super::frame::Frame;
use super::header::Header;
use crate::domain::Refused;
use crate::domain::parameter::{Known, Source};
use crate::domain::template::{self, Sought, Stage, Status, Template};
use crate::domain::window::Window;
use crate::i18n::Texts;

/// How many a list shows at most.
const SHOWN: usize = 60;

/// Which templates there are, and which is chosen.
#[derive(Default)]
pub struct Picker {
    /// Those that the provider of the channel approved.
    pub templates: Vec<Template>,
    /// The list, where it is open: everything that can be used here, and what is looked for in it.
    pub listed: Option<(Vec<Template>, Sought)>,
    pub chosen: Option<Chosen>,
}

impl Picker {
    /// What is there, what is chosen, and the list if it is open.
    pub fn new(
        templates: Vec<Template>,
        chosen: Option<Chosen>,
        listed: Option<(Vec<Template>, Sought)>,
    ) -> Picker {
        Picker { templates, listed, chosen }
    }
}

/// A gap that somebody fills.
pub struct Gap {
    pub name: String,
    pub value: String,
    /// Why the desk leaves it to people, where it would fill it otherwise.
    pub why: Option<Why>,
}

/// Why the desk cannot fill a gap of its own (S212).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It knows of such a thing, and here there is none.
    Empty,
    /// It knows no such thing.
    Unknown,
}

/// A template with what stands in its gaps so far.
pub struct Chosen {
    pub template: Template,
    /// What people fill.
    pub gaps: Vec<Gap>,
    /// What the desk fills by itself.
    pub known: Vec<(String, String)>,
    /// The text with that in it; the other gaps stand there still.
    pub body: String,
}

impl Chosen {
    /// The template where the desk knows this, and somebody gave these values.
    pub fn new(template: Template, known: &Known, given: &BTreeMap<String, String>) -> Chosen {
        let (mut gaps, mut filled) = (Vec::new(), Vec::new());
        for name in template::gaps(&template.body) {
            let value = given.get(&name).map(|value| value.trim().to_owned()).unwrap_or_default();
            let why = match template.source(&name) {
                Source::Person => None,
                Source::Unknown => Some(Why::Unknown),
                Source::Desk(source) => match known.get(&source) {
                    Some(value) => {
                        filled.push((name, value.to_owned()));
                        continue;
                    }
                    None => Some(Why::Empty),
                },
            };
            gaps.push(Gap { name, value, why });
        }
        let mut values: BTreeMap<String, String> = filled.iter().cloned().collect();
        values.extend(gaps.iter().map(|gap| (gap.name.clone(), format!("{{{{{}}}}}", gap.name))));
        let body = template::fill(&template.body, &values).unwrap_or_else(|_| template.body.clone());
        Chosen { template, gaps, known: filled, body }
    }

    /// Whether its words may be changed before they are sent (S210).
    pub fn is_free(&self) -> bool {
        self.template.status == Status::Own && !self.template.locked
    }

    /// The text as it will be sent, with the gaps that are still empty shown as gaps.
    pub fn preview(&self) -> String {
        let shown = |gap: &Gap| match gap.value.as_str() {
            "" => (gap.name.clone(), format!("[{}]", gap.name)),
            value => (gap.name.clone(), value.to_owned()),
        };
        let mut values: BTreeMap<String, String> = self.known.iter().cloned().collect();
        values.extend(self.gaps.iter().map(shown));
        template::fill(&self.template.body, &values).unwrap_or_else(|_| self.template.body.clone())
    }

    /// The text with every gap filled; refuses while one is empty.
    pub fn filled(&self) -> Result<String, Refused> {
        let mut values: BTreeMap<String, String> = self.known.iter().cloned().collect();
        values.extend(self.gaps.iter().map(|gap| (gap.name.clone(), gap.value.clone())));
        template::fill(&self.template.body, &values)
    }
}

/// Where the list opens.
pub fn list_href(head: &Header) -> String {
    with(head, "template=list")
}

fn with(head: &Header, field: &str) -> String {
    let here = head.here();
    let joint = if here.contains('?') { '&' } else { '?' };
    format!("{here}{joint}{field}#composer")
}

/// The list, or the form of the chosen one.
pub fn section(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let free = !matches!(composer.window, Window::TemplateOnly { .. } | Window::Blocked { .. });
    match (&composer.picker.chosen, &composer.picker.listed) {
        (Some(chosen), _) => form(frame, chosen, composer, (head, free)),
        (None, Some((all, sought))) => list(frame, (all, sought), (head, free)),
        (None, None) => html! {},
    }
}

/// What a part of a conversation is called.
pub fn stage(t: &Texts, stage: Stage) -> &'static str {
    match stage {
        Stage::Any => t.templates_stage_any(),
        Stage::Start => t.templates_stage_start(),
        Stage::FollowUp => t.templates_stage_follow_up(),
        Stage::End => t.templates_stage_end(),
    }
}

fn list(frame: &Frame, (all, sought): (&[Template], &Sought), (head, free): (&Header, bool)) -> Markup {
    let t = &frame.texts;
    let found: Vec<&Template> = all.iter().filter(|template| sought.finds(template)).collect();
    let usable = |template: &Template| free || template.status == Status::Approved;
    html! {
        div.picker {
            div.line { h2 { (t.composer_choose_template()) } a.button href=(head.here()) { (t.composer_cancel()) } }
            @if all.is_empty() { p.quiet { (t.composer_no_template()) } }
            @else { (search(t, all, sought, head)) }
            @if !free && found.iter().any(|template| !usable(template)) { p.quiet { (t.templates_not_now()) } }
            @if found.is_empty() && !all.is_empty() { p.quiet role="status" { (t.templates_none_found()) } }
            (grouped(t, &found, &|template| html! {
                @if usable(template) { a href=(with(head, &format!("template={}", template.id))) { (choice(t, template)) } }
                @else { button type="button" disabled { (choice(t, template)) } }
            }))
        }
    }
}

/// The found ones under the names of their categories, as many as a page takes.
pub fn grouped(t: &Texts, found: &[&Template], one: &dyn Fn(&Template) -> Markup) -> Markup {
    let shown = found.get(..SHOWN).unwrap_or(found);
    let categories: BTreeSet<&str> = shown.iter().map(|template| template.category.as_str()).collect();
    html! {
        @for category in &categories {
            @if categories.len() > 1 || !category.is_empty() {
                h3 { @if category.is_empty() { (t.templates_no_category()) } @else { (category) } }
            }
            ul.choices {
                @for template in shown.iter().filter(|template| template.category == **category) { li { (one(template)) } }
            }
        }
        @if found.len() > SHOWN { p.quiet { (t.templates_more(i64::try_from(found.len() - SHOWN).unwrap_or(i64::MAX))) } }
    }
}

/// Name, language, part of a conversation, and the beginning of the text.
pub fn choice(t: &Texts, template: &Template) -> Markup {
    html! {
        b { (template.name) } " "
        small {
            (template.language)
            @if template.stage != Stage::Any { " · " (stage(t, template.stage)) }
            @if template.locked { " · " (t.templates_locked()) }
        }
        span { (shown(&template.body)) }
    }
}

/// The text with its gaps in brackets.
pub fn shown(body: &str) -> String {
    let gaps = template::gaps(body).into_iter().map(|gap| (gap.clone(), format!("[{gap}]")));
    template::fill(body, &gaps.collect()).unwrap_or_else(|_| body.to_owned())
}

/// The search of the list, which works by itself and keeps the place in the inbox (S213).
fn search(t: &Texts, all: &[Template], sought: &Sought, head: &Header) -> Markup {
    let here = head.here();
    let (path, query) = here.split_once('?').unwrap_or((&here, ""));
    let values = |of: fn(&Template) -> &str| -> Vec<(String, String)> {
        let all: BTreeSet<&str> = all.iter().map(of).filter(|value| !value.is_empty()).collect();
        all.into_iter().map(|value| (value.to_owned(), value.to_owned())).collect()
    };
    let (categories, languages) = (values(|one| &one.category), values(|one| &one.language));
    let stages: Vec<(String, String)> = [Stage::Start, Stage::FollowUp, Stage::End]
        .into_iter()
        .filter(|part| all.iter().any(|template| template.stage == *part))
        .map(|part| (part.as_str().to_owned(), stage(t, part).to_owned()))
        .collect();
    let both =
        all.iter().any(|one| one.status == Status::Own) && all.iter().any(|one| one.status != Status::Own);
    let from = if both {
        vec![
            ("own".to_owned(), t.composer_saved().to_owned()),
            ("provider".to_owned(), t.templates_of_provider().to_owned()),
        ]
    } else {
        Vec::new()
    };
    let part = sought.stage.map_or("", Stage::as_str);
    html! {
        form.line.seek role="search" aria-label=(t.templates_find()) action={ (path) "#composer" } {
            @for (name, value) in form_urlencoded::parse(query.as_bytes()) { input type="hidden" name=(name) value=(value); }
            input type="hidden" name="template" value="list";
            input type="search" name="find" value=(sought.words) aria-label=(t.templates_find()) placeholder=(t.templates_find()) maxlength="200";
            (narrow("category", t.templates_category(), &categories, &sought.category))
            (narrow("language", t.form_language(), &languages, &sought.language))
            (narrow("stage", t.templates_stage(), &stages, part))
            (narrow("from", t.templates_from(), &from, &sought.from))
            button.button.edged type="submit" { (t.templates_search()) }
        }
    }
}

/// A choice that is there only where there is something to choose.
pub fn narrow(name: &str, label: &str, options: &[(String, String)], value: &str) -> Markup {
    html! {
        @if options.len() > 1 || !value.is_empty() {
            select name=(name) aria-label=(label) {
                option value="" { (label) }
                @for (option, words) in options { option value=(option) selected[option == value] { (words) } }
            }
        }
    }
}

/// Each gap is a required field, so that nothing raw is ever sent (S211, S212). What is locked can be sent or left
/// (S210).
fn form(frame: &Frame, chosen: &Chosen, composer: &Composer, (head, free): (&Header, bool)) -> Markup {
    let t = &frame.texts;
    let own = chosen.template.status == Status::Own;
    html! {
        form.picker.write method="post" action=(head.action("messages")) {
            (frame.token())
            input type="hidden" name="kind" value="reply";
            input type="hidden" name="template" value=(chosen.template.id);
            input type="hidden" name="version" value=(chosen.template.version);
            input type="hidden" name="key" value=(composer.keys.0);
            @if let Some(seen) = composer.seen { input type="hidden" name="seen" value=(seen); }
            div.line { h2 { (chosen.template.name) } a.button href=(list_href(head)) { (t.composer_other_template()) } a.button href=(head.here()) { (t.composer_cancel()) } }
            @if let Some(problem) = &composer.problem {
                div.flash.bad.slim role="alert" {
                    span { (problem.sentence) }
                    @if let Some((name, value)) = problem.anyway { button.button.edged type="submit" name=(name) value=(value) { (t.composer_send_anyway()) } }
                }
            }
            (fields(t, chosen, &|_| None))
            div.tools {
                @if !chosen.gaps.is_empty() {
                    button.button type="submit" formnovalidate formaction=(head.action("preview")) { (t.composer_show_preview()) }
                }
                @if own && !chosen.template.locked && free {
                    button.button type="submit" name="act" value="insert" formaction=(head.action("preview")) { (t.templates_insert()) }
                }
                span.count {}
                button.button.main type="submit" disabled[own && !free] data-off[own && !free] aria-describedby="template-rules" { (t.composer_send()) }
            }
            p.quiet #template-rules {
                @if own && !free { (t.templates_not_now()) " " }
                @if !chosen.gaps.is_empty() { (t.templates_all_gaps()) " " }
                @if chosen.template.locked && own { (t.templates_locked_why()) }
            }
        }
    }
}

/// The gaps of a chosen template and the preview of what will be sent; `wrong` is what is wrong with a gap.
pub fn fields(t: &Texts, chosen: &Chosen, wrong: &dyn Fn(&str) -> Option<String>) -> Markup {
    let first_empty = chosen.gaps.iter().position(|gap| gap.value.is_empty());
    html! {
        @if !chosen.gaps.is_empty() {
            div.pair {
                @for (place, gap) in chosen.gaps.iter().enumerate() { (field(t, gap, wrong(&gap.name), first_empty == Some(place))) }
            }
        }
        p.quiet { (t.composer_preview()) }
        p.preview data-body=(chosen.body) { (chosen.preview()) }
        @if !chosen.known.is_empty() {
            p.quiet {
                (t.templates_filled()) " "
                @for (place, (name, value)) in chosen.known.iter().enumerate() { @if place > 0 { ", " } (name) ": " (value) }
            }
        }
    }
}

fn field(t: &Texts, gap: &Gap, wrong: Option<String>, first: bool) -> Markup {
    let (id, name) = (format!("gap-{}", gap.name), &gap.name);
    let why = gap.why.map(|why| match why {
        Why::Empty => t.templates_empty_gap(),
        Why::Unknown => t.templates_unknown_gap(),
    });
    let described = [wrong.as_ref().map(|_| format!("{id}-error")), why.map(|_| format!("{id}-hint"))];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    html! {
        div.field {
            label for=(id) { (name) }
            input id=(id) name={ "p." (name) } data-gap=(name) required autocomplete="off" autofocus[first] value=(gap.value)
                aria-invalid=[wrong.as_ref().map(|_| "true")] aria-describedby=[(!described.is_empty()).then_some(described)];
            @if let Some(wrong) = &wrong { p.error id={ (id) "-error" } { (wrong) } }
            @if let Some(why) = why { p.hint id={ (id) "-hint" } { (why) } }
        }
    }
}
