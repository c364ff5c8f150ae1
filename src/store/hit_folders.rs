//! Conversations that a search finds by what they are: newest first, along the index of the rarest thing that is asked.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::Result;
use super::hit_rows::{Need, read};
use super::list::Cursor;
use crate::domain::conversation::Status;
use crate::domain::hit::{Condition, Conditions, Facts};

/// A part of an index in which every hit lies.
#[derive(Clone, PartialEq, Debug)]
pub struct Along {
    index: &'static str,
    column: &'static str,
    value: Value,
}

/// The parts of an index that hold every hit together: those of a tag, of somebody, of a queue or of an entry point where
/// one is asked for, and otherwise the whole folder.
pub fn along(conditions: &Conditions) -> Vec<Along> {
    let wanted = || conditions.all.iter().filter(|(not, _)| !not).map(|(_, one)| one);
    let each = |index, column, ids: Vec<Option<i64>>| -> Vec<Along> {
        let value = |id: Option<i64>| id.map_or(Value::Null, Value::Integer);
        ids.into_iter().map(|id| Along { index, column, value: value(id) }).collect()
    };
    let or_none = |ids: Vec<Option<i64>>| if ids.is_empty() { vec![None] } else { ids };
    let of = |rank: usize| {
        wanted().find_map(|one| match (rank, one) {
            (0, Condition::Tag(tags)) => {
                Some(each("conversation_tag_folder", "w.tag_id", tags.iter().copied().map(Some).collect()))
            }
            (1, Condition::Assignee(all)) => {
                let ids = or_none(all.iter().map(|id| Some(id.get())).collect());
                Some(each("conversation_mine", "v.assignee_id", ids))
            }
            (2, Condition::Queue(all)) => {
                let ids = or_none(all.iter().map(|id| Some(id.get())).collect());
                Some(each("conversation_queue", "v.queue_id", ids))
            }
            (3, Condition::Channel(all)) => {
                let ids = all.iter().map(|id| Some(id.get())).collect();
                Some(each("conversation_channel", "v.channel_id", ids))
            }
            _ => None,
        })
    };
    let folder = || vec![Along { index: "conversation_folder", column: "v.status", value: Value::Null }];
    (0..4).find_map(of).unwrap_or_else(folder)
}

impl Along {
    /// The statement that reads on: status, value, key and number behind which, how many, and whether tags are read.
    pub fn statement(&self) -> String {
        let (from, key, column) = match self.index {
            "conversation_tag_folder" => (
                "conversation_tag w INDEXED BY conversation_tag_folder
                     CROSS JOIN conversation v ON v.id = w.conversation_id"
                    .to_owned(),
                "w.last_message_at",
                "w.conversation_id",
            ),
            index => (["conversation v INDEXED BY ", index].concat(), "v.last_message_at", "v.id"),
        };
        let conditions = match self.index {
            "conversation_tag_folder" => "w.tag_id IS ?2 AND w.status = ?1".to_owned(),
            "conversation_folder" => "?2 IS NULL AND v.status = ?1".to_owned(),
            _ => [self.column, " IS ?2 AND v.status = ?1"].concat(),
        };
        format!(
            "SELECT ifnull(v.last_message_id, 0), v.id, 'inbound', NULL, v.last_message_at, v.status, v.assignee_id,
                 v.queue_id, v.channel_id, v.contact_id, v.unread > 0, v.waiting_since IS NOT NULL,
                 v.window_closes_at, '', '', iif(?6, (SELECT json_group_array(tag_id) FROM conversation_tag t
                     WHERE t.conversation_id = v.id), '[]'), '[]'
             FROM {from} WHERE {conditions} AND ({key}, {column}) < (?3, ?4)
             ORDER BY {key} DESC, {column} DESC LIMIT ?5"
        )
    }
}

/// The next conversations of these statuses behind `after`, newest first, at most `most`, and whether these are the last.
pub fn next(
    connection: &Connection,
    (along, statuses): (&[Along], &[Status]),
    after: Option<Cursor>,
    (most, with): (u32, Need),
) -> Result<(Vec<(Cursor, Facts)>, bool)> {
    let after = after.unwrap_or(Cursor { key: i64::MAX, id: i64::MAX });
    let mut found = Vec::new();
    let mut ended = true;
    for one in along {
        let mut statement = connection.prepare_cached(&one.statement())?;
        for status in statuses {
            let parameters = (status.as_str(), &one.value, after.key, after.id, most, with.tags);
            let rows = statement.query_map(parameters, |row| {
                let facts = read(row)?;
                Ok((Cursor { key: facts.at.0, id: facts.conversation.get() }, facts))
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            ended &= rows.len() < most as usize;
            found.extend(rows);
        }
    }
    found.sort_unstable_by_key(|(cursor, _)| std::cmp::Reverse((cursor.key, cursor.id)));
    // A conversation may have two of the tags.
    found.dedup_by_key(|(cursor, _)| *cursor);
    ended &= found.len() <= most as usize;
    found.truncate(most as usize);
    Ok((found, ended))
}
