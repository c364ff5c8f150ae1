//! The team's tags: a name and a colour each.

use maud::{Markup, html};

use crate::domain::tag::{Colour, Tag};
use crate::i18n::Texts;
use crate::templates::frame::Frame;
use crate::templates::labels;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

fn colour_name(t: &Texts, colour: Colour) -> &'static str {
    match colour {
        Colour::Grey => t.tags_grey(),
        Colour::Red => t.tags_red(),
        Colour::Orange => t.tags_orange(),
        Colour::Yellow => t.tags_yellow(),
        Colour::Green => t.tags_green(),
        Colour::Teal => t.tags_teal(),
        Colour::Blue => t.tags_blue(),
        Colour::Violet => t.tags_violet(),
    }
}

fn colours(t: &Texts) -> Vec<(String, String)> {
    Colour::ALL.map(|colour| (colour.as_str().to_owned(), colour_name(t, colour).to_owned())).to_vec()
}

/// Every tag, and a form for another.
pub fn list(frame: &Frame, tags: &[Tag], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for tag in tags {
            tr {
                td { (labels::chip(tag)) }
                td { (colour_name(t, tag.colour)) }
                td { a href={ "/settings/tags/" (tag.id) } { (t.form_change()) span.hidden { " " (tag.name) } } }
            }
        }
    };
    let body = html! {
        header { h1 { (t.frame_tags()) } }
        p.quiet { (t.tags_intro()) }
        @if tags.is_empty() { (parts::empty(t.tags_empty(), None)) }
        @else { (parts::table(t.frame_tags(), &[t.form_name(), t.tags_colour(), t.form_actions()], &cells)) }
        section.card { (form(frame, "/settings/tags", typed, t.form_add(), None)) }
    };
    parts::settings(frame, "/settings/tags", &body)
}

/// One tag.
pub fn tag(frame: &Frame, tag: &Tag, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/tags/{}", tag.id);
    let body = html! {
        header { h1 { (tag.name) } (labels::chip(tag)) }
        (form(frame, &at, typed, t.form_save(), Some(("/settings/tags", t.form_back()))))
        section.card {
            p { (t.tags_delete_hint()) }
            (parts::one_button(frame, &format!("{at}/delete"), t.form_delete()))
        }
    };
    parts::settings(frame, "/settings/tags", &body)
}

fn form(frame: &Frame, action: &str, typed: &Typed, main: &str, back: Option<(&str, &str)>) -> Markup {
    let t = &frame.texts;
    html! {
        @if let Some(problem) = typed.problem(t, &frame.zone, &["name", "colour"]) { (parts::problem(&problem)) }
        form.stack method="post" action=(action) {
            (frame.token())
            div.pair {
                (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
                (parts::select(&typed.field(t, "colour", t.tags_colour()), &colours(t)))
            }
            (parts::actions(main, back))
        }
    }
}
