//! A conversation as it was at a time.

use super::ask;
use super::conversations::base;
use super::endpoint::{Endpoint, Gives, Param};
use super::shape::past::Past;
use super::shape::{message, shown};
use crate::actions::{self, reach};
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::conversation::Conversation;
use crate::domain::past::Stand;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

const AT: &[Param] = &[
    Param::text("time", "The moment, as RFC 3339; needed."),
    Param::number(
        "before",
        "Only messages with a smaller number: the first of an answer leads to those before it.",
    ),
    Param::number("limit", "How many messages at most, 50 unless said otherwise, up to 200."),
];

/// Time travel in the API.
pub const ENDPOINTS: &[Endpoint] =
    &[Endpoint::get("/api/v1/conversations/{id}/at", Role::Agent, show, Gives::One("Past"))
        .about("A conversation as it was at a time: how it stood, and its newest messages before what became of them later. Answers 404 for a time before it began.")
        .query(AT)];

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let asked: Option<String> = ask::parameter(cx, "time")?;
    let time = ask::moment("time", &asked.unwrap_or_default())?;
    let before: Option<i64> = ask::parameter(cx, "before")?;
    let before = before.map(Id::new);
    let (limit, base, viewer) = (ask::limit(cx)?, base(cx), cx.viewer()?);
    let past = cx.read(|connection| {
        let conversation = reach::conversation(connection, viewer, id)?;
        let at = store::past::at_time(connection, id, time)?.ok_or(actions::Error::NotFound)?;
        let stood = store::past::stood(connection, id, at.id.get())?.as_ref().and_then(Stand::told);
        let messages = actions::past::said(connection, viewer, id, &at, (before, limit))?;
        let withheld: Vec<i64> =
            messages.iter().filter(|one| actions::past::is_withheld(one)).map(|one| one.id.get()).collect();
        let mut messages = message::gather(connection, messages, &base)?;
        for message in messages.iter_mut().filter(|message| withheld.contains(&message.id)) {
            message.attachments.clear();
        }
        let names = store::past::names(connection, at.id.get())?;
        for author in messages.iter_mut().filter_map(|message| message.author.as_mut()) {
            author.name = names.get(&Id::new(author.id)).cloned().unwrap_or_default();
        }
        let mut past = Past::of(id, &at, stood.as_ref(), messages);
        past.subject = conversation.subject;
        Ok::<_, actions::Error>(past)
    })?;
    shown(&past)
}
