//! Every statement of the store: none reads all of a table that grows, and none sorts more than a few rows.

use std::collections::BTreeSet;

use crate::support::TestDesk;

/// Tables that stay short however busy a desk is; they may be read whole.
const SHORT: &[&str] = &[
    "agent",
    "api_token",
    "availability",
    "c",
    "channel",
    "copy",
    "device",
    "field",
    "folder_count",
    "idle_reason",
    "profile",
    "queue",
    "restricted_word",
    "retention",
    "roster",
    "queue_member",
    "second_factor",
    "session",
    "setting",
    "saved_view",
    "segment",
    "sqlite_sequence",
    "tag",
    "template",
    "webhook",
    "workflow",
    "wrapup_reason",
];

/// Where few rows are sorted, and why they are few.
const SORTED: &[(&str, &str)] = &[
    ("FROM attachment WHERE message_id IN", "the files of one page of messages"),
    ("FROM address WHERE contact_id IN", "the addresses of one page of contacts"),
    ("FROM conversation WHERE address_id = ?1 AND channel_id = ?2", "one person on one entry point"),
    ("FROM conversation WHERE contact_id = ?1", "the conversations of one contact"),
    ("FROM outbox o JOIN message m ON m.id = o.message_id", "what is leaving one conversation"),
    ("FROM outbox WHERE state = 'sending'", "what is leaving at this moment"),
    ("FROM outbox WHERE state IN ('queued', 'sending')", "what waits in a copy, once at its restore"),
    ("SELECT dedupe_key, body, received_at FROM inbound", "what one visitor has just written"),
    ("SELECT a.* FROM json_each(?1) w JOIN webhook_answer a", "the last answers to a few programs"),
];

/// Files whose statements run once and may take their time, or that are put together from parts and looked at
/// in `plans.rs`.
const ELSEWHERE: &[&str] = &[
    "archive.rs",
    "backup.rs",
    "bulk.rs",
    "check.rs",
    "dump.rs",
    "found.rs",
    "hit_folders.rs",
    "list.rs",
    "load.rs",
    "migrate.rs",
    "open.rs",
    "salvage.rs",
    "segment.rs",
    "sheet.rs",
    "sift.rs",
    "spool.rs",
    "walk.rs",
];

/// The statements that stand in the store, as they are written.
fn statements() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("src/store").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".rs") || ELSEWHERE.contains(&name.as_str()) {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap().replace("\\\"", "\u{1}");
        for literal in source.split('"').skip(1).step_by(2) {
            let sql = literal.trim().replace('\u{1}', "\"").replace("{COLUMNS}", "*");
            if ["SELECT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|word| sql.starts_with(word)) {
                found.push((name.clone(), sql));
            }
        }
    }
    found
}

fn plan(desk: &TestDesk, name: &str, sql: &str) -> Vec<String> {
    desk.read(|c| {
        let mut statement =
            c.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap_or_else(|e| panic!("{name}: {sql}: {e}"));
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next()? {
            steps.push(row.get(3)?);
        }
        Ok(steps)
    })
}

/// The table that a step reads whole, if it does.
fn read_whole(step: &str) -> Option<&str> {
    let table = step.strip_prefix("SCAN ")?.split(' ').next()?;
    let harmless = step.contains("VIRTUAL TABLE") || step.contains("CONSTANT ROW") || table.starts_with('(');
    // A partial index holds only the rows that the statement is about.
    (!harmless && !step.contains("USING INDEX") && !step.contains("USING COVERING INDEX")).then_some(table)
}

#[test]
fn no_statement_reads_a_growing_table_whole_or_sorts_many_rows() {
    let desk = TestDesk::new();
    let statements = statements();
    assert!(statements.len() > 150, "only {} statements were found", statements.len());
    let mut wrong = Vec::new();
    let mut excused = BTreeSet::new();
    for (name, sql) in &statements {
        let steps = plan(&desk, name, sql);
        let short = steps.iter().any(|step| {
            let first = step.split(' ').nth(1).unwrap_or_default();
            SHORT.contains(&first)
        });
        let reason = SORTED.iter().position(|(part, _)| sql.contains(part));
        for step in &steps {
            let whole = read_whole(step).is_some_and(|table| !SHORT.contains(&table));
            let sorts = step.contains("TEMP B-TREE") && !short;
            if sorts && let Some(reason) = reason {
                excused.insert(reason);
            } else if whole || sorts {
                wrong.push(format!("{name}: {sql}: {steps:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<_> =
        (0..SORTED.len()).filter(|place| !excused.contains(place)).map(|place| SORTED[place]).collect();
    assert!(idle.is_empty(), "excuses in SORTED that no statement needs: {idle:?}");
}

#[test]
fn messages_are_read_by_the_places_of_their_columns() {
    let desk = TestDesk::new();
    let columns: Vec<String> = desk.read(|c| {
        let statement = c.prepare("SELECT * FROM message")?;
        Ok(statement.column_names().map(str::to_owned).collect())
    });
    assert!(columns.starts_with(&transom::store::message::COLUMNS.map(str::to_owned)), "{columns:?}");
}
