//! The mails of a conversation, to begin a new one with any of them, and others to be merged into it.

use maud::{Markup, html};

use super::frame::Frame;
use super::parts::{self, Field};
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};
use crate::i18n::when;

/// What the page shows.
pub struct Page {
    pub conversation: Conversation,
    pub parts: Vec<Part>,
    /// Conversations of the same person on the same entry point.
    pub others: Vec<Conversation>,
    /// What can still be taken back.
    pub done: Vec<Done>,
}

/// A move that can still be taken back.
pub struct Done {
    pub id: i64,
    /// All of it went; otherwise a new conversation was split off.
    pub whole: bool,
    pub from: Id<Conversation>,
    pub to: Id<Conversation>,
    pub at: Timestamp,
}

/// One mail.
pub struct Part {
    pub id: Id<Message>,
    pub ours: bool,
    pub from: Option<String>,
    pub subject: String,
    pub beginning: String,
    pub at: Timestamp,
    /// There is nothing before it that it could be split from.
    pub is_first: bool,
}

/// The page.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let here = format!("/conversations/{}", page.conversation.id);
    html! {
        main.page id="main" {
            header { h1 { (t.moving_title()) } }
            p { a href=(here) { (t.moving_back(page.conversation.id)) } }
            (undone(frame, page, &here))
            section.card {
                h2 { (t.moving_split()) }
                p.quiet { (t.moving_split_hint()) }
                ul.stack { @for part in &page.parts { (mail(frame, part, &here)) } }
            }
            section.card {
                h2 { (t.moving_merge()) }
                p.quiet { (t.moving_merge_hint()) }
                form.stack method="post" action={ (here) "/merge" } {
                    (frame.token())
                    @for other in &page.others {
                        button.button.edged.long type="submit" name="other" value=(other.id) formnovalidate {
                            "#" (other.id) " " (title(other)) " · " (when::moment(t, other.last_message_at, frame.now, &frame.zone))
                        }
                    }
                }
                form.stack method="post" action={ (here) "/merge" } {
                    (frame.token())
                    (parts::text(&Field { name: "other", label: t.moving_number(), required: true, autocomplete: "off", ..Field::default() }, "text"))
                    button.button.edged type="submit" { (t.moving_merge_do()) }
                }
            }
        }
    }
}

fn title(conversation: &Conversation) -> &str {
    if conversation.subject.is_empty() { &conversation.snippet } else { &conversation.subject }
}

fn mail(frame: &Frame, part: &Part, here: &str) -> Markup {
    let t = &frame.texts;
    html! {
        li {
            p {
                strong {
                    @if part.ours { (t.thread_you()) } @else if let Some(from) = &part.from { (from) } @else { (t.moving_customer()) }
                }
                " · " (when::moment(t, part.at, frame.now, &frame.zone))
                @if !part.subject.is_empty() { " · " (part.subject) }
            }
            p.quiet { (part.beginning) }
            @if part.is_first { p.quiet { (t.moving_first()) } }
            @else {
                form method="post" action={ (here) "/split" } {
                    (frame.token())
                    button.button.edged type="submit" name="message" value=(part.id) { (t.moving_split_do()) }
                }
            }
        }
    }
}

/// What was done lately, with a way back.
fn undone(frame: &Frame, page: &Page, here: &str) -> Markup {
    let t = &frame.texts;
    html! {
        @if !page.done.is_empty() {
            section.card {
                h2 { (t.moving_lately()) }
                ul.stack {
                    @for done in &page.done {
                        li {
                            p {
                                @if done.whole { (t.moving_was_merged(done.from, done.to)) } @else { (t.moving_was_split(done.to, done.from)) }
                                " · " (when::moment(t, done.at, frame.now, &frame.zone))
                            }
                            form method="post" action={ (here) "/restore" } {
                                (frame.token())
                                button.button.edged type="submit" name="move" value=(done.id) { (t.moving_undo()) }
                            }
                        }
                    }
                }
            }
        }
    }
}
