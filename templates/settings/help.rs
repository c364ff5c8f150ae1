//! What each channel allows: its window in words, and what it can carry. Made from the channels' own cards.

use maud::{Markup, html};

use crate::domain::channel::{Card, FileClass, FileRule, Kind, Templates};
use crate::domain::limit::Unit;
use crate::domain::throttle::{Pace, Weight};
use crate::domain::window::{After, Class};
use crate::i18n::kind::name as kind;
use crate::i18n::{Texts, refusal};
use crate::templates::frame::Frame;
use crate::templates::header::entry_point;
use crate::templates::parts;

/// A channel on the page: one that is connected, or a kind as such.
pub struct Entry {
    /// What the team calls it; `None` for a kind that is not connected.
    pub name: Option<String>,
    pub kind: Kind,
    pub card: Card,
}

/// The page.
pub fn page(frame: &Frame, entries: &[Entry], support: Option<&str>) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for entry in entries {
            tr {
                th scope="row" { (title(t, entry)) }
                td { (class(&entry.card)) " · " (class_words(t, &entry.card)) }
                td { (rule(t, &entry.card)) }
                td { (after(t, &entry.card)) }
            }
        }
    };
    let heads = [t.form_channel(), t.help_class(), t.help_window(), t.help_after()];
    html! {
        main.page.wide id="main" {
            header { h1 { (t.frame_help_channels()) } }
            p { (t.help_intro()) }
            (parts::table(t.help_windows(), &heads, &cells))
            h2 { (t.help_cards()) }
            div.abilities { @for entry in entries { (card(t, entry)) } }
            @if let Some(support) = support { p { (t.help_support()) " " (parts::link(support)) } }
        }
    }
}

fn title(t: &Texts, entry: &Entry) -> String {
    match &entry.name {
        Some(name) => entry_point(t, entry.kind, name),
        None => kind(t, entry.kind).to_owned(),
    }
}

fn class(card: &Card) -> &'static str {
    card.window.class().as_str()
}

fn class_words(t: &Texts, card: &Card) -> &'static str {
    match card.window.class() {
        Class::A => t.help_class_a(),
        Class::B => t.help_class_b(),
        Class::C => t.help_class_c(),
    }
}

/// How long one may answer freely.
pub(super) fn rule(t: &Texts, card: &Card) -> String {
    let Some(free) = card.window.free else { return t.help_any_time().to_owned() };
    let hours = free.whole_hours();
    match card.window.sends {
        Some(sends) => t.help_hours_sends(hours, sends),
        None => t.help_hours(hours),
    }
}

pub(super) fn after(t: &Texts, card: &Card) -> String {
    if card.window.free.is_none() {
        return t.help_after_unlimited().to_owned();
    }
    let then = match card.window.after {
        After::Template => t.help_after_template(),
        After::Nothing => t.help_after_nothing(),
    };
    match card.window.person {
        Some(person) => format!("{} {then}", t.help_after_person(person.whole_hours() / 24)),
        None => then.to_owned(),
    }
}

/// What a channel can carry (S225).
fn card(t: &Texts, entry: &Entry) -> Markup {
    let card = &entry.card;
    let can = |can: bool| if can { t.form_yes() } else { t.form_no() };
    html! {
        section.card {
            h3 { (title(t, entry)) }
            dl.facts {
                dt { (t.help_text()) } dd { (length(t, card)) }
                dt { (t.help_files()) } dd { (files(t, card)) }
                dt { (t.help_rich()) } dd { (can(card.rich_text)) }
                dt { (t.help_emoji()) } dd { (can(card.emoji)) }
                dt { (t.help_templates()) }
                dd {
                    @match card.templates {
                        Templates::Own => (t.help_templates_own()),
                        Templates::Approved => (t.help_templates_approved()),
                    }
                }
                dt { (t.help_replies()) } dd { (can(card.replies)) }
                dt { (t.help_reactions()) } dd { @if card.reacts.is_empty() { (t.form_no()) } @else { (card.reacts.join(" ")) } }
                dt { (t.help_receipts()) } dd { (receipts(t, card)) }
                @if let Some(pace) = card.pace {
                    dt { (t.help_pace()) } dd { (self::pace(t, pace)) }
                }
                dt { (t.help_begin()) }
                dd { @if card.starts_with.is_some() { (t.form_yes()) } @else { (t.help_begin_no()) } }
            }
        }
    }
}

pub(super) fn length(t: &Texts, card: &Card) -> String {
    match card.text.unit {
        Unit::Characters | Unit::Utf16 => t.help_characters(card.text.most),
        Unit::Bytes => t.help_bytes(card.text.most),
    }
}

fn files(t: &Texts, card: &Card) -> String {
    if card.files.is_empty() {
        return t.form_no().to_owned();
    }
    card.files.iter().map(|rule| file(t, rule)).collect::<Vec<_>>().join(" · ")
}

fn file(t: &Texts, rule: &FileRule) -> String {
    let what = match rule.what {
        FileClass::Image => t.help_image(),
        FileClass::Audio => t.help_audio(),
        FileClass::Video => t.help_video(),
        FileClass::Sticker => t.help_sticker(),
        FileClass::File => t.help_file(),
    };
    t.help_up_to(what, refusal::size(rule.most))
}

/// How fast it is sent at most; what is written faster waits.
fn pace(t: &Texts, pace: Pace) -> String {
    let account = match pace.weight {
        Weight::Parts => t.help_pace_parts(pace.account.count + pace.account.burst - 1),
        _ => t.help_pace_messages(pace.account.count + pace.account.burst),
    };
    match pace.person {
        Some(rate) => format!("{account}; {}", t.help_pace_person(rate.burst, rate.per.0 / 1000)),
        None => account,
    }
}

fn receipts(t: &Texts, card: &Card) -> &'static str {
    match (card.delivered, card.read) {
        (true, true) => t.help_receipts_both(),
        (true, false) => t.help_receipts_delivered(),
        (false, true) => t.help_receipts_read(),
        (false, false) => t.form_no(),
    }
}
