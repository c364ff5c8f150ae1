//! The log, read from any entry on.

use std::collections::BTreeMap;

use super::ask;
use super::endpoint::{Endpoint, Gives, Param};
use super::shape::event::Stretch;
use super::shape::shown;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::conversation::Conversation;
use crate::domain::event;
use crate::store::{self, Connection};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

const QUERY: &[Param] = &[
    Param::number("after", "The number of the last entry that is known; 0 for the beginning."),
    Param::number("limit", "How many at most, 50 unless said otherwise, up to 200."),
];

/// The log of the API.
pub const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/api/v1/events", Role::Agent, list, Gives::One("Stretch"))
        .about("What happened after an entry, oldest first, as far as the token's owner may know of it.")
        .query(QUERY)];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let after: i64 = ask::parameter(cx, "after")?.unwrap_or(0);
    let limit = ask::limit(cx)?;
    let viewer = cx.viewer()?.clone();
    let stretch = cx.read(|connection| {
        let found = store::event::after(connection, after, limit)?;
        let next_after = found.last().map_or(after, |event| event.id.get());
        let seen = visible(connection, &viewer, &found)?;
        let items =
            found.into_iter().filter(|event| may_know(&viewer, event, &seen)).map(|event| event.told());
        Ok::<_, store::Error>(Stretch { items: items.collect(), next_after })
    })?;
    shown(&stretch)
}

type Visible = BTreeMap<Id<Conversation>, bool>;

/// Which of the conversations that the entries mention may be seen; one that is gone by none but an admin.
fn visible(connection: &Connection, viewer: &Viewer, events: &[event::Event]) -> store::Result<Visible> {
    let mut ids: Vec<_> = events.iter().filter_map(|event| event.conversation).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = store::conversation::many(connection, &ids)?;
    Ok(found.iter().map(|c| (c.id, viewer.may_see(c.queue, c.assignee))).collect())
}

/// Sign-ins, accounts and settings are the administrators' business; the rest follows its conversation.
fn may_know(viewer: &Viewer, event: &event::Event, visible: &Visible) -> bool {
    if viewer.role == Role::Admin {
        return true;
    }
    if let Some(conversation) = event.conversation {
        return visible.get(&conversation).copied().unwrap_or(false);
    }
    event.kind.starts_with("contact.") || event.kind.starts_with("template.")
}
