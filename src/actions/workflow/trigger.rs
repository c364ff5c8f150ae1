//! Workflows that begin by themselves: when a customer's conversation begins, comes to somebody, or ends (S61).
//!
//! Each reads the log from its own cursor on, as programs do that are told what happens, so that nothing is skipped or
//! doubled by a restart. One workflow begins once in each open period, so that two cannot drive each other in a circle.

use std::collections::BTreeMap;

use super::start::begin;
use crate::actions::history::{self, Happening};
use crate::actions::{Result, letter, reach};
use crate::domain::conversation::{Conversation, Status};
use crate::domain::event::{Cause, Event, Line, kind};
use crate::domain::workflow::{Begins, Told, Version, Workflow};
use crate::domain::{Id, Timestamp};
use crate::store::{self, Tx, event, workflow, workflow_run};

/// How many entries of the log one transaction looks at.
const READ: u32 = 200;

/// Looks at what happened since a workflow last looked, and begins it where that is due. `true`: there may be more.
pub fn look(tx: &Tx<'_>, id: Id<Workflow>, now: Timestamp) -> Result<bool> {
    let Some(mut own) = workflow::get(tx, id)? else { return Ok(false) };
    let version = own.published.map(|id| workflow::version(tx, id)).transpose()?.flatten();
    let Some(version) = version.filter(|version| version.flow.begins != Begins::Hand) else {
        return Ok(false);
    };
    let news = event::after(tx, own.cursor, READ)?;
    let Some(last) = news.last() else { return Ok(false) };
    own.cursor = last.id.get();
    for entry in news.iter().filter(|entry| !entry.is_imported() && is_meant(version.flow.begins, entry)) {
        meet(tx, &version, entry, now)?;
    }
    workflow::update(tx, &own)?;
    Ok(news.len() == READ as usize)
}

/// Whether an entry is what a workflow waits for.
fn is_meant(begins: Begins, entry: &Event) -> bool {
    let cause = entry.data.get("cause").and_then(|cause| cause.as_str()).unwrap_or_default();
    let is = |word: Cause| serde_json::to_value(word).is_ok_and(|word| word.as_str() == Some(cause));
    match (begins, entry.kind) {
        (Begins::Created, kind::CONVERSATION_OPENED | kind::CONVERSATION_REOPENED) => is(Cause::Customer),
        (Begins::Routed, kind::CONVERSATION_ASSIGNED) => is(Cause::Dealt) || is(Cause::Offered),
        (Begins::Ended, kind::CONVERSATION_CLOSED) => true,
        _ => false,
    }
}

/// Begins it, unless the conversation was begun by us (S61), is over or open again since, or is mail that something
/// would be said to: who writes a mail may be a program, and the entry point has its own acknowledgement for that.
fn meet(tx: &Tx<'_>, version: &Version, entry: &Event, now: Timestamp) -> Result<()> {
    let Some(conversation) =
        entry.conversation.map(|id| store::conversation::get(tx, id)).transpose()?.flatten()
    else {
        return Ok(());
    };
    let closed = conversation.status == Status::Closed;
    let episode = entry.data.get("episode").and_then(serde_json::Value::as_i64);
    let same = episode.is_none_or(|episode| episode == conversation.episode);
    if !same || closed != (version.flow.begins == Begins::Ended) || is_outbound(tx, &conversation)? {
        return Ok(());
    }
    if version.flow.says() && letter::is_mail(&reach::channel(tx, &conversation)?) {
        return Ok(());
    }
    let key = format!("begins:{}:{}:{}", version.workflow, conversation.id, conversation.episode);
    if workflow_run::by_key(tx, &key)?.is_some() {
        return Ok(());
    }
    let run = begin(version, &conversation, (None, BTreeMap::new()), now);
    workflow_run::insert(tx, &run, &key)?;
    let flow = Told { workflow: version.name.clone(), ..Told::default() };
    let line = Line { flow, ..Line::default() };
    history::tell(tx, &conversation, &Happening::own(kind::WORKFLOW_STARTED, line), now)?;
    Ok(())
}

/// Whether its present or latest open period was begun by one of us.
fn is_outbound(tx: &Tx<'_>, conversation: &Conversation) -> Result<bool> {
    Ok(store::conversation::episode_opened_by(tx, conversation)?.is_some())
}
