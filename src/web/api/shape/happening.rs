//! What a program asks to happen to a conversation.

use serde::Deserialize;

use super::message::{By, Chosen, NewAttachment};
use crate::domain::snooze::{Preset, REPLY};
use crate::web::api::ask::given;
use crate::web::api::schema::{
    Schemas, id, list, moment, named, number, one_of, or_null, request, text, text_up_to, yes_no,
};

/// A conversation that we begin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    pub channel_id: i64,
    pub to: String,
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub body: String,
    pub template: Option<Chosen>,
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    pub key: Option<String>,
    #[serde(default)]
    pub by: By,
}

/// Why a conversation is closed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Numbers of wrap-up reasons.
    #[serde(default)]
    pub reasons: Vec<i64>,
    #[serde(default)]
    pub note: String,
    /// The customer agreed to the end.
    #[serde(default)]
    pub consent: bool,
}

/// Until when a conversation is put off: one of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    pub until: Option<String>,
    pub preset: Option<String>,
}

/// Who gets a conversation: one of the two; null for nobody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    #[serde(default, deserialize_with = "given")]
    pub agent_id: Option<Option<i64>>,
    pub email: Option<String>,
}

/// What a program of the team's own says under its own name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saying {
    pub label: String,
    pub body: String,
    pub key: Option<String>,
    /// How long it may be silent after a message of the customer.
    pub minutes: Option<i64>,
}

/// To whom a conversation is handed over: one of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    pub queue_id: Option<i64>,
    pub agent_id: Option<i64>,
    #[serde(default)]
    pub note: String,
}

/// What a person saw of a message whose fate is unknown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    pub verdict: Verdict,
    #[serde(default)]
    pub by: By,
}

/// A failed message is to be sent once more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    #[serde(default)]
    pub by: By,
}

/// A reaction to what a customer wrote; empty: it is taken back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewReaction {
    pub emoji: String,
    #[serde(default)]
    pub by: By,
}

/// What to do about it.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Sent,
    SendAgain,
}

/// Nothing at all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    vec![
        (
            "NewConversation",
            request(
                &["channel_id", "to"],
                &[
                    ("channel_id", id()),
                    ("to", text_up_to(254)),
                    ("subject", text()),
                    ("body", text()),
                    ("template", or_null(&named("ChosenTemplate"))),
                    ("attachments", list(&named("NewAttachment"))),
                    ("key", or_null(&text_up_to(200))),
                    ("by", By::schema()),
                ],
            ),
        ),
        (
            "Closing",
            request(&[], &[("reasons", list(&id())), ("note", text_up_to(4000)), ("consent", yes_no())]),
        ),
        (
            "Snooze",
            request(
                &[],
                &[
                    ("until", or_null(&moment())),
                    ("preset", or_null(&one_of(Preset::ALL.map(Preset::as_str).into_iter().chain([REPLY])))),
                ],
            ),
        ),
        (
            "Saying",
            request(
                &["label", "body"],
                &[
                    ("label", text_up_to(40)),
                    ("body", text()),
                    ("key", or_null(&text_up_to(200))),
                    ("minutes", or_null(&number())),
                ],
            ),
        ),
        ("Assignment", request(&[], &[("agent_id", or_null(&id())), ("email", or_null(&text()))])),
        (
            "Transfer",
            request(
                &[],
                &[("queue_id", or_null(&id())), ("agent_id", or_null(&id())), ("note", text_up_to(4000))],
            ),
        ),
        (
            "Settlement",
            request(&["verdict"], &[("verdict", one_of(["sent", "send_again"])), ("by", By::schema())]),
        ),
        ("Retry", request(&[], &[("by", By::schema())])),
        ("NewReaction", request(&["emoji"], &[("emoji", text_up_to(16)), ("by", By::schema())])),
        ("Empty", request(&[], &[])),
    ]
}
