//! The inbox: the list with its tabs and filters, beside the conversation on wide screens.

use maud::{Markup, html};

use super::frame::Frame;
use super::place::Place;
use super::row::{self, Eye, Item};
use super::{bulk, empty, narrow, parts, search};
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::hit::Tally;
use crate::i18n::Texts;

/// The list pane.
pub struct List {
    pub place: Place,
    pub tabs: Vec<Tab>,
    /// How many conversations of this inbox have each status; nothing where they are not counted.
    pub statuses: Vec<(Status, Option<i64>)>,
    /// The condition that narrows the list, in words.
    pub only: Option<String>,
    pub items: Vec<Item>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// There may be more behind `next`, but enough was looked at for one page.
    pub further: bool,
    /// Hits in other statuses, while searching.
    pub elsewhere: Vec<(Status, Tally)>,
    /// Hits in other inboxes, while searching.
    pub beyond: Tally,
    /// How many conversations have nobody yet.
    pub unassigned: i64,
    /// No conversation is open beside it, so that the list is what the page is about.
    pub alone: bool,
    /// What came of something that was done to many.
    pub told: Option<bulk::Told>,
    /// There is no channel at all.
    pub first_run: bool,
}

/// One inbox to choose.
pub struct Tab {
    pub view: View,
    pub name: String,
    pub count: Option<i64>,
    /// The order in which a saved view stands.
    pub sort: Option<Sort>,
}

/// The inbox without a chosen conversation.
pub fn page(frame: &Frame, list: &List) -> Markup {
    html! {
        div.desk {
            (pane(frame, list))
            main.thread id="main" tabindex="-1" { (empty::thread(frame, !list.items.is_empty())) }
        }
    }
}

/// The conversations in which something did not go out.
pub fn failed(frame: &Frame, items: &[Item]) -> Markup {
    let t = &frame.texts;
    let eye =
        Eye { texts: t, now: frame.now, zone: &frame.zone, query: "?view=all", marks: false, closing: false };
    html! {
        main.page id="main" {
            header { h1 { (t.inbox_failed_title()) } }
            p.quiet { (t.inbox_failed_hint()) }
            @if items.is_empty() { (parts::empty(t.inbox_failed_none(), Some(("/inbox", t.frame_inbox())))) }
            ol.rows { @for item in items { (row::row(&eye, item)) } }
        }
    }
}

/// The list pane.
pub fn pane(frame: &Frame, list: &List) -> Markup {
    let t = &frame.texts;
    html! {
        nav.list aria-label=(t.inbox_list()) {
            @if list.alone { h1.hidden { (t.frame_inbox()) } } @else { h2.hidden { (t.frame_inbox()) } }
            (counts(t, list))
            (narrow::bar(frame, &list.place))
            (search::told(t, (!list.place.q.is_empty()).then_some(list.items.len()), list.next.is_some()))
            (narrowed(t, list))
            @if let Some(told) = &list.told { (bulk::told(frame, told, &list.place)) }
            form #bulk method="post" action=(list.place.href("/bulk")) {
                div.rows #rows tabindex="-1" {
                    ol #list data-now=(t.when_now()) { (rows(frame, list)) }
                    (more(t, list))
                }
                (bulk::bar(frame, list))
            }
        }
    }
}

/// The tabs with their numbers; also sent again by live changes.
pub fn counts(t: &Texts, list: &List) -> Markup {
    let place = &list.place;
    let here = |at: bool| at.then_some("page");
    html! {
        div.heads #counts {
            div.tabs {
                @for tab in &list.tabs {
                    a href=(Place { sort: tab.sort.unwrap_or(place.sort), ..place.in_view(tab.view) }.href("/inbox")) aria-current=[here(tab.view == place.view)] {
                        (tab.name) @if let Some(count) = tab.count { " " span.count { (count) } }
                    }
                }
            }
            div.tabs.small {
                @for (status, count) in &list.statuses {
                    a href=(place.in_status(*status).href("/inbox")) aria-current=[here(*status == place.status)] {
                        (status_name(t, *status)) @if let Some(count) = count { " " span.count { (count) } }
                    }
                }
            }
        }
    }
}

/// The word for a status.
pub fn status_name(t: &Texts, status: Status) -> &'static str {
    match status {
        Status::Open => t.inbox_open(),
        Status::Snoozed => t.inbox_snoozed(),
        Status::Closed => t.inbox_closed(),
    }
}

/// The same for one conversation, where a language tells one from many.
pub fn status_of_one(t: &Texts, status: Status) -> &'static str {
    match status {
        Status::Open => t.person_open(),
        Status::Snoozed => t.person_snoozed(),
        Status::Closed => t.person_closed(),
    }
}

/// The words for an order.
pub fn sort_name(t: &Texts, sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => t.inbox_newest(),
        Sort::Oldest => t.inbox_oldest(),
        Sort::Waiting => t.inbox_waiting_longest(),
        Sort::Closing => t.inbox_closing_soonest(),
        Sort::Priority => t.inbox_most_pressing(),
    }
}

/// What an order leaves out, in words: it lists what has that by which it orders.
fn ordered(t: &Texts, place: &Place) -> Option<&'static str> {
    match place.sort {
        _ if !place.q.is_empty() => None,
        Sort::Newest | Sort::Oldest => None,
        Sort::Waiting => Some(t.inbox_only_waiting()),
        Sort::Closing => Some(t.inbox_only_closing()),
        Sort::Priority => Some(t.inbox_only_pressing()),
    }
}

/// What narrows the list, in words, and the way out of it; and the way to a saved view's conditions.
fn narrowed(t: &Texts, list: &List) -> Markup {
    let place = &list.place;
    let wide = Place { only: None, after: String::new(), ..place.clone() };
    html! {
        @if let Some(ordered) = ordered(t, place) {
            p.narrowed { span { (ordered) } a href=(place.in_no_order().href("/inbox")) { (t.sieve_show_all()) } }
        }
        @if let Some(only) = &list.only {
            p.narrowed { span { (only) } a href=(wide.href("/inbox")) { (t.sieve_show_all()) } }
        }
        @if let View::Saved(id) = place.view {
            p.narrowed { span { (t.sieve_saved()) } a href={ "/views/" (id) } { (t.sieve_look()) } }
        }
    }
}

/// The rows; also sent again by live changes.
pub fn rows(frame: &Frame, list: &List) -> Markup {
    let query = list.place.query();
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let eye = Eye {
        texts: &frame.texts,
        now: frame.now,
        zone: &frame.zone,
        query: &query,
        marks: true,
        closing: list.place.sort == Sort::Closing,
    };
    html! {
        @for item in &list.items { (row::row(&eye, item)) }
        @if list.items.is_empty() { li.none { (empty::list(frame, list)) } }
    }
}

/// What follows the rows: older ones, and hits that another filter hides (S14).
fn more(t: &Texts, list: &List) -> Markup {
    html! {
        @if let Some(next) = &list.next {
            p.more {
                @if list.further { span.quiet { (t.sieve_looked()) } }
                a.button.edged href=(list.place.after(next).href("/inbox")) { @if list.further { (t.sieve_further()) } @else { (t.inbox_older()) } }
            }
        }
        @if !list.items.is_empty() && !list.place.q.is_empty() { div.more { (empty::elsewhere(t, list)) (search::in_messages(t, &list.place.q)) } }
    }
}
