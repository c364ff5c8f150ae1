//! What the team has put on a conversation: its tags and how pressing it is, as chips and as a bar that changes them.

use maud::{Markup, html};

use super::frame::Frame;
use super::header::Header;
use super::icon::icon;
use super::keys::hint;
use crate::domain::keys::Act;
use crate::domain::tag::{Priority, Tag};
use crate::i18n::Texts;

/// How many tags a row of the list shows.
const IN_A_ROW: usize = 2;

/// What stands on the conversation, and what may be put on it.
pub struct Labels {
    pub tags: Vec<Tag>,
    /// Every tag of the team.
    pub all: Vec<Tag>,
}

/// A tag in its colour.
pub fn chip(tag: &Tag) -> Markup {
    html! { span.chip.tag data-colour=(tag.colour.as_str()) { (tag.name) } }
}

/// The word for a priority.
pub fn priority_name(t: &Texts, priority: Priority) -> &'static str {
    match priority {
        Priority::Low => t.label_low(),
        Priority::None => t.label_no_priority(),
        Priority::High => t.label_high(),
        Priority::Urgent => t.label_urgent(),
    }
}

/// A priority as a chip; nothing for none.
pub fn priority(t: &Texts, priority: Priority) -> Markup {
    let class = match priority {
        Priority::None => return html! {},
        Priority::Urgent => "chip bad",
        Priority::High => "chip warn",
        Priority::Low => "chip",
    };
    html! { span class=(class) { (icon("flag")) (priority_name(t, priority)) } }
}

/// The same for a row of the list: few, and how many more there are.
pub fn of_row(t: &Texts, level: Priority, tags: &[Tag]) -> Markup {
    html! {
        @if level != Priority::None || !tags.is_empty() {
            span.marks {
                (priority(t, level))
                @for tag in tags.iter().take(IN_A_ROW) { (chip(tag)) }
                @if tags.len() > IN_A_ROW { span.quiet { (t.label_more_tags(tags.len() - IN_A_ROW)) } }
            }
        }
    }
}

/// The bar under the head of a conversation; also sent again by live changes.
pub fn bar(frame: &Frame, labels: &Labels, head: &Header) -> Markup {
    let t = &frame.texts;
    let free = labels.all.iter().filter(|tag| !labels.tags.iter().any(|there| there.id == tag.id));
    html! {
        div.labels #labels role="group" aria-label=(t.label_bar()) {
            (pressing(frame, head))
            @for tag in &labels.tags {
                form method="post" action=(head.action(&format!("tags/{}/remove", tag.id))) {
                    (frame.token())
                    span.chip.tag data-colour=(tag.colour.as_str()) {
                        (tag.name)
                        button type="submit" title=(t.label_take_off(&tag.name)) { span aria-hidden="true" { "×" } span.hidden { (t.label_take_off(&tag.name)) } }
                    }
                }
            }
            details.menu name="act" {
                summary.button.slight data-act="tag" aria-keyshortcuts=[frame.key(Act::Tag)] { (icon("plus")) span { (t.label_tag()) } (hint(frame, Act::Tag)) }
                div.stack {
                    @if labels.all.is_empty() { p.quiet { (t.label_none_yet()) } }
                    @else {
                        form.stack method="post" action=(head.action("tags")) {
                            (frame.token())
                            div.field {
                                label for="tag" { (t.label_which()) }
                                input id="tag" name="tag" list="tags" autocomplete="off" required maxlength="40";
                                datalist id="tags" { @for tag in free { option value=(tag.name) {} } }
                            }
                            button.button.edged type="submit" { (t.label_put_on()) }
                        }
                    }
                    @if frame.is_supervisor() { a href="/settings/tags" { (t.label_manage()) } }
                    @else if labels.all.is_empty() { p.quiet { (t.label_ask_supervisor()) } }
                }
            }
        }
    }
}

fn pressing(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    let now = head.conversation.priority;
    html! {
        details.menu name="act" {
            summary.button.slight data-act="priority" aria-keyshortcuts=[frame.key(Act::Priority)] {
                @if now == Priority::None { (icon("flag")) span { (t.label_priority()) } (hint(frame, Act::Priority)) } @else { (priority(t, now)) }
            }
            form method="post" action=(head.action("priority")) {
                (frame.token())
                @for level in Priority::ALL {
                    button.item type="submit" name="priority" value=(level.as_str()) disabled[level == now] {
                        (priority_name(t, level)) @if level == now { span { (t.label_now()) } }
                    }
                }
            }
        }
    }
}
