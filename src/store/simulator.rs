//! What a simulated phone shows: who has written on it, latest first.

use rusqlite::Connection;

use super::Result;
use super::values::word;
use crate::domain::channel::Channel;
use crate::domain::contact::{Address, Contact};
use crate::domain::conversation::Status;
use crate::domain::{Id, Timestamp};

/// Somebody who can be played on a phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    pub address: Id<Address>,
    pub contact: Id<Contact>,
    pub name: String,
    pub value: String,
    pub status: Status,
    pub last_message_at: Timestamp,
    pub opted_out: bool,
}

/// The last `most` people of a channel, each once. One look into the index for each status, so that it
/// costs the same on a desk of any size.
pub fn people(connection: &Connection, channel: Id<Channel>, most: u32) -> Result<Vec<Person>> {
    let mut statement = connection.prepare_cached(
        "SELECT v.address_id, v.contact_id, v.status, v.last_message_at, c.name, a.value, a.opted_out_at IS NOT NULL AS opted_out
         FROM conversation v JOIN contact c ON c.id = v.contact_id JOIN address a ON a.id = v.address_id
         WHERE v.channel_id = ?1 AND v.status = ?2 ORDER BY v.last_message_at DESC, v.id DESC LIMIT ?3",
    )?;
    let mut found: Vec<Person> = Vec::new();
    for status in Status::ALL {
        let rows = statement.query_map((channel, status.as_str(), most), |row| {
            Ok(Person {
                address: row.get("address_id")?,
                contact: row.get("contact_id")?,
                name: row.get("name")?,
                value: row.get("value")?,
                status: word(row, "status")?,
                last_message_at: row.get("last_message_at")?,
                opted_out: row.get("opted_out")?,
            })
        })?;
        for person in rows {
            found.push(person?);
        }
    }
    found.sort_by_key(|person| std::cmp::Reverse(person.last_message_at));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|person| seen.insert(person.address));
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(found)
}
