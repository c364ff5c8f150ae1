//! A contact is erased: the person, every way to reach them, and everything that was said.

use rusqlite::Connection;

use super::{Result, Tx, attachment, contact, event, merge, purge, retention, words};
use crate::domain::agent::Agent;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::erasure::{Erasure, Receipt};
use crate::domain::message::Message;
use crate::domain::{Id, Timestamp};

/// Erases a contact with everything that hangs on it. What the log says of it stays, without its details.
pub fn contact(tx: &Tx<'_>, id: Id<Contact>) -> Result<Receipt> {
    let receipt = count(tx, id)?;
    words::erasing(tx, id)?;
    // Whose their own were earlier stays in the log, too, when the names by which that is told go.
    for conversation in
        conversations(tx, "SELECT conversation_id FROM earlier_person WHERE contact_id = ?1", id)?
    {
        event::part(tx, conversation)?;
    }
    for conversation in conversations(tx, "SELECT id FROM conversation WHERE contact_id = ?1", id)? {
        event::blank(tx, conversation)?;
    }
    merge::erased(tx, id)?;
    tx.prepare_cached("DELETE FROM earlier_person WHERE contact_id = ?1")?.execute([id])?;
    asked(tx, id)?;
    passed_on(tx, id)?;
    for sql in [
        "UPDATE conversation SET previous_id = NULL
         WHERE previous_id IN (SELECT id FROM conversation WHERE contact_id = ?1) AND contact_id <> ?1",
        "UPDATE conversation SET side_of_id = NULL
         WHERE side_of_id IN (SELECT id FROM conversation WHERE contact_id = ?1) AND contact_id <> ?1",
    ] {
        // Others' conversations stay, and name none that is gone.
        tx.prepare_cached(sql)?.execute([id])?;
    }
    tx.prepare_cached("DELETE FROM conversation WHERE contact_id = ?1")?.execute([id])?;
    tx.prepare_cached("DELETE FROM contact WHERE id = ?1")?.execute([id])?;
    contact::index(tx, id)?;
    purge::begin(tx)?;
    Ok(receipt)
}

fn conversations(tx: &Tx<'_>, sql: &str, of: Id<Contact>) -> Result<Vec<Id<Conversation>>> {
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_map([of], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// What of it was forwarded to others loses its text there.
fn passed_on(tx: &Tx<'_>, id: Id<Contact>) -> Result<()> {
    let mut forwarded = tx.prepare_cached(
        "SELECT m.id FROM conversation v JOIN conversation s ON s.side_of_id = v.id AND s.contact_id <> v.contact_id
         JOIN message m ON m.conversation_id = s.id
         WHERE v.contact_id = ?1 AND m.kind = 'outbound' AND m.extra ->> '$.mail.mode' = 'forward'",
    )?;
    let forwarded: Vec<Id<Message>> =
        forwarded.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for message in forwarded {
        for file in attachment::of_message(tx, message)? {
            retention::remove_file(tx, file.id)?;
        }
        retention::remove_text(tx, message)?;
    }
    Ok(())
}

/// Who was asked beside a conversation stands in its log by the address, which goes.
fn asked(tx: &Tx<'_>, id: Id<Contact>) -> Result<()> {
    let mut sides = tx.prepare_cached(
        "SELECT id, side_of_id FROM conversation WHERE contact_id = ?1 AND side_of_id IS NOT NULL",
    )?;
    let sides = sides.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sides: Vec<(i64, i64)> = sides.collect::<rusqlite::Result<_>>()?;
    for (side, main) in sides {
        let mut lines = tx.prepare_cached(
            "SELECT id, message_id FROM log WHERE conversation_id = ?1 AND kind = 'conversation.asked'
             AND data ->> '$.beside' = ?2",
        )?;
        let lines = lines.query_map((main, side), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let lines: Vec<(i64, Option<i64>)> = lines.collect::<rusqlite::Result<_>>()?;
        for (entry, line) in lines {
            tx.prepare_cached("UPDATE event SET data = json_remove(data, '$.to') WHERE id = ?1")?
                .execute([entry])?;
            tx.prepare_cached("UPDATE message SET extra = json_remove(extra, '$.event.to') WHERE id = ?1")?
                .execute([line])?;
        }
    }
    Ok(())
}

/// Keeps the receipt, and returns its number.
pub fn keep(
    tx: &Tx<'_>,
    id: Id<Contact>,
    by: Option<Id<Agent>>,
    gone: Receipt,
    now: Timestamp,
) -> Result<i64> {
    tx.prepare_cached(
        "INSERT INTO erasure (contact_id, agent_id, at, addresses, conversations, messages, attachments)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((id, by, now, gone.addresses, gone.conversations, gone.messages, gone.attachments))?;
    Ok(tx.last_insert_rowid())
}

/// Up to `most` receipts with a number below `before`, the newest first.
pub fn receipts(connection: &Connection, before: i64, most: u32) -> Result<Vec<Erasure>> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM erasure WHERE id < ?1 ORDER BY id DESC LIMIT ?2")?;
    let rows = statement.query_map((before, most), |row| {
        Ok(Erasure {
            id: row.get("id")?,
            contact: row.get("contact_id")?,
            agent: row.get("agent_id")?,
            at: row.get("at")?,
            gone: Receipt {
                addresses: row.get("addresses")?,
                conversations: row.get("conversations")?,
                messages: row.get("messages")?,
                attachments: row.get("attachments")?,
            },
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a conversation stands on this address.
pub fn in_use(connection: &Connection, address: Id<Address>) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM conversation WHERE address_id = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([address], |row| row.get(0))?)
}

fn count(connection: &Connection, id: Id<Contact>) -> Result<Receipt> {
    let sql = "SELECT (SELECT count(*) FROM address WHERE contact_id = ?1),
                      (SELECT count(*) FROM conversation WHERE contact_id = ?1),
                      (SELECT count(*) FROM conversation v JOIN message m ON m.conversation_id = v.id
                       WHERE v.contact_id = ?1),
                      (SELECT count(*) FROM conversation v JOIN message m ON m.conversation_id = v.id
                       JOIN attachment a ON a.message_id = m.id WHERE v.contact_id = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([id], |row| {
        Ok(Receipt {
            addresses: row.get(0)?,
            conversations: row.get(1)?,
            messages: row.get(2)?,
            attachments: row.get(3)?,
        })
    })?)
}
