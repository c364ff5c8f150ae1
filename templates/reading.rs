//! One mail of a thread: its head, the mail itself in a frame of its own, and what can be done to read it better.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::icon;
use super::message::{self, Entry};
use super::{parts, preview};
use crate::domain::conversation::snippet;
use crate::domain::mail::{Envelope, Mailbox};
use crate::domain::message::{Attachment, AttachmentState, Kind, Message};
use crate::domain::quoted;
use crate::i18n::{Texts, when};

/// How a mail of the thread is shown.
pub struct Reading {
    /// The newest mail is open, older ones are a line each.
    pub open: bool,
    /// It has pictures that lie elsewhere.
    pub remote: bool,
    /// They are shown, because somebody said so of this sender.
    pub shown: bool,
    /// The letter is kept as it came.
    pub letter: bool,
    /// How high its frame is where no script can measure it, in pixels.
    pub height: u32,
}

/// Whether this entry is a mail.
pub fn is_mail(message: &Message) -> bool {
    matches!(message.kind, Kind::Inbound | Kind::Outbound)
        && (message.extra.mail.is_some() || message.html.is_some())
}

/// The mail.
pub fn mail(frame: &Frame, entry: &Entry, reading: &Reading) -> Markup {
    let (t, m) = (&frame.texts, &entry.message);
    let side = if m.kind == Kind::Outbound { "ours" } else { "theirs" };
    let head = m.extra.mail.as_deref();
    html! {
        li id={ "m" (m.id) } class={ "message mail last " (side) @if entry.mine { " me" } } data-id=(m.id) data-mark=(mark(entry, reading)) {
            details open[reading.open] {
                summary {
                    b { (sender(head, &entry.author)) }
                    span.gist { (snippet(&quoted::gist(&m.body))) }
                    @if !entry.files.is_empty() { (icon("clip")) span.hidden { (t.reading_files(count(&entry.files))) } }
                    time datetime=(when::machine(m.at)) { (when::day(t, m.at, frame.now, &frame.zone)) ", " (when::clock(m.at, &frame.zone)) }
                }
                div.letter {
                    (heads(t, head, &entry.author))
                    @if let Some(automatic) = head.and_then(|head| head.automatic.as_deref()) { p.label { (label(t, automatic)) } }
                    (tools(frame, entry, reading))
                    @if m.revoked_at.is_some() { p.gone { (t.thread_revoked()) } }
                    @else if m.html.is_some() {
                        iframe.sheet name={ "mail" (m.id) } src={ "/messages/" (m.id) "/mail" } height=(reading.height) loading="lazy"
                            title=(t.reading_frame(sender(head, &entry.author))) sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" {}
                    } @else { (words(t, &m.body)) }
                    (attachments(t, head, &entry.files))
                }
            }
            (message::footer(frame, entry))
        }
    }
}

fn count(files: &[Attachment]) -> i64 {
    i64::try_from(files.len()).unwrap_or(0)
}

/// What would make the mail look different; a page that has it already leaves its frame alone.
fn mark(entry: &Entry, reading: &Reading) -> String {
    let m = &entry.message;
    let files: String = entry.files.iter().map(|file| file.state.as_str()).collect();
    let edited = m.edited_at.or(m.revoked_at).map_or(0, |at| at.0);
    format!("{}-{files}-{edited}-{}-{}", m.state.as_str(), entry.undo, reading.shown)
}

fn sender<'a>(head: Option<&'a Envelope>, author: &'a str) -> &'a str {
    let from = head.and_then(|head| head.from.as_ref());
    from.map(|from| from.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(author)
}

fn heads(t: &Texts, head: Option<&Envelope>, author: &str) -> Markup {
    let none = Vec::new();
    let list = |boxes: &[Mailbox]| boxes.iter().map(written).collect::<Vec<_>>().join(", ");
    let from = head.and_then(|head| head.from.as_ref());
    let rows = [
        (t.reading_from(), from.map_or_else(|| author.to_owned(), written)),
        (t.reading_reply_to(), list(head.map_or(&none, |head| &head.reply_to))),
        (t.reading_to(), list(head.map_or(&none, |head| &head.to))),
        (t.reading_cc(), list(head.map_or(&none, |head| &head.cc))),
        (t.reading_bcc(), list(head.map_or(&none, |head| &head.bcc))),
        (t.reading_subject(), head.map(|head| head.subject.clone()).unwrap_or_default()),
    ];
    html! {
        dl.heads {
            @for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
                div { dt { (name) } dd dir="auto" { (value) } }
            }
        }
    }
}

/// A name with its address, as mails write them.
pub fn written(mailbox: &Mailbox) -> String {
    if mailbox.name.is_empty() {
        mailbox.address.clone()
    } else {
        format!("{} <{}>", mailbox.name, mailbox.address)
    }
}

fn tools(frame: &Frame, entry: &Entry, reading: &Reading) -> Markup {
    let (t, m) = (&frame.texts, &entry.message);
    let target = format!("mail{}", m.id);
    let view = |query: &str| format!("/messages/{}/mail{query}", m.id);
    let framed = m.html.is_some();
    html! {
        div.tools role="group" aria-label=(t.reading_view()) {
            @if framed {
                // Which of the two makes a difference, the sheet knows (S174).
                a.button.to-dark href=(view("?ground=dark")) target=(target) { (t.reading_dark()) }
                a.button.to-light href=(view("?ground=light")) target=(target) { (t.reading_light()) }
                a.button href=(view("?view=text")) target=(target) { (t.reading_plain()) }
                @if reading.remote && !reading.shown { a.button href=(view("?pictures=1")) target=(target) title=(t.reading_pictures_off()) { (t.reading_pictures()) } }
            }
            @if framed && reading.remote && m.extra.mail.as_ref().is_some_and(|head| head.from.is_some()) { (always(frame, m, reading)) }
            a.button href={ "/messages/" (m.id) "/original" } { (t.reading_headers()) }
            @if reading.letter { a.button href={ "/messages/" (m.id) "/letter" } { (t.reading_download()) } }
        }
        (evidence(t, m.extra.mail.as_deref()))
    }
}

fn always(frame: &Frame, m: &Message, reading: &Reading) -> Markup {
    let t = &frame.texts;
    let (value, words) = if reading.shown {
        ("never", t.reading_pictures_never())
    } else {
        ("always", t.reading_pictures_always())
    };
    html! {
        form method="post" action={ "/messages/" (m.id) "/pictures" } {
            (frame.token())
            button.button type="submit" name="show" value=(value) { (words) }
        }
    }
}

/// Why the mail lies here.
fn evidence(t: &Texts, head: Option<&Envelope>) -> Markup {
    html! {
        @if let Some(evidence) = head.and_then(|head| head.evidence.as_ref()) {
            details.why {
                summary { (t.reading_why()) }
                p {
                    @match evidence.by.as_str() {
                        "address" => (t.reading_why_address()),
                        "reference" => (t.reading_why_reference()),
                        "subject_token" => (t.reading_why_subject_token()),
                        "sender_and_subject" => (t.reading_why_sender_and_subject()),
                        "new" => (t.reading_why_new()),
                        "moved" => (t.reading_why_moved()),
                        "spam" => (t.reading_why_spam()),
                        "blocked" => (t.reading_why_blocked()),
                        other => (other),
                    }
                    @if !evidence.found.is_empty() { " " code { (evidence.found) } }
                }
            }
        }
    }
}

/// By what a machine's mail is known. A word that is not one of ours is shown as it stands.
fn label<'a>(t: &'a Texts, word: &'a str) -> &'a str {
    match word {
        "reply" => t.reading_auto_replied(),
        "generated" => t.reading_auto_generated(),
        "no_reply" => t.reading_no_reply(),
        "own" => t.reading_own(),
        "bulk" => t.reading_bulk(),
        "list" => t.reading_list(),
        "report" => t.reading_report(),
        "loop" => t.reading_loop(),
        other => other,
    }
}

/// A plain text with what it repeats folded.
pub fn words(t: &Texts, body: &str) -> Markup {
    let (fresh, quoted) = quoted::split(body);
    html! {
        @if !fresh.trim().is_empty() { p.text dir="auto" { (message::linked(fresh.trim_end())) } }
        @if !quoted.trim().is_empty() {
            details.fold { summary { (t.reading_earlier()) } p.text dir="auto" { (message::linked(quoted)) } }
        }
    }
}

/// Endings that a system runs or opens with another program than its name says.
const RISKY: [&str; 34] = [
    "exe", "com", "scr", "pif", "bat", "cmd", "ps1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "msi",
    "msp", "jar", "lnk", "url", "reg", "iso", "img", "vhd", "htm", "html", "svg", "xht", "xhtml", "docm",
    "xlsm", "pptm", "chm", "cpl", "one",
];

/// Whether a file of this name may do harm when it is opened.
pub fn is_risky(name: &str) -> bool {
    let ending =
        name.trim_end_matches(['.', ' ']).rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| RISKY.contains(&ending.as_str()))
}

fn attachments(t: &Texts, head: Option<&Envelope>, files: &[Attachment]) -> Markup {
    let inside = |place: usize| head.is_some_and(|head| head.inline.iter().any(|(_, index)| *index == place));
    let beside: Vec<&Attachment> =
        files.iter().enumerate().filter(|(place, _)| !inside(*place)).map(|(_, file)| file).collect();
    html! {
        @if !beside.is_empty() {
            ul.attached aria-label=(t.reading_files(i64::try_from(beside.len()).unwrap_or(0))) {
                @for file in beside {
                    li {
                        (message::file_part(t, file))
                        small { (file.media_type) " · " (crate::i18n::refusal::size(file.size)) }
                        @if file.state == AttachmentState::Stored && preview::is_shown(file) {
                            a href={ "/attachments/" (file.key) "/text" } { (t.attachment_preview()) span.hidden { " " (file.name) } }
                        }
                        @if is_risky(&file.name) { p.risky { (t.reading_risky()) } }
                    }
                }
            }
        }
    }
}

/// The page of one mail: complete, with its full head and its source.
pub struct Original {
    pub entry: Entry,
    pub reading: Reading,
    pub conversation: crate::domain::Id<crate::domain::conversation::Conversation>,
    /// The head of the letter and the beginning of the rest, as they came; empty where none is kept.
    pub head: String,
    pub source: String,
}

/// The page of one mail.
pub fn original(frame: &Frame, page: &Original) -> Markup {
    let t = &frame.texts;
    html! {
        main.page.original id="main" {
            header { h1 { (t.reading_original()) } a.button.edged href={ "/conversations/" (page.conversation) "?view=all" } { (t.reading_back()) } }
            ol.messages { (mail(frame, &page.entry, &page.reading)) }
            @if page.head.is_empty() { (parts::empty(t.reading_no_letter(), None)) } @else {
                h2 { (t.reading_headers()) }
                pre.source tabindex="0" role="region" aria-label=(t.reading_headers()) { (page.head) }
                details { summary { (t.reading_source()) } pre.source tabindex="0" role="region" aria-label=(t.reading_source()) { (page.source) } }
            }
        }
    }
}
