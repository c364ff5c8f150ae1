//! The file: made whole, refused when it is not ours, readable in its four views.

use crate::support::TestDesk;
use transom::store::{Error, open};

#[test]
fn a_new_desk_keeps_its_four_views() {
    let desk = TestDesk::new();
    for view in ["v_contacts", "v_conversations", "v_messages", "v_events"] {
        let rows: i64 =
            desk.read(|c| Ok(c.query_row(&format!("SELECT count(*) FROM {view}"), [], |row| row.get(0))?));
        assert_eq!(rows, 0, "{view}");
    }
}

#[test]
fn every_table_is_strict() {
    let desk = TestDesk::new();
    let loose: Vec<String> = desk.read(|c| {
        let mut statement = c.prepare(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict
             AND name NOT LIKE 'sqlite_%'",
        )?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    });
    assert_eq!(loose, Vec::<String>::new());
}

#[test]
fn a_file_of_another_program_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = open::open(&path).unwrap_err();
    assert!(matches!(refused, Error::NotOurs { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).unwrap(), before, "it is as it was");
    let beside =
        std::fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(beside, ["other.db"], "and nothing lies beside it");
    assert!(refused.to_string().contains("other.db"));
}

#[test]
fn a_newer_file_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transom.db");
    drop(open::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let refused = open::open(&path).unwrap_err();
    assert!(matches!(refused, Error::Newer { found: 999, .. }), "{refused}");
}

/// Without such an index, deleting one row reads the whole table that points at it.
#[test]
fn what_is_deleted_along_with_something_is_found_by_an_index() {
    let desk = TestDesk::new();
    let bare: Vec<String> = desk.read(|c| {
        let mut statement = c.prepare(
            "SELECT t.name || '.' || f.\"from\" FROM pragma_table_list t, pragma_foreign_key_list(t.name) f
             WHERE t.schema = 'main' AND t.type = 'table' AND f.on_delete = 'CASCADE' AND f.seq = 0
                 AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) n
                     WHERE n.seqno = 0 AND n.name = f.\"from\")
                 -- The number of the row itself has no index of its own.
                 AND (SELECT group_concat(name) FROM pragma_table_info(t.name) WHERE pk) IS NOT f.\"from\"
             ORDER BY 1",
        )?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    });
    // Agents, channels and queues go once in years, or never, and these tables are small or walked anyway.
    let known = [
        "device.agent_id",
        "template.channel_id",
        "visitor.address_id",
        "visitor.channel_id",
        "window_grant.channel_id",
        "wrapup_reason.queue_id",
    ];
    let news: Vec<&String> = bare.iter().filter(|column| !known.contains(&column.as_str())).collect();
    assert_eq!(news, Vec::<&String>::new());
}

#[test]
fn the_folder_counts_follow_every_kind_of_change() {
    let desk = TestDesk::new();
    desk.write(|tx| {
        tx.execute_batch(
            "INSERT INTO channel (kind, name, key, card, created_at) VALUES ('sms', 'a', 'k', '{}', 0);
             INSERT INTO contact (name, created_at, updated_at) VALUES ('', 0, 0);
             INSERT INTO address (contact_id, kind, value, created_at) VALUES (1, 'phone', '+1', 0);
             INSERT INTO agent (email, name, role, created_at) VALUES ('a@example.org', 'a', 'agent', 0);
             INSERT INTO conversation (contact_id, channel_id, address_id, status, last_message_at, created_at,
                 updated_at) VALUES (1, 1, 1, 'open', 0, 0, 0);
             UPDATE conversation SET unread = 2;
             UPDATE conversation SET unread = 3, assignee_id = 1;
             UPDATE conversation SET status = 'closed', unread = 0;",
        )?;
        Ok(())
    });
    let counts = |desk: &TestDesk| -> Vec<(i64, [i64; 3])> {
        desk.read(|c| {
            let mut statement = c.prepare(
                "SELECT assignee_id, open, snoozed, closed FROM folder_count ORDER BY assignee_id",
            )?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?])))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    };
    assert_eq!(counts(&desk), [(0, [0, 0, 0]), (1, [0, 0, 1])]);
    desk.write(|tx| {
        tx.execute_batch("DELETE FROM conversation")?;
        Ok(())
    });
    assert_eq!(counts(&desk), [(0, [0, 0, 0]), (1, [0, 0, 0])]);
}
