//! What happens when work ends: reasons, notes, countdown, closing by itself, and what the customer reads.

use maud::{Markup, html};

use crate::domain::queue::{Note, Rules};
use crate::domain::wrapup::Reason;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// The fields of the form.
pub const FIELDS: [&str; 10] = [
    "ask",
    "most",
    "closing_note",
    "countdown",
    "default_reason",
    "may_stop",
    "consent",
    "close_after",
    "joined_text",
    "left_text",
];

/// What the form shows when nobody typed anything.
pub fn of(rules: &Rules) -> Typed {
    let wrap = &rules.wrap_up;
    let ask = match (wrap.required, wrap.asked) {
        (true, _) => "required",
        (false, true) => "asked",
        (false, false) => "off",
    };
    let on = |yes: bool| if yes { "on" } else { "" };
    Typed::default()
        .with("ask", ask)
        .with("most", wrap.most.to_string())
        .with("closing_note", wrap.note.as_str())
        .with("countdown", wrap.countdown.map(|span| (span.0 / 1000).to_string()).unwrap_or_default())
        .with("default_reason", wrap.default_reason.map(|id| id.to_string()).unwrap_or_default())
        .with("may_stop", on(wrap.may_stop))
        .with("consent", on(wrap.consent))
        .with("close_after", rules.close_after.map(|span| (span.0 / 60_000).to_string()).unwrap_or_default())
        .with("joined_text", &rules.joined_text)
        .with("left_text", &rules.left_text)
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

/// The page of what lies in no queue; it says so where there are queues.
pub fn outside(frame: &Frame, typed: &Typed, reasons: &[Reason], queues: bool) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.wrap_settings()) } }
        p.quiet { @if queues { (t.wrap_outside()) } @else { (t.wrap_whole_team()) } }
        (form(frame, "/settings/endings", typed, reasons))
    };
    parts::settings(frame, "/settings/endings", &body)
}

/// The form, sent to `action`.
pub fn form(frame: &Frame, action: &str, typed: &Typed, reasons: &[Reason]) -> Markup {
    let t = &frame.texts;
    let asks = pairs(&[
        ("off", t.wrap_ask_off()),
        ("asked", t.wrap_ask_asked()),
        ("required", t.wrap_ask_required()),
    ]);
    let notes = pairs(&[
        (Note::Off.as_str(), t.wrap_note_off()),
        (Note::Optional.as_str(), t.wrap_note_optional()),
        (Note::Required.as_str(), t.wrap_note_needed()),
    ]);
    let mut defaults = pairs(&[("", t.wrap_no_default())]);
    defaults.extend(reasons.iter().map(|reason| (reason.id.to_string(), reason.name.clone())));
    let gap = t.wrap_agent_hint(crate::domain::queue::AGENT);
    let field = |name, label| typed.field(t, name, label);
    html! {
        section.card id="endings" {
            h2 { (t.wrap_settings()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &FIELDS) { (parts::problem(&problem)) }
            form.stack method="post" action=(action) {
                (frame.token())
                (parts::select(&Field { hint: t.wrap_ask_hint(), ..field("ask", t.wrap_ask()) }, &asks))
                div.pair {
                    (parts::text(&field("most", t.wrap_most()), "number"))
                    (parts::select(&field("closing_note", t.wrap_note()), &notes))
                }
                div.pair {
                    (parts::select(&field("default_reason", t.wrap_default_reason()), &defaults))
                    (parts::text(&Field { hint: t.wrap_countdown_hint(), ..field("countdown", t.wrap_countdown()) }, "number"))
                }
                (parts::check(&field("may_stop", t.wrap_may_stop())))
                (parts::check(&field("consent", t.wrap_ask_consent())))
                (parts::text(&Field { hint: t.wrap_close_after_hint(), ..field("close_after", t.wrap_close_after()) }, "number"))
                (parts::text(&Field { hint: &gap, ..field("joined_text", t.wrap_joined_text()) }, "text"))
                (parts::text(&Field { hint: &gap, ..field("left_text", t.wrap_left_text()) }, "text"))
                (parts::actions(t.form_save(), None))
            }
            p { a href="/settings/reasons" { (t.frame_reasons()) } }
        }
    }
}
