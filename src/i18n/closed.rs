//! A window that does not allow something, as words.

use jiff::tz::TimeZone;

use super::{Texts, when};
use crate::domain::Span;
use crate::domain::window::{Blocked, Window};

/// What is not allowed now.
pub fn sentence(t: &Texts, window: &Window, zone: &TimeZone) -> String {
    match window {
        Window::TemplateOnly { .. } => t.refusal_window_template().to_owned(),
        Window::PersonOnly { .. } => t.refusal_window_person().to_owned(),
        Window::Blocked { why: Blocked::Closed { since } } => {
            // A year apart, so that the year is always told: nobody knows here what day it is today.
            let never_this_year = *since + Span::days(400);
            t.refusal_window_blocked(when::full(t, *since, never_this_year, zone))
        }
        Window::Blocked { why: Blocked::NeverWrote } => t.refusal_window_never().to_owned(),
        Window::Blocked { why: Blocked::CountedOut { allowed, .. } } => t.refusal_window_counted(allowed),
        Window::Unlimited | Window::Open { .. } => t.refusal_window_other().to_owned(),
    }
}

/// What can be done instead.
pub fn fix(t: &Texts, window: &Window) -> &'static str {
    match window {
        Window::TemplateOnly { .. } => t.refusal_window_template_fix(),
        Window::PersonOnly { .. } => t.refusal_window_person_fix(),
        _ => t.refusal_window_blocked_fix(),
    }
}
