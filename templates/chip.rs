//! The chip that says how long the window is still open.

use maud::{Markup, html};

use crate::domain::window::Window;
use crate::domain::{Span, Timestamp};
use crate::i18n::{Texts, when};

/// What a window says beside a name: nothing where there is no limit.
pub fn window(t: &Texts, window: &Window, now: Timestamp) -> Markup {
    match *window {
        Window::Unlimited => html! {},
        Window::Open { closes, left: Some(left) } => {
            let length = when::left(t, closes.since(now));
            let class = if left <= 2 { "warn" } else { urgency(closes.since(now)) };
            html! { span class={ "chip " (class) } { (t.window_counted(i64::from(left), length)) } }
        }
        Window::Open { closes, left: None } | Window::PersonOnly { closes } => {
            let words = t.window_left(when::left(t, closes.since(now)));
            html! {
                span class={ "chip " (urgency(closes.since(now))) } data-closes=(closes) data-words=(t.window_left("{}")) {
                    (words)
                }
            }
        }
        Window::TemplateOnly { .. } => html! { span.chip { (t.window_template_only()) } },
        Window::Blocked { .. } => html! { span.chip { (t.window_blocked()) } },
    }
}

/// The same for a row of the list: only in the last two hours, unless the list is about it.
pub fn closing(t: &Texts, closes: Timestamp, now: Timestamp, always: bool) -> Option<Markup> {
    let left = closes.since(now);
    if left <= Span::ZERO || (left > Span::hours(2) && !always) {
        return None;
    }
    Some(html! {
        span class={ "chip " (urgency(left)) } data-closes=(closes) data-words=(t.window_left_short("{}")) {
            (t.window_left_short(when::left(t, left)))
        }
    })
}

fn urgency(left: Span) -> &'static str {
    match left.whole_minutes() {
        ..=15 => "bad",
        16..=120 => "warn",
        _ => "",
    }
}
