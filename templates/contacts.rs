//! All contacts, and those that a search finds.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon;
use super::row::{portrait, written};
use super::{parts, search};
use crate::domain::channel::Kind;
use crate::domain::contact::{Address, AddressKind, Contact};
use crate::domain::keys::Act;
use crate::i18n::{Texts, when};

/// One contact with its addresses.
#[derive(Clone)]
pub struct Line {
    pub contact: Contact,
    pub addresses: Vec<Address>,
}

/// A page of contacts.
pub struct Found {
    /// What was typed; empty for all contacts.
    pub q: String,
    pub lines: Vec<Line>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// A page that follows another.
    pub resumed: bool,
}

/// The list with its search.
pub fn page(frame: &Frame, found: &Found) -> Markup {
    let t = &frame.texts;
    let Found { q, lines, .. } = found;
    html! {
        main.page.wide id="main" tabindex="-1" {
            header {
                h1 { (t.contacts_title()) }
                @if frame.is_supervisor() {
                    a.button href="/segments" { (t.segments_title()) }
                    a.button href="/contacts/import" { (t.roster_title()) }
                }
                a.button href="/contacts/same" { (t.alike_title()) }
                a.button.edged href="/contacts/new" { (t.contacts_new()) }
            }
            form.line.seek role="search" action="/contacts" data-finder=(frame.sheets.find) data-finds="found" {
                input type="search" name="q" value=(q) aria-label=(t.contacts_search()) placeholder=(t.contacts_search()) data-act="search" aria-keyshortcuts=[frame.key(Act::Search)];
                button.button.edged type="submit" { (t.frame_key_search()) }
            }
            (search::told(t, (!q.is_empty()).then_some(lines.len()), found.next.is_some()))
            div.stack #found { (results(frame, found)) }
        }
    }
}

/// What changes while somebody types.
fn results(frame: &Frame, found: &Found) -> Markup {
    let t = &frame.texts;
    let Found { q, lines, .. } = found;
    html! {
        @if lines.is_empty() && q.is_empty() { (parts::empty(t.contacts_none(), None)) }
        @else if lines.is_empty() && found.next.is_some() { p { (t.contacts_none_so_far()) } }
        @else if lines.is_empty() && found.resumed { p { (t.search_no_more()) } }
        @else if lines.is_empty() { (parts::empty(&t.contacts_no_match(q), Some(("/contacts", t.contacts_newer())))) }
        @else { ul.people { @for line in lines { (row(frame, line)) } } }
        @if let Some(next) = &found.next {
            @let query = search::encoded(&[("q", q), ("before", next)]);
            p.line { a.button.edged href={ "/contacts?" (query) } { (t.inbox_older()) } }
        }
        @if !q.is_empty() { p.quiet { (t.search_hint()) } }
    }
}

/// One contact of a list.
pub fn row(frame: &Frame, line: &Line) -> Markup {
    let at = line.contact.created_at;
    let known =
        html! { time datetime=(when::machine(at)) { (when::age(&frame.texts, at, frame.now, &frame.zone)) } };
    row_of(frame, line, &format!("/contacts/{}", line.contact.id), &known)
}

/// One contact, with where its row leads and what stands at its end.
pub fn row_of(frame: &Frame, line: &Line, href: &str, end: &Markup) -> Markup {
    let t = &frame.texts;
    let c = &line.contact;
    html! {
        li { a href=(href) {
            b { @if let Some(key) = &line.contact.picture { (portrait(key)) " " } @if c.name.is_empty() { (t.contacts_unnamed()) } @else { (c.name) } }
            @if c.blocked_at.is_some() { " " span.chip.bad { (t.person_blocked()) } }
            span.addresses { @for address in &line.addresses { span { (icon::icon(sign(address.kind))) (shown(t, address)) } } }
            (end)
        } }
    }
}

/// The drawing for a kind of address.
pub const fn sign(kind: AddressKind) -> &'static str {
    match kind {
        AddressKind::Phone => "sms",
        AddressKind::Visitor => "webchat",
        other => other.as_str(),
    }
}

/// The words for a kind of address.
pub fn kind_name(t: &Texts, kind: AddressKind) -> &'static str {
    match kind {
        AddressKind::Phone => t.contacts_phone(),
        AddressKind::Email => t.contacts_email(),
        AddressKind::Visitor => t.contacts_visitor(),
        AddressKind::Custom => t.contacts_other_address(),
        other => other.as_str().parse().map_or("", Kind::label),
    }
}

/// An address as a list shows it: the id that a provider made up means nothing to people.
pub fn shown(t: &Texts, address: &Address) -> String {
    if address.kind.is_scoped() { kind_name(t, address.kind).to_owned() } else { written(address) }
}
