//! The head of a conversation: who, where, with whom, and what can be done with it.

use maud::{Markup, html};

use super::frame::Frame;
use super::handing::{self, Handing};
use super::icon::icon;
use super::keys::hint;
use super::place::Place;
use super::row::face;
use super::wrapping::{self, Questions};
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::channel::Kind;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::keys::Act;
use crate::domain::later::FARTHEST;
use crate::domain::queue::Queue;
use crate::domain::snooze::{Preset, REPLY};
use crate::i18n::{Texts, kind, when};

/// What the head shows, and what its menus offer.
pub struct Header {
    pub conversation: Conversation,
    pub place: Place,
    pub name: String,
    /// The word of the contact's picture.
    pub picture: Option<String>,
    pub kind: Kind,
    pub channel_name: String,
    pub assignee_name: Option<String>,
    pub queue_name: Option<String>,
    pub agents: Vec<(Id<Agent>, String)>,
    pub queues: Vec<(Id<Queue>, String)>,
    /// It is handed to a queue and to no person: the mail of a customer.
    pub to_queues_only: bool,
    /// What is asked when it is closed.
    pub ending: Questions,
    pub me: Id<Agent>,
    /// Whoever looks follows it.
    pub follows: bool,
    /// The colleagues who follow it.
    pub followers: Vec<String>,
    /// Who else looks at it: the name, and whether that person is writing.
    pub others: Vec<(String, bool)>,
    /// A workflow is published.
    pub workflows: bool,
    /// What was asked of colleagues, where work is handed out.
    pub handing: Option<Handing>,
}

impl Header {
    /// The address of this page.
    pub fn here(&self) -> String {
        self.place.href(&format!("/conversations/{}", self.conversation.id))
    }

    /// The address of a form of this page; the place in the list is kept.
    pub fn action(&self, verb: &str) -> String {
        self.place.href(&format!("/conversations/{}/{verb}", self.conversation.id))
    }
}

/// The head.
pub fn top(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        header.top #top {
            a.button.icon-only.back href=(head.place.href("/inbox")) { (icon("back")) span.hidden { (t.frame_inbox()) } }
            (face(t, &head.name, head.picture.as_deref(), head.kind))
            div.who {
                h1 { (head.name) }
                p.quiet { (line(t, head)) }
                @if let Some(handing) = &head.handing { div.handed { (handing::state(frame, head, handing)) } }
            }
            div.acts {
                @if head.conversation.status == Status::Closed {
                    (single(frame, head, "reopen", t.thread_reopen(), None))
                } @else if !head.handing.as_ref().is_some_and(|handing| handing.guest) {
                    // Who writes along neither takes it nor ends it (S111).
                    @if head.conversation.assignee != Some(head.me) {
                        (single(frame, head, "assign", t.thread_assign_to_me(), Some(("to", "me", Act::Assign))))
                    }
                    @if head.conversation.status == Status::Snoozed {
                        (single(frame, head, "reopen", t.thread_wake(), None))
                    } @else { (snooze(frame, head)) }
                    (wrapping::close(frame, head))
                }
                (hand_over(frame, head))
                @if head.kind == Kind::Email {
                    a.button.icon-only href={ "/conversations/" (head.conversation.id) "/original" } title=(t.reading_first()) { (icon("email")) span.hidden { (t.reading_first()) } }
                }
                a.button.icon-only.details-link href={ (head.here()) "#person" } title=(t.person_details()) { (icon("person")) span.hidden { (t.person_details()) } }
            }
        }
    }
}

fn line(t: &Texts, head: &Header) -> Markup {
    let assignee = match &head.assignee_name {
        Some(_) if head.conversation.assignee == Some(head.me) => t.thread_assigned_to_you().to_owned(),
        Some(name) => t.thread_assigned_to(name),
        None => t.thread_assigned_to_nobody().to_owned(),
    };
    html! {
        (entry_point(t, head.kind, &head.channel_name)) " · "
        @if let Some(queue) = &head.queue_name { (queue) " · " }
        (assignee)
        @if head.conversation.status == Status::Closed { " · " (t.thread_is_closed()) }
        @if !head.conversation.subject.is_empty() { " · " b { (head.conversation.subject) } }
    }
}

/// The kind of a channel and what the team calls it; once, where that is the same.
pub fn entry_point(t: &Texts, kind: Kind, name: &str) -> String {
    let label = kind::name(t, kind);
    if label.eq_ignore_ascii_case(name.trim()) { label.to_owned() } else { format!("{label} · {name}") }
}

/// Who else is here, as one word to compare.
pub fn mark(others: &[(String, bool)]) -> String {
    let word = |(name, writing): &(String, bool)| format!("{name}{}", if *writing { "+" } else { "" });
    others.iter().map(word).collect::<Vec<_>>().join(",")
}

/// Who else is here; also sent again by live changes.
pub fn readers(t: &Texts, head: &Header) -> Markup {
    html! {
        p.readers #readers data-mark=(mark(&head.others)) {
            @for (name, writing) in &head.others {
                span { @if *writing { (t.thread_is_writing(name)) } @else { (t.thread_is_reading(name)) } }
            }
        }
    }
}

/// In their place where there is no conversation any more.
pub fn nobody() -> Markup {
    html! { p.readers #readers data-mark="" {} }
}

fn single(frame: &Frame, head: &Header, verb: &str, words: &str, field: Option<(&str, &str, Act)>) -> Markup {
    html! {
        form method="post" action=(head.action(verb)) {
            (frame.token())
            @if let Some((name, value, _)) = field { input type="hidden" name=(name) value=(value); }
            @let act = field.map(|(_, _, act)| act);
            button.button.edged type="submit" data-act=[act.map(Act::as_str)] aria-keyshortcuts=[act.and_then(|act| frame.key(act))] {
                @if let Some(act) = act { (icon("take")) span { (words) } (hint(frame, act)) } @else { (words) }
            }
        }
    }
}

fn snooze(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    let presets = Preset::ALL.map(|preset| {
        (preset, super::later::preset_name(t, preset), preset.moment(frame.now, &frame.zone).ok())
    });
    html! {
        details.menu name="act" {
            summary.button data-act="snooze" aria-keyshortcuts=[frame.key(Act::Snooze)] { (icon("clock")) span { (t.thread_snooze()) } (hint(frame, Act::Snooze)) }
            form method="post" action=(head.action("snooze")) {
                (frame.token())
                // Enter in the field below means its own button, not the first of these.
                button.hidden type="submit" tabindex="-1" aria-hidden="true" {}
                @for (preset, words, at) in presets {
                    button.item type="submit" name="preset" value=(preset.as_str()) formnovalidate {
                        (words)
                        @if let Some(at) = at { span { (when::moment(t, at, frame.now, &frame.zone)) } }
                    }
                }
                button.item type="submit" name="preset" value=(REPLY) formnovalidate { (t.thread_snooze_reply()) }
                div.stack {
                    div.field {
                        label for="until" { (t.thread_snooze_until()) }
                        input type="datetime-local" id="until" name="until" required min=(when::field(frame.now, &frame.zone)) max=(when::field(frame.now + FARTHEST, &frame.zone));
                    }
                    button.button.edged type="submit" { (t.thread_snooze()) }
                }
            }
        }
    }
}

/// To whom it can be given: an agent keeps the queue, a queue takes it from the agent.
fn hand_over(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    // Where work is handed out, colleagues are asked; only supervisors tell them.
    let tells = head.handing.is_none() || frame.is_supervisor();
    html! {
        details.menu name="act" {
            summary.button.icon-only title=(t.thread_hand_over()) { (icon("more")) span.hidden { (t.thread_hand_over()) } }
            div {
                form method="post" action=(head.action("assign")) {
                    (frame.token())
                    p.quiet { (t.thread_assign_to()) }
                    @for (id, name) in head.agents.iter().filter(|(id, _)| Some(*id) != head.conversation.assignee && (tells || *id == head.me)) {
                        button.item type="submit" name="to" value=(id) { (name) @if *id == head.me { span { (t.thread_that_is_you()) } } }
                    }
                    @if head.conversation.assignee.is_some() { button.item type="submit" name="to" value="" { (t.thread_nobody()) } }
                }
                @if head.conversation.status != Status::Closed {
                    @if head.handing.is_some() { (handing::menu(frame, head)) } @else { (transfer(frame, head)) }
                }
                (follow(frame, head))
                @if head.workflows { a.item href=(head.action("workflows")) { (t.workflow_menu()) } }
                @if head.kind == Kind::Email { a.item href=(head.action("parts")) { (t.moving_menu()) } }
            }
        }
    }
}

/// To be told when the customer writes, also where somebody else has it.
fn follow(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        form method="post" action=(head.action("follow")) {
            (frame.token())
            button.item type="submit" name="on" value=(if head.follows { "no" } else { "yes" }) {
                @if head.follows { (t.notice_unfollow()) } @else { (t.notice_follow()) }
            }
            @if !head.followers.is_empty() { p.quiet { (t.notice_followed_by(head.followers.join(", "))) } }
        }
    }
}

fn transfer(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    if head.to_queues_only && head.queues.is_empty() {
        return html! { p.quiet { (t.letter_no_queue()) } };
    }
    html! {
        form.stack method="post" action=(head.action("transfer")) {
            (frame.token())
            div.field {
                label for="transfer-to" { (t.thread_transfer()) }
                select id="transfer-to" name="to" {
                    @if !head.queues.is_empty() {
                        optgroup label=(t.thread_queues()) {
                            @for (id, name) in &head.queues { option value={ "queue:" (id) } { (name) } }
                        }
                    }
                    @if !head.to_queues_only {
                        optgroup label=(t.thread_agents()) {
                            @for (id, name) in head.agents.iter().filter(|(id, _)| *id != head.me) { option value={ "agent:" (id) } { (name) } }
                        }
                    }
                }
            }
            div.field {
                label for="transfer-note" { (t.thread_transfer_note()) }
                textarea id="transfer-note" name="note" rows="2" {}
            }
            button.button.edged type="submit" { (t.thread_transfer()) }
        }
    }
}
