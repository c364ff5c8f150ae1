//! Hits of the search in the API.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Elsewhere, time};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::message::Kind;
use crate::domain::query::Query;
use crate::domain::{Id, snippet};
use crate::store::{self, Connection, hits};
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, named, number, one_of, or_null, text, yes_no,
};

/// A page of hits.
#[derive(Serialize)]
pub struct Search {
    pub items: Vec<Hit>,
    pub next_cursor: Option<String>,
    /// False where one request looked at enough; older hits may lie behind `next_cursor`.
    pub complete: bool,
    pub elsewhere: Vec<Elsewhere>,
    /// The end of `q`, where that is longer than a search may be: it was not searched.
    pub left_out: String,
}

/// A conversation in which something was found.
#[derive(Serialize)]
pub struct Hit {
    pub conversation_id: i64,
    pub contact_id: i64,
    pub status: Status,
    pub subject: String,
    pub messages: Vec<Said>,
    /// How many more messages of this conversation this page found.
    pub more: u32,
}

/// A message that was found.
#[derive(Serialize)]
pub struct Said {
    pub id: i64,
    pub kind: Kind,
    pub at: String,
    pub snippet: Vec<Piece>,
}

/// A piece of a message.
#[derive(Serialize)]
pub struct Piece {
    pub text: String,
    pub found: bool,
}

/// The hits of a page with what they show.
pub fn gather(connection: &Connection, query: &Query, hits: &[hits::Hit]) -> store::Result<Vec<Hit>> {
    let conversations: Vec<Id<Conversation>> = hits.iter().map(|hit| hit.conversation).collect();
    let conversations: BTreeMap<_, _> =
        store::conversation::many(connection, &conversations)?.into_iter().map(|c| (c.id, c)).collect();
    let messages: Vec<_> = hits.iter().flat_map(|hit| hit.messages.iter().copied()).collect();
    let messages: BTreeMap<_, _> =
        store::message::many(connection, &messages)?.into_iter().map(|m| (m.id, m)).collect();
    let words = crate::web::desk::search::sought(query);
    let piece = |piece: snippet::Piece| Piece { text: piece.text, found: piece.found };
    let shown = hits.iter().filter_map(|hit| {
        let conversation = conversations.get(&hit.conversation)?;
        let found = hit.messages.iter().filter_map(|id| messages.get(id));
        let messages = found.map(|message| Said {
            id: message.id.get(),
            kind: message.kind,
            at: time(message.at),
            snippet: crate::web::desk::search::said(message, &words).into_iter().map(piece).collect(),
        });
        Some(Hit {
            conversation_id: hit.conversation.get(),
            contact_id: conversation.contact.get(),
            status: conversation.status,
            subject: conversation.subject.clone(),
            messages: messages.collect(),
            more: hit.more,
        })
    });
    Ok(shown.collect())
}

/// The schemas of this file.
pub fn schemas() -> Schemas {
    let status = || one_of(Status::ALL.map(Status::as_str));
    let piece = answer(&[("text", text()), ("found", yes_no())]);
    let said = answer(&[
        ("id", id()),
        ("kind", one_of(["inbound", "outbound", "note"])),
        ("at", moment()),
        ("snippet", list(&piece)),
    ]);
    let hit = answer(&[
        ("conversation_id", id()),
        ("contact_id", id()),
        ("status", status()),
        ("subject", text()),
        ("messages", list(&said)),
        ("more", number()),
    ]);
    let search = answer(&[
        ("items", list(&named("Hit"))),
        ("next_cursor", or_null(&text())),
        ("complete", yes_no()),
        ("elsewhere", list(&Elsewhere::schema())),
        ("left_out", text()),
    ]);
    vec![("Hit", hit), ("Search", search)]
}
