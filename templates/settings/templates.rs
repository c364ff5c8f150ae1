//! Prepared texts: saved replies of the team, and how the desk uses the templates of providers.

use maud::{Markup, html};

use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::channel::Channel;
use crate::domain::template::{Sought, Stage, Status, Template, Version, gaps};
use crate::i18n::when;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::picker;
use crate::templates::typed::Typed;

/// What a form offers to choose from; pairs of value and words.
pub struct Choices {
    pub kinds: Vec<(String, String)>,
    pub channels: Vec<(String, String)>,
    pub queues: Vec<(String, String)>,
    pub stages: Vec<(String, String)>,
    /// What the desk fills by itself.
    pub parameters: Vec<String>,
    /// The categories that are in use.
    pub categories: Vec<String>,
}

/// What the list shows.
pub struct List {
    pub replies: Vec<Template>,
    /// The templates of providers.
    pub provided: Vec<Template>,
    /// There is something to look for, or something is looked for.
    pub any: bool,
    pub sought: Sought,
    pub channel: Option<Id<Channel>>,
    pub categories: Vec<String>,
    pub languages: Vec<String>,
    pub choices: Choices,
}

/// Every prepared text.
pub fn list(frame: &Frame, page: &List) -> Markup {
    let t = &frame.texts;
    let heads = [
        t.form_name(),
        t.form_language(),
        t.templates_category(),
        t.templates_stage(),
        t.templates_where(),
        t.templates_version(),
    ];
    let body = html! {
        header {
            h1 { (t.frame_templates()) }
            div.line {
                a.button.edged href="/settings/templates/import" { (t.templates_import()) }
                a.button.main href="/settings/templates/new" { (t.templates_add()) }
            }
        }
        p.quiet { (t.templates_intro()) }
        @if page.any || !page.provided.is_empty() { (search(frame, page)) }
        @if !page.any { (parts::empty(t.templates_empty(), None)) }
        @else if page.replies.is_empty() && page.provided.is_empty() { p role="status" { (t.templates_none_found()) } }
        @if !page.replies.is_empty() { (parts::table(t.composer_saved(), &heads, &rows(frame, &page.replies, &page.choices))) }
        @if !page.provided.is_empty() {
            h2 { (t.templates_of_provider()) }
            (parts::table(t.templates_of_provider(), &heads, &rows(frame, &page.provided, &page.choices)))
        }
    };
    parts::settings(frame, "/settings/templates", &body)
}

fn rows(frame: &Frame, templates: &[Template], choices: &Choices) -> Markup {
    let t = &frame.texts;
    html! {
        @for template in templates {
            tr {
                td {
                    a href={ "/settings/templates/" (template.id) } { (template.name) } " " span.quiet { (t.templates_number(template.id)) }
                    @if template.locked && template.status == Status::Own { " " span.chip { (t.templates_locked()) } }
                    @if template.guarded { " " span.chip { (t.templates_global()) } }
                }
                td { (template.language) }
                td { (template.category) }
                td { @if template.stage != Stage::Any { (picker::stage(t, template.stage)) } }
                td { (place(template, choices)) }
                td { (template.version) }
            }
        }
    }
}

/// Where a prepared text is offered, in the words of the choices.
fn place(template: &Template, choices: &Choices) -> String {
    let words = |all: &[(String, String)], value: String| {
        all.iter().find(|(known, _)| *known == value).map(|(_, words)| words.clone())
    };
    let parts = [
        template.channel.and_then(|id| words(&choices.channels, id.to_string())),
        template.kind.and_then(|kind| words(&choices.kinds, kind.as_str().to_owned())),
        template.queue.and_then(|id| words(&choices.queues, id.to_string())),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        words(&choices.channels, String::new()).unwrap_or_default()
    } else {
        parts.join(" · ")
    }
}

fn search(frame: &Frame, page: &List) -> Markup {
    let t = &frame.texts;
    let plain =
        |values: &[String]| values.iter().map(|value| (value.clone(), value.clone())).collect::<Vec<_>>();
    let stages: Vec<(String, String)> = page.choices.stages.iter().skip(1).cloned().collect();
    let channels: Vec<(String, String)> = page.choices.channels.iter().skip(1).cloned().collect();
    let channel = page.channel.map(|id| id.to_string()).unwrap_or_default();
    html! {
        form.line.seek role="search" aria-label=(t.templates_find()) action="/settings/templates" {
            input type="search" name="find" value=(page.sought.words) aria-label=(t.templates_find()) placeholder=(t.templates_find()) maxlength="200";
            (picker::narrow("channel", t.form_channel(), &channels, &channel))
            (picker::narrow("category", t.templates_category(), &plain(&page.categories), &page.sought.category))
            (picker::narrow("language", t.form_language(), &plain(&page.languages), &page.sought.language))
            (picker::narrow("stage", t.templates_stage(), &stages, page.sought.stage.map_or("", Stage::as_str)))
            button.button.edged type="submit" { (t.templates_search()) }
        }
    }
}

/// What the page of one shows.
pub struct Page {
    /// `None` for a new one.
    pub id: Option<Id<Template>>,
    pub kept: Option<Template>,
    pub choices: Choices,
    /// The newest first, each with who wrote it.
    pub versions: Vec<(Option<String>, Version)>,
}

fn is_admin(frame: &Frame) -> bool {
    frame.agent.as_ref().is_some_and(|agent| agent.role == Role::Admin)
}

/// One saved reply.
pub fn reply(frame: &Frame, page: &Page, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let id = page.id.map(|id| id.to_string());
    let at = format!("/settings/templates/{}", id.as_deref().unwrap_or("new"));
    let known = ["name", "language", "category", "body", "channel", "kind", "queue", "stage"];
    let guarded = page.kept.as_ref().is_some_and(|kept| kept.guarded);
    let may = !guarded || is_admin(frame);
    let body = html! {
        header { h1 { @if id.is_some() { (typed.get("name")) } @else { (t.templates_add()) } } }
        @if let Some(kept) = &page.kept { p.quiet { (t.templates_number(kept.id)) " · " (t.templates_version_of(kept.version)) } }
        @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
        @if !may { p role="note" { (t.templates_global_why()) } }
        form.stack method="post" action=(at) {
            (frame.token())
            fieldset.stack disabled[!may] { (fields(frame, page, typed)) }
            @if may { (parts::actions(t.form_save(), Some(("/settings/templates", t.form_back())))) }
            @else { p { a.button href="/settings/templates" { (t.form_back()) } } }
        }
        (versions(frame, page, may))
        @if id.is_some() && may {
            section.card { (parts::one_button(frame, &format!("{at}/delete"), t.form_delete())) }
        }
    };
    parts::settings(frame, "/settings/templates", &body)
}

fn fields(frame: &Frame, page: &Page, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let hint = t.templates_body_hint("{{order}}");
    let category = match page.choices.categories.as_slice() {
        [] => t.templates_category_hint().to_owned(),
        known => {
            format!("{} {}", t.templates_category_hint(), t.templates_categories_known(known.join(", ")))
        }
    };
    html! {
        (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
        (parts::area(&Field { required: true, hint: &hint, ..typed.field(t, "body", t.templates_body()) }))
        details.names {
            summary.button.edged { (t.templates_parameters()) }
            p.quiet { (t.templates_parameters_hint()) }
            ul { @for name in &page.choices.parameters { li { code { "{{" (name) "}}" } } } }
        }
        div.pair {
            (parts::text(&Field { hint: t.templates_language_hint(), autocomplete: "off", ..typed.field(t, "language", t.form_language()) }, "text"))
            (parts::text(&Field { hint: &category, autocomplete: "off", ..typed.field(t, "category", t.templates_category()) }, "text"))
            (parts::select(&typed.field(t, "stage", t.templates_stage()), &page.choices.stages))
        }
        div.pair {
            (parts::select(&typed.field(t, "channel", t.form_channel()), &page.choices.channels))
            (parts::select(&typed.field(t, "kind", t.templates_kind()), &page.choices.kinds))
            @if page.choices.queues.len() > 1 { (parts::select(&typed.field(t, "queue", t.templates_queue()), &page.choices.queues)) }
        }
        (parts::check(&Field { hint: t.templates_lock_hint(), ..typed.field(t, "locked", t.templates_lock()) }))
        @if is_admin(frame) {
            (parts::check(&Field { hint: t.templates_guard_hint(), ..typed.field(t, "guarded", t.templates_guard()) }))
        }
    }
}

/// Who said what and when; the words of any of them can be taken into the form again.
fn versions(frame: &Frame, page: &Page, may: bool) -> Markup {
    let t = &frame.texts;
    let own = page.kept.as_ref().filter(|kept| kept.status == Status::Own);
    let may = may && own.is_some();
    let again = |version: &Version| own.is_some_and(|kept| kept.version != version.number);
    let rows = html! {
        @for (by, version) in &page.versions {
            tr {
                td { (version.number) }
                td { (when::moment(t, version.at, frame.now, &frame.zone)) }
                td { @if let Some(by) = by { (by) } @else if own.is_some() { (t.templates_by_desk()) } @else { (t.templates_by_provider()) } }
                td { details {
                    summary { (version.name) @if version.locked && own.is_some() { " · " (t.templates_locked()) } }
                    p.preview { (picker::shown(&version.body)) }
                } }
                @if may { td { @if again(version) { a href={ "/settings/templates/" (own.map(|kept| kept.id.to_string()).unwrap_or_default()) "?from=" (version.number) } { (t.templates_take_back()) } } } }
            }
        }
    };
    let heads = [
        t.templates_version(),
        t.templates_when(),
        t.templates_who(),
        t.templates_body(),
        t.templates_again(),
    ];
    let heads = heads.get(..if may { 5 } else { 4 }).unwrap_or_default();
    html! {
        @if !page.versions.is_empty() {
            section.said { h2 { (t.templates_versions()) } (parts::table(t.templates_versions(), heads, &rows)) }
        }
    }
}

/// A template of a provider: its words are the provider's; when it is offered, and what the desk fills in, is ours.
pub fn provided(frame: &Frame, page: &Page, template: &Template, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/templates/{}", template.id);
    let names = std::iter::once((String::new(), t.templates_by_people().to_owned()));
    let sources: Vec<(String, String)> =
        names.chain(page.choices.parameters.iter().map(|name| (name.clone(), name.clone()))).collect();
    let gaps = gaps(&template.body);
    let fills: Vec<(String, &String)> = gaps.iter().map(|gap| (format!("fill.{gap}"), gap)).collect();
    let body = html! {
        header { h1 { (template.name) } }
        p.quiet { (t.templates_number(template.id)) " · " (template.language) " · " (template.category) " · " (place(template, &page.choices)) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &["stage", "queue"]) { (parts::problem(&problem)) }
        p.quiet { (t.templates_provided_hint()) }
        p.preview { (picker::shown(&template.body)) }
        form.stack method="post" action=(at) {
            (frame.token())
            div.pair {
                (parts::select(&typed.field(t, "stage", t.templates_stage()), &page.choices.stages))
                @if page.choices.queues.len() > 1 { (parts::select(&typed.field(t, "queue", t.templates_queue()), &page.choices.queues)) }
            }
            @if !fills.is_empty() {
                h2 { (t.templates_fills()) }
                p.quiet { (t.templates_fills_hint()) }
                div.pair { @for (name, gap) in &fills { (parts::select(&typed.field(t, name, gap), &sources)) } }
            }
            (parts::actions(t.form_save(), Some(("/settings/templates", t.form_back()))))
        }
        (versions(frame, page, false))
    };
    parts::settings(frame, "/settings/templates", &body)
}
