//! A virtual assistant in a conversation: that it speaks now, and where it handed over.

use maud::{Markup, html};

use super::frame::Frame;
use super::header::Header;
use crate::domain::event::Line;
use crate::domain::greeter::Why;
use crate::i18n::Texts;

/// Above the thread, while it speaks: who sees to the customer, and how the team takes over.
pub fn strip(frame: &Frame, label: &str, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        div.flash.slim role="status" {
            (t.assistant_speaks(label))
            form method="post" action=(head.action("assistant")) {
                (frame.token())
                button.link type="submit" { (t.assistant_hand_over()) }
            }
        }
    }
}

/// In the list, while it speaks.
pub fn chip(label: &str) -> Markup {
    html! { span.chip { (label) } }
}

/// The words for the point at which it handed over (S229). `by` took over.
pub fn handed(t: &Texts, line: &Line, by: &str) -> String {
    let label = &line.from;
    match line.handed.unwrap_or(Why::Greeted) {
        Why::Asked => t.assistant_handed_asked(label),
        Why::Unknown => t.assistant_handed_unknown(label),
        Why::Greeted => t.assistant_handed_greeted(label),
        Why::Silent => t.assistant_handed_silent(label),
        Why::Enough => t.assistant_handed_enough(label),
        Why::MayNot => t.assistant_handed_may_not(label),
        Why::Failed => t.assistant_handed_failed(label),
        Why::Off => t.assistant_handed_off(label),
        Why::Hand if by.is_empty() => t.assistant_handed_elsewhere(label),
        Why::Hand => t.assistant_handed_by(by, label),
    }
}
