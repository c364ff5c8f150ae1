//! The people of the team in the API, and their queues.

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::Id;
use crate::domain::agent::{Agent, Role};
use crate::domain::queue;
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, one_of, or_null, request, text, text_up_to, yes_no,
};

/// Somebody of the team.
#[derive(Serialize)]
pub struct User {
    pub id: i64,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub disabled: bool,
    pub created_at: String,
}

impl User {
    /// The agent as the API shows one.
    pub fn of(agent: &Agent) -> User {
        User {
            id: agent.id.get(),
            email: agent.email.clone(),
            name: agent.name.clone(),
            role: agent.role,
            language: agent.language.clone(),
            time_zone: agent.time_zone.clone(),
            disabled: agent.disabled_at.is_some(),
            created_at: time(agent.created_at),
        }
    }
}

/// Somebody to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    #[serde(default = "lowest")]
    pub role: Role,
    /// Without one the person cannot sign in by password yet.
    pub password: Option<String>,
}

const fn lowest() -> Role {
    Role::Agent
}

/// What is to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<Role>,
    pub password: Option<String>,
    pub disabled: Option<bool>,
}

/// A queue with who is in it.
#[derive(Serialize)]
pub struct Queue {
    pub id: i64,
    pub name: String,
    /// Numbers of agents.
    pub members: Vec<i64>,
    pub created_at: String,
}

impl Queue {
    /// The queue with those of the memberships that are its own.
    pub fn of(queue: &queue::Queue, memberships: &[(Id<queue::Queue>, Id<Agent>)]) -> Queue {
        let own = memberships.iter().filter(|(id, _)| *id == queue.id);
        Queue {
            id: queue.id.get(),
            name: queue.name.clone(),
            members: own.map(|(_, agent)| agent.get()).collect(),
            created_at: time(queue.created_at),
        }
    }
}

/// A queue to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewQueue {
    pub name: String,
    #[serde(default)]
    pub members: Vec<i64>,
}

/// What is to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueChange {
    pub name: Option<String>,
    pub members: Option<Vec<i64>>,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let role = one_of(Role::ALL.map(Role::as_str));
    vec![
        (
            "User",
            answer(&[
                ("id", id()),
                ("email", text()),
                ("name", text()),
                ("role", role.clone()),
                ("language", or_null(&text())),
                ("time_zone", or_null(&text())),
                ("disabled", yes_no()),
                ("created_at", moment()),
            ]),
        ),
        (
            "NewUser",
            request(
                &["email", "name"],
                &[
                    ("email", text_up_to(254)),
                    ("name", text_up_to(80)),
                    ("role", role.clone()),
                    ("password", or_null(&text_up_to(256))),
                ],
            ),
        ),
        (
            "UserChange",
            request(
                &[],
                &[
                    ("email", or_null(&text_up_to(254))),
                    ("name", or_null(&text_up_to(80))),
                    ("role", or_null(&role)),
                    ("password", or_null(&text_up_to(256))),
                    ("disabled", or_null(&yes_no())),
                ],
            ),
        ),
        (
            "Queue",
            answer(&[("id", id()), ("name", text()), ("members", list(&id())), ("created_at", moment())]),
        ),
        ("NewQueue", request(&["name"], &[("name", text_up_to(80)), ("members", list(&id()))])),
        (
            "QueueChange",
            request(&[], &[("name", or_null(&text_up_to(80))), ("members", or_null(&list(&id())))]),
        ),
    ]
}
