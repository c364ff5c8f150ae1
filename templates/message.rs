//! One message of a thread with its files, its marks and, at the end of a run, its footer.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::frame::Frame;
use super::reading::{self, Reading};
use super::{icon, parts};
use crate::domain::Timestamp;
use crate::domain::message::{Attachment, AttachmentState, By, Fault, Kind, Location, Message, State};
use crate::domain::retention::TEXT_REMOVED;
use crate::i18n::{Texts, refusal, when};

/// A message with what the thread shows of it.
pub struct Entry {
    pub message: Message,
    /// Who wrote it: an agent's name, or the contact's.
    pub author: String,
    pub mine: bool,
    pub files: Vec<Attachment>,
    /// The message that it answers: who, and what.
    pub quote: Option<(String, String)>,
    /// It can still be taken back.
    pub undo: bool,
    /// The reactions that can be sent to it; empty: none.
    pub react: Vec<String>,
    /// How it is read, where it is a mail.
    pub reading: Option<Reading>,
}

/// Whether `next` goes on where `entry` ends, so that one footer serves both.
pub fn runs_on(entry: &Entry, next: &Entry) -> bool {
    let (one, other) = (&entry.message, &next.message);
    one.kind == other.kind
        && one.author == other.author
        && one.extra.writer == other.extra.writer
        && one.state == other.state
        && !one.state.is_trouble()
        && !entry.undo
        && entry.reading.is_none()
        && next.reading.is_none()
        && other.at.since(one.at).whole_minutes() < 10
}

/// One message. `last` is the end of a run and carries the footer; `mark` stands in the bubbles of the customer.
pub fn message(frame: &Frame, entry: &Entry, (last, mark): (bool, &str)) -> Markup {
    if let Some(how) = &entry.reading {
        return reading::mail(frame, entry, how);
    }
    let m = &entry.message;
    let side = match m.kind {
        Kind::Inbound | Kind::Event => "theirs",
        Kind::Outbound => "ours",
        Kind::Note => "note",
    };
    html! {
        li id={ "m" (m.id) } class={ "message " (side) @if last { " last" } @if entry.mine { " me" } } data-id=(m.id) {
            div.bubble {
                @if m.kind == Kind::Inbound { span.mark { (mark) } }
                @if m.kind == Kind::Note { p.by { (frame.texts.thread_note_by(&entry.author)) } }
                @if let Some((who, what)) = &entry.quote { blockquote { b { (who) } " " (what) } }
                (body(&frame.texts, entry))
                (react(frame, entry))
            }
            (reactions(&frame.texts, m))
            @if last || m.extra.charged || m.extra.covered { (footer(frame, entry)) }
        }
    }
}

fn body(t: &Texts, entry: &Entry) -> Markup {
    let m = &entry.message;
    if m.revoked_at.is_some() {
        return html! { p.gone { (t.thread_revoked()) } };
    }
    html! {
        @if let Some(referral) = &m.extra.referral { p.gone { (t.thread_referral(referral)) } }
        @if let Some(label) = &m.extra.label { p.gone { (label_of(t, label)) } }
        @for file in &entry.files { (file_part(t, file)) }
        @if let Some(location) = &m.extra.location { (place(t, location)) }
        @if !m.body.is_empty() { p.text dir="auto" { (linked(&m.body)) } }
    }
}

/// What it is instead of text. A word that is not one of ours was said by whoever runs a custom channel.
pub fn label_of<'a>(t: &'a Texts, label: &'a str) -> &'a str {
    match label {
        "contacts" => t.label_contacts(),
        "ephemeral" => t.label_ephemeral(),
        "form" => t.label_form(),
        "in_answer" => t.label_in_answer(),
        "order" => t.label_order(),
        "share" => t.label_share(),
        "sticker" => t.label_sticker(),
        "story_mention" => t.label_story_mention(),
        "story_reply" => t.label_story_reply(),
        "unsupported" => t.label_unsupported(),
        TEXT_REMOVED => t.label_text_removed(),
        "voice" => t.label_voice(),
        other => other,
    }
}

/// The text with its web addresses as links.
pub fn linked(text: &str) -> Markup {
    let pieces = text.split_inclusive(char::is_whitespace);
    html! {
        @for piece in pieces {
            @let word = piece.trim_end();
            @let bare = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '»', '”']);
            @if bare.starts_with("https://") || bare.starts_with("http://") {
                (parts::link(bare)) (&piece[bare.len()..])
            } @else { (piece) }
        }
    }
}

pub fn place(t: &Texts, location: &Location) -> Markup {
    let href = format!(
        "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=16/{0}/{1}",
        location.latitude, location.longitude
    );
    let name = location.name.as_deref().or(location.address.as_deref()).unwrap_or(t.thread_location());
    html! {
        p { a.file href=(href) rel="noopener noreferrer" target="_blank" { (icon::icon("pin")) (name) } }
    }
}

/// A file: seen or heard here where that is harmless, otherwise to be downloaded.
pub fn file_part(t: &Texts, file: &Attachment) -> Markup {
    let href = format!("/attachments/{}", file.key);
    let name = if file.name.is_empty() { t.attachment_file() } else { &file.name };
    match file.state {
        AttachmentState::Pending => html! { p.gone { (t.attachment_pending(name)) } },
        AttachmentState::Failed => html! { p.gone { (t.attachment_failed(name)) } },
        AttachmentState::Removed => html! { p.gone { (t.attachment_removed(name)) } },
        AttachmentState::Stored => match shown_as(&file.media_type) {
            Shown::Image => html! {
                a href=(href) target="_blank" { img src=(href) alt=(name) loading="lazy" decoding="async"; }
            },
            Shown::Audio => html! { audio controls preload="none" src=(href) aria-label=(name) {} },
            Shown::Video => html! { video controls preload="metadata" src=(href) aria-label=(name) {} },
            Shown::Download => html! {
                a.file href={ (href) "?download=1" } {
                    (icon::icon("file")) span { (name) } small { (refusal::size(file.size)) }
                }
            },
        },
    }
}

/// How a file of a media type is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    Image,
    Audio,
    Video,
    Download,
}

/// Only what a browser shows without running anything is shown; an SVG, for one, can hold a script.
pub fn shown_as(media_type: &str) -> Shown {
    match media_type {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" => Shown::Image,
        "audio/mpeg" | "audio/ogg" | "audio/opus" | "audio/aac" | "audio/mp4" | "audio/m4a"
        | "audio/x-wav" => Shown::Audio,
        "video/mp4" | "video/webm" => Shown::Video,
        _ => Shown::Download,
    }
}

/// The reactions to choose from, behind a sign.
fn react(frame: &Frame, entry: &Entry) -> Markup {
    let (t, m) = (&frame.texts, &entry.message);
    let is_ours = m.extra.reactions.iter().any(|reaction| reaction.by == By::Us);
    html! {
        @if !entry.react.is_empty() {
            details.smiles {
                summary aria-label=(t.thread_react()) title=(t.thread_react()) { (icon::icon("smile")) }
                form method="post" action={ "/messages/" (m.id) "/react" } {
                    (frame.token())
                    @for emoji in &entry.react { button.button.slight type="submit" name="emoji" value=(emoji) { (colourful(emoji)) } }
                    @if is_ours { button.link type="submit" name="emoji" value="" { (t.thread_react_off()) } }
                }
            }
        }
    }
}

/// A heart that a provider knows without its colour is shown with it.
fn colourful(emoji: &str) -> &str {
    if emoji == "❤" { "❤️" } else { emoji }
}

fn reactions(t: &Texts, m: &Message) -> Markup {
    html! {
        @if let Some(fault) = &m.extra.reaction_fault {
            p.foot { span.trouble { (t.thread_react_failed(because(t, fault))) } }
        }
        @if !m.extra.reactions.is_empty() {
            p.reactions aria-label=(t.thread_reactions()) {
                @for reaction in &m.extra.reactions { span { (colourful(&reaction.emoji)) } }
            }
        }
    }
}

/// How far it has come and when.
pub fn footer(frame: &Frame, entry: &Entry) -> Markup {
    let (t, m) = (&frame.texts, &entry.message);
    html! {
        div.foot {
            @if m.kind == Kind::Outbound {
                @if m.extra.automatic {
                    @if !m.extra.writer.is_empty() { (m.extra.writer) " · " }
                    (t.thread_automatic())
                } @else if entry.mine { (t.thread_you()) } @else { (entry.author) }
                " · "
            }
            (stamp(m.at, &frame.zone))
            @if m.edited_at.is_some() { " · " (t.thread_edited()) }
            @if let Some(prepared) = &m.extra.prepared { " · " (t.thread_prepared(&prepared.name, prepared.version)) }
            @else if let Some(template) = &m.extra.template { " · " (t.thread_template(&template.name)) }
            @if m.extra.charged { " · " (t.thread_charged()) }
            @if m.extra.covered { " · " a href={ "/messages/" (m.id) "/covered" } { (t.restricted_covered()) } }
            @if m.kind == Kind::Outbound { (state(frame, entry)) }
        }
    }
}

fn stamp(at: Timestamp, zone: &TimeZone) -> Markup {
    html! { time datetime=(when::machine(at)) { (when::clock(at, zone)) } }
}

/// How far a message of ours has come, and what can be done about it (S218).
fn state(frame: &Frame, entry: &Entry) -> Markup {
    let (t, m) = (&frame.texts, &entry.message);
    let form = |verb: &str, fields: &[(&str, &str)], words: &str| {
        html! {
            form method="post" action={ "/messages/" (m.id) "/" (verb) } {
                (frame.token())
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                button.link type="submit" { (words) }
            }
        }
    };
    match m.state {
        State::Received => html! {},
        State::Queued | State::Sending if entry.undo => html! {
            " · " (t.thread_sending()) " " span.undo { (form("undo", &[], t.thread_undo())) }
        },
        State::Queued | State::Sending => html! { " · " (t.thread_sending()) },
        State::Sent => html! { " · " span.state { (icon::icon("check")) (t.thread_sent()) } },
        State::Delivered => html! { " · " span.state.good { (icon::icon("checks")) (t.thread_delivered()) } },
        State::Read => html! { " · " span.state.good { (icon::icon("checks")) (t.thread_read()) } },
        State::Failed => html! {
            span.trouble {
                (t.thread_failed(reason(t, m)))
                @if m.error.as_ref().is_none_or(|fault| fault.again) { " " (form("retry", &[], t.thread_try_again())) }
            }
        },
        State::Unsure => html! {
            span.trouble {
                (t.thread_unsure()) " "
                (form("settle", &[("verdict", "again")], t.thread_send_again())) " "
                (form("settle", &[("verdict", "sent")], t.thread_it_was_sent()))
            }
        },
    }
}

/// Why it failed: our words for the kind of reason, and the provider's own.
fn reason(t: &Texts, m: &Message) -> String {
    m.error.as_ref().map_or_else(|| t.thread_cause_unknown().to_owned(), |fault| because(t, fault))
}

fn because(t: &Texts, fault: &Fault) -> String {
    let ours = match fault.code.as_str() {
        "window_closed" => t.thread_cause_window(),
        "unreachable" => t.thread_cause_unreachable(),
        "policy" => t.thread_cause_policy(),
        "auth" => t.thread_cause_auth(),
        "invalid_content" => t.thread_cause_content(),
        "media" => t.thread_cause_media(),
        "rate_limited" => t.thread_cause_rate(),
        "transient" => t.thread_cause_transient(),
        "opted_out" => t.thread_cause_opted_out(),
        "template" => t.thread_cause_template(),
        _ => t.thread_cause_unknown(),
    };
    if fault.message.is_empty() { ours.to_owned() } else { format!("{ours} “{}”", fault.message) }
}
