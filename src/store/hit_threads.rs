//! The messages of a few people, newest first over all their conversations.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use rusqlite::Connection;

use super::Result;
use super::values::id_list;
use crate::domain::Id;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::Message;

/// In how many conversations at most each newest message is looked up.
const CONVERSATIONS: u32 = 5000;
/// How many messages of a conversation are read at a time.
const CHUNK: u32 = 32;

/// Threads that are read side by side, each from its newest message on.
pub struct Threads {
    /// The next message of each conversation.
    heads: BinaryHeap<(Id<Message>, Id<Conversation>)>,
    /// Those behind it, as far as they are read.
    rest: BTreeMap<Id<Conversation>, VecDeque<Id<Message>>>,
}

impl Threads {
    /// The threads with these people, read from before a number. `None`: they are too many.
    pub fn begin(connection: &Connection, people: &[Id<Contact>], before: i64) -> Result<Option<Threads>> {
        let mut statement = connection.prepare_cached(
            "SELECT v.id, (SELECT m.id FROM message m WHERE m.conversation_id = v.id AND m.id < ?2
                 ORDER BY m.id DESC LIMIT 1)
             FROM json_each(?1) j CROSS JOIN conversation v INDEXED BY conversation_contact
                 ON v.contact_id = j.value LIMIT ?3",
        )?;
        let mut rows = statement.query((id_list(people), before, CONVERSATIONS + 1))?;
        let mut heads = Vec::new();
        let mut seen: u32 = 0;
        while let Some(row) = rows.next()? {
            seen += 1;
            if let Some(message) = row.get::<_, Option<Id<Message>>>(1)? {
                heads.push((message, row.get(0)?));
            }
        }
        Ok((seen <= CONVERSATIONS).then(|| Threads { heads: heads.into(), rest: BTreeMap::new() }))
    }

    /// The next messages, at most `most`; fewer only at the end.
    pub fn next(&mut self, connection: &Connection, most: usize) -> Result<Vec<Id<Message>>> {
        let mut found = Vec::new();
        while found.len() < most {
            let Some((message, conversation)) = self.heads.pop() else { break };
            found.push(message);
            let rest = self.rest.entry(conversation).or_default();
            if rest.is_empty() {
                rest.extend(older(connection, conversation, message)?);
            }
            self.heads.extend(rest.pop_front().map(|next| (next, conversation)));
        }
        Ok(found)
    }
}

fn older(
    connection: &Connection,
    conversation: Id<Conversation>,
    before: Id<Message>,
) -> Result<Vec<Id<Message>>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM message WHERE conversation_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
    )?;
    let rows = statement.query_map((conversation, before, CHUNK), |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
