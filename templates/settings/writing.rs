//! What happens when the team writes: numbers that should not leave, reasons after sending, and what stands below mails.

use maud::{Markup, html};

use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// An entry point for mail with what stands below its letters.
pub struct Entry {
    pub id: Id<Channel>,
    pub name: String,
    pub signature: String,
    pub quotes: bool,
}

/// The page. `reached`: the desk knows where the readers of mails find its pictures.
pub fn page(frame: &Frame, typed: &Typed, entries: &[Entry], reached: bool) -> Markup {
    let t = &frame.texts;
    let rules = [
        ("off".to_owned(), t.writing_sensitive_off().to_owned()),
        ("warn".to_owned(), t.writing_sensitive_warn().to_owned()),
        ("block".to_owned(), t.writing_sensitive_block().to_owned()),
    ];
    let sensitive =
        Field { hint: t.writing_sensitive_hint(), ..typed.field(t, "sensitive", t.writing_sensitive()) };
    let wrapup =
        Field { hint: t.writing_wrapup_hint(), ..typed.field(t, "wrapup_on_send", t.writing_wrapup()) };
    let pictures =
        Field { hint: t.writing_pictures_hint(), ..typed.field(t, "inline_pictures", t.writing_pictures()) };
    let body = html! {
        header { h1 { (t.frame_writing()) } }
        p.quiet { (t.writing_intro()) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &["sensitive"]) { (parts::problem(&problem)) }
        form.stack method="post" action="/settings/writing" {
            (frame.token())
            (parts::select(&sensitive, &rules))
            (parts::check(&wrapup))
            (parts::check(&pictures))
            @if !reached { p.hint { (t.writing_pictures_no_address()) } }
            (parts::actions(t.form_save(), None))
        }
        h2 { (t.writing_entry_points()) }
        @if entries.is_empty() { p.quiet { (t.writing_no_entry_points()) } }
        @for entry in entries { (of(frame, entry)) }
    };
    parts::settings(frame, "/settings/writing", &body)
}

fn of(frame: &Frame, entry: &Entry) -> Markup {
    let t = &frame.texts;
    let id = format!("signature-{}", entry.id);
    html! {
        section.card {
            h3 { (entry.name) }
            form.stack method="post" action={ "/settings/writing/" (entry.id) } {
                (frame.token())
                div.field {
                    label for=(id) { (t.writing_signature()) }
                    textarea id=(id) name="signature" rows="3" { (entry.signature) }
                    p.hint { (t.writing_signature_hint()) }
                }
                label.check { input type="checkbox" name="quotes" value="on" checked[entry.quotes]; span { (t.writing_quotes()) } }
                (parts::actions(t.form_save(), None))
            }
        }
    }
}
