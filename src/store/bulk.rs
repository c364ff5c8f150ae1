//! Rows by the million into a new file: one connection, prepared statements, large transactions.
//!
//! Only for a file that nobody serves yet and that is thrown away when the load breaks off, so nothing is
//! synced before the end. Rows come with their numbers, in any order; references are checked at the end.

use std::path::Path;

use rusqlite::{Connection, named_params};

use super::values::to_json;
use super::{Result, event, message};
use crate::domain::contact::AddressKind;
use crate::domain::conversation::Conversation;
use crate::domain::event::kind;
use crate::domain::message::Kind as message_kind;
use crate::domain::window::Grant;
use crate::domain::{Id, Timestamp};

/// A file that is being filled.
pub struct Bulk {
    connection: Connection,
}

/// A contact with its addresses; all of it is found by search.
pub struct Contact {
    pub id: i64,
    pub name: String,
    pub language: &'static str,
    pub at: Timestamp,
}

/// One address. `scope` is the number of the channel, or 0 where the value means the same everywhere.
pub struct Address {
    pub id: i64,
    pub contact: i64,
    pub kind: AddressKind,
    pub scope: i64,
    pub value: String,
    pub at: Timestamp,
}

/// An open period that is over, or not.
pub struct Episode {
    pub conversation: i64,
    pub number: i64,
    pub opened_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub agent: Option<i64>,
    pub reason: Option<i64>,
}

/// A file of a message, whole.
pub struct Attachment<'a> {
    pub message: i64,
    pub agent: Option<i64>,
    pub name: &'a str,
    pub media_type: &'a str,
    pub bytes: &'a [u8],
    /// The unguessable word in its URL.
    pub key: &'a str,
    pub at: Timestamp,
}

impl Bulk {
    /// Opens a file that [`super::open::open`] made.
    pub fn open(path: &Path) -> Result<Bulk> {
        let connection = Connection::open(path)?;
        connection.set_db_config(super::open::STEADY, true)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA foreign_keys = 0;
             PRAGMA cache_size = -131072; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN",
        )?;
        Ok(Bulk { connection })
    }

    /// Ends a transaction and begins the next.
    pub fn commit(&self) -> Result<()> {
        Ok(self.connection.execute_batch("COMMIT; BEGIN")?)
    }

    /// Adds a contact.
    pub fn contact(&self, row: &Contact) -> Result<()> {
        self.connection
            .prepare_cached("INSERT INTO contact (id, name, language, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)")?
            .execute((row.id, &row.name, row.language, row.at))?;
        Ok(())
    }

    /// Adds an address.
    pub fn address(&self, row: &Address) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO address (id, contact_id, kind, scope, value, verified, created_at)
                 VALUES (:id, :contact, :kind, :scope, :value, 1, :at)",
            )?
            .execute(named_params! {
                ":id": row.id, ":contact": row.contact, ":kind": row.kind.as_str(), ":scope": row.scope,
                ":value": row.value, ":at": row.at,
            })?;
        Ok(())
    }

    /// The first number that is free for a message.
    pub fn free(&self) -> Result<i64> {
        event::next(&self.connection)
    }

    /// Adds an entry of a thread under this number, to the log as well.
    pub fn message(&self, id: i64, row: &message::New<'_>, error: Option<&str>) -> Result<()> {
        let coming = row.coming.as_ref();
        let entry = coming.and_then(|coming| kind::number(coming.kind));
        let told = coming.filter(|coming| !coming.data.is_null()).map(|coming| coming.data.to_string());
        let body = if row.kind == message_kind::Event { "" } else { row.body };
        let extra = if row.extra.event.is_null() { None } else { Some(to_json(row.extra)?) };
        self.connection
            .prepare_cached(
                "INSERT INTO message (id, conversation_id, kind_no, author_id, body, state_no, error, channel_id, provider_id,
                     extra, at, entry_no, told)
                 VALUES (:id, :conversation, :kind, :author, :body, :state, :error, :channel, :provider, :extra, :at,
                     :entry, :told)",
            )?
            .execute(named_params! {
                ":id": id, ":conversation": row.conversation, ":kind": row.kind.number(), ":author": row.author,
                ":body": body, ":state": row.state.number(), ":error": error, ":channel": row.channel,
                ":provider": row.provider_id, ":extra": extra, ":at": row.at, ":entry": entry,
                ":told": told,
            })?;
        Ok(())
    }

    /// Adds a conversation as it stands in the end. The trigger keeps the folder counts.
    pub fn conversation(&self, row: &Conversation) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO conversation (id, contact_id, channel_id, address_id, subject, status, assignee_id, queue_id,
                     snoozed_until, last_message_at, last_message_id, snippet, snippet_ours, unread, waiting_since,
                     window_closes_at, failed, episode, created_at, updated_at)
                 VALUES (:id, :contact, :channel, :address, :subject, :status, :assignee, :queue, :snoozed, :last_at,
                     :last, :snippet, :ours, :unread, :waiting, :window, :failed, :episode, :created, :updated)",
            )?
            .execute(named_params! {
                ":id": row.id, ":contact": row.contact, ":channel": row.channel, ":address": row.address,
                ":subject": row.subject, ":status": row.status.as_str(), ":assignee": row.assignee,
                ":queue": row.queue, ":snoozed": row.snoozed_until, ":last_at": row.last_message_at,
                ":last": row.last_message, ":snippet": row.snippet, ":ours": row.snippet_ours,
                ":unread": row.unread, ":waiting": row.waiting_since, ":window": row.window_closes_at,
                ":failed": row.failed, ":episode": row.episode, ":created": row.created_at,
                ":updated": row.updated_at,
            })?;
        Ok(())
    }

    /// Adds a file with its bytes.
    pub fn attachment(&self, row: &Attachment<'_>) -> Result<()> {
        let size = i64::try_from(row.bytes.len()).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "INSERT INTO attachment (message_id, agent_id, name, media_type, size, state, key, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, 'stored', ?6, ?7)",
            )?
            .execute((row.message, row.agent, row.name, row.media_type, size, row.key, row.at))?;
        let id = self.connection.last_insert_rowid();
        let mut part = self.connection.prepare_cached(
            "INSERT INTO attachment_part (attachment_id, number, bytes) VALUES (?1, ?2, ?3)",
        )?;
        for (number, bytes) in (0_i64..).zip(row.bytes.chunks(super::attachment::PART)) {
            part.execute((id, number, bytes))?;
        }
        Ok(())
    }

    /// Adds an open period with its wrap-up reason.
    pub fn episode(&self, row: &Episode) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO episode (conversation_id, number, opened_at, closed_at, closed_by, assignee_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            )?
            .execute((row.conversation, row.number, row.opened_at, row.closed_at, row.agent))?;
        if let Some(reason) = row.reason {
            self.connection
                .prepare_cached(
                    "INSERT INTO episode_wrapup (conversation_id, number, reason_id) VALUES (?1, ?2, ?3)",
                )?
                .execute((row.conversation, row.number, reason))?;
        }
        Ok(())
    }

    /// Adds leave to write.
    pub fn grant(&self, of: &Conversation, grant: &Grant) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO window_grant (address_id, channel_id, kind, opened_at, closes_at, person_until, sends_left)
                 VALUES (?1, ?2, 'message', ?3, ?4, ?5, ?6)",
            )?
            .execute((of.address, of.channel, grant.opened_at, grant.closes_at, grant.person_until, grant.sends_left))?;
        Ok(())
    }

    /// Puts every contact into the search tables; `progress` hears how many are done.
    pub fn index(&self, progress: &mut dyn FnMut(i64)) -> Result<()> {
        index_contacts(&self.connection, progress)
    }

    /// Puts every message into the search; `progress` hears up to which number it is done.
    pub fn index_messages(&self, progress: &mut dyn FnMut(i64)) -> Result<()> {
        super::words::rebuild(&self.connection, progress)
    }

    /// Ends the load: figures for the planner, everything on the disk, and the mode in which a desk runs.
    pub fn finish(self) -> Result<()> {
        finish(self.connection)
    }
}

/// Puts every contact into the search tables; `progress` hears how many are done.
pub(super) fn index_contacts(connection: &Connection, progress: &mut dyn FnMut(i64)) -> Result<()> {
    let mut contacts = connection.prepare("SELECT id FROM contact ORDER BY id")?;
    let mut rows = contacts.query([])?;
    let mut done = 0;
    while let Some(row) = rows.next()? {
        let id: Id<crate::domain::contact::Contact> = row.get(0)?;
        super::contact::put(connection, id)?;
        super::likeness::keep_name(connection, id)?;
        done += 1;
        if done % 1000 == 0 {
            progress(done);
        }
    }
    Ok(())
}

/// Ends a load: everything on the disk, and the mode in which a desk runs. There is no ANALYZE: tables that are empty
/// today would be read whole for as long as the desk lives, and its plans would be others than those that tests look at.
pub(super) fn finish(connection: Connection) -> Result<()> {
    connection.execute_batch(
        "COMMIT; PRAGMA synchronous = FULL;
         PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)",
    )?;
    connection.close().map_err(|(_, fault)| fault)?;
    Ok(())
}
