//! The person beside a conversation: ways to reach them, and what was said before on every channel.

use maud::{Markup, html};

use super::chip;
use super::contacts::shown;
use super::frame::Frame;
use super::header::Header;
use super::icon;
use super::inbox::status_of_one;
use super::past;
use super::same::{self, Alike};
use crate::domain::channel::Kind;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::window::Window;
use crate::i18n::{kind, when};

/// What is known of the person.
pub struct Person {
    pub contact: Contact,
    pub name: String,
    pub ways: Vec<Way>,
    /// The other conversations, latest first.
    pub earlier: Vec<Earlier>,
    /// Those with whom was asked beside this one, each with the name of the other side.
    pub beside: Vec<(Conversation, String)>,
    /// The conversation beside which this one is led.
    pub beside_of: Option<Conversation>,
    pub dedicated: Option<String>,
    /// Others who may be the same person.
    pub alike: Vec<Alike>,
}

/// One address, on one entry point.
pub struct Way {
    pub address: Address,
    pub kind: Kind,
    pub channel_name: String,
    /// What may be sent there now; `None`: nothing was ever said there.
    pub window: Option<Window>,
    /// Where one writes to it, unless it is the present conversation.
    pub href: Option<String>,
}

/// Another conversation of the person.
pub struct Earlier {
    pub conversation: Conversation,
    pub kind: Kind,
    pub channel_name: String,
}

/// The pane.
pub fn pane(frame: &Frame, person: &Person, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        aside.person id="person" aria-label=(t.person_title()) {
            div.line {
                a.button.icon-only.details-link href={ (head.here()) "#top" } title=(t.frame_close()) { (icon::icon("back")) span.hidden { (t.frame_close()) } }
                h2 { a href={ "/contacts/" (person.contact.id) } { (person.name) } }
            }
            @if let Some(agent) = &person.dedicated { p.quiet { (t.person_dedicated(agent)) } }
            @if person.contact.blocked_at.is_some() { p { span.chip.bad { (t.person_blocked()) } } }
            (same::alike(frame, person.contact.id, &person.alike, Some(head.conversation.id)))
            (ways(frame, person))
            section {
                h3 { (t.person_this_conversation()) }
                dl.facts {
                    dt { (t.person_number()) } dd { "#" (head.conversation.id) }
                    dt { (t.person_opened()) } dd { (when::moment(t, head.conversation.created_at, frame.now, &frame.zone)) }
                    dt { (t.person_status()) } dd {
                        (status_of_one(t, head.conversation.status))
                        @if let Some(until) = head.conversation.snoozed_until { " · " (t.person_until(when::point(t, until, frame.now, &frame.zone))) }
                        @else if head.conversation.status == Status::Snoozed { " · " (t.person_until_reply()) }
                    }
                    @if let Some(queue) = &head.queue_name { dt { (t.person_queue()) } dd { (queue) } }
                }
                (past::link(t, head.conversation.id))
            }
            (beside(frame, person, &head.place.query()))
            (earlier(frame, &person.earlier, &head.place.query()))
            section {
                h3 { (t.person_about()) }
                @if person.contact.about.is_empty() { p.quiet { (t.person_nothing()) } } @else { p.text { (person.contact.about) } }
            }
        }
    }
}

/// Each address with a window of its own, so that another way is seen before it is needed.
pub fn ways(frame: &Frame, person: &Person) -> Markup {
    let t = &frame.texts;
    html! {
        section {
            h3 { (t.person_ways(&person.name)) }
            ul.ways {
                @for way in &person.ways {
                    li {
                        (icon::channel(way.kind))
                        div {
                            p { (shown(t, &way.address)) }
                            @if !way.channel_name.is_empty() && !way.channel_name.eq_ignore_ascii_case(&shown(t, &way.address)) { p.quiet { (way.channel_name) } }
                            @if let Some(window) = &way.window { (chip::window(t, window, frame.now)) }
                            @if let Some(href) = &way.href { a href=(href) { (t.person_instead(kind::within(t, way.kind))) } }
                        }
                    }
                }
            }
        }
    }
}

/// Who was asked beside this conversation, or beside which one this is.
fn beside(frame: &Frame, person: &Person, query: &str) -> Markup {
    let t = &frame.texts;
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let link = |one: &Conversation, words: &str| {
        html! {
            li { a href={ "/conversations/" (one.id) (query) } {
                (icon::channel(Kind::Email)) span { (words) }
                small { (one.subject) " · " (status_of_one(t, one.status)) }
            } }
        }
    };
    html! {
        @if let Some(main) = &person.beside_of {
            section { h3 { (t.person_beside_of()) } ul.earlier { (link(main, &format!("#{}", main.id))) } }
        }
        @if !person.beside.is_empty() {
            section { h3 { (t.person_beside()) } ul.earlier { @for (one, name) in &person.beside { (link(one, name)) } } }
        }
    }
}

/// What was said before, over all channels (S90, S97).
pub fn earlier(frame: &Frame, earlier: &[Earlier], query: &str) -> Markup {
    let t = &frame.texts;
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    html! {
        section {
            h3 { (t.person_earlier()) }
            @if earlier.is_empty() { p.quiet { (t.person_no_earlier()) } }
            ul.earlier {
                @for other in earlier {
                    li { a href={ "/conversations/" (other.conversation.id) (query) } {
                        (icon::channel(other.kind))
                        span { @if other.conversation.subject.is_empty() { (other.conversation.snippet) } @else { (other.conversation.subject) } }
                        small { (other.channel_name) " · " (status_of_one(t, other.conversation.status)) " · " (when::age(t, other.conversation.last_message_at, frame.now, &frame.zone)) }
                    } }
                }
            }
        }
    }
}
