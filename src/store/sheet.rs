//! A row a conversation, for a spreadsheet.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::{Error, Result};

/// What the columns are called, in the order of the values.
pub const COLUMNS: [&str; 20] = [
    "id",
    "status",
    "subject",
    "contact_id",
    "contact",
    "addresses",
    "channel_kind",
    "channel",
    "assignee",
    "queue",
    "priority",
    "tags",
    "wrapup_reasons",
    "opened_times",
    "messages_in",
    "messages_out",
    "notes",
    "created_at",
    "last_message_at",
    "last_message",
];

/// The same for one conversation; times in UTC as ISO 8601.
const ROWS: &str = "
SELECT v.id, v.status, v.subject, v.contact_id, c.name,
       (SELECT group_concat(a.value, ' ') FROM address a WHERE a.contact_id = c.id AND a.scope = 0),
       h.kind, h.name, g.name, q.name,
       CASE v.priority WHEN -1 THEN 'low' WHEN 1 THEN 'high' WHEN 2 THEN 'urgent' ELSE '' END,
       (SELECT group_concat(name, ', ') FROM (SELECT t.name FROM conversation_tag s JOIN tag t ON t.id = s.tag_id
            WHERE s.conversation_id = v.id ORDER BY t.key)),
       (SELECT group_concat(DISTINCT r.name) FROM episode_wrapup w JOIN wrapup_reason r ON r.id = w.reason_id
            WHERE w.conversation_id = v.id),
       v.episode, total(m.kind = 'inbound'), total(m.kind = 'outbound'), total(m.kind = 'note'),
       strftime('%Y-%m-%dT%H:%M:%fZ', v.created_at / 1000.0, 'unixepoch'),
       strftime('%Y-%m-%dT%H:%M:%fZ', v.last_message_at / 1000.0, 'unixepoch'), v.snippet
FROM conversation v JOIN contact c ON c.id = v.contact_id JOIN channel h ON h.id = v.channel_id
LEFT JOIN agent g ON g.id = v.assignee_id LEFT JOIN queue q ON q.id = v.queue_id
LEFT JOIN message m ON m.conversation_id = v.id
GROUP BY v.id ORDER BY v.id";

/// Hands every conversation to `each`, in the order of their numbers.
pub fn conversations<E: From<Error>>(
    connection: &Connection,
    each: &mut dyn FnMut(Vec<String>) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut statement = connection.prepare(ROWS).map_err(Error::from)?;
    let mut rows = statement.query([]).map_err(Error::from)?;
    while let Some(row) = rows.next().map_err(Error::from)? {
        let cells = (0..COLUMNS.len()).map(|place| Ok(text(row.get_ref(place)?))).collect::<Result<_>>()?;
        each(cells)?;
    }
    Ok(())
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:.0}"),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Null | ValueRef::Blob(_) => String::new(),
    }
}

/// The highest number of a conversation, for a line of progress.
pub fn newest(connection: &Connection) -> Result<i64> {
    let newest = "SELECT ifnull(max(id), 0) FROM conversation";
    Ok(connection.query_row(newest, [], |row| row.get(0))?)
}
