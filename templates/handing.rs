//! Handing a conversation to a colleague or a queue, or bringing somebody in: the page with its two lists, and what
//! became of one's own requests.

use maud::{Markup, html};

use super::frame::Frame;
use super::header::Header;
use super::parts::{self, Field};
use super::work;
use crate::domain::agent::Agent;
use crate::domain::conversation::Conversation;
use crate::domain::offer::{Kind, Offer, State};
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};
use crate::i18n::Texts;

/// What the page shows.
pub struct Page {
    pub conversation: Id<Conversation>,
    /// Who is spoken with.
    pub customer: String,
    pub kind: Kind,
    /// Nobody is asked: whoever looks is a supervisor and moves it.
    pub moves: bool,
    pub list: List,
    /// By which the list is narrowed.
    pub query: String,
    /// Which of the lists there are for this conversation, with the reason where one is not.
    pub no_people: Option<String>,
    pub no_queues: Option<String>,
    pub people: Vec<Colleague>,
    pub queues: Vec<Room>,
    pub chosen: String,
    pub note: String,
    pub problem: Option<String>,
}

/// Which of the two lists is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum List {
    #[default]
    People,
    Queues,
}

impl List {
    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            List::People => "people",
            List::Queues => "queues",
        }
    }
}

/// Somebody who may be asked.
pub struct Colleague {
    pub id: Id<Agent>,
    pub name: String,
    pub supervisor: bool,
    /// The state for this type of work, in words.
    pub state: String,
    /// Can be asked now.
    pub free: bool,
}

/// A queue that takes this type of work.
pub struct Room {
    pub id: Id<Queue>,
    pub name: String,
    /// How many of its people are free now.
    pub free: usize,
    pub waiting: i64,
}

/// What of a conversation's head belongs to this.
#[derive(Clone, Debug, Default)]
pub struct Handing {
    /// What was asked and waits.
    pub asked: Vec<Asked>,
    /// Who writes along.
    pub guests: Vec<String>,
    /// The viewer is one of them.
    pub guest: bool,
    /// The viewer may end it.
    pub ends: bool,
}

/// A request of one's own.
#[derive(Clone, Debug)]
pub struct Asked {
    pub offer: Offer,
    /// The colleague who is asked.
    pub name: String,
    pub customer: String,
}

/// The page.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let here = format!("/conversations/{}", page.conversation);
    html! {
        main.page id="main" {
            header { h1 { (title(t, page)) } }
            p { a href=(here) { (t.handing_back()) } }
            (dialog(frame, page))
        }
    }
}

fn title(t: &Texts, page: &Page) -> String {
    match page.kind {
        Kind::Conference => t.handing_conference_of(&page.customer),
        _ => t.handing_transfer_of(&page.customer),
    }
}

/// The part that is shown as a dialog over the conversation where scripts run.
fn dialog(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let here = format!("/conversations/{}/hand", page.conversation);
    let of = |list: List| format!("{here}?for={}&list={}", page.kind.as_str(), list.as_str());
    let none = match page.list {
        List::People => &page.no_people,
        List::Queues => &page.no_queues,
    };
    html! {
        section.stack #handing data-close=(t.handing_close()) {
            nav.tabs aria-label=(t.handing_lists()) {
                @for (list, words) in [(List::People, t.handing_people()), (List::Queues, t.handing_queues())] {
                    a href=(of(list)) aria-current=[(page.list == list).then_some("page")] { (words) }
                }
                a.refresh href={ (of(page.list)) } { (t.handing_refresh()) }
            }
            @if let Some(problem) = &page.problem { (parts::problem(problem)) }
            @if let Some(why) = none { p { (why) } } @else {
                form.line.seek method="get" action=(here) role="search" aria-label=(t.handing_find()) {
                    input type="hidden" name="for" value=(page.kind.as_str());
                    input type="hidden" name="list" value=(page.list.as_str());
                    input.narrows type="search" name="q" value=(page.query) aria-label=(t.handing_find()) placeholder=(t.handing_find());
                    button.button.edged type="submit" { (t.handing_find_do()) }
                }
                (form(frame, page, &here))
            }
        }
    }
}

fn form(frame: &Frame, page: &Page, here: &str) -> Markup {
    let t = &frame.texts;
    let words = if page.kind == Kind::Conference { t.handing_ask() } else { t.thread_transfer() };
    let empty = match page.list {
        List::People => page.people.is_empty(),
        List::Queues => page.queues.is_empty(),
    };
    html! {
        form.stack method="post" action=(here) {
            (frame.token())
            input type="hidden" name="for" value=(page.kind.as_str());
            input type="hidden" name="list" value=(page.list.as_str());
            @if empty { p.quiet { (t.handing_nobody()) } }
            @if page.moves { p.quiet { (t.handing_moves()) } }
            ul.plain-list.choices {
                @if page.list == List::People { @for one in &page.people { (colleague(t, page, one)) } }
                @else { @for room in &page.queues { (queue(t, page, room)) } }
            }
            (parts::area(&Field { name: "note", label: t.thread_transfer_note(), value: &page.note, ..Field::default() }))
            p.line { button.button.main type="submit" disabled[empty] { (words) } }
        }
    }
}

fn colleague(t: &Texts, page: &Page, one: &Colleague) -> Markup {
    let value = format!("agent:{}", one.id);
    html! {
        li data-name=(one.name) {
            label.check {
                input type="radio" name="to" value=(value) checked[page.chosen == value] disabled[!one.free && !page.moves] required;
                span.being.good[one.free] aria-hidden="true" {}
                span { b { (one.name) } @if one.supervisor { " " span.chip { (t.people_supervisor()) } } " " span.quiet { (one.state) } }
            }
        }
    }
}

fn queue(t: &Texts, page: &Page, room: &Room) -> Markup {
    let value = format!("queue:{}", room.id);
    html! {
        li data-name=(room.name) {
            label.check {
                input type="radio" name="to" value=(value) checked[page.chosen == value] required;
                span.being.good[room.free > 0] aria-hidden="true" {}
                span { b { (room.name) } " " span.quiet { (t.handing_free(i64::try_from(room.free).unwrap_or(i64::MAX))) " · " (t.handing_waiting(room.waiting)) } }
            }
        }
    }
}

/// In the head: what is asked, and who writes along.
pub fn state(frame: &Frame, head: &Header, handing: &Handing) -> Markup {
    let t = &frame.texts;
    html! {
        @for asked in &handing.asked {
            span.chip.accent {
                @if asked.offer.kind == Kind::Conference { (t.handing_conference_asked(&asked.name)) } @else { (t.handing_transfer_asked(&asked.name)) }
                " " (work::timer(asked.offer.offered_at, frame.now))
            }
        }
        @if !handing.guests.is_empty() { span.chip.accent { (t.handing_with(handing.guests.join(", "))) } }
        @if handing.guest { (button(frame, &head.action("conference/leave"), t.handing_leave())) }
        @else if handing.ends && !handing.guests.is_empty() { (button(frame, &head.action("conference/end"), t.handing_end())) }
    }
}

/// The ways on from the menu of a conversation of which work is handed out.
pub fn menu(frame: &Frame, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        a.item.asks href=(head.action("hand")) { (t.handing_transfer()) }
        a.item.asks href={ "/conversations/" (head.conversation.id) "/hand?for=conference" } { (t.handing_conference()) }
    }
}

fn button(frame: &Frame, action: &str, words: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            (frame.token())
            button.button.edged type="submit" { (words) }
        }
    }
}

/// One's own requests: what waits, and what came back until somebody has seen to it (S69).
pub fn own(frame: &Frame, asked: &[Asked]) -> Markup {
    html! { @for one in asked { (mine(frame, one)) } }
}

fn mine(frame: &Frame, one: &Asked) -> Markup {
    let t = &frame.texts;
    let at = format!("/requests/{}", one.offer.id);
    let conversation = format!("/conversations/{}", one.offer.conversation);
    let transfer = one.offer.kind != Kind::Conference;
    html! {
        li.card.offer.bad[one.offer.state != State::Waiting] id={ "asked-" (one.offer.id) } {
            p.line { b dir="auto" { a href=(conversation) { (one.customer) } } (work::timer(one.offer.ended_at.unwrap_or(one.offer.offered_at), frame.now)) }
            p { (words(t, one)) }
            div.line {
                @if one.offer.state == State::Waiting { (button(frame, &format!("{at}/call-off"), t.handing_call_off())) }
                @else {
                    a.button.main.asks href={ (conversation) "/hand?for=" (one.offer.kind.as_str()) } { (t.handing_other()) }
                    @if transfer { a.button.edged.asks href={ (conversation) "/hand?list=queues" } { (t.handing_to_queue()) } }
                    (button(frame, &format!("{at}/keep"), if transfer { t.handing_keep() } else { t.handing_seen() }))
                }
            }
        }
    }
}

fn words(t: &Texts, one: &Asked) -> String {
    let name = &one.name;
    match (one.offer.state, one.offer.kind) {
        (State::Waiting, Kind::Conference) => t.handing_conference_asked(name),
        (State::Waiting, _) => t.handing_transfer_asked(name),
        (State::Declined, Kind::Conference) => t.event_conference_declined(name),
        (State::Declined, _) => t.event_transfer_declined(name),
        (_, Kind::Conference) => t.event_conference_expired(name),
        _ => t.event_transfer_expired(name),
    }
}

/// Where the viewer writes along.
pub fn joined(frame: &Frame, joined: &[(Id<Conversation>, String, Timestamp)]) -> Markup {
    let t = &frame.texts;
    html! {
        @for (id, customer, since) in joined {
            li.card.offer id={ "joined-" (id) } {
                p.line { (t.handing_along()) " " b dir="auto" { a href={ "/conversations/" (id) } { (customer) } } (work::timer(*since, frame.now)) }
            }
        }
    }
}
