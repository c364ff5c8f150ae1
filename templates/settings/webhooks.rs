//! Programs that are told what happens, with what they last answered.

use maud::{Markup, html};

use super::copy_field;
use crate::domain::webhook::{Answer, Webhook};
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// A webhook with its last answers, newest first.
pub struct Row {
    pub webhook: Webhook,
    pub answers: Vec<Answer>,
}

/// Every webhook, and the form for a new one.
pub fn list(frame: &Frame, rows: &[Row], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for row in rows {
            tr {
                td { (row.webhook.url) }
                td { @if row.webhook.kinds.is_empty() { (t.webhooks_everything()) } @else { (row.webhook.kinds.join(", ")) } }
                td { (last(frame, row)) }
                td { (parts::one_button(frame, &format!("/settings/webhooks/{}/delete", row.webhook.id), t.form_delete())) }
            }
        }
    };
    let heads = [t.webhooks_url(), t.webhooks_kinds(), t.webhooks_last(), t.form_actions()];
    let body = html! {
        header { h1 { (t.frame_webhooks()) } }
        p.quiet { (t.webhooks_intro()) }
        @if rows.is_empty() { (parts::empty(t.webhooks_empty(), None)) }
        @else { (parts::table(t.frame_webhooks(), &heads, &cells)) }
        (add(frame, typed))
    };
    parts::settings(frame, "/settings/webhooks", &body)
}

fn last(frame: &Frame, row: &Row) -> Markup {
    let t = &frame.texts;
    html! {
        @if row.webhook.disabled_at.is_some() { span.chip.bad { (t.people_disabled()) } " " }
        @match row.answers.first() {
            None => (t.channels_never()),
            Some(answer) => {
                (when::moment(t, answer.at, frame.now, &frame.zone)) " "
                (status(t, answer))
                @if !answer.detail.is_empty() { p.quiet { (answer.detail) } }
            }
        }
    }
}

fn status(t: &Texts, answer: &Answer) -> Markup {
    html! {
        @match answer.status {
            Some(status @ 200..=299) => span.chip.good { (status) },
            Some(status) => span.chip.bad { (status) },
            None => span.chip.bad { (t.webhooks_no_answer()) },
        }
    }
}

fn add(frame: &Frame, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let kinds = Field { hint: t.webhooks_kinds_hint(), ..typed.field(t, "kinds", t.webhooks_kinds()) };
    html! {
        section.card {
            h2 { (t.webhooks_add()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &["url", "kinds"]) { (parts::problem(&problem)) }
            form.stack method="post" action="/settings/webhooks" {
                (frame.token())
                (parts::text(&Field { required: true, autocomplete: "off", ..typed.field(t, "url", t.webhooks_url()) }, "url"))
                (parts::text(&kinds, "text"))
                (parts::actions(t.webhooks_add(), None))
            }
        }
    }
}

/// The secret of a fresh webhook, shown once.
pub fn fresh(frame: &Frame, secret: &str) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.webhooks_fresh()) } }
        p { (t.webhooks_fresh_hint()) }
        (copy_field(t.webhooks_secret(), secret))
        p { a.button href="/settings/webhooks" { (t.form_back()) } }
    };
    parts::settings(frame, "/settings/webhooks", &body)
}
