//! Many conversations at once: the boxes of the rows, the bar that acts on them, and what came of it.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::icon;
use super::inbox::List;
use super::labels::priority_name;
use super::parts;
use super::place::Place;
use super::sieve::Choices;
use crate::domain::Id;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::deed::{Deed, Skip, Verb};
use crate::domain::snooze::{Preset, REPLY};
use crate::domain::tag::Priority;
use crate::i18n::Texts;

/// The box of a row, named by the row itself; rows and bar lie in one form.
pub fn mark(id: Id<Conversation>) -> Markup {
    html! { input type="checkbox" name="c" value=(id) aria-labelledby={ "c" (id) }; }
}

/// The switch that shows the boxes where nothing hovers.
pub fn switch(t: &Texts) -> Markup {
    html! {
        label.button.icon-only.select title=(t.bulk_selecting()) {
            input.hidden type="checkbox" id="selecting" autocomplete="off"; (icon("checks")) span.hidden { (t.bulk_selecting()) }
        }
    }
}

/// The bar. Without scripts it is there as soon as a box is ticked.
pub fn bar(frame: &Frame, list: &List) -> Markup {
    let t = &frame.texts;
    html! {
        div.bulk {
            (frame.token())
            label.check.all hidden { input type="checkbox" data-all autocomplete="off"; span { (t.bulk_all()) } }
            @if list.place.status != Status::Closed { button.button.slight type="submit" name="verb" value="close" { (icon("check")) (t.thread_close()) } }
            button.button.slight type="submit" name="verb" value="read" { (t.bulk_read()) }
            details.menu.up name="act" {
                summary.button.slight { (t.bulk_more()) (icon("down")) }
                div.stack data-from=(list.place.href("/bulk")) {
                    button.button.edged type="submit" name="verb" value=(MORE) { (t.bulk_more()) }
                }
            }
        }
    }
}

/// What a form says that has not decided yet what is to be done.
pub const MORE: &str = "more";

/// What the bar offers behind its menu, as a page: for these conversations where somebody without scripts has ticked some.
/// The script takes what stands in `#filling` for the menu.
pub fn page(frame: &Frame, place: &Place, choices: &Choices, ids: &[Id<Conversation>]) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 {
                @if ids.is_empty() { (t.bulk_selecting()) } @else { (t.bulk_selected(i64::try_from(ids.len()).unwrap_or(i64::MAX))) }
            } }
            @if ids.is_empty() { (parts::empty(t.bulk_none(), Some((&place.href("/inbox"), t.frame_inbox())))) }
            form.stack method="post" action=(place.href("/bulk")) hidden[ids.is_empty()] {
                (frame.token())
                @for id in ids { (parts::hidden("c", &id.to_string())) }
                div #filling { (more(frame, place, choices)) }
            }
        }
    }
}

fn more(frame: &Frame, place: &Place, choices: &Choices) -> Markup {
    let t = &frame.texts;
    let me = frame.agent.as_ref().map(|agent| agent.id);
    html! {
        div.stack {
            div.field {
                label for="bulk-assignee" { (t.thread_assign_to()) }
                div.line {
                    select id="bulk-assignee" name="assignee" {
                        @if let Some(me) = me { option value=(me) { (t.sieve_me()) } }
                        option value="" { (t.sieve_nobody()) }
                        @for (id, name) in &choices.agents { option value=(id) { (name) } }
                    }
                    button.button.edged type="submit" name="verb" value="assign" { (t.bulk_assign()) }
                }
            }
            @if !choices.queues.is_empty() {
                div.field {
                    label for="bulk-queue" { (t.form_queue()) }
                    div.line {
                        select id="bulk-queue" name="queue" { @for (id, name) in &choices.queues { option value=(id) { (name) } } }
                        button.button.edged type="submit" name="verb" value="transfer" { (t.bulk_move()) }
                    }
                }
            }
            @if !choices.tags.is_empty() {
                div.field {
                    label for="bulk-tag" { (t.label_tag()) }
                    div.line {
                        select id="bulk-tag" name="tag" { @for tag in &choices.tags { option value=(tag.id) { (tag.name) } } }
                        button.button.edged type="submit" name="verb" value="tag" { (t.label_put_on()) }
                        button.button.edged type="submit" name="verb" value="untag" { (t.bulk_take_off()) }
                    }
                }
            }
            div.field {
                label for="bulk-priority" { (t.label_priority()) }
                div.line {
                    select id="bulk-priority" name="priority" { @for level in Priority::ALL { option value=(level.as_str()) { (priority_name(t, level)) } } }
                    button.button.edged type="submit" name="verb" value="priority" { (t.bulk_set()) }
                }
            }
            @if place.status != Status::Closed {
                div.field {
                    label for="bulk-snooze" { (t.thread_snooze()) }
                    div.line {
                        select id="bulk-snooze" name="preset" {
                            @for preset in Preset::ALL { option value=(preset.as_str()) { (super::later::preset_name(t, preset)) } }
                            option value=(REPLY) { (t.thread_snooze_reply()) }
                        }
                        button.button.edged type="submit" name="verb" value="snooze" { (t.thread_snooze()) }
                    }
                }
            }
        }
    }
}

/// What came of a deed, with the way to take it back.
pub struct Told {
    pub deed: Deed,
    /// It can still be taken back.
    pub open: bool,
    /// The names of those to whom it was not done.
    pub names: Vec<(String, Skip)>,
}

/// The line or toast that tells it.
pub fn told(frame: &Frame, told: &Told, place: &Place) -> Markup {
    let t = &frame.texts;
    html! {
        div.flash.slim.toast role="status" {
            span {
                (sentence(t, told))
                @for (name, why) in &told.names { " " span.quiet { (name) ": " (skip(t, *why)) } }
            }
            @if told.open && told.deed.done > 0 {
                form method="post" action=(place.href(&format!("/deeds/{}/undo", told.deed.id))) {
                    (frame.token()) button.link type="submit" { (t.thread_undo()) }
                }
            }
        }
    }
}

fn sentence(t: &Texts, told: &Told) -> String {
    let (done, left) = (told.deed.done, told.deed.skipped.len());
    let words = match told.deed.undone_at {
        Some(_) => t.bulk_undone(done),
        None => t.bulk_done(verb(t, told.deed.verb), done),
    };
    if left == 0 { words } else { format!("{words} {}", t.bulk_left_out(left)) }
}

/// What was done, as a heading.
pub fn verb(t: &Texts, verb: Verb) -> &'static str {
    match verb {
        Verb::Close => t.bulk_closed(),
        Verb::Assign => t.bulk_assigned(),
        Verb::Transfer => t.bulk_moved(),
        Verb::Snooze => t.bulk_snoozed(),
        Verb::Tag => t.bulk_tagged(),
        Verb::Untag => t.bulk_untagged(),
        Verb::Priority => t.bulk_prioritised(),
        Verb::Read => t.bulk_marked_read(),
    }
}

fn skip(t: &Texts, skip: Skip) -> &'static str {
    match skip {
        Skip::Gone => t.bulk_skip_gone(),
        Skip::There => t.bulk_skip_there(),
        Skip::Closed => t.bulk_skip_closed(),
        Skip::Blocked => t.bulk_skip_blocked(),
        Skip::Changed => t.bulk_skip_changed(),
        Skip::Refused => t.bulk_skip_refused(),
    }
}
