//! Queues: listed, added, changed, taken away.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::user::{NewQueue, Queue, QueueChange};
use super::shape::{All, created, shown};
use crate::actions::queue as action;
use crate::domain::Id;
use crate::domain::agent::{Agent, Role};
use crate::domain::queue;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The queues of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/queues", Role::Agent, list, Gives::All("Queue"))
        .about("Every queue with who is in it."),
    Endpoint::post("/api/v1/queues", Role::Admin, add, "NewQueue")
        .about("Adds a queue.")
        .giving(Gives::Created("Queue")),
    Endpoint::get("/api/v1/queues/{id}", Role::Agent, show, Gives::One("Queue")).about("One queue."),
    Endpoint::patch("/api/v1/queues/{id}", Role::Admin, change, "QueueChange")
        .about("Changes what is given and leaves the rest.")
        .giving(Gives::One("Queue")),
    Endpoint::delete("/api/v1/queues/{id}", Role::Admin, delete, Gives::Nothing)
        .about("Takes a queue away in which no conversation lies."),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let items = cx.read(|connection| {
        let members = store::queue::memberships(connection)?;
        let all = store::queue::all(connection)?;
        Ok::<_, store::Error>(all.iter().map(|queue| Queue::of(queue, &members)).collect())
    })?;
    shown(&All { items })
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewQueue = ask::body(cx, JSON)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| {
        let id = action::add(tx, &by, &asked.name, now)?;
        if !asked.members.is_empty() {
            action::change(tx, &by, id, (&asked.name, &agents(&asked.members)), now)?;
        }
        Ok::<_, crate::actions::Error>(id)
    })?;
    created(&one(cx, id)?)
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&one(cx, id)?)
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<queue::Queue> = cx.param("id")?;
    let asked: QueueChange = ask::body(cx, JSON)?;
    let before = one(cx, id)?;
    let name = asked.name.unwrap_or(before.name);
    let members = agents(&asked.members.unwrap_or(before.members));
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::change(tx, &by, id, (&name, &members), now))?;
    shown(&one(cx, id)?)
}

fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<queue::Queue> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::new(204))
}

fn agents(numbers: &[i64]) -> Vec<Id<Agent>> {
    numbers.iter().copied().map(Id::new).collect()
}

fn one(cx: &Cx<'_>, id: Id<queue::Queue>) -> Result<Queue, Failure> {
    let found = cx.read(|connection| {
        let members = store::queue::memberships(connection)?;
        Ok::<_, store::Error>(store::queue::get(connection, id)?.map(|queue| Queue::of(&queue, &members)))
    })?;
    found.ok_or(Failure::NotFound)
}
