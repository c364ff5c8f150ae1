//! Upgrades and the way back, by steps that only this test knows.

use std::path::Path;

use crate::support::process::{complained, run};
use transom::store::migrate::{self, STEPS, Step};
use transom::store::{self, Error, open};

const NEXT: Step = Step {
    name: "a table more, and a table built anew",
    sql: "CREATE TABLE of_the_test (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
          INSERT INTO of_the_test (word) SELECT name FROM agent;
          CREATE TABLE new_queue (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
              created_at INTEGER NOT NULL, color TEXT NOT NULL DEFAULT 'grey') STRICT;
          INSERT INTO new_queue (id, name, created_at) SELECT id, name, created_at FROM queue;
          DROP TABLE queue; ALTER TABLE new_queue RENAME TO queue",
};

fn steps(more: &[Step]) -> Vec<Step> {
    STEPS.iter().chain(more).copied().collect()
}

/// A desk of the present schema with somebody in it, made by the program itself.
fn desk(db: &Path) {
    let made =
        run(&["user", "add", "--email", "ana@example.org", "--name", "Ana", "--db", db.to_str().unwrap()]);
    assert!(made.status.success(), "{}", complained(&made));
    let connection = rusqlite::Connection::open(db).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = 1; INSERT INTO queue (name, created_at) VALUES ('Sales', 0);
         INSERT INTO queue_member SELECT q.id, a.id FROM queue q, agent a",
        )
        .unwrap();
}

fn people(db: &Path) -> i64 {
    let connection = store::readers::open(db).unwrap();
    connection
        .query_row("SELECT count(*) FROM agent JOIN queue_member m ON m.agent_id = agent.id", [], |row| {
            row.get(0)
        })
        .unwrap()
}

fn schema(db: &Path) -> i64 {
    migrate::schema(&store::readers::open(db).unwrap()).unwrap()
}

#[test]
fn an_upgrade_keeps_the_old_file_and_rollback_returns_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let name = db.to_str().unwrap();
    desk(&db);
    let before = schema(&db);
    let (connection, held) = open::open_by(&db, &steps(&[NEXT])).unwrap();
    let word: String = connection.query_row("SELECT word FROM of_the_test", [], |row| row.get(0)).unwrap();
    assert_eq!(word, "Ana");
    drop((connection, held));
    assert_eq!(
        (schema(&db), people(&db)),
        (before + 1, 1),
        "a table that is built anew keeps what points at it"
    );
    assert!(!folder.path().join("transom.db.trial").exists());

    // The program of before says what to do, and changes nothing.
    let refused = run(&["user", "list", "--db", name]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(complained(&refused).contains("newer Transom"), "{}", complained(&refused));

    let told = run(&["rollback", "--db", name]);
    assert!(told.status.success(), "{}", complained(&told));
    assert_eq!(schema(&db), before + 1, "only told");
    let back = run(&["rollback", "--yes", "--db", name]);
    assert!(back.status.success(), "{}", complained(&back));
    assert_eq!((schema(&db), people(&db)), (before, 1));
    let list = run(&["user", "list", "--db", name]);
    assert!(list.status.success(), "{}", complained(&list));
    assert!(folder.path().join("transom.db.before-restore-1").exists(), "the newer file is kept");
    assert_eq!(
        run(&["rollback", "--yes", "--db", name]).status.code(),
        Some(1),
        "there is nothing more to return to"
    );
}

#[test]
fn a_step_that_fails_on_the_copy_has_changed_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    desk(&db);
    let before = schema(&db);
    let broken = [
        Step { name: "wrong", sql: "CREATE TABLE of_the_test (a); INSERT INTO nowhere VALUES (1)" },
        Step { name: "loses rows that others point at", sql: "DELETE FROM queue" },
        Step {
            name: "ends the transaction itself",
            sql: "CREATE TABLE of_the_test (a); COMMIT; SELECT nonsense",
        },
    ];
    for step in broken {
        let refused = open::open_by(&db, &steps(&[NEXT, step])).unwrap_err();
        assert!(matches!(refused, Error::Upgrade { .. }), "{}: {refused}", step.name);
        assert!(refused.to_string().contains("Nothing in it was changed"), "{refused}");
        assert_eq!((schema(&db), people(&db)), (before, 1), "{}", step.name);
    }
    drop(open::open_by(&db, &steps(&[NEXT])).unwrap());
    assert_eq!(schema(&db), before + 1, "a good step goes through afterwards");
}

#[test]
fn a_desk_that_is_in_use_is_not_upgraded_under_it() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    desk(&db);
    let other = store::readers::open(&db).unwrap();
    other.query_row("SELECT count(*) FROM agent", [], |row| row.get::<_, i64>(0)).unwrap();
    let refused = open::open_by(&db, &steps(&[NEXT])).unwrap_err();
    assert!(refused.to_string().contains("another program has it open"), "{refused}");
    drop(other);
    drop(open::open_by(&db, &steps(&[NEXT])).unwrap());
}

/// Each schema that was released, as a new desk of that release had it. Whoever adds a step freezes the schema before it
/// here: `tests/data/schemas/1.sql` is what schema 2 begins with.
#[test]
fn every_released_schema_is_brought_up_to_date() {
    for released in 1..STEPS.len() {
        let kept = format!("{}/tests/data/schemas/{released}.sql", env!("CARGO_MANIFEST_DIR"));
        let sql = std::fs::read_to_string(&kept).unwrap_or_else(|fault| panic!("{kept}: {fault}"));
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("transom.db");
        drop(open::open_by(&db, &[Step { name: "released", sql: sql.leak() }]).unwrap());
        drop(open::open(&db).unwrap());
        assert_eq!(schema(&db), i64::try_from(STEPS.len()).unwrap());
        let connection = store::readers::open(&db).unwrap();
        for step in store::check::Step::ALL {
            assert_eq!(store::check::run(&connection, step).unwrap(), Vec::<String>::new(), "{released}");
        }
    }
    // The present schema, full, under one step more: what it will have to bear once it is released.
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let words = [
        "generate",
        "--conversations",
        "40",
        "--messages",
        "400",
        "--seed",
        "7",
        "--db",
        db.to_str().unwrap(),
    ];
    let made = run(&words);
    assert!(made.status.success(), "{}", complained(&made));
    let count = |db: &Path| -> i64 {
        let connection = store::readers::open(db).unwrap();
        connection.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).unwrap()
    };
    let before = count(&db);
    drop(open::open_by(&db, &steps(&[NEXT])).unwrap());
    assert!(before >= 400);
    assert_eq!((count(&db), schema(&db)), (before, i64::try_from(STEPS.len()).unwrap() + 1));
    let checked = store::readers::open(&db).unwrap();
    for step in store::check::Step::ALL {
        assert_eq!(store::check::run(&checked, step).unwrap(), Vec::<String>::new(), "{}", step.as_str());
    }
}
