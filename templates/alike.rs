//! Whom a contact is merged with: those who look like one person, and anybody whom a search finds.

use maud::{Markup, html};

use super::contacts::{Line, kind_name, row_of};
use super::frame::Frame;
use super::parts;
use super::row::written;
use super::same::{Sign, name, threads};
use super::search;
use crate::domain::Id;
use crate::domain::contact::Contact;
use crate::domain::keys::Act;

/// Somebody with what tells two of the same name apart.
#[derive(Clone)]
pub struct Person {
    pub line: Line,
    /// How many conversations; `None`: more than are counted.
    pub conversations: Option<u32>,
}

/// Two who may be one, and what says so.
pub struct Pair {
    pub people: [Person; 2],
    pub sign: Sign,
}

/// A page of those of whom nobody has said yet whether they are one.
pub struct List {
    pub pairs: Vec<Pair>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// The page of all who may be one.
pub fn list(frame: &Frame, list: &List) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" tabindex="-1" {
            header { h1 { (t.alike_title()) } a.button href="/contacts" { (t.contacts_title()) } }
            p.quiet { (t.alike_hint()) }
            @if list.pairs.is_empty() { (parts::empty(t.alike_none(), Some(("/contacts", t.contacts_title())))) }
            @for pair in &list.pairs { (both(frame, pair)) }
            @if let Some(next) = list.next {
                p.line { a.button.edged href={ "/contacts/same?before=" (next) } { (t.inbox_older()) } }
            }
        }
    }
}

fn both(frame: &Frame, pair: &Pair) -> Markup {
    let t = &frame.texts;
    let [one, other] = pair.people.each_ref().map(|person| person.line.contact.id);
    let names = pair.people.each_ref().map(|person| name(frame, &person.line.contact)).join(" · ");
    html! {
        section.card aria-label=(names) {
            p.quiet {
                @match &pair.sign {
                    Sign::Address(shared) => (t.alike_address(kind_name(t, shared.kind), written(shared))),
                    Sign::Name => (t.alike_name()),
                }
            }
            ul.people {
                @for person in &pair.people {
                    (row_of(frame, &person.line, &format!("/contacts/{}", person.line.contact.id), &count(frame, person)))
                }
            }
            div.line {
                @if frame.is_supervisor() {
                    a.button.edged href={ "/contacts/" (one) "/merge/" (other) } { (t.same_look()) span.hidden { " " (names) } }
                }
                form method="post" action={ "/contacts/" (one) "/different/" (other) } {
                    (frame.token())
                    button.button type="submit" { (t.same_different()) span.hidden { " " (names) } }
                }
            }
        }
    }
}

fn count(frame: &Frame, person: &Person) -> Markup {
    html! { span.quiet.threads { (threads(&frame.texts, person.conversations)) } }
}

/// Who one contact may be merged with.
pub struct Choice {
    pub contact: Contact,
    /// What was searched for; empty: those who look alike are offered.
    pub q: String,
    pub people: Vec<Person>,
    /// Where the next page of those who are found begins.
    pub next: Option<String>,
}

/// The page on which the other one is found.
pub fn choose(frame: &Frame, choice: &Choice) -> Markup {
    let t = &frame.texts;
    let here = format!("/contacts/{}", choice.contact.id);
    let called = name(frame, &choice.contact);
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.alike_choose(&called)) }
            p { a href=(here) { (t.alike_back(&called)) } }
            p.quiet { (t.alike_choose_hint()) }
            form.line.seek role="search" action={ (here) "/merge" } data-finder=(frame.sheets.find) data-finds="found" {
                input type="search" name="q" value=(choice.q) maxlength="200" autocomplete="off" autofocus[choice.q.is_empty()] aria-label=(t.alike_search()) placeholder=(t.alike_search()) data-act="search" aria-keyshortcuts=[frame.key(Act::Search)];
                button.button.edged type="submit" { (t.frame_key_search()) }
            }
            (search::told(t, (!choice.q.is_empty()).then_some(choice.people.len()), choice.next.is_some()))
            (found(frame, choice))
        }
    }
}

fn found(frame: &Frame, choice: &Choice) -> Markup {
    let t = &frame.texts;
    let merge = |other: Id<Contact>| format!("/contacts/{}/merge/{other}", choice.contact.id);
    html! {
        div #found {
            @if choice.people.is_empty() { @if !choice.q.is_empty() && choice.next.is_none() { p { (t.alike_nobody(&choice.q)) } } }
            @else {
                h2 { @if choice.q.is_empty() { (t.alike_suggested()) } @else { (t.alike_found()) } }
                ul.people {
                    @for person in &choice.people {
                        (row_of(frame, &person.line, &merge(person.line.contact.id), &count(frame, person)))
                    }
                }
            }
            @if let Some(next) = &choice.next {
                @let query = search::encoded(&[("q", &choice.q), ("before", next)]);
                p.line { a.button.edged href={ "/contacts/" (choice.contact.id) "/merge?" (query) } { (t.inbox_older()) } }
            }
        }
    }
}
