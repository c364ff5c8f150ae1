//! Deliveries that could not be read: looked at as text, read again, or left alone.

use maud::{Markup, html};

use crate::domain::Timestamp;
use crate::i18n::when;
use crate::templates::frame::Frame;
use crate::templates::parts;

/// A delivery that could not be read.
pub struct Row {
    pub id: String,
    pub channel: String,
    pub received_at: Timestamp,
    pub why: String,
}

/// The newest ones; `next` is the number from which older ones go on.
pub fn list(frame: &Frame, rows: &[Row], next: Option<&str>) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for row in rows {
            tr {
                td { a href={ "/settings/intake/" (row.id) } { (when::moment(t, row.received_at, frame.now, &frame.zone)) } }
                td { (row.channel) }
                td { (row.why) }
                td.line { (buttons(frame, &row.id)) }
            }
        }
    };
    let heads = [t.intake_received(), t.form_channel(), t.intake_why(), t.form_actions()];
    let body = html! {
        header { h1 { (t.frame_intake()) } }
        p.quiet { (t.intake_intro()) }
        @if rows.is_empty() { (parts::empty(t.intake_empty(), None)) }
        @else { (parts::table(t.frame_intake(), &heads, &cells)) }
        @if let Some(next) = next { p { a.button.edged href={ "/settings/intake?before=" (next) } { (t.intake_older()) } } }
    };
    parts::settings(frame, "/settings/intake", &body)
}

fn buttons(frame: &Frame, id: &str) -> Markup {
    let t = &frame.texts;
    html! {
        (parts::one_button(frame, &format!("/settings/intake/{id}/replay"), t.intake_replay()))
        (parts::one_button(frame, &format!("/settings/intake/{id}/ignore"), t.intake_ignore()))
    }
}

/// A delivery as it came.
pub struct Raw {
    pub row: Row,
    pub headers: Vec<(String, String)>,
    /// As text, whatever it was.
    pub body: String,
    /// How many bytes are not shown.
    pub hidden: usize,
}

/// One delivery.
pub fn delivery(frame: &Frame, raw: &Raw) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.intake_one(&raw.row.id)) } }
        dl.facts {
            dt { (t.intake_received()) } dd { (when::full(t, raw.row.received_at, frame.now, &frame.zone)) }
            dt { (t.form_channel()) } dd { (raw.row.channel) }
            dt { (t.intake_why()) } dd { (raw.row.why) }
            @for (name, value) in &raw.headers { dt { (name) } dd { (value) } }
        }
        pre.code tabindex="0" aria-label=(t.intake_body()) { (raw.body) }
        @if raw.hidden > 0 { p.quiet { (t.intake_hidden(raw.hidden)) } }
        div.line { (buttons(frame, &raw.row.id)) a.button href="/settings/intake" { (t.form_back()) } }
    };
    parts::settings(frame, "/settings/intake", &body)
}
