//! Announcements: above the work of those for whom they are, the list of one's own, and the pages of those who post them.

use maud::{Markup, html};

use super::frame::Frame;
use super::parts::{self, Field};
use super::typed::Typed;
use crate::domain::Timestamp;
use crate::domain::announcement::{Announcement, Audience, Stage};
use crate::i18n::{Texts, when};

/// So many stand above the work at once; the others have their page.
const ABOVE: usize = 2;

/// One announcement in words.
pub struct Shown {
    pub announcement: Announcement,
    /// The name of who posted it.
    pub by: String,
    /// The name of the queue that it is for, where it is for one.
    pub queue: String,
}

/// What is announced now, above the work; also sent again by live changes. There when empty, so that the first one has
/// its place.
pub fn above(frame: &Frame) -> Markup {
    let t = &frame.texts;
    html! {
        @for one in frame.announced.iter().take(ABOVE) {
            li.banner id={ "announcement" (one.id) } {
                span dir="auto" { (one.text) }
                (got_it(frame, one))
            }
        }
        @if frame.announced.len() > ABOVE {
            li.banner id="announcements-more" { a href="/announcements" { (t.announce_more(frame.announced.len().saturating_sub(ABOVE))) } }
        }
    }
}

fn got_it(frame: &Frame, one: &Announcement) -> Markup {
    html! {
        form method="post" action={ "/announcements/" (one.id) "/read" } {
            (frame.token())
            button.link type="submit" { (frame.texts.announce_got_it()) span.hidden { " " (one.text) } }
        }
    }
}

fn audience(t: &Texts, shown: &Shown) -> String {
    match shown.announcement.audience {
        Audience::Everybody => t.announce_all().to_owned(),
        Audience::Leaders => t.announce_leaders().to_owned(),
        Audience::Queue(_) => t.announce_queue(&shown.queue),
    }
}

fn stage(t: &Texts, one: &Announcement, now: Timestamp) -> &'static str {
    match one.stage(now) {
        Stage::Planned => t.announce_planned(),
        Stage::Shown => t.announce_shown(),
        Stage::Over => t.announce_over(),
    }
}

fn time(frame: &Frame, one: &Announcement) -> Markup {
    let t = &frame.texts;
    let moment = |at| when::point(t, at, frame.now, &frame.zone);
    html! {
        (t.announce_from(moment(one.starts_at)))
        " · "
        @match one.ends_at { Some(end) => (t.announce_until(moment(end))), None => (t.announce_open()) }
    }
}

/// What was announced to somebody, the newest first, with when it was read.
pub fn mine(frame: &Frame, list: &[(Shown, Option<Timestamp>)]) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.announce_title()) } }
            @if list.is_empty() { (parts::empty(t.announce_none(), Some(("/inbox", t.frame_inbox())))) }
            @for (shown, read) in list {
                @let one = &shown.announcement;
                section.card {
                    p.said dir="auto" { (one.text) }
                    p.quiet { (t.announce_by(&shown.by)) " · " (time(frame, one)) }
                    @match read {
                        Some(at) => p.quiet { (t.announce_you_read(when::moment(t, *at, frame.now, &frame.zone))) },
                        None => (got_it(frame, one)),
                    }
                }
            }
        }
    }
}

/// Every announcement, and a form for another.
pub fn list(frame: &Frame, list: &[Shown], queues: &[(String, String)], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let rows = html! {
        @for shown in list {
            @let one = &shown.announcement;
            tr {
                td dir="auto" { a href={ "/settings/announcements/" (one.id) } { (brief(&one.text)) } }
                td { (audience(t, shown)) }
                td { (stage(t, one, frame.now)) }
            }
        }
    };
    let body = html! {
        header { h1 { (t.announce_title()) } }
        p.quiet { (t.announce_intro()) }
        section.card { (form(frame, queues, typed)) }
        @if list.is_empty() { (parts::empty(t.announce_empty(), None)) }
        @else { (parts::table(t.announce_posted(), &[t.announce_text(), t.announce_for(), t.announce_stage()], &rows)) }
    };
    parts::settings(frame, "/settings/announcements", &body)
}

/// The beginning of a text, for a table.
fn brief(text: &str) -> String {
    crate::domain::conversation::snippet(text)
}

fn form(frame: &Frame, queues: &[(String, String)], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let names = ["text", "audience", "starts_at", "ends_at"];
    let text = Field { required: true, hint: t.announce_hint(), ..typed.field(t, "text", t.announce_text()) };
    let starts = Field { hint: t.announce_starts_hint(), ..typed.field(t, "starts_at", t.announce_starts()) };
    let ends = Field { hint: t.announce_ends_hint(), ..typed.field(t, "ends_at", t.announce_ends()) };
    html! {
        h2 { (t.announce_new()) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &names) { (parts::problem(&problem)) }
        form.stack method="post" action="/settings/announcements" {
            (frame.token())
            (parts::area(&text))
            (parts::select(&typed.field(t, "audience", t.announce_for()), queues))
            div.pair {
                (parts::text(&starts, "datetime-local"))
                (parts::text(&ends, "datetime-local"))
            }
            (parts::actions(t.announce_post(), None))
        }
    }
}

/// Somebody for whom it is, and when it was read.
pub struct Reader {
    pub name: String,
    pub read_at: Option<Timestamp>,
}

/// One announcement with its receipts.
pub fn one(frame: &Frame, shown: &Shown, readers: &[Reader]) -> Markup {
    let (t, one) = (&frame.texts, &shown.announcement);
    let read = readers.iter().filter(|reader| reader.read_at.is_some()).count();
    let rows = html! {
        @for reader in readers {
            tr {
                td { (reader.name) }
                td { @match reader.read_at { Some(at) => (when::moment(t, at, frame.now, &frame.zone)), None => (t.announce_not_yet()) } }
            }
        }
    };
    let body = html! {
        header { h1 { (t.announce_one()) } a.button href="/settings/announcements" { (t.form_back()) } }
        section.card {
            p.said dir="auto" { (one.text) }
            p.quiet { (audience(t, shown)) " · " (t.announce_by(&shown.by)) " · " (time(frame, one)) " · " (stage(t, one, frame.now)) }
            @if one.stage(frame.now) != Stage::Over {
                (parts::one_button(frame, &format!("/settings/announcements/{}/end", one.id), t.announce_end()))
            }
        }
        h2 { (t.announce_read_by(i64::try_from(read).unwrap_or(0), i64::try_from(readers.len()).unwrap_or(0))) }
        @if readers.is_empty() { p.quiet { (t.announce_nobody()) } }
        @else { (parts::table(t.announce_receipts(), &[t.form_name(), t.announce_read_at()], &rows)) }
    };
    parts::settings(frame, "/settings/announcements", &body)
}
