//! Everything that was said with one person, on every channel, in one order.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon;
use super::parts;
use crate::domain::channel::Kind as ChannelKind;
use crate::domain::contact::Contact;
use crate::domain::conversation::snippet;
use crate::domain::message::{Kind, Message};
use crate::domain::{Id, Timestamp};
use crate::i18n::when;

/// A page of it.
pub struct Timeline {
    pub contact: Id<Contact>,
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Older ones are before this.
    pub next: Option<(Timestamp, Id<Message>)>,
    /// It does not begin with the newest.
    pub paged: bool,
}

/// Something that was said.
pub struct Entry {
    pub message: Message,
    pub author: String,
    pub kind: ChannelKind,
    pub channel: String,
}

/// The section of the contact's page.
pub fn section(frame: &Frame, timeline: &Timeline) -> Markup {
    let t = &frame.texts;
    let here = format!("/contacts/{}", timeline.contact);
    html! {
        section.card id="history" {
            h2 { (t.timeline_title()) }
            @if timeline.entries.is_empty() { (parts::empty(t.timeline_none(), None)) }
            ol.past {
                @for entry in &timeline.entries {
                    @let m = &entry.message;
                    li {
                        p.line {
                            (icon::channel(entry.kind)) b dir="auto" { (entry.author) } " "
                            span.quiet { (entry.channel) " · "
                                time datetime=(when::machine(m.at)) { (when::moment(t, m.at, frame.now, &frame.zone)) }
                                @if m.kind == Kind::Note { " · " (t.past_note()) } }
                        }
                        p dir="auto" { a href={ "/conversations/" (m.conversation) "?view=all" } {
                            @if m.revoked_at.is_some() { (t.past_revoked()) }
                            @else if m.body.is_empty() { (t.past_no_text()) }
                            @else { (snippet(&m.body)) }
                        } }
                    }
                }
            }
            p.line {
                @if timeline.paged { a.button.edged href={ (here) "#history" } { (t.contacts_newer()) } }
                @if let Some((at, id)) = timeline.next { a.button.edged href={ (here) "?before=" (at.0) "-" (id) "#history" } { (t.inbox_older()) } }
            }
        }
    }
}
