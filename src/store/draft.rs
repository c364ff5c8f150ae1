//! What an agent has typed and not sent. It belongs to one agent and one conversation, so that it can never
//! end up with another customer.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::{Result, Tx};
use crate::domain::agent::Agent;
use crate::domain::answering::Form;
use crate::domain::conversation::Conversation;
use crate::domain::draft::Kind;
use crate::domain::{Id, Timestamp};

/// Whose draft, where, and of what.
#[derive(Clone, Copy)]
pub struct Place {
    pub agent: Id<Agent>,
    pub conversation: Id<Conversation>,
    pub kind: Kind,
}

/// The draft; empty when there is none.
pub fn get(connection: &Connection, place: Place) -> Result<String> {
    let mut statement = connection.prepare_cached(
        "SELECT body FROM draft WHERE agent_id = ?1 AND conversation_id = ?2 AND kind = ?3",
    )?;
    let found = statement
        .query_row((place.agent, place.conversation, place.kind.as_str()), |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Keeps a draft.
pub fn put(tx: &Tx<'_>, place: Place, body: &str, now: Timestamp) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO draft (agent_id, conversation_id, kind, body, updated_at)
         VALUES (:agent, :conversation, :kind, :body, :now)
         ON CONFLICT DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
    )?
    .execute(named_params! {
        ":agent": place.agent, ":conversation": place.conversation, ":kind": place.kind.as_str(),
        ":body": body, ":now": now,
    })?;
    Ok(())
}

/// Forgets a draft.
pub fn delete(tx: &Tx<'_>, place: Place) -> Result<()> {
    tx.prepare_cached("DELETE FROM draft WHERE agent_id = ?1 AND conversation_id = ?2 AND kind = ?3")?
        .execute((place.agent, place.conversation, place.kind.as_str()))?;
    Ok(())
}

/// How the mail is answered, as far as somebody has chosen.
pub fn form(connection: &Connection, place: Place) -> Result<Form> {
    let mut statement = connection.prepare_cached(
        "SELECT form FROM draft WHERE agent_id = ?1 AND conversation_id = ?2 AND kind = ?3",
    )?;
    let found: Option<Option<String>> = statement
        .query_row((place.agent, place.conversation, place.kind.as_str()), |row| row.get(0))
        .optional()?;
    Ok(found.flatten().and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Keeps how the mail is answered, beside the draft that is there.
pub fn put_form(tx: &Tx<'_>, place: Place, form: &Form) -> Result<()> {
    let json = super::values::to_json(form)?;
    tx.prepare_cached(
        "UPDATE draft SET form = ?4 WHERE agent_id = ?1 AND conversation_id = ?2 AND kind = ?3",
    )?
    .execute((place.agent, place.conversation, place.kind.as_str(), json))?;
    Ok(())
}
