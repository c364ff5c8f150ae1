//! API tokens: who has which, and a fresh one, shown once.

use maud::{Markup, html};

use super::copy_field;
use crate::domain::Timestamp;
use crate::i18n::when;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// A token in the list.
pub struct Row {
    pub id: String,
    pub name: String,
    pub agent: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// Every token, and the form for a new one. `people` are pairs of number and name.
pub fn list(frame: &Frame, rows: &[Row], people: &[(String, String)], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let at = |moment| when::moment(t, moment, frame.now, &frame.zone);
    let cells = html! {
        @for row in rows {
            tr {
                td { (row.name) }
                td { (row.agent) }
                td { (at(row.created_at)) }
                td { @if let Some(used) = row.used_at { (at(used)) } @else { (t.tokens_never()) } }
                td { (parts::one_button(frame, &format!("/settings/tokens/{}/revoke", row.id), t.tokens_revoke())) }
            }
        }
    };
    let heads = [t.form_name(), t.tokens_person(), t.tokens_created(), t.tokens_used(), t.form_actions()];
    let name = Field { required: true, hint: t.tokens_name_hint(), ..typed.field(t, "name", t.form_name()) };
    let body = html! {
        header { h1 { (t.frame_tokens()) } }
        p.quiet { (t.tokens_intro()) }
        @if rows.is_empty() { (parts::empty(t.tokens_empty(), None)) }
        @else { (parts::table(t.frame_tokens(), &heads, &cells)) }
        section.card {
            h2 { (t.tokens_add()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &["name"]) { (parts::problem(&problem)) }
            form.stack method="post" action="/settings/tokens" {
                (frame.token())
                (parts::text(&name, "text"))
                (parts::select(&typed.field(t, "agent", t.tokens_person()), people))
                (parts::actions(t.tokens_add(), None))
            }
        }
    };
    parts::settings(frame, "/settings/tokens", &body)
}

/// A fresh token.
pub fn fresh(frame: &Frame, token: &str) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.tokens_fresh()) } }
        p { (t.tokens_fresh_hint()) }
        (copy_field(t.tokens_one(), token))
        p { a.button href="/settings/tokens" { (t.form_back()) } }
    };
    parts::settings(frame, "/settings/tokens", &body)
}
