//! Saved replies of the team.

use maud::{Markup, html};

use crate::domain::template::Template;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// Every saved reply. `channels` are pairs of number and name.
pub fn list(frame: &Frame, replies: &[Template], channels: &[(String, String)]) -> Markup {
    let t = &frame.texts;
    let place = |reply: &Template| {
        let id = reply.channel.map(|id| id.to_string()).unwrap_or_default();
        channels.iter().find(|(value, _)| *value == id).map(|(_, name)| name.clone()).unwrap_or_default()
    };
    let cells = html! {
        @for reply in replies {
            tr {
                td {
                    a href={ "/settings/templates/" (reply.id) } { (reply.name) }
                    @if reply.locked { " " span.chip { (t.templates_locked()) } }
                }
                td { (reply.language) }
                td { (reply.category) }
                td { (place(reply)) }
            }
        }
    };
    let heads = [t.form_name(), t.form_language(), t.templates_category(), t.form_channel()];
    let body = html! {
        header { h1 { (t.frame_templates()) } a.button.main href="/settings/templates/new" { (t.templates_add()) } }
        p.quiet { (t.templates_intro()) }
        @if replies.is_empty() { (parts::empty(t.templates_empty(), None)) }
        @else { (parts::table(t.frame_templates(), &heads, &cells)) }
    };
    parts::settings(frame, "/settings/templates", &body)
}

/// What the page of a saved reply offers to choose from.
pub struct Choices {
    pub languages: Vec<(String, String)>,
    pub channels: Vec<(String, String)>,
}

/// One saved reply; `id` is `None` for a new one.
pub fn reply(frame: &Frame, id: Option<String>, choices: &Choices, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/templates/{}", id.as_deref().unwrap_or("new"));
    let known = ["name", "language", "category", "body"];
    let hint = t.templates_body_hint("{{name}}");
    let body = html! {
        header { h1 { @if id.is_some() { (typed.get("name")) } @else { (t.templates_add()) } } }
        @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
        form.stack method="post" action=(at) {
            (frame.token())
            (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
            (parts::area(&Field { required: true, hint: &hint, ..typed.field(t, "body", t.templates_body()) }))
            div.pair {
                (parts::select(&typed.field(t, "language", t.form_language()), &choices.languages))
                (parts::select(&typed.field(t, "channel", t.form_channel()), &choices.channels))
                (parts::text(&typed.field(t, "category", t.templates_category()), "text"))
            }
            (parts::check(&Field { hint: t.templates_lock_hint(), ..typed.field(t, "locked", t.templates_lock()) }))
            (parts::actions(t.form_save(), Some(("/settings/templates", t.form_back()))))
        }
        @if id.is_some() {
            section.card { (parts::one_button(frame, &format!("{at}/delete"), t.form_delete())) }
        }
    };
    parts::settings(frame, "/settings/templates", &body)
}
