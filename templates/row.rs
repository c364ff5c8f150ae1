//! One row of the list.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::{assistant, bulk, chip, icon, labels};
use crate::domain::channel::Kind;
use crate::domain::contact::{Address, AddressKind, initials};
use crate::domain::conversation::Conversation;
use crate::domain::tag::Tag;
use crate::domain::{Span, Timestamp, phone};
use crate::i18n::{Texts, kind, when};

/// One row of the list.
pub struct Item {
    pub conversation: Conversation,
    /// The contact's name, or what stands for it.
    pub name: String,
    /// The word of the contact's picture.
    pub picture: Option<String>,
    pub kind: Kind,
    pub current: bool,
    pub tags: Vec<Tag>,
    /// Under which name an assistant speaks there now.
    pub assistant: Option<String>,
}

/// The name of a contact, or the best that is known: the number or the address.
pub fn name(name: &str, address: Option<&Address>) -> String {
    address.filter(|_| name.trim().is_empty()).map_or_else(|| name.to_owned(), written)
}

/// An address as people read it.
pub fn written(address: &Address) -> String {
    match address.kind {
        AddressKind::Phone | AddressKind::Whatsapp if address.value.starts_with('+') => {
            phone::pretty(&address.value)
        }
        _ => address.value.clone(),
    }
}

/// The face of a contact: the picture or else the initials, and the sign of the channel.
pub fn face(t: &Texts, name: &str, picture: Option<&str>, kind: Kind) -> Markup {
    html! {
        span.face role="img" aria-label=(kind::name(t, kind)) {
            // The initials stay below: they are seen until the picture is there, or if it does not come.
            (initials(name))
            @if let Some(key) = picture { img src={ "/faces/" (key) } alt="" width="36" height="36" loading="lazy"; }
            (icon::within(kind))
        }
    }
}

/// The picture of a contact where the name stands beside it.
pub fn portrait(key: &str) -> Markup {
    html! { span.face { img src={ "/faces/" (key) } alt="" width="36" height="36"; } }
}

/// When and where somebody looks at the list.
pub struct Eye<'a> {
    pub texts: &'a Texts,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    /// The list's query, to be kept in each link; with its question mark, or empty.
    pub query: &'a str,
    /// Rows can be selected.
    pub marks: bool,
    /// The list is about when windows close.
    pub closing: bool,
}

/// One row. Its flag is the most pressing thing only, so that the list stays calm.
pub fn row(eye: &Eye<'_>, item: &Item) -> Markup {
    let c = &item.conversation;
    html! {
        li id={ "c" (c.id) } class=[(c.unread > 0).then_some("unread")] {
            @if eye.marks { (bulk::mark(c.id)) }
            a href={ "/conversations/" (c.id) (eye.query) } aria-current=[item.current.then_some("page")] {
                (face(eye.texts, &item.name, item.picture.as_deref(), item.kind))
                b { (item.name) }
                time datetime=(when::machine(c.last_message_at)) {
                    (when::age(eye.texts, c.last_message_at, eye.now, eye.zone))
                }
                span.said {
                    @if c.snippet_ours { i { (eye.texts.inbox_you()) } " " }
                    @if !c.subject.is_empty() { (c.subject) " – " }
                    (c.snippet)
                }
                (flag(eye, item))
                (labels::of_row(eye.texts, c.priority, &item.tags))
                @if c.unread > 0 { span.hidden { (eye.texts.inbox_unread(c.unread)) } }
            }
        }
    }
}

fn flag(eye: &Eye<'_>, item: &Item) -> Markup {
    let (t, c) = (eye.texts, &item.conversation);
    if c.failed > 0 {
        return html! { span.chip.bad { (t.inbox_not_sent()) } };
    }
    if let Some(label) = &item.assistant {
        return assistant::chip(label);
    }
    if let Some(closing) =
        c.window_closes_at.and_then(|closes| chip::closing(t, closes, eye.now, eye.closing))
    {
        return closing;
    }
    match c.waiting_since {
        Some(since) if eye.now.since(since) >= Span::hours(1) => {
            html! { span.chip { (t.inbox_waiting(when::age(t, since, eye.now, eye.zone))) } }
        }
        _ => html! {},
    }
}
