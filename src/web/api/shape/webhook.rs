//! Webhooks in the API.

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::{event, webhook};
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, named, number, one_of, or_null, request, text,
};

/// A webhook with its last answers.
#[derive(Serialize)]
pub struct Webhook {
    pub id: i64,
    pub url: String,
    /// Empty: every kind.
    pub kinds: Vec<String>,
    /// The last entry of the log that was delivered.
    pub cursor: i64,
    pub disabled_at: Option<String>,
    pub created_at: String,
    pub last_answers: Vec<Answer>,
}

/// A webhook as it is shown once, with its secret.
#[derive(Serialize)]
pub struct WithSecret {
    #[serde(flatten)]
    pub webhook: Webhook,
    /// Signs every delivery. Never shown again.
    pub secret: String,
}

/// What a webhook said to a delivery.
#[derive(Serialize)]
pub struct Answer {
    pub event_id: i64,
    pub at: String,
    pub status: Option<u16>,
    pub detail: String,
}

/// A webhook to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    pub url: String,
    #[serde(default)]
    pub kinds: Vec<String>,
}

impl Webhook {
    /// The webhook with those of the answers that are its own.
    pub fn of(webhook: &webhook::Webhook, answers: &[webhook::Answer]) -> Webhook {
        let own = answers.iter().filter(|answer| answer.webhook == webhook.id);
        Webhook {
            id: webhook.id.get(),
            url: webhook.url.clone(),
            kinds: webhook.kinds.clone(),
            cursor: webhook.cursor.get(),
            disabled_at: webhook.disabled_at.map(time),
            created_at: time(webhook.created_at),
            last_answers: own.map(Answer::of).collect(),
        }
    }
}

impl Answer {
    fn of(answer: &webhook::Answer) -> Answer {
        Answer {
            event_id: answer.event.get(),
            at: time(answer.at),
            status: answer.status,
            detail: answer.detail.clone(),
        }
    }
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let fields = [
        ("id", id()),
        ("url", text()),
        ("kinds", list(&text())),
        ("cursor", number()),
        ("disabled_at", or_null(&moment())),
        ("created_at", moment()),
        ("last_answers", list(&named("WebhookAnswer"))),
    ];
    let mut shown_once = fields.to_vec();
    shown_once.push(("secret", text()));
    let kinds = one_of(event::kind::ALL.iter().copied());
    vec![
        ("Webhook", answer(&fields)),
        ("WebhookWithSecret", answer(&shown_once)),
        (
            "WebhookAnswer",
            answer(&[
                ("event_id", id()),
                ("at", moment()),
                ("status", or_null(&number())),
                ("detail", text()),
            ]),
        ),
        ("NewWebhook", request(&["url"], &[("url", text()), ("kinds", list(&kinds))])),
    ]
}
