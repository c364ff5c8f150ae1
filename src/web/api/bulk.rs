//! The same to many conversations at once, and taking it back.

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::bulk::{Bulk, Done};
use super::shape::happening::Empty;
use super::shape::shown;
use crate::actions::many::{self, Act};
use crate::actions::{close, take_back, transfer};
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::deed::{Deed, Verb};
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// Many at once.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/api/v1/bulk", Role::Agent, act, "Bulk")
        .about("Does one thing to up to 200 conversations. Each is checked by itself; those that are left out are named with a reason.")
        .giving(Gives::One("Done")),
    Endpoint::post("/api/v1/deeds/{id}/undo", Role::Agent, undo, "Empty")
        .about("Takes back what the token's owner did in the last quarter of an hour, where nobody changed it since.")
        .giving(Gives::One("Done")),
];

fn act(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: Bulk = ask::body(cx, JSON)?;
    let act = chosen(&asked)?;
    let ids: Vec<_> = asked.ids.into_iter().map(Id::new).collect();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let deed = cx.write(move |tx| many::all(tx, &by, &ids, &act, now))?;
    told(cx, deed)
}

fn chosen(asked: &Bulk) -> Result<Act, Failure> {
    let missing = |what| ask::malformed("missing_field", what);
    Ok(match asked.verb {
        Verb::Close => {
            let reasons = asked.reasons.iter().copied().map(Id::new).collect();
            Act::Close(close::Closing { reasons, note: asked.note.clone(), ..close::Closing::default() })
        }
        Verb::Assign => Act::Assign(asked.agent_id.map(Id::new)),
        Verb::Transfer => {
            let queue = asked.queue_id.ok_or_else(|| missing("queue_id"))?;
            Act::Transfer(transfer::To::Queue(Id::new(queue)), asked.note.clone())
        }
        Verb::Snooze => {
            let until = asked.until.as_deref().ok_or_else(|| missing("until"))?;
            Act::Snooze(Some(ask::moment("until", until)?))
        }
        Verb::Tag => Act::Tag(Id::new(asked.tag_id.ok_or_else(|| missing("tag_id"))?)),
        Verb::Untag => Act::Untag(Id::new(asked.tag_id.ok_or_else(|| missing("tag_id"))?)),
        Verb::Priority => Act::Priority(asked.priority.ok_or_else(|| missing("priority"))?),
        Verb::Read => Act::Read,
    })
}

fn undo(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let id: Id<Deed> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| take_back::take_back(tx, &by, id, now))?;
    told(cx, id)
}

fn told(cx: &Cx<'_>, id: Id<Deed>) -> Result<Response, Failure> {
    let deed = cx.read(|c| store::deed::get(c, id))?.ok_or(Failure::NotFound)?;
    shown(&Done { deed_id: id.get(), done: deed.done, skipped: deed.skipped })
}
