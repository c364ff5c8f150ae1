//! The team's own fields of contacts.

use maud::{Markup, html};

use crate::domain::agent::Role;
use crate::domain::field::{Field as Own, Kind};
use crate::i18n::Texts;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

const SHOWN: &[&str] = &["name", "kind", "choices"];

/// The words for what a field holds.
pub fn kind_name(t: &Texts, kind: Kind) -> &'static str {
    match kind {
        Kind::Text => t.fields_text(),
        Kind::Number => t.fields_number(),
        Kind::Date => t.fields_date(),
        Kind::Yes => t.fields_yes(),
        Kind::Choice => t.fields_choice(),
    }
}

/// Every field, and a form for another.
pub fn list(frame: &Frame, fields: &[Own], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let kinds = Kind::ALL.map(|kind| (kind.as_str().to_owned(), kind_name(t, kind).to_owned()));
    let cells = html! {
        @for field in fields {
            tr {
                td { (field.name) }
                td { (kind_name(t, field.kind)) @if !field.choices.is_empty() { ": " (field.choices.join(", ")) } }
                td { a href={ "/settings/fields/" (field.id) } { (t.form_change()) span.hidden { " " (field.name) } } }
            }
        }
    };
    let body = html! {
        header { h1 { (t.fields_title()) } }
        p.quiet { (t.fields_intro()) }
        @if fields.is_empty() { (parts::empty(t.fields_empty(), None)) }
        @else { (parts::table(t.fields_title(), &[t.form_name(), t.fields_kind(), t.form_actions()], &cells)) }
        section.card {
            @if let Some(problem) = typed.problem(t, &frame.zone, SHOWN) { (parts::problem(&problem)) }
            form.stack method="post" action="/settings/fields" {
                (frame.token())
                div.pair {
                    (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
                    (parts::select(&typed.field(t, "kind", t.fields_kind()), &kinds))
                }
                (parts::area(&Field { hint: t.fields_choices_hint(), ..typed.field(t, "choices", t.fields_choices()) }))
                (parts::actions(t.form_add(), None))
            }
        }
    };
    parts::settings(frame, "/settings/fields", &body)
}

/// One field.
pub fn field(frame: &Frame, field: &Own, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/fields/{}", field.id);
    let body = html! {
        header { h1 { (field.name) } p.quiet { (kind_name(t, field.kind)) } }
        @if let Some(problem) = typed.problem(t, &frame.zone, SHOWN) { (parts::problem(&problem)) }
        form.stack method="post" action=(at) {
            (frame.token())
            (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
            @if field.kind == Kind::Choice {
                (parts::area(&Field { hint: t.fields_choices_hint(), ..typed.field(t, "choices", t.fields_choices()) }))
            }
            (parts::actions(t.form_save(), Some(("/settings/fields", t.form_back()))))
        }
        section.card {
            p { (t.fields_delete_hint()) }
            @if frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Admin) {
                (parts::one_button(frame, &format!("{at}/delete"), t.form_delete()))
            } @else { p.quiet { (t.fields_delete_admin()) } }
        }
    };
    parts::settings(frame, "/settings/fields", &body)
}

/// The input for a field on the form of a contact.
pub fn input(t: &Texts, field: &Own, value: &str, error: Option<String>) -> Markup {
    let name = format!("field_{}", field.id);
    let own = Field { name: &name, label: &field.name, value, error, ..Field::default() };
    match field.kind {
        Kind::Text => parts::text(&own, "text"),
        Kind::Number => html! { (parts::text(&Field { hint: t.fields_number_hint(), ..own }, "text")) },
        // What is no date would not be shown in a box of dates.
        Kind::Date => {
            let kind = if own.error.is_some() { "text" } else { "date" };
            parts::text(&own, kind)
        }
        Kind::Yes => {
            let answers =
                [(String::new(), "–".to_owned()), ("yes".to_owned(), t.fields_yes_word().to_owned())];
            parts::select(&own, &answers)
        }
        Kind::Choice => {
            let mut choices = vec![(String::new(), "–".to_owned())];
            choices.extend(field.choices.iter().map(|choice| (choice.clone(), choice.clone())));
            // What was chosen before the choices changed stays until somebody chooses anew.
            if !value.is_empty() && !field.choices.iter().any(|choice| choice == value) {
                choices.push((value.to_owned(), value.to_owned()));
            }
            parts::select(&own, &choices)
        }
    }
}

/// A value as it is shown.
pub fn shown<'a>(t: &'a Texts, field: &Own, value: &'a str) -> &'a str {
    if field.kind == Kind::Yes { t.fields_yes_word() } else { value }
}
