//! Messages that wait: planned, listed, sent now, taken back.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::later::{Later, NewLater, SendLater};
use super::shape::{All, created, shown};
use crate::actions::later::{self as action, Plan};
use crate::actions::outgoing::Knows;
use crate::actions::{self, reach};
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::conversation::Conversation;
use crate::domain::later::{self, When};
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The waiting messages of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/conversations/{id}/later", Role::Agent, list, Gives::All("Later"))
        .about("What waits in a conversation for a moment or for its window."),
    Endpoint::post("/api/v1/conversations/{id}/later", Role::Agent, plan, "NewLater")
        .about("Has a text wait until `at`, or with `window` until the customer has written and the window is open: `self` sends it then, `ask` has its owner decide.")
        .giving(Gives::Created("Later")),
    Endpoint::post("/api/v1/later/{id}/send", Role::Agent, send, "SendLater")
        .about("Sends a waiting message of the token's owner now, if the window allows it. One whose time has passed or whose conversation has moved on goes only with `anyway`.")
        .giving(Gives::Nothing),
    Endpoint::delete("/api/v1/later/{id}", Role::Agent, cancel, Gives::Nothing)
        .about("Takes a waiting message back. Its text becomes its owner's draft."),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, viewer): (Id<Conversation>, _) = (cx.param("id")?, cx.viewer()?);
    let items = cx.read(|c| {
        reach::conversation(c, viewer, id)?;
        Ok::<_, actions::Error>(store::later::of(c, id)?.iter().map(Later::of).collect())
    })?;
    shown(&All { items })
}

fn plan(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewLater = ask::body(cx, JSON)?;
    let when = match (&asked.at, asked.window.as_deref()) {
        (Some(at), None) => When::At { at: ask::moment("at", at)?, alone: asked.alone },
        (None, Some("self")) => When::Window { by_itself: true },
        (None, Some("ask")) => When::Window { by_itself: false },
        _ => return Err(ask::malformed("invalid_field", "one of at and window is needed")),
    };
    let until = asked.until.as_deref().map(|until| ask::moment("until", until)).transpose()?;
    let key = ask::key(asked.key)?;
    let conversation = cx.param("id")?;
    let knows = Knows { gaps: true, ..Knows::default() };
    let attachments = Vec::new();
    let plan =
        Plan { conversation, body: asked.body, attachments, when, until, seen: None, mail: None, knows, key };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| action::plan(tx, &by, &plan, now))?;
    let later = cx.read(|c| store::later::get(c, id))?.ok_or(Failure::NotFound)?;
    created(&Later::of(&later))
}

fn send(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let SendLater { anyway } = ask::body(cx, JSON)?;
    let id: Id<later::Later> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::send_now(tx, &by, (id, anyway), now))?;
    Ok(Response::new(204))
}

fn cancel(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<later::Later> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::cancel(tx, &by, id, now))?;
    Ok(Response::new(204))
}
