//! Waiting messages in the API.

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::Id;
use crate::domain::later::{self, When, Why};
use crate::web::api::schema::{Schemas, answer, id, moment, one_of, or_null, request, text, yes_no};

/// A message that waits.
#[derive(Serialize)]
pub struct Later {
    pub id: i64,
    pub conversation_id: i64,
    /// In whose name it is sent.
    pub agent_id: i64,
    pub body: String,
    pub at: Option<String>,
    /// `self` or `ask`, where it waits for the window.
    pub window: Option<&'static str>,
    /// Not sent when somebody has written before.
    pub alone: bool,
    pub until: Option<String>,
    /// Why it waits for its owner.
    pub held: Option<Why>,
    pub created_at: String,
}

impl Later {
    /// The message as the API shows one.
    pub fn of(later: &later::Later) -> Later {
        let (at, window, alone) = match later.when {
            When::At { at, alone } => (Some(time(at)), None, alone),
            When::Window { by_itself: true } => (None, Some("self"), false),
            When::Window { by_itself: false } => (None, Some("ask"), false),
        };
        Later {
            id: later.id.get(),
            conversation_id: Id::get(later.conversation),
            agent_id: later.agent.get(),
            body: later.body.clone(),
            at,
            window,
            alone,
            until: later.until.map(time),
            held: later.held,
            created_at: time(later.created_at),
        }
    }
}

/// A message that is to wait: for one of `at` and `window`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLater {
    pub body: String,
    pub at: Option<String>,
    pub window: Option<String>,
    #[serde(default)]
    pub alone: bool,
    pub until: Option<String>,
    pub key: Option<String>,
}

/// That a waiting message goes now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendLater {
    /// Although it was overtaken.
    #[serde(default)]
    pub anyway: bool,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let how = one_of(["self", "ask"]);
    vec![
        (
            "Later",
            answer(&[
                ("id", id()),
                ("conversation_id", id()),
                ("agent_id", id()),
                ("body", text()),
                ("at", or_null(&moment())),
                ("window", or_null(&how)),
                ("alone", yes_no()),
                ("until", or_null(&moment())),
                ("held", or_null(&one_of(Why::ALL.map(Why::as_str)))),
                ("created_at", moment()),
            ]),
        ),
        ("SendLater", request(&[], &[("anyway", yes_no())])),
        (
            "NewLater",
            request(
                &["body"],
                &[
                    ("body", text()),
                    ("at", moment()),
                    ("window", how),
                    ("alone", yes_no()),
                    ("until", moment()),
                    ("key", text()),
                ],
            ),
        ),
    ]
}
