//! The messaging window in the API: what may be sent now, until when, and why.

use serde::Serialize;

use super::conversation::Telling;
use super::time;
use crate::domain::Refused;
use crate::domain::channel::{Channel, ChannelState, Templates};
use crate::domain::window::{self as rule, Blocked, Content, Grant, Sender};
use crate::i18n::{Texts, refusal};
use crate::web::api::schema::{Schemas, answer, list, moment, number, one_of, or_null, text};

/// What may be sent in a conversation.
#[derive(Serialize)]
pub struct Window {
    pub class: &'static str,
    pub state: &'static str,
    pub closes_at: Option<String>,
    pub sends_left: Option<u32>,
    pub allowed: Vec<&'static str>,
    /// One sentence.
    pub reason: String,
}

/// What decides over a conversation.
pub struct Case<'a> {
    pub channel: &'a Channel,
    pub grants: &'a [Grant],
    /// The contact is shut out.
    pub blocked: bool,
    /// The person asked not to be written to.
    pub opted_out: bool,
}

/// The window of a conversation in words and figures.
pub fn tell(case: &Case<'_>, telling: &Telling<'_>) -> Window {
    let card = &case.channel.card;
    let window = rule::window(&card.window, case.grants, telling.now);
    let obstacle = obstacle(case);
    let left = match window {
        rule::Window::Open { left, .. } => left,
        rule::Window::Blocked { why: Blocked::CountedOut { .. } } => Some(0),
        _ => None,
    };
    let reason = match &obstacle {
        Some(refused) => refusal::sentence(telling.texts, refused, &jiff::tz::TimeZone::UTC),
        None => reason(telling.texts, &window),
    };
    Window {
        class: card.window.class().as_str(),
        state: window.as_str(),
        closes_at: window.closes().map(time),
        sends_left: left,
        allowed: if obstacle.is_some() { vec!["note"] } else { allowed(case.channel, &window) },
        reason,
    }
}

/// What stands in the way, whatever the window says. The same checks as in the gate before sending.
fn obstacle(case: &Case<'_>) -> Option<Refused> {
    if case.channel.state == ChannelState::Disabled {
        Some(Refused::ChannelDisabled)
    } else if case.blocked {
        Some(Refused::ContactBlocked)
    } else if case.opted_out {
        Some(Refused::OptedOut)
    } else {
        None
    }
}

fn allowed(channel: &Channel, window: &rule::Window) -> Vec<&'static str> {
    let free = window.allows(Sender::Person, Content::Free);
    let approved =
        channel.card.templates == Templates::Approved && window.allows(Sender::Person, Content::Template);
    let mut allowed = Vec::new();
    if free {
        allowed.push("text");
    }
    if free && !channel.card.files.is_empty() {
        allowed.push("file");
    }
    // Saved replies of the team are free text; approved templates have a right of their own.
    if free || approved {
        allowed.push("template");
    }
    allowed.push("note");
    allowed
}

fn reason(t: &Texts, window: &rule::Window) -> String {
    match window {
        rule::Window::Unlimited => t.api_window_unlimited().to_owned(),
        rule::Window::Open { closes, left: None } => t.api_window_open(time(*closes)),
        rule::Window::Open { closes, left: Some(left) } => {
            t.api_window_open_left(i64::from(*left), time(*closes))
        }
        rule::Window::PersonOnly { closes } => t.api_window_person(time(*closes)),
        rule::Window::TemplateOnly { .. } => t.api_window_template().to_owned(),
        rule::Window::Blocked { why: Blocked::Closed { since } } => t.api_window_closed(time(*since)),
        rule::Window::Blocked { why: Blocked::NeverWrote } => t.api_window_never().to_owned(),
        rule::Window::Blocked { why: Blocked::CountedOut { allowed, .. } } => {
            t.api_window_counted(i64::from(*allowed))
        }
    }
}

/// The schema of it.
pub fn schemas() -> Schemas {
    let states = ["unlimited", "open", "person_only", "template_only", "blocked"];
    let mut allowed = list(&one_of(["text", "file", "template", "note"]));
    allowed["description"] =
        serde_json::json!("What may be sent now; in the state `person_only` only with `by` set to `person`.");
    vec![(
        "Window",
        answer(&[
            ("class", one_of(["A", "B", "C"])),
            ("state", one_of(states)),
            ("closes_at", or_null(&moment())),
            ("sends_left", or_null(&number())),
            ("allowed", allowed),
            ("reason", text()),
        ]),
    )]
}
