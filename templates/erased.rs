//! Erasing a person: the question before it, and the receipts after.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::frame::Frame;
use super::parts::{self, Field};
use crate::domain::contact::Contact;
use crate::domain::erasure::Erasure;
use crate::i18n::when;

/// A receipt with the name of whoever erased.
pub struct Line {
    pub one: Erasure,
    /// Empty: the desk itself.
    pub by: String,
    /// The clock that the team goes by: a receipt reads the same whoever opens it.
    pub zone: TimeZone,
}

/// The question.
pub fn ask(frame: &Frame, contact: &Contact, unticked: bool) -> Markup {
    let t = &frame.texts;
    let back = format!("/contacts/{}", contact.id);
    let name = if contact.name.is_empty() { t.contacts_unnamed() } else { &contact.name };
    let error = unticked.then(|| t.erased_unsure().to_owned());
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.erased_ask(name)) }
            p { (t.erased_what()) }
            p { (t.erased_stays()) }
            form.stack method="post" action={ (back) "/erase" } {
                (frame.token())
                (parts::check(&Field { name: "sure", label: t.erased_sure(), error, ..Field::default() }))
                (parts::actions(t.erased_do(), Some((&back, t.contacts_cancel()))))
            }
        }
    }
}

fn facts(frame: &Frame, line: &Line) -> Vec<(&'static str, String)> {
    let t = &frame.texts;
    let gone = &line.one.gone;
    vec![
        (t.erased_when(), when::record(t, line.one.at, &line.zone)),
        (t.erased_by(), if line.by.is_empty() { "–".to_owned() } else { line.by.clone() }),
        (t.erased_contact(), line.one.contact.to_string()),
        (t.contacts_addresses(), gone.addresses.to_string()),
        (t.contacts_conversations(), gone.conversations.to_string()),
        (t.erased_messages(), gone.messages.to_string()),
        (t.erased_files(), gone.attachments.to_string()),
    ]
}

/// One receipt.
pub fn receipt(frame: &Frame, line: &Line) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.erased_receipt(line.one.id)) }
            p { (t.erased_done()) }
            p { (t.erased_deliveries()) }
            dl.facts { @for (name, value) in facts(frame, line) { dt { (name) } dd { (value) } } }
            p.line {
                a.button.edged href={ "/erasures/" (line.one.id) "?file=1" } download { (t.erased_file()) }
                a.button href="/contacts" { (t.contacts_title()) }
            }
        }
    }
}

/// The receipt as a text file.
pub fn text(frame: &Frame, line: &Line) -> String {
    let mut text = format!("{}\n\n", frame.texts.erased_receipt(line.one.id));
    for (name, value) in facts(frame, line) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(&format!("\n{}\n", frame.texts.erased_deliveries()));
    text
}

/// All receipts.
pub fn list(frame: &Frame, lines: &[Line], next: Option<i64>) -> Markup {
    let t = &frame.texts;
    let heads = [t.erased_number(), t.erased_when(), t.erased_by(), t.erased_contact(), t.erased_messages()];
    let rows = html! {
        @for line in lines {
            tr {
                td { a href={ "/erasures/" (line.one.id) } { "#" (line.one.id) } }
                td { (when::moment(t, line.one.at, frame.now, &frame.zone)) }
                td { (line.by) }
                td { (line.one.contact) }
                td { (line.one.gone.messages) }
            }
        }
    };
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.erased_receipts()) }
            p { (t.erased_receipts_hint()) }
            @if lines.is_empty() { (parts::empty(t.erased_none(), None)) }
            @else { (parts::table(t.erased_receipts(), &heads, &rows)) }
            @if let Some(next) = next { p.line { a.button.edged href={ "/erasures?before=" (next) } { (t.inbox_older()) } } }
        }
    }
}
