//! The chained log of what concerns security.

use maud::{Markup, html};

use crate::domain::Timestamp;
use crate::domain::event::kind;
use crate::i18n::when;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};

/// An entry with the name of who did it.
pub struct Row {
    pub id: i64,
    pub at: Timestamp,
    pub kind: String,
    /// What there is to add, as JSON.
    pub data: String,
    pub who: Option<String>,
}

/// A page of the log.
pub struct Audit<'a> {
    pub rows: Vec<Row>,
    /// The number before which the next page begins.
    pub next: Option<i64>,
    /// Only this kind; empty: all.
    pub kind: &'a str,
}

/// The page.
pub fn page(frame: &Frame, audit: &Audit<'_>) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for row in &audit.rows {
            tr {
                td { (row.id) }
                td { (when::full(t, row.at, frame.now, &frame.zone)) }
                td { code { (row.kind) } }
                td { (row.who.as_deref().unwrap_or("")) }
                td { code { (row.data) } }
            }
        }
    };
    let heads = [t.audit_number(), t.audit_at(), t.audit_kind(), t.audit_who(), t.audit_data()];
    let body = html! {
        header { h1 { (t.audit_title()) } }
        p.quiet { (t.audit_intro()) }
        (filter(frame, audit.kind))
        @if audit.rows.is_empty() { (parts::empty(t.audit_empty(), None)) }
        @else { (parts::table(t.audit_title(), &heads, &cells)) }
        @if let Some(next) = audit.next {
            p { a.button href={ "/settings/audit?before=" (next) "&kind=" (audit.kind) } { (t.audit_older()) } }
        }
        section.card {
            h2 { (t.audit_export()) }
            p { (t.audit_export_hint()) }
            form.stack method="post" action="/settings/audit/export" {
                (frame.token())
                (parts::select(&Field { name: "format", label: t.audit_format(), ..Field::default() }, &formats()))
                (parts::actions(t.audit_export(), None))
            }
        }
    };
    parts::settings(frame, "/settings/audit", &body)
}

fn formats() -> Vec<(String, String)> {
    vec![("jsonl".to_owned(), "JSON".to_owned()), ("csv".to_owned(), "CSV".to_owned())]
}

fn filter(frame: &Frame, chosen: &str) -> Markup {
    let t = &frame.texts;
    let known = kind::ALL.iter().filter(|kind| kind::is_audited(kind));
    let kinds: Vec<(String, String)> = std::iter::once((String::new(), t.audit_all().to_owned()))
        .chain(known.map(|kind| ((*kind).to_owned(), (*kind).to_owned())))
        .collect();
    let field = Field { name: "kind", label: t.audit_kind(), value: chosen, ..Field::default() };
    html! {
        form.stack method="get" action="/settings/audit" {
            (parts::select(&field, &kinds))
            (parts::actions(t.audit_show(), None))
        }
    }
}
