//! What one was told personally, and how one wants to be told.

use maud::{Markup, html};

use super::frame::Frame;
use super::parts;
use crate::domain::notice::{Choice, Kind, Notice, Unseen};
use crate::domain::{Id, Timestamp};
use crate::i18n::{Texts, when};

/// A notice with its words.
pub struct Told {
    pub notice: Notice,
    /// The customer's name.
    pub name: String,
    /// The colleague who caused it; empty for the customer and the clock.
    pub by: String,
    /// The beginning of what was said.
    pub said: String,
    /// When the window of the conversation closes, or has closed.
    pub closes: Option<Timestamp>,
    /// The customer still waits for an answer.
    pub waits: bool,
}

/// A page of notices.
pub struct List {
    pub told: Vec<Told>,
    /// The kind that is shown alone.
    pub kind: Option<Kind>,
    /// Where the next page begins.
    pub next: Option<Id<Notice>>,
    pub newest: Option<Id<Notice>>,
}

/// What the bar of every page shows.
#[derive(Default)]
pub struct Bell {
    pub unseen: Unseen,
    /// What is said aloud of it.
    pub aloud: Option<Aloud>,
    /// Whoever looks wants to hear of something, so the page fetches what can say it.
    pub listens: bool,
}

/// One notice as it is said aloud.
pub struct Aloud {
    pub notice: Id<Notice>,
    pub words: String,
    pub browser: bool,
    pub sound: bool,
}

/// The page.
pub fn page(frame: &Frame, list: &List, choices: &[Choice]) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.notice_title()) } }
            (whole(frame, list))
            (choice(frame, choices))
        }
    }
}

/// The list with its tabs; also sent again by live changes.
pub fn whole(frame: &Frame, list: &List) -> Markup {
    let (t, unseen) = (&frame.texts, &frame.bell.unseen);
    let here = |kind: Option<Kind>| (list.kind == kind).then_some("page");
    html! {
        div.stack #live data-live="notices" {
            nav.tabs aria-label=(t.notice_kinds()) {
                a href="/notices" aria-current=[here(None)] { (t.notice_all()) (number(unseen.total())) }
                @for kind in Kind::ALL {
                    a href={ "/notices?kind=" (kind.as_str()) } aria-current=[here(Some(kind))] { (name(t, kind)) (number(unseen.of(kind))) }
                }
            }
            @if list.told.is_empty() { (parts::empty(none(t, list.kind), Some(("/inbox", t.frame_inbox())))) }
            ol.told { @for told in &list.told { (entry(frame, told)) } }
            div.line {
                @if let Some(newest) = list.newest.filter(|_| unseen.total() > 0 && list.kind.is_none()) {
                    form method="post" action="/notices/seen" {
                        (frame.token())
                        input type="hidden" name="last" value=(newest);
                        button.button.edged type="submit" { (t.notice_all_seen()) }
                    }
                }
                @if let Some(next) = list.next { a.button.edged href=(more(list.kind, next)) { (t.notice_older()) } }
            }
        }
    }
}

fn number(count: u32) -> Markup {
    html! { @if count > 0 { " " span.count { (count) } } }
}

fn none(t: &Texts, kind: Option<Kind>) -> &'static str {
    match kind {
        None => t.notice_none(),
        Some(Kind::Mention) => t.notice_none_mention(),
        Some(Kind::Assigned) => t.notice_none_assigned(),
        Some(Kind::Queue) => t.notice_none_queue(),
        Some(Kind::Followed) => t.notice_none_followed(),
        Some(Kind::Window) => t.notice_none_window(),
        Some(Kind::Workflow) => t.notice_none_workflow(),
    }
}

fn more(kind: Option<Kind>, next: Id<Notice>) -> String {
    match kind {
        Some(kind) => format!("/notices?kind={}&before={next}", kind.as_str()),
        None => format!("/notices?before={next}"),
    }
}

/// What somebody was told, as one sentence.
pub fn words(t: &Texts, told: &Told, now: Timestamp) -> String {
    match (told.notice.kind, told.by.is_empty()) {
        (Kind::Mention, _) => t.notice_mentioned(&told.by, &told.name),
        (Kind::Assigned, true) => t.notice_given(&told.name),
        (Kind::Assigned, false) => t.notice_given_by(&told.by, &told.name),
        (Kind::Queue, true) => t.notice_queued(&told.name),
        (Kind::Queue, false) => t.notice_queued_by(&told.by, &told.name),
        (Kind::Followed, true) => t.notice_wrote(&told.name),
        (Kind::Followed, false) => t.notice_answered(&told.by, &told.name),
        (Kind::Window, _) if !told.waits => t.notice_waits_no_more(&told.name),
        (Kind::Window, _) if told.closes.is_some_and(|closes| closes > now) => t.notice_closes(&told.name),
        (Kind::Window, _) => t.notice_has_closed(&told.name),
        (Kind::Workflow, _) => t.notice_workflow(&told.name),
    }
}

fn entry(frame: &Frame, told: &Told) -> Markup {
    let t = &frame.texts;
    let one = &told.notice;
    let soon = told.closes.filter(|closes| one.kind == Kind::Window && told.waits && *closes > frame.now);
    let words = words(t, told, frame.now);
    html! {
        li.new[!one.seen] id={ "n" (one.id) } {
            @if one.seen {
                a href={ "/conversations/" (one.conversation) "?view=all" } { (words) }
            } @else {
                form method="post" action={ "/notices/" (one.conversation) "/open" } {
                    (frame.token())
                    button.link type="submit" { span.hidden { (t.notice_new()) " " } (words) }
                }
            }
            @if !told.said.is_empty() { p dir="auto" { (told.said) } }
            p.quiet {
                (when::moment(t, one.at, frame.now, &frame.zone))
                @if let Some(closes) = soon { " " span.chip.warn { (when::left(t, closes.since(frame.now))) } }
            }
        }
    }
}

/// Each event with the ways to be told of it.
fn choice(frame: &Frame, choices: &[Choice]) -> Markup {
    let t = &frame.texts;
    let ways = [t.notice_told(), t.notice_browser(), t.notice_sound()];
    let rows = html! {
        @for choice in choices {
            tr {
                th scope="row" { (name(t, choice.kind)) }
                @for (way, words, on) in [("told", ways[0], choice.told), ("browser", ways[1], choice.browser), ("sound", ways[2], choice.sound)] {
                    td { input type="checkbox" name=(choice.kind.as_str()) value=(way) checked[on] aria-label={ (name(t, choice.kind)) ": " (words) }; }
                }
            }
        }
    };
    let wanted = choices.iter().any(|choice| choice.browser).then_some("");
    html! {
        section.card {
            h2 { (t.notice_ways()) }
            form.stack method="post" action="/notices/choice" {
                (frame.token())
                div.ways { (parts::table(t.notice_ways(), &[t.notice_event(), ways[0], ways[1], ways[2]], &rows)) }
                p.hint { (t.notice_ways_hint()) }
                noscript { p.hint { (t.notice_no_scripts()) } }
                p.error #denied role="alert" hidden data-wanted=[wanted] { (t.notice_denied()) }
                (parts::actions(t.form_save(), None))
            }
        }
    }
}

fn name(t: &Texts, kind: Kind) -> &'static str {
    match kind {
        Kind::Mention => t.notice_kind_mention(),
        Kind::Assigned => t.notice_kind_assigned(),
        Kind::Queue => t.notice_kind_queue(),
        Kind::Followed => t.notice_kind_followed(),
        Kind::Window => t.notice_kind_window(),
        Kind::Workflow => t.notice_kind_workflow(),
    }
}
