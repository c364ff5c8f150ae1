//! Two contacts who may be one person: the hint, and the page on which a supervisor compares and merges them.

use maud::{Markup, html};

use super::contacts::kind_name;
use super::frame::Frame;
use super::parts::{self, Field};
use super::row::written;
use crate::domain::agent::Role;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::Event;
use crate::domain::{Id, Timestamp};
use crate::i18n::{Texts, when};

/// Why two may be one person.
pub enum Sign {
    /// A number that both have, or an address of the one that a channel named for the other.
    Address(Address),
    /// They are called the same.
    Name,
}

/// Somebody who may be the same person, and what says so.
pub struct Alike {
    pub contact: Contact,
    pub sign: Sign,
}

/// One of the two that are compared.
pub struct Side {
    pub contact: Contact,
    pub addresses: Vec<Address>,
    /// What else is known: the language, the agent and the team's own fields, each with its name.
    pub known: Vec<(String, String)>,
    /// How many conversations; `None`: more than [`MOST`].
    pub conversations: Option<u32>,
}

/// Somebody who was merged into a contact, which can still be taken back.
pub struct Merged {
    pub event: Id<Event>,
    pub at: Timestamp,
    pub name: String,
}

/// What can be taken back.
pub fn merged(frame: &Frame, of: Id<Contact>, merged: &[Merged]) -> Markup {
    let t = &frame.texts;
    html! {
        @for one in merged {
            section.alike {
                p { (t.same_merged(if one.name.is_empty() { t.contacts_unnamed() } else { &one.name }, when::moment(t, one.at, frame.now, &frame.zone))) }
                p.quiet { (t.same_part_hint()) }
                (parts::one_button(frame, &format!("/contacts/{of}/part/{}", one.event), t.same_part()))
            }
        }
    }
}

/// Conversations are counted up to here.
pub const MOST: u32 = 50;

/// What a contact is called on a page.
pub fn name(frame: &Frame, contact: &Contact) -> String {
    if contact.name.is_empty() { frame.texts.contacts_unnamed().to_owned() } else { contact.name.clone() }
}

/// The hint. `back` is the conversation beside which it stands.
pub fn alike(frame: &Frame, of: Id<Contact>, alike: &[Alike], back: Option<Id<Conversation>>) -> Markup {
    let t = &frame.texts;
    let may_merge = frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Supervisor);
    html! {
        @if !alike.is_empty() {
            section.alike {
                h3 { (t.same_perhaps()) }
                @for one in alike {
                    p { a href={ "/contacts/" (one.contact.id) } {
                        @match &one.sign {
                            Sign::Address(shared) => (t.same_shares(name(frame, &one.contact), kind_name(t, shared.kind), written(shared))),
                            Sign::Name => (t.same_namesake(name(frame, &one.contact))),
                        }
                    } }
                    div.line {
                        @if may_merge { a.button.edged href={ "/contacts/" (of) "/merge/" (one.contact.id) } { (t.same_look()) } }
                        form method="post" action={ "/contacts/" (of) "/different/" (one.contact.id) } {
                            (frame.token())
                            @if let Some(back) = back { input type="hidden" name="back" value=(back); }
                            button.button type="submit" { (t.same_different()) }
                        }
                    }
                }
            }
        }
    }
}

/// The page on which both are compared before they become one.
pub fn preview(frame: &Frame, sides: &[Side; 2], sign: Option<&Sign>) -> Markup {
    let t = &frame.texts;
    let [one, other] = sides;
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.same_title()) }
            p {
                @match sign {
                    Some(Sign::Address(shared)) => (t.same_intro(kind_name(t, shared.kind), written(shared))),
                    Some(Sign::Name) => (t.same_intro_name()),
                    None => (t.same_intro_none()),
                }
            }
            form.stack method="post" action={ "/contacts/" (one.contact.id) "/merge/" (other.contact.id) } {
                (frame.token())
                fieldset {
                    legend { (t.same_keep()) }
                    @for (side, first) in [(one, true), (other, false)] { (choice(frame, side, first)) }
                }
                h2 { (t.same_what()) }
                p { (t.same_moves()) }
                @if sides.iter().any(|side| side.contact.blocked_at.is_some()) { p { (t.same_blocked()) } }
                (parts::check(&Field { name: "keep_open", label: t.same_open(), hint: t.same_open_hint(), ..Field::default() }))
                (parts::actions(t.same_merge(), Some((&format!("/contacts/{}", one.contact.id), t.contacts_cancel()))))
            }
        }
    }
}

/// How many conversations somebody has, up to [`MOST`].
pub fn threads(t: &Texts, count: Option<u32>) -> String {
    match count {
        Some(count) => t.same_threads(i64::from(count)),
        None => t.same_many(MOST),
    }
}

fn choice(frame: &Frame, side: &Side, checked: bool) -> Markup {
    let t = &frame.texts;
    let c = &side.contact;
    html! {
        section.card {
            label.line {
                input type="radio" name="survivor" value=(c.id) checked[checked] required;
                " " (t.same_stays(name(frame, c), c.id))
            }
            ul {
                @for address in &side.addresses { li { (kind_name(t, address.kind)) " " (written(address)) } }
                li { (threads(t, side.conversations)) }
            }
            @if !side.known.is_empty() { dl.facts { @for (what, value) in &side.known { dt { (what) } dd { (value) } } } }
            @if !c.about.is_empty() { p.text { (c.about) } }
        }
    }
}
