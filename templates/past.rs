//! A conversation as it was: the moments to choose among, how it stood, and what had been said by then.

use maud::{Markup, html};

use super::event_line;
use super::frame::Frame;
use super::icon::icon;
use super::inbox::status_of_one;
use super::labels::priority_name;
use super::message::{self, linked};
use super::parts::{self, Field};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, kind};
use crate::domain::message::{Kind, Message, State};
use crate::domain::past::{self, Stand};
use crate::domain::tag::Priority;
use crate::domain::{Id, Timestamp};
use crate::i18n::{Texts, when};

/// What the page shows.
pub struct Past {
    pub conversation: Id<Conversation>,
    /// Of the person.
    pub name: String,
    /// The entry of the log.
    pub at: Event,
    /// Which stop of how many this is.
    pub stop: (usize, usize),
    /// The newest entry of the conversation, up to which stops are numbered.
    pub newest: Id<Event>,
    /// What stands in the field of a moment, whether it is none, and whether it lies before the conversation.
    pub date: String,
    pub is_wrong: bool,
    pub before_all: bool,
    pub subject: String,
    /// How it stood; `None`: the log does not tell.
    pub stood: Option<Stand>,
    pub assignee: Option<String>,
    pub queue: Option<String>,
    pub saw: Option<Saw>,
    pub said: Vec<Said>,
    /// The number below which more had been said.
    pub older: Option<Id<Message>>,
    pub moments: Vec<Moment>,
}

/// What an agent had before her when she sent.
pub struct Saw {
    pub by: String,
    pub window: Option<Timestamp>,
    pub newest: Option<Id<Message>>,
}

/// A message as it was.
pub struct Said {
    pub author: String,
    /// The names of its files.
    pub files: Vec<String>,
    pub message: Message,
}

/// One moment among those to choose.
pub struct Moment {
    pub event: Event,
    pub author: String,
    /// The message or the line that it is about.
    pub message: Option<Message>,
    pub here: bool,
}

/// The page.
pub fn page(frame: &Frame, past: &Past) -> Markup {
    let t = &frame.texts;
    let here = format!("/conversations/{}", past.conversation);
    html! {
        main.page id="main" tabindex="-1" {
            header {
                div {
                    h1 { (t.past_title(&past.name)) }
                    p { time datetime=(when::machine(past.at.at)) { (when::full(t, past.at.at, frame.now, &frame.zone)) } }
                }
            }
            p { a href=(here) { (t.past_back()) } }
            @if past.before_all { p role="status" { (t.past_before_all()) } }
            (choose(frame, past, &here))
            (stood(frame, past))
            @if let Some(saw) = &past.saw { (seen(frame, saw, past.at.at)) }
            section.card {
                h2 { (t.past_said()) }
                @if past.said.is_empty() { p.quiet { (t.past_nothing()) } }
                @if let Some(older) = past.older { p { a.button.edged rel="prev" href={ (here) "/at/" (past.at.id) "?before=" (older) } { (t.past_older()) } } }
                ol.past { @for said in &past.said { (one(frame, said)) } }
            }
        }
    }
}

/// The slider, the steps beside it, and the list of the moments around.
fn choose(frame: &Frame, past: &Past, here: &str) -> Markup {
    let t = &frame.texts;
    let place = past.moments.iter().position(|moment| moment.here);
    let step = |by: isize| {
        let place = place?.checked_add_signed(by)?;
        past.moments.get(place).map(|moment| moment.event.id)
    };
    html! {
        section.card {
            form.line.moment action={ (here) "/at" } {
                (parts::hidden("upto", &past.newest.to_string()))
                label { (t.past_moment()) " "
                    input type="range" name="stop" min="1" max=(past.stop.1) value=(past.stop.0) step="1"; }
                span.quiet { (t.past_stop(past.stop.0, past.stop.1)) }
                button.button.edged type="submit" { (t.past_show()) }
            }
            form.line.moment action={ (here) "/at" } {
                (parts::text(&Field {
                    name: "date", label: t.past_date(), value: &past.date, required: true,
                    error: past.is_wrong.then(|| t.past_no_date().to_owned()), ..Field::default()
                }, "datetime-local"))
                button.button.edged type="submit" { (t.past_show()) }
            }
            nav.line aria-label=(t.past_moments()) {
                @if let Some(id) = step(-1) { a.button.edged rel="prev" href={ (here) "/at/" (id) } { (t.past_earlier()) } }
                @if let Some(id) = step(1) { a.button.edged rel="next" href={ (here) "/at/" (id) } { (t.past_later()) } }
            }
            details {
                summary { (t.past_moments()) }
                ol.moments {
                    @for moment in &past.moments {
                        li { a href={ (here) "/at/" (moment.event.id) } aria-current=[moment.here.then_some("true")] {
                            time datetime=(when::machine(moment.event.at)) { (when::moment(t, moment.event.at, frame.now, &frame.zone)) }
                            " " (words(frame, moment))
                        } }
                    }
                }
            }
        }
    }
}

/// What happened then, in words.
fn words(frame: &Frame, moment: &Moment) -> String {
    let t = &frame.texts;
    let me = frame.agent.as_ref().map_or("", |agent| agent.name.as_str());
    let by = &moment.author;
    match moment.event.kind {
        kind::MESSAGE_RECEIVED => t.past_received(by),
        kind::MESSAGE_QUEUED => t.past_sent(by),
        kind::MESSAGE_STATE => {
            past::state(&moment.event).map_or_else(String::new, |s| state(t, s).to_owned())
        }
        kind::MESSAGE_CHANGED => t.past_changed().to_owned(),
        kind::MESSAGE_UNDONE => t.past_undone(by),
        kind::NOTE_ADDED => t.past_noted(by),
        other => match &moment.message {
            Some(line) if line.kind == Kind::Event => event_line::words(t, line, me, frame.now, &frame.zone),
            _ => aside(t, other).to_owned(),
        },
    }
}

/// What happened beside the thread, which has no line in it.
pub fn aside(t: &Texts, kind: &str) -> &'static str {
    match kind.split('.').next().unwrap_or_default() {
        "later" => t.past_aside_later(),
        "wrapup" => t.past_aside_wrapup(),
        "offer" | "request" | "conference" => t.past_aside_work(),
        _ => t.past_aside_other(),
    }
}

fn state(t: &Texts, state: State) -> &'static str {
    match state {
        State::Received => t.past_state_received(),
        State::Queued | State::Sending => t.past_state_sending(),
        State::Sent => t.past_state_sent(),
        State::Delivered => t.past_state_delivered(),
        State::Read => t.past_state_read(),
        State::Failed => t.past_state_failed(),
        State::Unsure => t.past_state_unsure(),
    }
}

fn stood(frame: &Frame, past: &Past) -> Markup {
    let t = &frame.texts;
    html! {
        section.card {
            h2 { (t.past_stood()) }
            @if let Some(stand) = &past.stood {
                dl.facts {
                    @if !past.subject.is_empty() { dt { (t.past_subject()) } dd { (past.subject) } }
                    dt { (t.past_status()) } dd { (status_of_one(t, stand.status)) @if let Some(until) = stand.until { " · " (when::moment(t, until, frame.now, &frame.zone)) } }
                    dt { (t.past_assignee()) } dd { (past.assignee.as_deref().unwrap_or(t.contacts_nobody())) }
                    @if let Some(queue) = &past.queue { dt { (t.past_queue()) } dd { (queue) } }
                    @if stand.priority != Priority::None { dt { (t.past_priority()) } dd { (priority_name(t, stand.priority)) } }
                    @if !stand.tags.is_empty() { dt { (t.past_tags()) } dd { (stand.tags.join(", ")) } }
                }
            } @else { p.quiet { (t.past_untold()) } }
        }
    }
}

fn seen(frame: &Frame, saw: &Saw, at: Timestamp) -> Markup {
    let t = &frame.texts;
    html! {
        section.card {
            h2 { (t.past_saw(&saw.by)) }
            p { (match saw.window {
                None => t.past_no_window().to_owned(),
                Some(closes) if closes > at => t.past_window_open(when::left(t, closes.since(at))),
                Some(_) => t.past_window_closed().to_owned(),
            }) }
            @if let Some(newest) = saw.newest { p { a href={ "#m" (newest) } { (t.past_newest()) } } }
        }
    }
}

fn one(frame: &Frame, said: &Said) -> Markup {
    let t = &frame.texts;
    let m = &said.message;
    let me = frame.agent.as_ref().map_or("", |agent| agent.name.as_str());
    html! {
        li id={ "m" (m.id) } {
            @if m.kind == Kind::Event {
                p.quiet { (event_line::words(t, m, me, frame.now, &frame.zone)) " · " (when::moment(t, m.at, frame.now, &frame.zone)) }
            } @else {
                p { b { (said.author) } " " span.quiet {
                    time datetime=(when::machine(m.at)) { (when::moment(t, m.at, frame.now, &frame.zone)) }
                    @if m.kind == Kind::Note { " · " (t.past_note()) }
                    @if m.kind == Kind::Outbound { " · " (state(t, m.state)) }
                    @if m.edited_at.is_some() { " · " (t.past_edited()) }
                } }
                @if m.revoked_at.is_some() { p.quiet { (t.past_revoked()) } }
                @else if !m.body.is_empty() { p.text { (linked(&m.body)) } }
                @else if m.extra.label.is_none() && said.files.is_empty() && m.extra.location.is_none() { p.quiet { (t.past_no_text()) } }
                @if let Some(label) = &m.extra.label { p.quiet { (told(t, label)) } }
                @if let Some(location) = &m.extra.location { (message::place(t, location)) }
                @for file in &said.files { p.quiet { (icon("clip")) (file) } }
                @for reaction in &m.extra.reactions { span { (reaction.emoji) " " } }
            }
        }
    }
}

/// What a message is instead of text.
fn told<'a>(t: &'a Texts, label: &'a str) -> &'a str {
    if label == past::OUT_OF_SIGHT { t.past_out_of_sight() } else { message::label_of(t, label) }
}

/// The link to the page from the conversation.
pub fn link(t: &Texts, conversation: Id<Conversation>) -> Markup {
    html! { p.quiet { a href={ "/conversations/" (conversation) "/at" } { (t.past_open()) } } }
}
