//! How SQLite reads for the pages: along an index, without sorting, whatever the filter.

use std::collections::BTreeSet;

use rusqlite::params_from_iter;
use rusqlite::types::Value;
use transom::domain::access::Viewer;
use transom::domain::agent::Role;
use transom::domain::conversation::{Sort, Status, View};
use transom::domain::filter::Part;
use transom::domain::hit::{Condition, Conditions};
use transom::domain::{Id, Timestamp};
use transom::store::list::{self, Cursor, Query};
use transom::store::{hit_folders, sift};

use crate::support::TestDesk;

fn plan(desk: &TestDesk, sql: &str, parameters: &[Value]) -> Vec<String> {
    desk.read(|c| {
        let mut statement = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let rows = statement.query_map(params_from_iter(parameters), |row| row.get(3))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    })
}

/// Neither a full scan of a table that grows nor a sort.
fn is_quick(steps: &[String], why: &str) {
    for step in steps {
        assert!(!step.contains("TEMP B-TREE"), "{why}: {steps:#?}");
        let scan = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap().to_owned());
        let walks_index = step.contains("USING INDEX") || step.contains("VIRTUAL TABLE");
        assert!(scan.is_none() || walks_index, "{why}: {steps:#?}");
    }
}

#[test]
fn every_list_is_walked_along_an_index_and_never_sorted() {
    let desk = TestDesk::new();
    let agent = Viewer {
        agent: Id::new(1),
        name: "Petra".into(),
        role: Role::Agent,
        queues: BTreeSet::from([Id::new(1), Id::new(2)]),
        sender: transom::domain::window::Sender::Person,
        writer: String::new(),
    };
    let boss = Viewer { role: Role::Supervisor, ..agent.clone() };
    let mut looked = 0;
    for viewer in [&agent, &boss] {
        for view in [View::Mine, View::Unassigned, View::All, View::Queue(Id::new(1))] {
            for (status, sort) in Status::ALL.into_iter().flat_map(|s| Sort::ALL.map(|sort| (s, sort))) {
                for channel in [None, Some(Id::new(1))] {
                    for after in [None, Some(Cursor { key: 5, id: 5 })] {
                        let (filter, search, country, limit, now) = (None, None, None, 50, Timestamp(1));
                        let query = Query {
                            viewer,
                            view,
                            status,
                            sort,
                            channel,
                            filter,
                            search,
                            country,
                            after,
                            limit,
                            now,
                        };
                        for text in ["tag:1", "assignee:me", "queue:1", "channel:1", "closing:120", "!unread"]
                        {
                            let part: Part = Part::Rule(text.parse().unwrap());
                            let query = Query { filter: Some(&part), ..query.clone() };
                            for (sql, parameters) in sift::statements(&query, &part) {
                                let why =
                                    format!("{text} {view:?} {status:?} {sort:?} {channel:?} {after:?}");
                                let steps = plan(&desk, &sql, &parameters);
                                assert!(
                                    steps[0].contains("USING INDEX")
                                        || steps[0].contains("USING COVERING INDEX"),
                                    "{why}: {steps:#?}"
                                );
                                assert!(steps[0].starts_with("SEARCH "), "{why}: {steps:#?}");
                                is_quick(&steps, &why);
                            }
                        }
                        for (sql, parameters) in list::statements(&query) {
                            let why = format!("{view:?} {status:?} {sort:?} {channel:?} {after:?}");
                            let steps = plan(&desk, &sql, &parameters);
                            assert!(steps[0].starts_with("SEARCH v USING INDEX"), "{why}: {steps:#?}");
                            is_quick(&steps, &why);
                            looked += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(looked > 300, "{looked}");
}

#[test]
fn what_conversations_are_is_searched_along_an_index() {
    let desk = TestDesk::new();
    let all = [
        vec![],
        vec![(false, Condition::Tag([1, 2].into()))],
        vec![(false, Condition::Assignee([Id::new(1)].into()))],
        vec![(false, Condition::Queue([].into())), (true, Condition::Unread)],
        vec![(false, Condition::Channel([Id::new(1)].into()))],
    ];
    for conditions in all {
        let conditions = Conditions { all: conditions, phrases: Vec::new() };
        for along in hit_folders::along(&conditions) {
            let steps = plan(&desk, &along.statement(), &vec![Value::Null; 6]);
            assert!(
                steps[0].starts_with("SEARCH ") && steps[0].contains("INDEX conversation_"),
                "{steps:#?}"
            );
            is_quick(&steps, &format!("{conditions:?}"));
        }
    }
}

#[test]
fn the_statements_of_a_conversation_page_use_their_indexes() {
    let desk = TestDesk::new();
    let statements = [
        "SELECT * FROM message WHERE conversation_id = 1 AND id < 9 ORDER BY id DESC LIMIT 50",
        "SELECT at FROM message WHERE conversation_id = 1 AND kind = 'inbound' ORDER BY id DESC LIMIT 1",
        "SELECT * FROM conversation WHERE contact_id = 1 ORDER BY last_message_at DESC, id DESC LIMIT 30",
        "SELECT * FROM window_grant WHERE address_id = 1 AND channel_id = 1",
        "SELECT * FROM log WHERE id > 7 ORDER BY id LIMIT 200",
        "SELECT assignee_id, queue_id FROM conversation INDEXED BY conversation_failed WHERE failed > 0 LIMIT 100",
        "SELECT rowid FROM contact_words WHERE contact_words MATCH '\"car\"*' ORDER BY rowid DESC LIMIT 50",
        "SELECT rowid FROM contact_parts WHERE contact_parts MATCH '\"car\"' AND rowid < 9 ORDER BY rowid DESC LIMIT 50",
        "SELECT contact_id FROM address WHERE kind IN ('phone', 'whatsapp') AND scope = 0 AND value = 'x'",
    ];
    for sql in statements {
        is_quick(&plan(&desk, sql, &[]), sql);
    }
}
