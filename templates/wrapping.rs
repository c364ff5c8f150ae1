//! Wrap-up: what is asked when work ends, in the form that closes a conversation, as a card, and as a page.

use maud::{Markup, html};

use super::frame::Frame;
use super::header::Header;
use super::icon::{self, icon};
use super::keys::hint;
use super::parts;
use super::work::timer;
use crate::domain::Timestamp;
use crate::domain::channel::Kind;
use crate::domain::conversation::Conversation;
use crate::domain::keys::Act;
use crate::domain::queue::{Note, WrapUp as Rules};
use crate::domain::wrapup::{After, Reason, WrapUp};
use crate::domain::{Id, Span};
use crate::i18n::Texts;

/// From so many reasons on, one searches.
const MANY: usize = 6;

/// One question to the viewer.
#[derive(Clone, Debug)]
pub struct Asked {
    pub wrapup: WrapUp,
    /// Who was spoken with.
    pub customer: String,
    pub kind: Kind,
    pub questions: Questions,
    /// The reason that the countdown takes.
    pub default: String,
}

/// What is asked, and what was typed when it came back.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    pub rules: Rules,
    pub reasons: Vec<Reason>,
    pub consent: bool,
    pub chosen: Vec<Id<Reason>>,
    pub note: String,
    pub agreed: bool,
    pub problem: Option<String>,
}

/// The page on which a conversation is closed.
pub struct Ending {
    pub conversation: Id<Conversation>,
    pub customer: String,
    pub questions: Questions,
}

fn why(t: &Texts, asked: &Questions) -> String {
    let rules = &asked.rules;
    match (rules.required, usize::try_from(rules.most).unwrap_or(usize::MAX)) {
        (true, 1) => t.wrap_one_required().to_owned(),
        (true, most) => t.wrap_some_required(most),
        (false, 1) => t.wrap_one().to_owned(),
        (false, most) if most >= asked.reasons.len() => t.thread_close_reasons().to_owned(),
        (false, most) => t.wrap_some(most),
    }
}

/// The reasons with their search, the note, and whether the customer agreed. `key` tells the fields of several forms
/// of one page apart.
pub fn questions(frame: &Frame, asked: &Questions, key: &str) -> Markup {
    let t = &frame.texts;
    let rules = &asked.rules;
    let kind = if rules.most == 1 { "radio" } else { "checkbox" };
    let note = format!("closing-note{key}");
    html! {
        @if let Some(problem) = &asked.problem { (parts::problem(problem)) }
        @if !asked.reasons.is_empty() {
            fieldset.field.reasons {
                legend { (why(t, asked)) }
                @if asked.reasons.len() >= MANY && frame.work.is_some() {
                    input.find-reason type="search" aria-label=(t.wrap_find()) placeholder=(t.wrap_find());
                }
                @for reason in &asked.reasons {
                    label.check { input type=(kind) name="reason" value=(reason.id) checked[asked.chosen.contains(&reason.id)]; span { (reason.name) } }
                }
            }
        } @else if rules.asks() {
            p.quiet { (t.wrap_no_reasons()) }
        }
        @if rules.note != Note::Off {
            div.field {
                label for=(note) { @if rules.note == Note::Required { (t.wrap_note_required()) } @else { (t.thread_close_note()) } }
                textarea id=(note) name="note" rows="2" required[rules.note == Note::Required] { (asked.note) }
            }
        }
        @if asked.consent {
            label.check { input type="checkbox" name="consent" value="on" required checked[asked.agreed]; span { (t.wrap_consent()) } }
        }
    }
}

/// The form in the head of a conversation.
pub fn close(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        details.menu name="act" {
            summary.button.edged data-act="close" aria-keyshortcuts=[frame.key(Act::Close)] { (icon("check")) span { (t.thread_close()) } (hint(frame, Act::Close)) }
            form method="post" action=(head.action("close")) {
                div.stack {
                    (frame.token())
                    (questions(frame, &head.ending, ""))
                    button.button.main type="submit" autofocus { (t.thread_close()) }
                }
            }
        }
    }
}

/// The same as a page, when something was missing.
pub fn ending(frame: &Frame, ending: &Ending) -> Markup {
    let t = &frame.texts;
    let here = format!("/conversations/{}", ending.conversation);
    html! {
        main.page id="main" {
            header { h1 { (t.wrap_close_with(&ending.customer)) } }
            form.card.stack method="post" action={ (here) "/close" } {
                (frame.token())
                (questions(frame, &ending.questions, "-page"))
                (parts::actions(t.thread_close(), Some((&here, t.handing_back()))))
            }
        }
    }
}

fn after(t: &Texts, after: After) -> &'static str {
    match after {
        After::Transferred => t.wrap_after_transferred(),
        After::Sent => t.wrap_after_sent(),
        After::Left => t.wrap_after_left(),
        After::Conference => t.wrap_after_conference(),
        After::Closed => t.wrap_after_closed(),
    }
}

/// Minutes and seconds until a moment; the script keeps them true.
fn countdown(until: Timestamp, now: Timestamp) -> Markup {
    let left = until.since(now).max(Span::ZERO).0 / 1000;
    html! { span.timer data-until=(until) { (format!("{:02}:{:02}", left / 60, left % 60)) } }
}

/// The questions to the viewer, each a card. A card whose question is still the same keeps what was typed into it.
pub fn stack(frame: &Frame, asked: &[Asked]) -> Markup {
    html! { @for one in asked { (card(frame, one)) } }
}

fn card(frame: &Frame, asked: &Asked) -> Markup {
    let t = &frame.texts;
    let id = asked.wrapup.id;
    let due = asked.wrapup.due_at;
    let mark = format!("{id}-{}", due.map_or(0, |due| due.0));
    html! {
        li.card.offer.wrap id={ "wrapup-" (id) } data-mark=(mark) {
            p.line {
                (icon::channel(asked.kind))
                b dir="auto" { a href={ "/conversations/" (asked.wrapup.conversation) } { (asked.customer) } }
                (timer(asked.wrapup.since, frame.now))
            }
            p.quiet { (after(t, asked.wrapup.after)) @if asked.wrapup.after.finishes() { " " (t.wrap_finishes()) } }
            @if let Some(due) = due {
                form.line method="post" action={ "/wrapups/" (id) "/stop" } {
                    (frame.token())
                    span { (t.wrap_default(&asked.default)) " " (countdown(due, frame.now)) }
                    @if asked.questions.rules.may_stop {
                        button.button.edged type="submit" { (t.wrap_stop()) span.hidden { ": " (asked.customer) } }
                    } @else { span.quiet { (t.wrap_stays()) } }
                }
            }
            form.stack method="post" action={ "/wrapups/" (id) } {
                (frame.token())
                (questions(frame, &asked.questions, &format!("-{id}")))
                button.button.main type="submit" { (t.wrap_submit()) span.hidden { ": " (asked.customer) } }
            }
        }
    }
}
