//! Channels in the API. Secrets go in and never come out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::card::Card;
use super::time;
use crate::channels::{self, Account};
use crate::domain::channel::{Kind, OnClose, OnReturn, Settings};
use crate::domain::{Id, agent::Role};
use crate::web::api::ask::given;
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, named, one_of, or_null, request, text, text_up_to, texts_by_name,
    yes_no,
};

/// A connected account.
#[derive(Serialize)]
pub struct Channel {
    pub id: i64,
    pub kind: Kind,
    pub name: String,
    /// The word that stands for it in addresses which strangers see.
    pub key: String,
    /// A, B or C.
    pub class: &'static str,
    pub card: Card,
    pub state: &'static str,
    pub problem: Option<String>,
    pub queue_id: Option<i64>,
    pub on_close: &'static str,
    pub on_return: &'static str,
    /// What is no secret; null for those who are no administrators.
    pub settings: Option<Settings>,
    /// The names of the secrets that are set; null likewise.
    pub secrets: Option<Vec<String>>,
    /// Where the provider has to deliver; null likewise.
    pub webhook_url: Option<String>,
    pub received_at: Option<String>,
    pub sent_at: Option<String>,
    pub created_at: String,
}

impl Channel {
    /// The channel as somebody of this role sees it.
    pub fn of(account: &Account, role: Role) -> Channel {
        let channel = &account.channel;
        let admin = role == Role::Admin;
        Channel {
            id: channel.id.get(),
            kind: channel.kind,
            name: channel.name.clone(),
            key: channel.key.clone(),
            class: channel.card.window.class().as_str(),
            card: Card::of(&channel.card),
            state: channel.state.as_str(),
            problem: channel.problem.clone(),
            queue_id: channel.queue.map(Id::get),
            on_close: channel.on_close.as_str(),
            on_return: channel.on_return.as_str(),
            settings: admin.then(|| channel.settings.clone()),
            secrets: admin.then(|| account.secrets.keys().cloned().collect()),
            webhook_url: admin.then(|| account.hook_url()),
            received_at: channel.received_at.map(time),
            sent_at: channel.sent_at.map(time),
            created_at: time(channel.created_at),
        }
    }
}

/// A channel to be connected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChannel {
    pub kind: Kind,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    pub queue_id: Option<i64>,
    pub on_close: Option<Closing>,
    pub on_return: Option<Returning>,
}

/// What is to change; an empty value takes a setting away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelChange {
    pub name: Option<String>,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "given")]
    pub queue_id: Option<Option<i64>>,
    pub on_close: Option<Closing>,
    pub on_return: Option<Returning>,
    pub enabled: Option<bool>,
}

/// The closing logic, as it is asked for.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Closing {
    Keep,
    Unassign,
}

impl From<Closing> for OnClose {
    fn from(asked: Closing) -> OnClose {
        match asked {
            Closing::Keep => OnClose::Keep,
            Closing::Unassign => OnClose::Unassign,
        }
    }
}

/// What happens when a customer comes back, as it is asked for.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Returning {
    Reopen,
    New,
}

impl From<Returning> for OnReturn {
    fn from(asked: Returning) -> OnReturn {
        match asked {
            Returning::Reopen => OnReturn::Reopen,
            Returning::New => OnReturn::New,
        }
    }
}

/// One step of a test.
#[derive(Serialize)]
pub struct Step {
    pub step: &'static str,
    pub ok: bool,
    /// What the provider said.
    pub said: String,
}

impl Step {
    /// The step as the API shows it.
    pub fn of(check: channels::Check) -> Step {
        let ok = check.outcome.is_ok();
        Step { step: check.step, ok, said: check.outcome.unwrap_or_else(|said| said) }
    }
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let kinds = one_of(Kind::ALL.map(Kind::as_str));
    let on_close = one_of([OnClose::Keep, OnClose::Unassign].map(OnClose::as_str));
    let on_return = one_of([OnReturn::Reopen, OnReturn::New].map(OnReturn::as_str));
    vec![
        (
            "Channel",
            answer(&[
                ("id", id()),
                ("kind", kinds.clone()),
                ("name", text()),
                ("key", text()),
                ("class", one_of(["A", "B", "C"])),
                ("card", named("Card")),
                ("state", one_of(["enabled", "disabled", "broken"])),
                ("problem", or_null(&text())),
                ("queue_id", or_null(&id())),
                ("on_close", on_close.clone()),
                ("on_return", on_return.clone()),
                ("settings", or_null(&texts_by_name())),
                ("secrets", or_null(&list(&text()))),
                ("webhook_url", or_null(&text())),
                ("received_at", or_null(&moment())),
                ("sent_at", or_null(&moment())),
                ("created_at", moment()),
            ]),
        ),
        (
            "NewChannel",
            request(
                &["kind"],
                &[
                    ("kind", kinds),
                    ("name", text_up_to(80)),
                    ("settings", texts_by_name()),
                    ("queue_id", or_null(&id())),
                    ("on_close", or_null(&on_close)),
                    ("on_return", or_null(&on_return)),
                ],
            ),
        ),
        (
            "ChannelChange",
            request(
                &[],
                &[
                    ("name", or_null(&text_up_to(80))),
                    ("settings", texts_by_name()),
                    ("queue_id", or_null(&id())),
                    ("on_close", or_null(&on_close)),
                    ("on_return", or_null(&on_return)),
                    ("enabled", or_null(&yes_no())),
                ],
            ),
        ),
        ("Step", answer(&[("step", text()), ("ok", yes_no()), ("said", text())])),
        ("ChannelTest", answer(&[("ok", yes_no()), ("steps", list(&named("Step")))])),
    ]
}
