//! The page of the search: one box over people and everything that was said.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::icon;
use super::inbox::{status_name, status_of_one};
use super::row::{self, Item};
use super::{contacts, parts};
use crate::domain::Timestamp;
use crate::domain::conversation::Status;
use crate::domain::hit::Tally;
use crate::domain::keys::Act;
use crate::domain::query::Operator;
use crate::domain::snippet::Piece;
use crate::i18n::{Texts, when};

/// What was asked and what was found.
#[derive(Default)]
pub struct Found {
    pub typed: String,
    /// The best hits first, and not the newest.
    pub best: bool,
    /// There is something to look for.
    pub asks: bool,
    /// There are words by which hits can be compared.
    pub ranks: bool,
    /// A page that follows another.
    pub resumed: bool,
    /// Why nothing was looked for.
    pub problem: Option<String>,
    /// What looks like an operator and is none.
    pub unknown: Vec<String>,
    /// What was not searched, because it was too much.
    pub left_out: String,
    pub people: Vec<contacts::Line>,
    /// What finds all of them, where there are more.
    pub more_people: Option<String>,
    pub hits: Vec<Shown>,
    pub next: Option<String>,
    /// Enough was looked at for once.
    pub bounded: bool,
    /// Hits of another status, and the words that find them.
    pub elsewhere: Vec<(Status, Tally, String)>,
}

/// One conversation with what was found in it.
pub struct Shown {
    pub item: Item,
    /// Where a word stands in the subject.
    pub subject: Option<Vec<Piece>>,
    pub quotes: Vec<Quote>,
    pub more: u32,
}

/// A message that was found.
pub struct Quote {
    pub who: String,
    pub note: bool,
    pub at: Timestamp,
    pub href: String,
    pub pieces: Vec<Piece>,
    pub files: Vec<Vec<Piece>>,
}

/// The page.
pub fn page(frame: &Frame, found: &Found) -> Markup {
    let t = &frame.texts;
    html! {
        main.page.wide id="main" tabindex="-1" {
            header { h1 { (t.search_title()) } }
            form.line.seek #finder role="search" action="/search" data-finder=(frame.sheets.find) data-finds="found" {
                input type="search" name="q" value=(found.typed) maxlength="500" autocomplete="off" autofocus[found.typed.is_empty()]
                    aria-label=(t.search_field()) placeholder=(t.search_field()) aria-describedby="operators" data-act="search" aria-keyshortcuts=[frame.key(Act::Search)];
                @if found.best { input type="hidden" name="sort" value="best"; }
                button.button.edged type="submit" { (t.search_submit()) }
            }
            (help(t, found.typed.is_empty()))
            (told(t, found.asks.then_some(found.people.len() + found.hits.len()), found.next.is_some()))
            div #found.finds { (results(frame, found)) }
        }
    }
}

/// How many a search has found, for those who listen while they type; `None`: nothing is searched for.
pub fn told(t: &Texts, count: Option<usize>, more: bool) -> Markup {
    html! {
        p.hidden #told role="status" {
            @if let Some(count) = count.map(|count| i64::try_from(count).unwrap_or(i64::MAX)) {
                (t.search_told(count)) @if more { ", " (t.search_told_more()) }
            }
        }
    }
}

fn help(t: &Texts, open: bool) -> Markup {
    html! {
        details.quiet #operators open[open] {
            summary { (t.search_operators()) }
            dl.facts {
                @for (examples, words) in operators(t) { dt { code { (examples) } } dd { (words) } }
            }
        }
    }
}

fn operators(t: &Texts) -> [(&'static str, &'static str); 11] {
    [
        ("from:ana  to:+34600  from:me", t.search_help_people()),
        ("assignee:me  assignee:nobody", t.search_help_assignee()),
        ("status:closed  is:snoozed", t.search_help_status()),
        ("channel:whatsapp", t.search_help_channel()),
        ("queue:sales", t.search_help_queue()),
        ("tag:vip", t.search_help_tag()),
        ("after:2026-11-01  before:today  after:7d", t.search_help_time()),
        ("has:attachment", t.search_help_attachment()),
        ("is:unreplied  is:unread", t.search_help_is()),
        ("window:<2h", t.search_help_window()),
        ("\"thank you\"  -invoice  -from:ana", t.search_help_words()),
    ]
}

/// What changes while somebody types.
fn results(frame: &Frame, found: &Found) -> Markup {
    let t = &frame.texts;
    if let Some(problem) = &found.problem {
        return html! { (parts::problem(problem)) };
    }
    if !found.asks {
        return html! { p.quiet { (t.search_begin()) } };
    }
    html! {
        @if !found.unknown.is_empty() {
            p.quiet { (t.search_unknown(found.unknown.join(" "), Operator::ALL.map(|o| format!("{}:", o.as_str())).join(" "))) }
        }
        @if !found.left_out.is_empty() { (parts::problem(&t.search_left_out(&found.left_out))) }
        @if !found.people.is_empty() { (people(frame, found)) }
        section.stack aria-label=(t.search_messages()) {
            div.line.between {
                h2 { (t.search_messages()) }
                @if found.ranks { (order(t, found)) }
            }
            @if found.hits.is_empty() { (nothing(t, found)) }
            @else { ol.rows.found { @for hit in &found.hits { (one(frame, hit)) } } }
            (further(t, found))
            (elsewhere(t, found))
        }
    }
}

fn people(frame: &Frame, found: &Found) -> Markup {
    let t = &frame.texts;
    html! {
        section.stack aria-label=(t.search_people()) {
            h2 { (t.search_people()) }
            ul.people { @for line in &found.people { (contacts::row(frame, line)) } }
            @if let Some(words) = &found.more_people {
                p { a href={ "/contacts?" (encoded(&[("q", words)])) } { (t.search_all_people()) } }
            }
        }
    }
}

fn order(t: &Texts, found: &Found) -> Markup {
    let here = |at: bool| at.then_some("true");
    html! {
        div.tabs.small {
            a href={ "/search?" (encoded(&[("q", &found.typed)])) } aria-current=[here(!found.best)] { (t.search_newest()) }
            a href={ "/search?" (encoded(&[("q", &found.typed), ("sort", "best")])) } aria-current=[here(found.best)] { (t.search_best()) }
        }
    }
}

fn one(frame: &Frame, hit: &Shown) -> Markup {
    let t = &frame.texts;
    let c = &hit.item.conversation;
    html! {
        li id={ "h" (c.id) } {
            a href={ "/conversations/" (c.id) "?view=all" } {
                (row::face(t, &hit.item.name, hit.item.picture.as_deref(), hit.item.kind))
                b { (hit.item.name) }
                time datetime=(when::machine(c.last_message_at)) {
                    (when::age(t, c.last_message_at, frame.now, &frame.zone))
                }
                span.said {
                    @if let Some(subject) = &hit.subject { (pieces(subject)) }
                    @else if !c.subject.is_empty() { (c.subject) }
                    @else if hit.quotes.is_empty() { (c.snippet) }
                }
                span.chip { (status_of_one(t, c.status)) }
            }
            @if !hit.quotes.is_empty() {
                ul.quotes {
                    @for quote in &hit.quotes { (quoted(frame, quote)) }
                    @if hit.more > 0 { li.quiet { (t.search_more_here(i64::from(hit.more))) } }
                }
            }
        }
    }
}

fn quoted(frame: &Frame, quote: &Quote) -> Markup {
    let t = &frame.texts;
    html! {
        li {
            a href=(quote.href) {
                span.quiet {
                    (quote.who) @if quote.note { " · " (t.search_note()) } " · "
                    time datetime=(when::machine(quote.at)) { (when::age(t, quote.at, frame.now, &frame.zone)) }
                }
                span.said dir="auto" { (pieces(&quote.pieces)) }
                @for name in &quote.files { span.file { (icon("clip")) (pieces(name)) } }
            }
        }
    }
}

fn pieces(pieces: &[Piece]) -> Markup {
    html! { @for piece in pieces { @if piece.found { mark { (piece.text) } } @else { (piece.text) } } }
}

fn nothing(t: &Texts, found: &Found) -> Markup {
    html! {
        @if found.bounded { p { (t.search_not_yet()) } }
        @else if found.resumed { p { (t.search_no_more()) } }
        @else { div.empty { p { (t.search_nothing_said(&found.typed)) } p.quiet { (t.search_nothing_hint()) } } }
    }
}

fn further(t: &Texts, found: &Found) -> Markup {
    html! {
        @if let Some(next) = &found.next {
            @let sort = if found.best { "best" } else { "" };
            @let query = encoded(&[("q", &found.typed), ("sort", sort), ("after", next)]);
            p.line {
                a.button.edged href={ "/search?" (query) } { @if found.bounded { (t.search_further()) } @else { (t.inbox_older()) } }
            }
        }
    }
}

/// What a status hides, counted and linked.
fn elsewhere(t: &Texts, found: &Found) -> Markup {
    html! {
        @for (status, tally, query) in &found.elsewhere {
            p { a href={ "/search?" (encoded(&[("q", query), ("sort", if found.best { "best" } else { "" })])) } { (counted(t, *tally, status_name(t, *status))) } }
        }
    }
}

/// How many more there are somewhere else, as far as they were counted.
pub fn counted(t: &Texts, tally: Tally, place: &str) -> String {
    if tally.hits == 0 {
        return t.search_maybe_in(place);
    }
    t.search_more_in(tally.hits, if tally.more { "+" } else { "" }, place)
}

/// Fields as the query of an address; empty ones are left out.
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
    query.finish()
}

/// The way from a list that looks only at people to what was said.
pub fn in_messages(t: &Texts, q: &str) -> Markup {
    html! { p { a href={ "/search?" (encoded(&[("q", q)])) } { (t.search_in_messages(q)) } } }
}
