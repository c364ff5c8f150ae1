//! A conversation: its header, its thread by days and open periods, and the composer below.

use maud::{Markup, html};

use super::composer::{self, Composer};
use super::frame::Frame;
use super::header::{self, Header};
use super::inbox::{self, List};
use super::labels::{self, Labels};
use super::later::{self, Waiting};
use super::message::{self, Entry};
use super::person::{self, Person};
use super::{assistant, event_line, parts, reading};
use crate::domain::Id;
use crate::domain::channel;
use crate::domain::contact::mark;
use crate::domain::event::kind;
use crate::domain::message::{Kind, Message};
use crate::i18n::when;

/// Everything on the page of a conversation.
pub struct Thread {
    pub header: Header,
    pub labels: Labels,
    /// What is to be sent later.
    pub waiting: Vec<Waiting>,
    pub entries: Vec<Entry>,
    /// The oldest entry shown, when there are earlier ones.
    pub earlier: Option<Id<Message>>,
    pub composer: Composer,
    pub person: Person,
    /// Under which name an assistant speaks with the customer now.
    pub assistant: Option<String>,
    /// A sentence about what was just done, with a way to take it back.
    pub done: Option<Done>,
}

/// What was just done.
pub struct Done {
    pub sentence: &'static str,
    /// Where a form takes it back, and its words.
    pub undo: Option<(String, &'static str)>,
    /// Reasons are offered, with which the conversation is closed at once (S194).
    pub closes: bool,
}

/// The page of a conversation.
pub fn page(frame: &Frame, list: &List, thread: &Thread) -> Markup {
    let id = thread.header.conversation.id;
    let unread = thread.header.conversation.unread > 0;
    let mails = thread.header.kind == channel::Kind::Email
        || thread.entries.iter().any(|entry| reading::is_mail(&entry.message));
    html! {
        @if mails { (frame.sheets.mail.links()) }
        div.desk data-conversation=(id) data-unread[unread] {
            (inbox::pane(frame, list))
            main.thread id="main" tabindex="-1" {
                (header::top(frame, &thread.header))
                (labels::bar(frame, &thread.labels, &thread.header))
                @if unread { (read_form(frame, thread)) }
                @if let Some(label) = &thread.assistant { (assistant::strip(frame, label, &thread.header)) }
                @if let Some(done) = &thread.done { (told(frame, done, &thread.header)) }
                div.scroll #scroll tabindex="0" role="log" aria-live="off" aria-label=(frame.texts.thread_messages()) {
                    div {
                    @if let Some(earlier) = thread.earlier {
                        p.more { a.button.edged href={ (thread.header.here()) (joint(&thread.header)) "before=" (earlier) } { (frame.texts.thread_earlier()) } }
                    }
                    ol.messages #messages { (entries(frame, thread)) }
                    }
                }
                (header::readers(&frame.texts, &thread.header))
                (composer::section(frame, &thread.composer, &thread.header))
            }
            (person::pane(frame, &thread.person, &thread.header))
        }
    }
}

/// The mark that joins another field to the address of this page.
fn joint(header: &Header) -> &'static str {
    if header.place.query().is_empty() { "?" } else { "&" }
}

/// Opening a page changes nothing by itself: the script tells that somebody looks, and without scripts there is
/// a button for it.
fn read_form(frame: &Frame, thread: &Thread) -> Markup {
    html! {
        noscript {
            form.flash.slim method="post" action=(thread.header.action("read")) {
                (frame.token())
                button.link type="submit" { (frame.texts.thread_mark_read()) }
            }
        }
    }
}

fn told(frame: &Frame, done: &Done, head: &Header) -> Markup {
    html! {
        div.flash.slim role="status" {
            (done.sentence)
            @if let Some((action, words)) = &done.undo {
                form method="post" action=(action) { (frame.token()) button.link type="submit" { (words) } }
            }
            @if done.closes { (closing(frame, head)) }
        }
    }
}

/// Closing in one line: the reasons to tick, and the button.
fn closing(frame: &Frame, head: &Header) -> Markup {
    html! {
        form.line method="post" action=(head.action("close")) {
            (frame.token())
            @for reason in &head.ending.reasons {
                label.check { input type="checkbox" name="reason" value=(reason.id); span { (reason.name) } }
            }
            button.button.edged type="submit" { (frame.texts.thread_close()) }
        }
    }
}

/// The entries of the thread; also sent again by live changes.
pub fn entries(frame: &Frame, thread: &Thread) -> Markup {
    let shown = &thread.entries;
    let mark = mark(thread.header.kind, &thread.header.name);
    let me = frame.agent.as_ref().map_or("", |agent| agent.name.as_str());
    html! {
        @for (place, entry) in shown.iter().enumerate() {
            @let before = place.checked_sub(1).and_then(|before| shown.get(before));
            @if before.is_none_or(|b| !when::same_day(b.message.at, entry.message.at, &frame.zone)) {
                li.day id={ "d" (entry.message.id) } { span { (when::day(&frame.texts, entry.message.at, frame.now, &frame.zone)) } }
            }
            @if entry.message.kind == Kind::Event {
                li.event.divides[event_line::divides(&entry.message)] id={ "m" (entry.message.id) } data-id=(entry.message.id) {
                    span {
                        (event_line::words(&frame.texts, &entry.message, me, frame.now, &frame.zone))
                        @if entry.message.body == kind::WORKFLOW_FAILED {
                            " " a href={ "/conversations/" (entry.message.conversation) "/workflows" } { (frame.texts.workflow_look()) }
                        }
                        " · " time datetime=(when::machine(entry.message.at)) { (when::clock(entry.message.at, &frame.zone)) }
                    }
                }
            } @else {
                (message::message(frame, entry, (shown.get(place + 1).is_none_or(|next| !message::runs_on(entry, next)), &mark)))
            }
        }
        (later::entries(frame, &thread.waiting, &thread.header))
        @if shown.is_empty() { li.none { (parts::empty(frame.texts.thread_nothing(), None)) } }
    }
}
