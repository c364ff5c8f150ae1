//! An agent, as others mention one.

use serde::Serialize;
use serde_json::Value;

use crate::domain::agent::Agent;
use crate::web::api::schema::{Schemas, answer, id, text};

/// An agent in a word.
#[derive(Serialize, Clone)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub email: String,
}

impl Person {
    /// The agent in a word.
    pub fn of(agent: &Agent) -> Person {
        Person { id: agent.id.get(), name: agent.name.clone(), email: agent.email.clone() }
    }
}

/// The schema of it.
pub fn schemas() -> Schemas {
    let person: Value = answer(&[("id", id()), ("name", text()), ("email", text())]);
    vec![("Person", person)]
}
