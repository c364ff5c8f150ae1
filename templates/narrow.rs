//! What narrows the list: the search above it, and the form behind its menu, which comes when it is opened.

use maud::{Markup, html};

use super::bulk;
use super::frame::Frame;
use super::icon::icon;
use super::inbox::sort_name;
use super::parts;
use super::place::Place;
use super::sieve::Choices;
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::keys::Act;

/// The search above the list. Search, sort and channel are one form, so that they work together and all stand in the
/// URL (S4).
pub fn bar(frame: &Frame, place: &Place) -> Markup {
    let t = &frame.texts;
    let changed = place.sort != Sort::Newest || place.channel.is_some() || place.only.is_some();
    html! {
        form.filter action="/inbox" role="search" data-finder=(frame.sheets.find) data-finds="counts rows" {
            (kept(place))
            input type="search" name="q" value=(place.q) placeholder=(t.inbox_search()) aria-label=(t.inbox_search())
                title=(t.search_hint()) data-act="search" aria-keyshortcuts=[frame.key(Act::Search)] autocomplete="off";
            (bulk::switch(t))
            details.menu {
                summary.button.icon-only.set[changed] title=(t.inbox_sort_and_filter()) {
                    (icon("filter")) span.hidden { (t.inbox_sort_and_filter()) }
                }
                div.stack data-from=(place.href("/inbox/narrow")) {
                    (chosen(place))
                    a href=(place.href("/inbox/narrow")) { (t.inbox_sort_and_filter()) }
                }
            }
        }
    }
}

/// What of the place the form leaves as it is.
fn kept(place: &Place) -> Markup {
    html! {
        @if place.view != View::Mine { (parts::hidden("view", &place.view.as_text())) }
        @if place.status != Status::Open { (parts::hidden("status", place.status.as_str())) }
    }
}

/// What is narrowed already, for as long as its fields are not there.
fn chosen(place: &Place) -> Markup {
    html! {
        @if place.sort != Sort::Newest { (parts::hidden("sort", place.sort.as_str())) }
        @if let Some(channel) = place.channel { (parts::hidden("channel", &channel.to_string())) }
        @if let Some(only) = &place.only { (parts::hidden("only", &String::from(only.clone()))) }
    }
}

/// The form as a page, of which the script takes what stands in `#filling` for the menu.
pub fn page(frame: &Frame, place: &Place, choices: &Choices) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.inbox_sort_and_filter()) } }
            form.stack action="/inbox" {
                (kept(place))
                (parts::hidden("q", &place.q))
                div #filling { (fields(frame, place, choices)) }
            }
        }
    }
}

fn fields(frame: &Frame, place: &Place, choices: &Choices) -> Markup {
    let t = &frame.texts;
    let whole = Place { view: place.view, status: place.status, ..Place::default() };
    html! {
        div.stack {
            div.field {
                label for="sort" { (t.inbox_sort()) }
                select id="sort" name="sort" {
                    @for sort in Sort::ALL {
                        option value=(sort.as_str()) selected[sort == place.sort] { (sort_name(t, sort)) }
                    }
                }
            }
            div.field {
                label for="channel" { (t.inbox_channel()) }
                select id="channel" name="channel" {
                    option value="" { (t.inbox_every_channel()) }
                    @for (id, name) in &choices.channels {
                        option value=(id) selected[place.channel == Some(*id)] { (name) }
                    }
                }
            }
            div.field {
                label for="only" { (t.sieve_only()) }
                select id="only" name="only" {
                    (choices.narrow(t, place.only.as_ref().map(|rule| &rule.test), t.sieve_everything()))
                }
            }
            p.hint.quiet { (t.search_hint()) }
            a href="/views/new" { (t.sieve_new_view()) }
            p.line {
                button.button.main type="submit" { (t.inbox_apply()) }
                a.button href=(whole.href("/inbox")) { (t.inbox_clear()) }
            }
        }
    }
}
