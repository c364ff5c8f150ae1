//! One contact: who it is, how to reach them, what was said; and the form that changes it.

use maud::{Markup, html};

use super::contacts::{kind_name, sign};
use super::frame::Frame;
use super::icon::icon;
use super::outbound;
use super::parts::{self, Field};
use super::person::{self, Earlier};
use super::row::{portrait, written};
use super::same::{self, Alike, Merged};
use super::settings::fields;
use super::timeline::{self, Timeline};
use crate::domain::agent::Role;
use crate::domain::channel::Kind;
use crate::domain::contact::{Address, AddressKind, Consent, Contact};
use crate::domain::field::Field as Own;
use crate::domain::{Id, Timestamp};
use crate::i18n::{Language, when};

/// What the page of a contact shows.
pub struct Card {
    pub contact: Contact,
    pub addresses: Vec<Address>,
    /// For each address where one writes to it first: the kind of channel, and the page.
    pub begin: Vec<(Id<Address>, Kind, String)>,
    pub conversations: Vec<Earlier>,
    pub dedicated: Option<String>,
    /// What was last said about writing to addresses.
    pub consents: Vec<(Id<Address>, Consent)>,
    /// Who was merged into this one a short while ago.
    pub merged: Vec<Merged>,
    /// The team's own fields in which something stands.
    pub fields: Vec<(Own, String)>,
    pub timeline: Timeline,
    /// Others who may be the same person.
    pub alike: Vec<Alike>,
}

/// The page of a contact.
pub fn page(frame: &Frame, card: &Card, problem: Option<&str>) -> Markup {
    let t = &frame.texts;
    let c = &card.contact;
    let blocked = c.blocked_at.is_some();
    html! {
        main.page id="main" tabindex="-1" {
            header {
                @if let Some(key) = &card.contact.picture { (portrait(key)) }
                div {
                    h1 { @if c.name.is_empty() { (t.contacts_unnamed()) } @else { (c.name) } }
                    p.quiet {
                        (t.contacts_since(when::date(t, c.created_at, frame.now, &frame.zone)))
                        @if let Some(agent) = &card.dedicated { " · " (t.person_dedicated(agent)) }
                        @if blocked { " · " span.chip.bad { (t.person_blocked()) } }
                    }
                }
                div.line {
                    a.button.main href={ "/contacts/" (c.id) "/edit" } { (t.contacts_edit()) }
                    (parts::one_button(frame, &format!("/contacts/{}/{}", c.id, if blocked { "unblock" } else { "block" }), if blocked { t.contacts_unblock() } else { t.contacts_block() }))
                }
            }
            @if let Some(problem) = problem { (parts::problem(problem)) }
            (same::alike(frame, c.id, &card.alike, None))
            (same::merged(frame, c.id, &card.merged))
            @if !c.about.is_empty() { p.text { (c.about) } }
            @if !card.fields.is_empty() {
                dl.facts { @for (field, value) in &card.fields { dt { (field.name) } dd { (fields::shown(t, field, value)) } } }
            }
            section.card {
                h2 { (t.contacts_addresses()) }
                ul.ways { @for address in &card.addresses { (way(frame, card, address)) } }
                (add_form(frame, c))
            }
            (timeline::section(frame, &card.timeline))
            (person::earlier(frame, &card.conversations, "view=all"))
            @if frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Supervisor) {
                p.line { a.button.edged href={ "/contacts/" (c.id) "/merge" } { (t.alike_merge_with()) } " " a.button.edged href={ "/contacts/" (c.id) "/erase" } { (t.erased_title()) } }
            }
        }
    }
}

fn way(frame: &Frame, card: &Card, address: &Address) -> Markup {
    let t = &frame.texts;
    let begin = card.begin.iter().filter(|(id, ..)| *id == address.id);
    html! {
        li {
            (icon(sign(address.kind)))
            div {
                p { (written(address)) }
                p.quiet { (kind_name(t, address.kind)) }
                (consent(frame, card, address))
                @if card.contact.blocked_at.is_none() {
                    p.line { @for (_, kind, href) in begin { a href=(href) { (outbound::new(t, *kind)) } } }
                }
            }
            form method="post" action={ "/contacts/" (address.contact) "/addresses/" (address.id) "/remove" } {
                (frame.token())
                button.link type="submit" { (frame.texts.contacts_remove()) span.hidden { " " (written(address)) } }
            }
        }
    }
}

/// What the person said about being written to there, since when and from where that is known, and the form for it.
fn consent(frame: &Frame, card: &Card, address: &Address) -> Markup {
    let t = &frame.texts;
    let known = card.consents.iter().find(|(id, _)| *id == address.id).map(|(_, consent)| consent);
    let answers = [("yes", t.consent_yes()), ("no", t.consent_no())];
    let answers = answers.map(|(value, words)| (value.to_owned(), words.to_owned()));
    html! {
        @if let Some(consent) = known {
            p.quiet {
                (if consent.allowed { t.consent_yes() } else { t.consent_no() }) " · "
                (when::moment(t, consent.at, frame.now, &frame.zone))
                @if consent.source == Consent::CHANNEL { " · " (t.consent_channel()) }
                @else if !consent.source.is_empty() { " · " (consent.source) }
            }
        }
        details {
            summary { (t.consent_note()) span.hidden { " " (written(address)) } }
            form.stack method="post" action={ "/contacts/" (address.contact) "/addresses/" (address.id) "/consent" } {
                (frame.token())
                (parts::select(&Field { name: "allowed", label: t.consent_title(), ..Field::default() }, &answers))
                (parts::text(&Field { name: "source", label: t.consent_source(), hint: t.consent_source_hint(), required: true, ..Field::default() }, "text"))
                (parts::actions(t.contacts_save(), None))
            }
        }
    }
}

fn add_form(frame: &Frame, contact: &Contact) -> Markup {
    let t = &frame.texts;
    let kinds = [
        (AddressKind::Phone, t.contacts_phone()),
        (AddressKind::Email, t.contacts_email()),
        (AddressKind::Whatsapp, "WhatsApp"),
    ];
    let kinds = kinds.map(|(kind, words)| (kind.as_str().to_owned(), words.to_owned()));
    html! {
        details {
            summary.button.edged { (t.contacts_add_address()) }
            form.stack method="post" action={ "/contacts/" (contact.id) "/addresses" } {
                (frame.token())
                div.pair {
                    (parts::select(&Field { name: "kind", label: t.contacts_kind(), ..Field::default() }, &kinds))
                    (parts::text(&Field { name: "value", label: t.contacts_value(), required: true, ..Field::default() }, "text"))
                }
                (parts::actions(t.contacts_add(), None))
            }
        }
    }
}

/// What the form holds, as it was typed.
#[derive(Default)]
pub struct Draft {
    /// `None`: a new contact.
    pub id: Option<String>,
    pub name: String,
    pub language: String,
    pub about: String,
    pub dedicated: String,
    /// The team's own fields, with what was typed.
    pub fields: Vec<(Own, String)>,
    /// How new what is changed is.
    pub seen: Option<Timestamp>,
    /// Who may look after the person; empty for those who do not choose it.
    pub agents: Vec<(String, String)>,
    /// Of somebody new alone.
    pub phone: String,
    pub email: String,
    /// The fields that are wrong, each with why.
    pub wrong: Vec<(String, String)>,
    /// What stands above the form.
    pub problem: Option<String>,
}

/// The form that adds or changes a contact.
pub fn form(frame: &Frame, draft: &Draft) -> Markup {
    let t = &frame.texts;
    let path = draft.id.as_ref().map_or_else(|| "/contacts".to_owned(), |id| format!("/contacts/{id}"));
    let error = |name: &str| {
        let found = draft.wrong.iter().find(|(field, _)| field == name);
        found.map(|(_, why)| why.clone())
    };
    let mut languages = vec![(String::new(), "–".to_owned())];
    languages.extend(
        Language::ALL.iter().map(|language| (language.code().to_owned(), language.name().to_owned())),
    );
    if !languages.iter().any(|(code, _)| *code == draft.language) {
        languages.push((draft.language.clone(), draft.language.clone()));
    }
    let mut agents = vec![(String::new(), t.contacts_nobody().to_owned())];
    agents.extend(draft.agents.iter().cloned());
    html! {
        main.page id="main" tabindex="-1" {
            h1 { @if draft.id.is_some() { (t.contacts_edit()) } @else { (t.contacts_new()) } }
            @if let Some(why) = &draft.problem { (parts::problem(why)) }
            form.stack method="post" action=(path) {
                (frame.token())
                @if let Some(seen) = draft.seen { input type="hidden" name="seen" value=(seen.0); }
                (parts::text(&Field { name: "name", label: t.contacts_name(), value: &draft.name, error: error("name"), autocomplete: "off", ..Field::default() }, "text"))
                div.pair {
                    (parts::select(&Field { name: "language", label: t.contacts_language(), value: &draft.language, error: error("language"), ..Field::default() }, &languages))
                    @if !draft.agents.is_empty() { (parts::select(&Field { name: "dedicated", label: t.contacts_look_after(), value: &draft.dedicated, error: error("dedicated"), ..Field::default() }, &agents)) }
                }
                @for (field, value) in &draft.fields { (fields::input(t, field, value, error(&format!("field_{}", field.id)))) }
                (parts::area(&Field { name: "about", label: t.contacts_about(), value: &draft.about, error: error("about"), ..Field::default() }))
                @if draft.id.is_none() {
                    div.pair {
                        (parts::text(&Field { name: "phone", label: t.contacts_phone(), value: &draft.phone, error: error("phone"), hint: "+34 612 345 678", ..Field::default() }, "tel"))
                        (parts::text(&Field { name: "email", label: t.contacts_email(), value: &draft.email, error: error("email"), ..Field::default() }, "email"))
                    }
                }
                (parts::actions(t.contacts_save(), Some((&path, t.contacts_cancel()))))
            }
        }
    }
}
