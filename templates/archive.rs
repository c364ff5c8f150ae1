//! The pages of an archive: plain files that need no server, no network and, but for the search, no scripts.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use super::contacts::kind_name;
use super::{event_line, message};
use crate::domain::archive::{self, Told};
use crate::domain::contact::{Address, Contact};
use crate::domain::message::{Attachment, Kind, Message};
use crate::domain::{Id, Timestamp};
use crate::i18n::{Texts, refusal, when};

/// What every page of an archive needs.
pub struct Binding {
    pub texts: Texts,
    pub team: String,
    /// The moment of which this is the archive.
    pub now: Timestamp,
    pub zone: TimeZone,
}

/// Whoever reads an archive does so in another year, so every date names its own.
const ANOTHER_YEAR: Timestamp = Timestamp(0);

/// A moment with its year.
pub fn dated(of: &Binding, at: Timestamp) -> String {
    when::full(&of.texts, at, ANOTHER_YEAR, &of.zone)
}

/// What loads: nothing but files beside the page, whatever stands in it.
const POLICY: &str = "default-src 'none'; img-src file: 'self'; media-src file: 'self'; style-src file: 'self'; \
    script-src file: 'self'; form-action 'self' file:; base-uri 'none'";

/// A page that lies so many folders deep. Only the overview has a script.
fn page(of: &Binding, depth: usize, title: &str, body: &Markup) -> Markup {
    let root = "../".repeat(depth);
    html! {
        (DOCTYPE)
        html lang=(of.texts.language().code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="stylesheet" href={ (root) "archive.css" };
                @if depth == 0 { script src="archive.js" defer {} }
            }
            body {
                @if depth > 0 {
                    nav { a href={ (root) "index.html" } { (of.texts.archive_back()) } }
                }
                main { h1 dir="auto" { (title) } (body) }
            }
        }
    }
}

/// A month with how many conversations had their last message in it.
pub struct Month {
    pub month: (i16, i8),
    pub name: String,
    pub count: i64,
}

/// A list of contacts, by the names of its first and its last.
pub struct Span {
    pub first: String,
    pub last: String,
}

/// The overview, with the search.
pub fn overview(of: &Binding, months: &[Month], contacts: &[Span]) -> Markup {
    let t = &of.texts;
    let called = |name| archive::shown(name, t.archive_nameless());
    page(
        of,
        0,
        &t.archive_title(if of.team.is_empty() { "Transom" } else { &of.team }),
        &html! {
            p.quiet { (t.archive_made(dated(of, of.now))) }
            form #search role="search" method="get" hidden {
                label for="q" { (t.archive_search()) }
                input #q name="q" type="search" autocomplete="off" aria-describedby="hint";
                p.quiet #hint { (t.archive_search_hint()) }
                p #told role="status" data-searching=(t.archive_searching()) data-nothing=(t.archive_nothing())
                    data-common=(t.archive_common()) data-more=(t.archive_next())
                    data-only=(t.archive_only()) {}
                ol.list #found {}
            }
            noscript { p.quiet { (t.archive_no_scripts()) } }
            h2 { (t.archive_months()) }
            @if months.is_empty() { p.quiet { (t.archive_none()) } }
            ul.months {
                @for month in months {
                    li { a href=(archive::month_page(month.month, 1)) { (month.name) } " " small { (t.archive_count(month.count)) } }
                }
            }
            @if !contacts.is_empty() {
                h2 { (t.archive_contacts()) }
                ol.spans {
                    @for (number, span) in (1..).zip(contacts) {
                        li { a href=(archive::contacts_page(number)) { bdi { (called(&span.first)) } " – " bdi { (called(&span.last)) } } }
                    }
                }
            }
        },
    )
}

/// The lists before and behind one, each with its word.
pub struct Beside {
    pub before: Option<String>,
    pub next: Option<String>,
}

/// A list of conversations of one month.
pub fn month(of: &Binding, name: &str, lines: &[Told], beside: &Beside) -> Markup {
    let t = &of.texts;
    page(
        of,
        1,
        name,
        &html! {
            ol.list { @for line in lines { li { (line_of(of, line, true)) } } }
            (turn(beside, t.archive_newer(), t.archive_older()))
        },
    )
}

/// Contacts, each with what was said with them.
pub fn contacts(
    of: &Binding,
    number: usize,
    people: &[(Contact, Vec<Address>, Vec<Told>)],
    beside: &Beside,
) -> Markup {
    let t = &of.texts;
    page(
        of,
        1,
        &format!("{}, {}", t.archive_contacts(), t.archive_page(number)),
        &html! {
            @for (contact, addresses, told) in people {
                section id={ "c" (contact.id) } {
                    h2 dir="auto" { (archive::shown(&contact.name, t.archive_nameless())) }
                    p.quiet { @for address in addresses { span { (kind_name(t, address.kind)) " " bdi { (address.value) } } " " } }
                    @if !contact.about.is_empty() { p.text dir="auto" { (contact.about) } }
                    ol.list { @for line in told { li { (line_of(of, line, false)) } } }
                }
            }
            (turn(beside, t.archive_before(), t.archive_next()))
        },
    )
}

fn turn(beside: &Beside, before: &str, next: &str) -> Markup {
    html! {
        p.pages {
            @if let Some(page) = &beside.before { a rel="prev" href=(page) { (before) } " " }
            @if let Some(page) = &beside.next { a rel="next" href=(page) { (next) } }
        }
    }
}

fn line_of(of: &Binding, line: &Told, named: bool) -> Markup {
    let t = &of.texts;
    let said = if line.subject.is_empty() { &line.snippet } else { &line.subject };
    html! {
        a href={ "../" (archive::page_of(line.id)) } dir="auto" {
            @if named { b { (archive::shown(&line.name, t.archive_nameless())) } " " }
            (archive::shown(said, t.archive_none()))
        }
        " " small { (line.channel) " · " (dated(of, line.last_at)) " · " (t.archive_messages(line.messages)) }
    }
}

/// A message with what lies beside it in the archive.
pub struct Entry {
    pub message: Message,
    /// Who wrote it, for ours and for notes.
    pub author: String,
    /// Each with where it lies, seen from the page; `None`: its bytes are not here.
    pub files: Vec<(Attachment, Option<String>)>,
    /// Where the letter of a mail lies.
    pub letter: Option<String>,
}

/// A conversation. `list` is the list of contacts on which its contact stands.
pub fn conversation(of: &Binding, told: &Told, list: usize, entries: &[Entry]) -> Markup {
    let t = &of.texts;
    let name = archive::shown(&told.name, t.archive_nameless());
    let title = if told.subject.is_empty() { name.to_owned() } else { told.subject.clone() };
    page(
        of,
        2,
        &title,
        &html! {
            p.quiet {
                a href={ "../../" (archive::contacts_page(list)) "#c" (told.contact) } dir="auto" { (name) }
                " · " (told.channel) " · #" (told.id)
                @if let Some(assignee) = &told.assignee { " · " (assignee) }
            }
            ol.thread { @for entry in entries { (entry_of(of, name, entry)) } }
        },
    )
}

fn entry_of(of: &Binding, name: &str, entry: &Entry) -> Markup {
    let (t, m) = (&of.texts, &entry.message);
    let time = html! { time datetime=(m.at.rfc3339()) { (dated(of, m.at)) } };
    if m.kind == Kind::Event {
        return html! { li.event id={ "m" (m.id) } { (event_line::words(t, m, "", ANOTHER_YEAR, &of.zone)) " " (time) } };
    }
    let side = if m.kind == Kind::Inbound {
        "theirs"
    } else if m.kind == Kind::Note {
        "note"
    } else {
        "ours"
    };
    let mail = m.extra.mail.as_deref().and_then(|mail| mail.from.as_ref());
    let by = match (m.kind, mail) {
        (Kind::Inbound, Some(from)) => format!("{} <{}>", from.name, from.address).trim().to_owned(),
        (Kind::Inbound, None) => name.to_owned(),
        (Kind::Note, _) => t.thread_note_by(&entry.author),
        _ => archive::shown(&entry.author, t.archive_desk()).to_owned(),
    };
    html! {
        li class=(side) id={ "m" (m.id) } {
            p.by { span dir="auto" { (by) } " " (time) }
            (said(t, entry))
        }
    }
}

fn said(t: &Texts, entry: &Entry) -> Markup {
    let m = &entry.message;
    if m.revoked_at.is_some() {
        return html! { p.quiet { (t.thread_revoked()) } };
    }
    html! {
        @if let Some(label) = &m.extra.label { p.quiet { (message::label_of(t, label)) } }
        @if !m.body.is_empty() { p.text dir="auto" { (message::linked(&m.body)) } }
        @if !m.extra.earlier.is_empty() {
            p.quiet { (t.archive_earlier()) }
            @for text in &m.extra.earlier { p.text.earlier dir="auto" { (text) } }
        }
        @for (file, place) in &entry.files { (file_of(t, file, place.as_deref())) }
        @if !m.extra.reactions.is_empty() { p { @for reaction in &m.extra.reactions { span { (reaction.emoji) } } } }
        @if let Some(fault) = &m.error { p.bad { (t.archive_not_sent(&fault.message)) } }
        @if let Some(letter) = &entry.letter { p { a href=(letter) download { (t.archive_letter()) } } }
    }
}

fn file_of(t: &Texts, file: &Attachment, place: Option<&str>) -> Markup {
    let name = if file.name.is_empty() { t.attachment_file() } else { &file.name };
    let Some(place) = place else { return html! { p.quiet { (t.archive_file_gone(name)) } } };
    match message::shown_as(&file.media_type) {
        message::Shown::Image => {
            html! { p { a href=(place) { img src=(place) alt=(name) loading="lazy"; } } }
        }
        message::Shown::Audio => {
            html! { p { audio controls preload="none" src=(place) aria-label=(name) {} } }
        }
        message::Shown::Video => {
            html! { p { video controls preload="none" src=(place) aria-label=(name) {} } }
        }
        message::Shown::Download => {
            html! { p { a href=(place) download=(name) dir="auto" { (name) } " " small { (refusal::size(file.size)) } } }
        }
    }
}

/// The name of a month.
pub fn month_name(of: &Binding, (year, month): (i16, i8)) -> String {
    let names = of.texts.when_months().split(' ');
    let at = usize::try_from(month - 1).unwrap_or(0);
    format!("{} {year}", names.into_iter().nth(at).unwrap_or_default())
}

/// The number of a contact's list, from the numbers with which the lists begin.
pub fn list_of(starts: &[Id<Contact>], contact: Id<Contact>) -> usize {
    starts.partition_point(|start| *start <= contact).max(1)
}
