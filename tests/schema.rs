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
    let refused = open::open(&path).unwrap_err();
    assert!(matches!(refused, Error::NotOurs { .. }), "{refused}");
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
