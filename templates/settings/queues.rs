//! Queues with their members, and the reasons that agents name when they close.

use maud::{Markup, html};

use crate::domain::agent::{Agent, Role};
use crate::domain::channel::Channel;
use crate::domain::queue::Queue;
use crate::domain::wrapup::Reason;
use crate::i18n::Texts;
use crate::templates::frame::Frame;
use crate::templates::icon;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// A queue with who is in it.
pub struct Row {
    pub queue: Queue,
    pub members: Vec<String>,
}

fn is_admin(frame: &Frame) -> bool {
    frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Admin)
}

/// The queues to choose from, with a first choice for none.
pub fn choices(queues: &[Queue], none: &str) -> Vec<(String, String)> {
    let first = std::iter::once((String::new(), none.to_owned()));
    first.chain(queues.iter().map(|queue| (queue.id.to_string(), queue.name.clone()))).collect()
}

/// Every queue.
pub fn list(frame: &Frame, rows: &[Row], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let admin = is_admin(frame);
    let cells = html! {
        @for row in rows {
            tr {
                td {
                    @if admin { a href={ "/settings/queues/" (row.queue.id) } { (row.queue.name) } }
                    @else { (row.queue.name) }
                }
                td { @if row.members.is_empty() { (t.queues_nobody()) } @else { (row.members.join(", ")) } }
            }
        }
    };
    let body = html! {
        header { h1 { (t.frame_queues()) } }
        p.quiet { (t.queues_intro()) }
        @if rows.is_empty() { (parts::empty(t.queues_empty(), None)) }
        @else { (parts::table(t.frame_queues(), &[t.form_name(), t.queues_members()], &cells)) }
        @if admin && !rows.is_empty() { p { a href="/settings/endings" { (t.wrap_outside_link()) } } }
        @if admin { (add(frame, "/settings/queues", typed, &html! {})) } @else { p.quiet { (t.form_admin_only()) } }
    };
    parts::settings(frame, "/settings/queues", &body)
}

fn add(frame: &Frame, action: &str, typed: &Typed, more: &Markup) -> Markup {
    let t: &Texts = &frame.texts;
    html! {
        section.card {
            @if let Some(problem) = typed.problem(t, &frame.zone, &["name"]) { (parts::problem(&problem)) }
            form.stack method="post" action=(action) {
                (frame.token())
                (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
                (more)
                (parts::actions(t.form_add(), None))
            }
        }
    }
}

/// One queue: its name, and a box for everybody.
pub fn queue(
    frame: &Frame,
    queue: &Queue,
    people: &[(Agent, bool)],
    (typed, forms): (&Typed, &[Markup]),
    filled_by: &[Channel],
) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/queues/{}", queue.id);
    let body = html! {
        header { h1 { (queue.name) } }
        @if let Some(problem) = typed.problem(t, &frame.zone, &["name"]) { (parts::problem(&problem)) }
        form.stack method="post" action=(at) {
            (frame.token())
            (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
            fieldset.field {
                legend { (t.queues_members()) }
                @for (agent, inside) in people {
                    label.check {
                        input type="checkbox" name="member" value=(agent.id) checked[*inside];
                        span { (agent.name) }
                    }
                }
            }
            (parts::actions(t.form_save(), Some(("/settings/queues", t.form_back()))))
        }
        (filled(frame, filled_by))
        @for form in forms { (form) }
        section.card {
            p { (t.queues_delete_hint()) }
            (parts::one_button(frame, &format!("{at}/delete"), t.form_delete()))
        }
    };
    parts::settings(frame, "/settings/queues", &body)
}

/// The entry points whose new conversations come here.
fn filled(frame: &Frame, channels: &[Channel]) -> Markup {
    let t = &frame.texts;
    html! {
        section.card id="filled" {
            h2 { (t.queues_filled()) }
            @if channels.is_empty() { p.quiet { (t.queues_filled_none()) } }
            ul.filled-by {
                @for channel in channels {
                    li.line { (icon::channel(channel.card.speaks_as)) a href={ "/settings/channels/" (channel.id) } { (channel.name) } }
                }
            }
            p.quiet { (t.queues_filled_hint()) }
            p { a href="/settings/channels" { (t.frame_channels()) } }
        }
    }
}

/// The wrap-up reasons.
pub fn reasons(frame: &Frame, reasons: &[Reason], queues: &[Queue], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let admin = is_admin(frame);
    let place = |reason: &Reason| {
        let queue = reason.queue.and_then(|id| queues.iter().find(|queue| queue.id == id));
        queue.map_or(t.reasons_everywhere().to_owned(), |queue| queue.name.clone())
    };
    let cells = html! {
        @for reason in reasons {
            tr {
                td { (reason.name) }
                td { (place(reason)) }
                td { @if admin { (parts::one_button(frame, &format!("/settings/reasons/{}/archive", reason.id), t.reasons_archive())) } }
            }
        }
    };
    let heads = [t.form_name(), t.form_queue(), t.form_actions()];
    let queue = typed.field(t, "queue", t.form_queue());
    let body = html! {
        header { h1 { (t.frame_reasons()) } }
        p.quiet { (t.reasons_intro()) }
        @if reasons.is_empty() { (parts::empty(t.reasons_empty(), None)) }
        @else { (parts::table(t.frame_reasons(), &heads, &cells)) }
        @if admin {
            (add(frame, "/settings/reasons", typed, &parts::select(&queue, &choices(queues, t.reasons_everywhere()))))
        } @else { p.quiet { (t.form_admin_only()) } }
    };
    parts::settings(frame, "/settings/reasons", &body)
}
