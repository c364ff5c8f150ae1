//! What was put aside as spam or by the list of senders, and that list.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::domain::Id;
use crate::domain::contact::Contact;
use crate::i18n::when;
use crate::store::aside::{Aside, Blocked};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};

/// What the page shows.
pub struct Page {
    pub rows: Vec<Aside>,
    pub names: BTreeMap<Id<Contact>, String>,
    /// The moment from which older ones go on.
    pub older: Option<i64>,
    pub blocked: Vec<Blocked>,
    /// The sender after which the list goes on.
    pub next: Option<String>,
    pub may_change: bool,
}

/// The page.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.senders_title()) } }
        h2 { (t.senders_aside()) }
        p.quiet { (t.senders_aside_hint()) }
        @if page.rows.is_empty() { (parts::empty(t.senders_aside_empty(), None)) } @else { (aside(frame, page)) }
        @if let Some(older) = page.older { p { a.button.edged href={ "/settings/senders?before=" (older) } { (t.intake_older()) } } }
        h2 { (t.senders_blocked()) }
        p.quiet { (t.senders_blocked_hint()) }
        @if page.may_change {
            form.stack method="post" action="/settings/senders" {
                (frame.token())
                (parts::text(&Field { name: "sender", label: t.senders_sender(), hint: t.senders_sender_hint(), required: true, autocomplete: "off", ..Field::default() }, "text"))
                button.button.main type="submit" { (t.senders_block()) }
            }
        }
        @if page.blocked.is_empty() { (parts::empty(t.senders_blocked_empty(), None)) } @else { (blocked(frame, page)) }
        @if let Some(next) = &page.next { p { a.button.edged href={ "/settings/senders?after=" (encoded(next)) } { (t.senders_more()) } } }
    };
    parts::settings(frame, "/settings/senders", &body)
}

fn encoded(sender: &str) -> String {
    form_urlencoded::byte_serialize(sender.as_bytes()).collect()
}

fn aside(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let heads = [t.form_name(), t.senders_subject(), t.senders_why(), t.form_actions()];
    let cells = html! {
        @for row in &page.rows {
            @let name = page.names.get(&row.conversation.contact).map_or("", String::as_str);
            @let subject = if row.conversation.subject.is_empty() { &row.conversation.snippet } else { &row.conversation.subject };
            tr {
                td { (name) p.quiet { (when::moment(t, row.at, frame.now, &frame.zone)) } }
                td { a href={ "/conversations/" (row.conversation.id) } { @if subject.is_empty() { "#" (row.conversation.id) } @else { (subject) } } }
                td { @if row.why == "spam" { (t.senders_why_spam()) } @else { (t.senders_why_blocked()) } }
                td { (parts::one_button(frame, &format!("/conversations/{}/release", row.conversation.id), t.senders_release())) }
            }
        }
    };
    parts::table(t.senders_aside(), &heads, &cells)
}

fn blocked(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let heads = [t.senders_sender(), t.senders_by(), t.form_actions()];
    let cells = html! {
        @for row in &page.blocked {
            tr {
                td { (row.sender) }
                td { (row.by) p.quiet { (when::moment(t, row.at, frame.now, &frame.zone)) } }
                td {
                    @if page.may_change {
                        form method="post" action="/settings/senders/remove" {
                            (frame.token())
                            button.button.edged type="submit" name="sender" value=(row.sender) { (t.senders_remove()) }
                        }
                    }
                }
            }
        }
    };
    parts::table(t.senders_blocked(), &heads, &cells)
}
