//! The settings of the desk.

pub mod advice;
pub mod assistant;
pub mod audit;
pub mod channel;
pub mod channel_page;
pub mod channels;
pub mod copies;
pub mod endings;
pub mod fields;
pub mod guide;
pub mod help;
pub mod intake;
pub mod mailbox;
pub mod people;
pub mod provider;
pub mod queues;
pub mod restricted;
pub mod retention;
pub mod senders;
pub mod status;
pub mod tags;
pub mod team;
pub mod template_sheets;
pub mod templates;
pub mod tokens;
pub mod webhooks;
pub mod work;
pub mod workflows;
pub mod writing;

use maud::{Markup, html};

use super::frame::Frame;
use super::parts;

/// A word that is shown this once, to be copied.
pub fn copy_field(label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label { (label) " " input type="text" readonly value=(value) spellcheck="false" data-copy; }
        }
    }
}

/// The settings at a glance.
pub fn index(frame: &Frame) -> Markup {
    let role = frame.agent.as_ref().map_or(crate::domain::agent::Role::Agent, |agent| agent.role);
    let body = html! {
        header { h1 { (frame.texts.frame_settings()) } }
        @for group in parts::sections(&frame.texts, role, frame.work.is_some()) {
            section {
                h2 { (group.words) }
                ul.stack { @for (path, words) in group.pages { li { a href=(path) { (words) } } } }
            }
        }
    };
    parts::settings(frame, "/settings", &body)
}
