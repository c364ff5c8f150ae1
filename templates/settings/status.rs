//! How the desk does, in figures that cost nothing to read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::domain::checkup::Checkup;
use crate::domain::copies::Made;
use crate::domain::halt::Halt;
use crate::i18n::{Texts, halt, refusal, when};
use crate::templates::frame::Frame;
use crate::templates::parts;
use crate::templates::settings::channels;

/// What the page shows.
pub struct Status {
    pub version: &'static str,
    /// The name of the file.
    pub database: String,
    pub bytes: u64,
    /// The highest numbers given so far.
    pub conversations: i64,
    pub messages: i64,
    pub outbox_waiting: i64,
    pub outbox_unsure: i64,
    pub inbound_failed: i64,
    pub failed: i64,
    /// Deliveries whose signature did not fit, since the start.
    pub forged: u64,
    /// The same by channel.
    pub forged_at: BTreeMap<Id<Channel>, u64>,
    /// The clock of this desk runs ahead of the world by so many minutes.
    pub clock_minutes: i64,
    /// How many channels have secrets that the key file does not open.
    pub closed_secrets: usize,
    pub channels: Vec<Checkup>,
    pub copies: Copies,
    /// Why nothing is written at the moment.
    pub halt: Option<Halt>,
    /// The length of the log, if a program has kept the database open for so long that one should look.
    pub kept_open: Option<u64>,
    /// Free on the disk, in bytes.
    pub free: u64,
    /// The newest copy that the desk has made, or could not make.
    pub copy: Option<Made>,
    /// Where agents find help.
    pub support: Option<String>,
}

/// What keeps plain copies of the file whole.
pub enum Copies {
    /// Nothing changes while anybody has the file open.
    Leased,
    /// Little does; with the reason.
    Timed(String),
    /// It is not ours to say.
    Outside,
}

/// What a copy that is made with any tool is worth.
pub fn plain<'t>(t: &'t Texts, copies: &Copies) -> Cow<'t, str> {
    match copies {
        Copies::Leased => t.status_copies_lease().into(),
        Copies::Timed(why) => t.status_copies_timer(why).into(),
        Copies::Outside => t.status_copies_outside().into(),
    }
}

/// The page.
pub fn page(frame: &Frame, status: &Status) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.frame_status()) } }
        @if let Some(why) = status.halt {
            section.card {
                h2 { (t.status_halted()) }
                p role="alert" { strong { (halt::sentence(t, why)) } " " (halt::fix(t, why)) }
            }
        }
        section.card { h2 { (t.status_desk()) } (desk(frame, status)) }
        section.card { h2 { (t.status_flow()) } (flow(frame, status)) }
        section.card { h2 { (t.status_backup()) } (made(frame, status)) (copies(frame, status)) p { (t.status_backup_hint()) } }
        @if let Some(support) = &status.support { p { (t.help_support()) " " (parts::link(support)) } }
    };
    parts::settings(frame, "/settings/status", &body)
}

fn desk(frame: &Frame, status: &Status) -> Markup {
    let t = &frame.texts;
    html! {
        dl.facts {
            dt { (t.status_version()) } dd { (status.version) }
            dt { (t.status_database()) } dd { (status.database) " · " (refusal::size(status.bytes)) }
            dt { (t.status_free()) } dd { (refusal::size(status.free)) }
            dt { (t.status_conversations()) } dd { (status.conversations) }
            dt { (t.status_messages()) } dd { (status.messages) }
            dt { (t.status_time()) } dd { (when::full(t, frame.now, frame.now, &frame.zone)) }
            @if status.clock_minutes != 0 { dt { (t.status_clock()) } dd { (t.status_clock_ahead(status.clock_minutes)) } }
            dt { (t.status_key()) }
            dd { @if status.closed_secrets == 0 { (t.status_key_good()) } @else { (t.channels_foreign_key()) } }
        }
    }
}

fn made(frame: &Frame, status: &Status) -> Markup {
    let t = &frame.texts;
    html! {
        p {
            @match &status.copy {
                None => (t.copies_none()),
                Some(made) => {
                    (t.status_copy(when::full(t, made.at, frame.now, &frame.zone))) " "
                    @match &made.wrong {
                        None => { (t.copies_whole()) " " (refusal::size(made.bytes)) }
                        Some(why) => { strong { (t.copies_failed()) } " " (why) }
                    }
                }
            }
            " " a href="/settings/copies" { (t.frame_copies()) }
        }
    }
}

fn copies(frame: &Frame, status: &Status) -> Markup {
    let t = &frame.texts;
    html! {
        h3 { (t.status_copies()) }
        p { (plain(t, &status.copies)) }
        @if let Some(bytes) = status.kept_open {
            @let outside = matches!(status.copies, Copies::Outside);
            @let size = refusal::size(bytes);
            p role="status" {
                strong { @if outside { (t.status_copies_behind(size)) } @else { (t.status_copies_open(size)) } }
            }
        }
    }
}

fn flow(frame: &Frame, status: &Status) -> Markup {
    let t = &frame.texts;
    html! {
        dl.facts {
            dt { (t.status_waiting()) } dd { (status.outbox_waiting) }
            dt { (t.status_unsure()) } dd { (status.outbox_unsure) }
            dt { (t.status_failed()) } dd { (status.failed) }
            dt { (t.status_unread()) } dd { a href="/settings/intake" { (status.inbound_failed) } }
            dt { (t.status_forged()) } dd { (status.forged) }
            @for channel in &status.channels {
                dt { (t.status_last(&channel.name)) }
                dd {
                    @if let Some(at) = channel.received_at { (when::full(t, at, frame.now, &frame.zone)) }
                    @else { (t.channels_never()) }
                    @if let Some(count) = status.forged_at.get(&channel.channel) {
                        p { (t.status_forged_at(i64::try_from(*count).unwrap_or(i64::MAX))) }
                    }
                    @for worry in channel.worries(frame.now) {
                        p { a href={ "/settings/channels/" (channel.channel) } { (channels::sentence(frame, &worry)) } }
                    }
                }
            }
        }
    }
}
