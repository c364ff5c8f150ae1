//! Sending later: the menu beside Send, the form while the window is closed, and what waits in the thread.

use maud::{Markup, html};

use super::composer::{Composer, Measure};
use super::frame::Frame;
use super::header::Header;
use super::icon::icon;
use super::parts;
use crate::domain::Timestamp;
use crate::domain::later::{FARTHEST, Later, When, Why};
use crate::domain::snooze::Preset;
use crate::i18n::{Texts, when};

/// A message that waits, as the thread shows it.
pub struct Waiting {
    pub later: Later,
    pub author: String,
    /// Whoever looks may send it.
    pub sends: bool,
    /// Whoever looks may take it back.
    pub cancels: bool,
    /// Whoever looks may take it over from somebody who cannot send it any more.
    pub takes: bool,
    /// The names of its files.
    pub files: Vec<String>,
    /// As things are now, the window will be closed when its moment comes.
    pub too_late: bool,
    /// Why it should not go without being read again.
    pub overtaken: Option<Why>,
}

/// The words for a moment by its everyday name.
pub fn preset_name(t: &Texts, preset: Preset) -> &'static str {
    match preset {
        Preset::Hour => t.thread_snooze_hour(),
        Preset::LaterToday => t.thread_snooze_later(),
        Preset::Tomorrow => t.thread_snooze_tomorrow(),
        Preset::NextWeek => t.thread_snooze_week(),
    }
}

/// The menu beside Send, inside the form of the answer. It stands behind Send, so that Enter in one of its fields
/// never picks a moment by chance; a time that stands in its field is meant, whichever button is pressed. `at` is what
/// was chosen with an answer that was refused.
pub fn menu(frame: &Frame, at: &str) -> Markup {
    let t = &frame.texts;
    html! {
        details.menu.up.later-menu name="act" open[!at.is_empty()] {
            summary.button.icon-only title=(t.later_send_later()) { (icon("clock")) span.hidden { (t.later_send_later()) } }
            div.stack {
                p.quiet { (t.later_send_later()) }
                @for preset in Preset::ALL {
                    button.item type="submit" name="later" value=(preset.as_str()) {
                        (preset_name(t, preset))
                        @if let Ok(at) = preset.moment(frame.now, &frame.zone) { span { (when::moment(t, at, frame.now, &frame.zone)) } }
                    }
                }
                div.field {
                    label for="later-at" { (t.later_at()) }
                    input type="datetime-local" id="later-at" name="at" value=(at) min=(when::field(frame.now, &frame.zone)) max=(when::field(frame.now + FARTHEST, &frame.zone));
                }
                label.check { input type="checkbox" name="alone" value="on" checked; span { (t.later_alone()) } }
                button.button.edged type="submit" name="later" value="at" { (t.later_plan()) }
            }
        }
    }
}

/// When an answer is to be sent, as far as somebody has chosen.
#[derive(Clone, Default)]
pub struct Chosen {
    /// The moment, as its field holds it.
    pub at: String,
    /// It leaves by itself when the window opens.
    pub by_itself: bool,
    /// For how many days it is valid; nothing where nobody has chosen.
    pub days: Option<i64>,
}

/// How long a text that waits for the window may be valid, in days.
const DAYS: [i64; 4] = [1, 3, 7, 30];

/// While nothing may be sent freely: a text that waits for the window. What was typed before the window closed stands in
/// it, and what was typed in it is kept as any draft.
pub fn for_window(frame: &Frame, composer: &Composer, head: &Header) -> Markup {
    let (t, chosen) = (&frame.texts, &composer.later);
    let measure = Measure::of(t, composer);
    let days = |days: i64| if days == 1 { t.later_day().to_owned() } else { t.later_days(days) };
    html! {
        details.card.for-window open[!composer.reply.trim().is_empty()] {
            summary { (t.later_write_now(&head.name)) }
            form.stack.write #window-form method="post" action=(head.action("later")) data-draft=(head.action("draft"))
                data-most=(measure.most) data-unit=(measure.unit) data-one=(measure.one) data-other=(measure.other) {
                (frame.token())
                input type="hidden" name="kind" value="reply";
                input type="hidden" name="key" value=(composer.keys.0);
                div.field {
                    label for="later-body" { (t.later_message()) }
                    textarea id="later-body" name="body" rows="3" required dir="auto" aria-describedby="too-long" aria-invalid=[measure.too_long.as_ref().map(|_| "true")] { (composer.reply) }
                    p.error #too-long role="alert" { @if let Some(too_long) = &measure.too_long { (too_long) } }
                    span.count aria-hidden="true" {}
                }
                div.pair {
                    div.field {
                        label for="later-how" { (t.later_how(&head.name)) }
                        select id="later-how" name="how" {
                            option value="ask" { (t.later_ask()) }
                            option value="self" selected[chosen.by_itself] { (t.later_by_itself()) }
                        }
                    }
                    div.field {
                        label for="later-until" { (t.later_valid()) }
                        select id="later-until" name="days" {
                            @for one in DAYS { option value=(one) selected[one == chosen.days.unwrap_or(3)] { (days(one)) } }
                        }
                    }
                }
                p.line { button.button.edged type="submit" { (icon("clock")) (t.later_keep()) } }
            }
        }
    }
}

/// What waits, at the end of the thread.
pub fn entries(frame: &Frame, waiting: &[Waiting], head: &Header) -> Markup {
    html! {
        @for one in waiting {
            li.message.ours.me.last.later id={ "l" (one.later.id) } {
                (card(frame, one, &|verb| head.place.href(&format!("/later/{}/{verb}", one.later.id))))
            }
        }
    }
}

fn card(frame: &Frame, one: &Waiting, action: &dyn Fn(&str) -> String) -> Markup {
    let t = &frame.texts;
    html! {
        div.bubble.waits {
            p dir="auto" { (one.later.body) }
            @for file in &one.files { p.quiet { (icon("clip")) (file) } }
        }
        div.foot {
            p.state class=[standing(one).is_some().then_some("bad")] { (icon("clock")) (state(frame, one)) }
            @if one.too_late && standing(one).is_none() { p.trouble { (t.later_too_late()) } }
            div.line {
                @if one.sends {
                    form method="post" action=(action("send")) {
                        (frame.token())
                        @if one.overtaken.is_some() { button.link type="submit" name="anyway" value="on" { (t.later_send_anyway()) } }
                        @else { button.link type="submit" { (t.later_send_now()) } }
                    }
                    form method="post" action=(action("change")) { (frame.token()) button.link type="submit" { (t.later_change()) } }
                }
                @if one.takes { form method="post" action=(action("change")) { (frame.token()) button.link type="submit" { (t.later_take_over()) } } }
                @else if one.cancels { form method="post" action=(action("cancel")) { (frame.token()) button.link type="submit" { (t.later_cancel()) } } }
            }
        }
    }
}

fn state(frame: &Frame, one: &Waiting) -> String {
    let t = &frame.texts;
    let then = |at: Timestamp| when::then(t, at, frame.now, &frame.zone);
    if let Some(why) = standing(one) {
        return held(t, why).to_owned();
    }
    let words = match one.later.when {
        When::At { at, alone: false } => t.later_waits_at(&one.author, then(at)),
        When::At { at, alone: true } => t.later_waits_alone(&one.author, then(at)),
        When::Window { by_itself: true } => t.later_waits_itself(&one.author),
        When::Window { by_itself: false } => t.later_waits_window(&one.author),
    };
    match one.later.until {
        Some(until) => format!("{words} {}", t.later_until(when::point(t, until, frame.now, &frame.zone))),
        None => words,
    }
}

/// Why it waits for its owner, or would if it were looked at now.
fn standing(one: &Waiting) -> Option<Why> {
    one.overtaken.or(one.later.held)
}

/// Why a message waits for its owner, as a sentence.
pub fn held(t: &Texts, why: Why) -> &'static str {
    match why {
        Why::Ready => t.later_held_ready(),
        Why::Window => t.later_held_window(),
        Why::Moved => t.later_held_moved(),
        Why::Expired => t.later_held_expired(),
        Why::Unwanted => t.later_held_unwanted(),
        Why::Restored => t.later_held_restored(),
        Why::Owner => t.later_held_owner(),
        Why::Refused => t.later_held_refused(),
    }
}

/// What one person has waiting, over all conversations: each with the name of the customer, where one still may see it.
pub fn page(frame: &Frame, waiting: &[(Waiting, Option<String>)]) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.later_title()) } }
            p.quiet { (t.later_intro()) }
            @if waiting.is_empty() { (parts::empty(t.later_none(), Some(("/inbox", t.frame_inbox())))) }
            @for (one, name) in waiting {
                section.card.later {
                    h2 {
                        @if let Some(name) = name { a href={ "/conversations/" (one.later.conversation) "?view=all" } { (name) } }
                        @else { (t.later_unseen()) }
                    }
                    (card(frame, one, &|verb| format!("/later/{}/{verb}?view=all", one.later.id)))
                }
            }
        }
    }
}
