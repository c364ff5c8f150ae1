//! The help, by channel. What is named here is called what the buttons are called.

use std::str::FromStr;

use maud::{Markup, html};

use super::help;
use crate::domain::availability::Media;
use crate::domain::channel::{Card, Kind};
use crate::domain::offer::Denied;
use crate::domain::window::After;
use crate::i18n::kind::{name, within};
use crate::i18n::{Texts, refusal};
use crate::templates::frame::Frame;
use crate::templates::{outbound as begin, parts};

/// What an article is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic {
    Respond,
    Transfer,
    Conference,
    End,
}

impl Topic {
    pub const ALL: [Topic; 4] = [Topic::Respond, Topic::Transfer, Topic::Conference, Topic::End];

    /// The word in the address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Respond => "respond",
            Topic::Transfer => "transfer",
            Topic::Conference => "conference",
            Topic::End => "end",
        }
    }
}

impl FromStr for Topic {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Topic::ALL.into_iter().find(|topic| topic.as_str() == text).ok_or(())
    }
}

/// What an article is called in its list.
fn short(t: &Texts, topic: Topic) -> &'static str {
    match topic {
        Topic::Respond => t.guide_respond(),
        Topic::Transfer => t.guide_transfer(),
        Topic::Conference => t.guide_conference(),
        Topic::End => t.guide_end(),
    }
}

/// The title of an article.
pub fn title(t: &Texts, kind: Kind, topic: Topic) -> String {
    format!("{}: {}", name(t, kind), short(t, topic))
}

/// Every article.
pub fn index(frame: &Frame, kinds: &[Kind], support: Option<&str>) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" tabindex="-1" {
            header { h1 { (t.guide_title()) } }
            p { a href="/help/outbound" { (t.guide_outbound()) } " · " a href="/help/channels" { (t.frame_help_channels()) } }
            @for kind in kinds {
                section.card {
                    h2 { (name(t, *kind)) }
                    ul.line {
                        @for topic in Topic::ALL {
                            li { a href={ "/help/" (kind.as_str()) "/" (topic.as_str()) } { (short(t, topic)) span.hidden { ": " (name(t, *kind)) } } }
                        }
                    }
                }
            }
            @if let Some(support) = support { p { (t.help_support()) " " (parts::link(support)) } }
        }
    }
}

/// Where the article stands, its title, and its steps.
fn page(frame: &Frame, title: &str, intro: &str, (steps, notes): (&[String], &[String])) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" tabindex="-1" {
            nav aria-label=(t.guide_where()) {
                ol.line {
                    li { a href="/help" { (t.guide_home()) } }
                    li { span aria-hidden="true" { "/ " } span aria-current="page" { (title) } }
                }
            }
            h1 { (title) }
            p { (intro) }
            ol.steps { @for step in steps { li { (step) } } }
            @if !notes.is_empty() {
                h2 { (t.guide_notes()) }
                ul.notes { @for note in notes { li { (note) } } }
            }
        }
    }
}

/// How a conversation is begun (S72).
pub fn outbound(frame: &Frame) -> Markup {
    let t = &frame.texts;
    let (sms, mail) = (begin::new(t, Kind::Sms), begin::new(t, Kind::Email));
    let steps = [
        t.guide_outbound_icon(t.outbound_title()),
        t.guide_outbound_channel(&sms, &mail),
        t.guide_outbound_to().to_owned(),
        t.guide_outbound_from().to_owned(),
        t.guide_outbound_text(t.composer_templates()),
        t.guide_outbound_send(t.outbound_send()),
    ];
    let notes = [
        t.guide_outbound_state(t.work_available()),
        t.guide_outbound_profile(t.work_automatic()),
        t.guide_outbound_unique().to_owned(),
        t.guide_outbound_most(t.outbound_code()),
        t.guide_outbound_subject().to_owned(),
        t.guide_outbound_after().to_owned(),
        t.guide_outbound_no_conference().to_owned(),
        t.guide_outbound_cancel(t.outbound_cancel()),
    ];
    page(frame, t.guide_outbound(), t.guide_outbound_intro(), (&steps, &notes))
}

/// One article of one channel.
pub fn article(frame: &Frame, kind: Kind, topic: Topic, card: &Card) -> Markup {
    let t = &frame.texts;
    let channel = within(t, kind);
    let (intro, steps, notes) = match topic {
        Topic::Respond => (t.guide_respond_intro(channel), respond(t, kind, card), windows(t, card)),
        Topic::Transfer => (t.guide_transfer_intro(channel), transfer(t, kind), came_back(t)),
        Topic::Conference => conference(t, kind),
        Topic::End => (t.guide_end_intro(channel), end(t, kind), end_notes(t, kind)),
    };
    page(frame, &title(t, kind, topic), &intro, (&steps, &notes))
}

fn respond(t: &Texts, kind: Kind, card: &Card) -> Vec<String> {
    let mail = kind == Kind::Email;
    let mut steps = vec![t.guide_open(t.work_accept())];
    steps.push(if mail {
        t.guide_respond_mail(t.letter_quick(), t.letter_standard())
    } else {
        t.guide_respond_write(help::length(t, card))
    });
    steps.push(t.guide_respond_template(t.composer_saved(), t.composer_templates()));
    steps.push(if card.files.is_empty() {
        t.guide_respond_no_files().to_owned()
    } else {
        t.guide_respond_files(t.composer_attach())
    });
    let enter = card.enter_sends;
    steps.push(if enter {
        t.guide_respond_enter(t.composer_send())
    } else {
        t.guide_respond_ctrl(t.composer_send())
    });
    steps
}

/// Until when one may answer, and what comes after.
fn windows(t: &Texts, card: &Card) -> Vec<String> {
    let mut notes = vec![t.guide_window(help::rule(t, card))];
    if card.window.free.is_some() {
        notes.push(help::after(t, card));
        if card.window.after == After::Nothing {
            notes.push(t.guide_window_again().to_owned());
        }
    }
    if !card.rich_text && card.window.free.is_none() {
        notes.push(t.guide_plain().to_owned());
    }
    notes
}

fn transfer(t: &Texts, kind: Kind) -> Vec<String> {
    let mut steps = vec![t.guide_accepted(t.work_accept()), t.guide_transfer_menu(t.handing_transfer())];
    steps.push(if kind == Kind::Email {
        t.guide_transfer_mail().to_owned()
    } else {
        t.guide_transfer_whom(t.handing_people(), t.handing_queues())
    });
    steps.push(t.guide_lists(t.handing_find(), t.handing_refresh()));
    steps.push(t.guide_transfer_send(t.wrap_title()));
    steps
}

fn came_back(t: &Texts) -> Vec<String> {
    vec![t.guide_transfer_back().to_owned()]
}

fn conference(t: &Texts, kind: Kind) -> (String, Vec<String>, Vec<String>) {
    if kind == Kind::Email {
        let why = refusal::sentence(
            t,
            &crate::domain::Refused::Work(Denied::ConferenceMail),
            &jiff::tz::TimeZone::UTC,
        );
        let fix =
            refusal::fix(t, &crate::domain::Refused::Work(Denied::ConferenceMail), &jiff::tz::TimeZone::UTC);
        return (why, vec![fix], Vec::new());
    }
    let whom = if kind == Kind::Whatsapp { t.guide_conference_both() } else { t.guide_conference_whom() };
    let steps = vec![
        t.guide_accepted(t.work_accept()),
        t.guide_conference_menu(t.handing_conference()),
        whom.to_owned(),
        t.guide_lists(t.handing_find(), t.handing_refresh()),
        t.guide_conference_joined().to_owned(),
        t.guide_conference_end(t.handing_end(), t.wrap_title()),
        t.guide_conference_leave(t.handing_leave()),
    ];
    (t.guide_conference_intro(within(t, kind)), steps, vec![t.guide_outbound_no_conference().to_owned()])
}

/// On messengers and SMS the customer agrees first; on website chats and WhatsApp the customer had better end (X8).
fn asks_consent(kind: Kind) -> bool {
    Media::of(kind) == Media::Social && kind != Kind::Whatsapp
}

fn end(t: &Texts, kind: Kind) -> Vec<String> {
    if kind == Kind::Email {
        return vec![t.guide_end_mail(t.composer_send()), t.guide_end_mail_close(t.frame_key_close())];
    }
    let mut steps = vec![t.guide_accepted(t.work_accept())];
    steps.push(if asks_consent(kind) { t.guide_end_consent() } else { t.guide_end_customer() }.to_owned());
    steps.push(t.guide_end_close(t.frame_key_close()));
    steps.push(t.guide_end_reasons(t.wrap_title(), t.wrap_submit()));
    steps
}

fn end_notes(t: &Texts, kind: Kind) -> Vec<String> {
    let mut notes = Vec::new();
    if kind != Kind::Email {
        notes.push(t.guide_end_left().to_owned());
    }
    notes.push(t.guide_end_again().to_owned());
    notes
}
