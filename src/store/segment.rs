//! Segments of contacts: kept, and walked by the contacts' numbers. A page asks so many contacts at most and says from
//! where one may look further, so that no segment, however rare its members, reads the whole file.

use jiff::tz::TimeZone;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use super::values::{json, to_json};
use super::{Result, Tx, contact, setting};
use crate::domain::agent::Agent;
use crate::domain::contact::Contact;
use crate::domain::segment::{Rule, Segment, Test};
use crate::domain::{Id, Timestamp};

/// How many contacts one page asks at most.
pub const ASKED: u32 = 3000;

fn read(row: &Row<'_>) -> rusqlite::Result<Segment> {
    Ok(Segment {
        id: row.get("id")?,
        name: row.get("name")?,
        owner: row.get("owner_id")?,
        shared: row.get("shared")?,
        rules: json(row, "rules")?,
        created_at: row.get("created_at")?,
    })
}

/// The segment with this id.
pub fn get(connection: &Connection, id: Id<Segment>) -> Result<Option<Segment>> {
    let mut statement = connection.prepare_cached("SELECT * FROM segment WHERE id = ?1")?;
    Ok(statement.query_row([id], read).optional()?)
}

/// The own segments of this agent and what others share, by name.
pub fn of(connection: &Connection, agent: Id<Agent>) -> Result<Vec<Segment>> {
    let mut statement = connection.prepare_cached(
        "SELECT * FROM segment WHERE owner_id = ?1 OR shared = 1 ORDER BY name COLLATE NOCASE, id",
    )?;
    Ok(statement.query_map([agent], read)?.collect::<rusqlite::Result<_>>()?)
}

/// Adds a segment; its id is given anew.
pub fn insert(tx: &Tx<'_>, new: &Segment) -> Result<Id<Segment>> {
    tx.prepare_cached(
        "INSERT INTO segment (owner_id, name, shared, rules, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((new.owner, &new.name, new.shared, to_json(&new.rules)?, new.created_at))?;
    Ok(Id::new(tx.last_insert_rowid()))
}

/// Writes back what a segment is called, who has it, and whom it holds.
pub fn update(tx: &Tx<'_>, segment: &Segment) -> Result<()> {
    tx.prepare_cached("UPDATE segment SET name = ?2, shared = ?3, rules = ?4 WHERE id = ?1")?.execute((
        segment.id,
        &segment.name,
        segment.shared,
        to_json(&segment.rules)?,
    ))?;
    Ok(())
}

/// Takes a segment away.
pub fn delete(tx: &Tx<'_>, id: Id<Segment>) -> Result<()> {
    tx.prepare_cached("DELETE FROM segment WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// A page of a segment.
pub struct Page {
    /// The newest first.
    pub contacts: Vec<Contact>,
    /// One may look on from before this contact.
    pub next: Option<Id<Contact>>,
}

/// Up to `most` contacts before `before` for whom all rules hold.
pub fn page(connection: &Connection, rules: &[Rule], before: Option<Id<Contact>>, most: u32) -> Result<Page> {
    let (sql, parameters) = statement(rules, before, &setting::zone(connection)?);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    let (mut ids, mut asked, mut last) = (Vec::new(), 0, None);
    let mut next = None;
    while let Some(row) = rows.next()? {
        if asked == ASKED || ids.len() == most as usize {
            next = last;
            break;
        }
        asked += 1;
        let id: Id<Contact> = row.get(0)?;
        if row.get(1)? {
            ids.push(id);
        }
        last = Some(id);
    }
    let mut contacts = contact::many(connection, &ids)?;
    contacts.sort_unstable_by_key(|contact| std::cmp::Reverse(contact.id.get()));
    Ok(Page { contacts, next })
}

/// The statement behind a page, so that a test can look at its plan. Days begin where the team is, in `zone`.
pub fn statement(rules: &[Rule], before: Option<Id<Contact>>, zone: &TimeZone) -> (String, Vec<Value>) {
    let mut parameters = Vec::new();
    let mut all = Vec::new();
    for rule in rules {
        let asked = condition(&rule.test, zone, &mut parameters);
        all.push(if rule.not { ["NOT (", &asked, ")"].concat() } else { ["(", &asked, ")"].concat() });
    }
    let known = if all.is_empty() { "1".to_owned() } else { all.join(" AND ") };
    parameters.push(Value::Integer(before.map_or(i64::MAX, Id::get)));
    parameters.push(Value::Integer(i64::from(ASKED) + 1));
    let sql = format!("SELECT k.id, ({known}) FROM contact k WHERE k.id < ? ORDER BY k.id DESC LIMIT ?");
    (sql, parameters)
}

/// Never NULL, so that its opposite is its opposite.
fn condition(test: &Test, zone: &TimeZone, asked: &mut Vec<Value>) -> String {
    let last = "ifnull((SELECT max(v.last_message_at) FROM conversation v WHERE v.contact_id = k.id), 0)";
    let midnight = |day: &jiff::civil::Date| Value::Integer(Timestamp::midnight(*day, zone).0);
    match test {
        Test::Language(code) => {
            with(asked, Value::Text(code.clone()), "ifnull(k.language = ? COLLATE NOCASE, 0)")
        }
        Test::Blocked => "k.blocked_at IS NOT NULL".to_owned(),
        Test::Open => {
            "EXISTS (SELECT 1 FROM conversation v WHERE v.contact_id = k.id AND v.status <> 'closed')"
                .to_owned()
        }
        Test::Before(day) => with(asked, midnight(day), &format!("{last} <> 0 AND {last} < ?")),
        Test::After(day) => with(asked, midnight(day), &format!("{last} >= ?")),
        Test::Channel(id) => with(
            asked,
            Value::Integer(id.get()),
            "EXISTS (SELECT 1 FROM conversation v WHERE v.contact_id = k.id AND v.channel_id = ?)",
        ),
        Test::Tag(id) => with(
            asked,
            Value::Integer(id.get()),
            "EXISTS (SELECT 1 FROM conversation v CROSS JOIN conversation_tag x ON x.conversation_id = v.id
             WHERE v.contact_id = k.id AND x.tag_id = ?)",
        ),
        Test::Field(id, value) => {
            asked.extend([Value::Integer(id.get()), Value::Text(value.clone())]);
            with(
                asked,
                Value::Text(value.clone()),
                "EXISTS (SELECT 1 FROM field_value x WHERE x.contact_id = k.id AND x.field_id = ?
                 AND (? = '' OR x.value = ?))",
            )
        }
        Test::Consent(true) => {
            "EXISTS (SELECT 1 FROM address a WHERE a.contact_id = k.id AND a.agreed_at IS NOT NULL)"
                .to_owned()
        }
        Test::Consent(false) => {
            "EXISTS (SELECT 1 FROM address a WHERE a.contact_id = k.id AND a.opted_out_at IS NOT NULL)"
                .to_owned()
        }
    }
}

fn with(asked: &mut Vec<Value>, value: Value, sql: &str) -> String {
    asked.push(value);
    sql.to_owned()
}
