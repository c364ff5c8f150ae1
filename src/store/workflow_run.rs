//! Workflows on their way through conversations.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::values::{json, to_json, word};
use super::{Result, Tx};
use crate::domain::conversation::Conversation;
use crate::domain::workflow::{Run, Why, Workflow};
use crate::domain::{Id, Timestamp};

/// The topic on which the job of the workflows waits.
pub const TOPIC: &str = "workflow";

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let why: Option<String> = row.get("why")?;
    Ok(Run {
        id: row.get("id")?,
        version: row.get("version_id")?,
        conversation: row.get("conversation_id")?,
        agent: row.get("agent_id")?,
        values: json(row, "answers")?,
        done: row.get("done")?,
        state: word(row, "state")?,
        due_at: row.get("due_at")?,
        attempt: row.get("attempt")?,
        why: if why.is_some() { Some(word::<Why>(row, "why")?) } else { None },
        detail: row.get("detail")?,
        episode: row.get("episode")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
    })
}

/// The run with this id.
pub fn get(connection: &Connection, id: Id<Run>) -> Result<Option<Run>> {
    let mut statement = connection.prepare_cached("SELECT * FROM workflow_run WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The run that was started under this one-time key.
pub fn by_key(connection: &Connection, key: &str) -> Result<Option<Run>> {
    let mut statement = connection.prepare_cached("SELECT * FROM workflow_run WHERE key = ?1")?;
    Ok(statement.query_row([key], read).optional()?)
}

/// Adds a run. The id in it counts for nothing.
pub fn insert(tx: &Tx<'_>, run: &Run, key: &str) -> Result<Id<Run>> {
    tx.prepare_cached(
        "INSERT INTO workflow_run (version_id, conversation_id, agent_id, answers, done, state, due_at, episode, key,
             started_at)
         VALUES (:version, :conversation, :agent, :values, :done, :state, :due, :episode, :key, :started)",
    )?
    .execute(named_params! {
        ":version": run.version, ":conversation": run.conversation, ":agent": run.agent,
        ":values": to_json(&run.values)?, ":done": run.done, ":state": run.state.as_str(), ":due": run.due_at,
        ":episode": run.episode, ":key": key, ":started": run.started_at,
    })?;
    tx.touch(TOPIC);
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back how a run stands.
pub fn update(tx: &Tx<'_>, run: &Run) -> Result<()> {
    tx.prepare_cached(
        "UPDATE workflow_run SET answers = :values, done = :done, state = :state, due_at = :due, attempt = :attempt,
             why = :why, detail = :detail, ended_at = :ended WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": run.id, ":values": to_json(&run.values)?, ":done": run.done, ":state": run.state.as_str(),
        ":due": run.due_at, ":attempt": run.attempt, ":why": run.why.map(Why::as_str), ":detail": run.detail,
        ":ended": run.ended_at,
    })?;
    tx.touch(TOPIC);
    Ok(())
}

/// The latest runs of a conversation, the newest first.
pub fn of(connection: &Connection, conversation: Id<Conversation>, most: u32) -> Result<Vec<Run>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM workflow_run WHERE conversation_id = ?1 ORDER BY id DESC LIMIT ?2")?;
    Ok(statement.query_map((conversation, most), read)?.collect::<rusqlite::Result<_>>()?)
}

/// The runs of a conversation that may still do something.
pub fn open(connection: &Connection, conversation: Id<Conversation>) -> Result<Vec<Run>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM workflow_run WHERE conversation_id = ?1 AND state IN ('running', 'calling', 'failed')
         ORDER BY id LIMIT 100",
    )?;
    Ok(statement.query_map([conversation], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether this workflow is on its way through this conversation.
pub fn is_open(
    connection: &Connection,
    conversation: Id<Conversation>,
    workflow: Id<Workflow>,
) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM workflow_run r JOIN workflow_version v ON v.id = r.version_id
             WHERE r.conversation_id = ?1 AND v.workflow_id = ?2 AND r.state IN ('running', 'calling', 'failed'))",
    )?;
    Ok(statement.query_row((conversation, workflow), |row| row.get(0))?)
}

/// The runs that go on now, the longest due first.
pub fn due(connection: &Connection, now: Timestamp, most: u32) -> Result<Vec<Id<Run>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM workflow_run WHERE state = 'running' AND due_at <= ?1 ORDER BY due_at LIMIT ?2",
    )?;
    Ok(statement.query_map((now, most), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// When the next one goes on after `now`.
pub fn due_after(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut statement = connection
        .prepare_cached("SELECT min(due_at) FROM workflow_run WHERE state = 'running' AND due_at > ?1")?;
    Ok(statement.query_row([now], |row| row.get(0))?)
}

/// The runs that were calling a program when the desk ended.
pub fn calling(connection: &Connection) -> Result<Vec<Run>> {
    let mut statement = connection
        .prepare_cached("SELECT * FROM workflow_run WHERE state = 'calling' ORDER BY id LIMIT 1000")?;
    Ok(statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether anything would go on by itself.
pub fn any_running(connection: &Connection) -> Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM workflow_run INDEXED BY workflow_run_due WHERE state = 'running')
             OR EXISTS (SELECT 1 FROM workflow_run INDEXED BY workflow_run_calling WHERE state = 'calling')",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Leaves everything that would go on by itself to people; returns how many there were.
pub fn hold_all(tx: &Tx<'_>, why: Why) -> Result<usize> {
    let running = tx
        .prepare_cached(
            "UPDATE workflow_run SET state = 'failed', why = ?1, detail = '' WHERE state = 'running'",
        )?
        .execute([why.as_str()])?;
    let calling = tx
        .prepare_cached(
            "UPDATE workflow_run SET state = 'failed', why = ?1, detail = '' WHERE state = 'calling'",
        )?
        .execute([why.as_str()])?;
    Ok(running + calling)
}
