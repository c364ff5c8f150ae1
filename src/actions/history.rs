//! What happened, told twice: as a line in the thread for people, and as an entry in the log for programs.

use serde_json::Value;

use super::Result;
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::domain::event::Line;
use crate::domain::message::{Extra, Kind, Message, State};
use crate::domain::past::Stand;
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, event, message};

/// Something that happened to a conversation.
pub(super) struct Happening<'a> {
    pub kind: &'static str,
    /// Who did it; `None`: the customer, or the desk itself.
    pub by: Option<&'a Viewer>,
    pub line: Line,
    /// Set where the same can be told again, so that it stands in the thread once.
    pub key: Option<&'a str>,
}

impl<'a> Happening<'a> {
    /// Something that `by` did.
    pub fn by(by: &'a Viewer, kind: &'static str, line: Line) -> Self {
        Happening { kind, by: Some(by), line: Line { by: by.name.clone(), ..line }, key: None }
    }

    /// Something that `by` did, or the desk where nobody did it.
    pub fn of(by: Option<&'a Viewer>, kind: &'static str, line: Line) -> Self {
        match by {
            Some(by) => Happening::by(by, kind, line),
            None => Happening::own(kind, line),
        }
    }

    /// Something that the customer or the desk did.
    pub fn own(kind: &'static str, line: Line) -> Self {
        Happening { kind, by: None, line, key: None }
    }
}

/// Writes the line and the entry.
pub(super) fn tell(
    tx: &Tx<'_>,
    conversation: &Conversation,
    happening: &Happening<'_>,
    now: Timestamp,
) -> Result<Id<Message>> {
    let data = serde_json::to_value(&happening.line).unwrap_or(Value::Null);
    let author = happening.by.and_then(Viewer::author);
    let extra = Extra { event: data, ..Extra::default() };
    // What the line tells, the entry tells with it.
    let data = standing(tx, Value::Object(serde_json::Map::new()), conversation)?;
    let new = message::New {
        conversation: conversation.id,
        kind: Kind::Event,
        author,
        body: happening.kind,
        html: None,
        state: State::Received,
        channel: None,
        provider_id: None,
        key: happening.key,
        reply_to: None,
        extra: &extra,
        at: now,
        coming: Some(event::Coming { kind: happening.kind, data }),
    };
    let line = message::insert(tx, &new, now)?;
    came(tx, conversation);
    Ok(line)
}

/// Tells the customer's page that there is something new, of which the log knows.
pub(super) fn came(tx: &Tx<'_>, conversation: &Conversation) {
    tx.touch(event::chat(conversation.address));
}

/// The data with how the conversation stands now, by which any moment of it can be shown later.
pub(super) fn standing(tx: &Tx<'_>, mut data: Value, conversation: &Conversation) -> Result<Value> {
    let tags = store::tag::of(tx, conversation.id)?.into_iter().map(|tag| tag.name).collect();
    let stand = Stand { tags, ..Stand::of(conversation) };
    if let (Some(fields), Ok(after)) = (data.as_object_mut(), serde_json::to_value(stand)) {
        fields.insert("after".to_owned(), after);
    }
    Ok(data)
}

/// Writes an entry about a message of a conversation into the log, without a line in the thread.
pub(super) fn log(tx: &Tx<'_>, conversation: &Conversation, entry: event::New, now: Timestamp) -> Result<()> {
    let entry =
        event::New { conversation: Some(conversation.id), contact: Some(conversation.contact), ..entry };
    event::append(tx, &entry, now)?;
    came(tx, conversation);
    Ok(())
}

/// The name of an agent as it is now; empty when there is none.
pub(super) fn name_of(
    connection: &store::Connection,
    agent: Option<Id<crate::domain::agent::Agent>>,
) -> Result<String> {
    let Some(agent) = agent else { return Ok(String::new()) };
    Ok(store::agent::get(connection, agent)?.map(|agent| agent.name).unwrap_or_default())
}
