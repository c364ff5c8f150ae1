//! Upgrades and the way back, by steps that only this test knows.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::support::process::{Served, complained, run};
use transom::store::migrate::{self, STEPS, Step};
use transom::store::{self, Error, open};

const NEXT: Step = Step {
    name: "a table more, and a table built anew",
    sql: "CREATE TABLE of_the_test (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT;
          INSERT INTO of_the_test (word) SELECT name FROM agent;
          CREATE TABLE new_queue (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, mode TEXT NOT NULL
              DEFAULT 'shared', rules TEXT NOT NULL DEFAULT '{}', created_at INTEGER NOT NULL,
              color TEXT NOT NULL DEFAULT 'grey') STRICT;
          INSERT INTO new_queue (id, name, mode, rules, created_at) SELECT id, name, mode, rules, created_at FROM queue;
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

/// Where the desk lies that the release with this schema left behind: the demo with a few rows more, packed.
fn frozen(schema: usize) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/schemas/{schema}.db.gz"))
}

/// A desk of the present schema in which much happened: the demo's people, channels, letters and stories, and what
/// those leave empty.
pub(crate) fn full(folder: &Path) -> PathBuf {
    let db = folder.join("full.db");
    assert!(Served::with(&db, &["demo"], "Play the customers").stop());
    let connection = rusqlite::Connection::open(&db).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = 1").unwrap();
    connection.execute_batch(MORE).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM").unwrap();
    drop(connection);
    let _ = std::fs::remove_file(db.with_extension("db-wal"));
    db
}

/// What the demo leaves empty.
const MORE: &str = include_str!("data/full.sql");

/// How many rows each table of a file has.
pub(crate) fn rows(db: &Path) -> BTreeMap<String, i64> {
    let connection = store::readers::open(db).unwrap();
    let tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
        AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = connection.prepare(tables).unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count = |name: &String| {
        connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0)).unwrap()
    };
    names.iter().map(|name| (name.clone(), count(name))).collect()
}

/// Unpacks a desk, brings it up to date by these steps, and looks whether everything is there and whole; then goes the
/// way back, and looks again.
fn comes_up_to_date(packed: &[u8], steps: &[Step]) {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
    std::fs::write(&db, bytes).unwrap();
    let (before, found) = (rows(&db), schema(&db));
    drop(open::open_by(&db, steps).unwrap());
    assert_eq!(schema(&db), i64::try_from(steps.len()).unwrap());
    let whole = || {
        let connection = store::readers::open(&db).unwrap();
        for step in store::check::Step::ALL {
            assert_eq!(
                store::check::run(&connection, step).unwrap(),
                Vec::<String>::new(),
                "{}",
                step.as_str()
            );
        }
    };
    whole();
    let after = rows(&db);
    for table in ["agent", "contact", "conversation", "message", "event", "attachment", "channel", "queue"] {
        assert!(before[table] > 0, "{table} is empty in the frozen desk");
        // What a later schema does with the others is its own affair; these lose nothing.
        assert!(after[table] >= before[table], "{table}: {} rows, then {}", before[table], after[table]);
    }
    if found < i64::try_from(steps.len()).unwrap() {
        let back = run(&["rollback", "--yes", "--db", db.to_str().unwrap()]);
        assert!(back.status.success(), "{}", complained(&back));
        assert_eq!((schema(&db), rows(&db)), (found, before));
    }
}

/// Each schema that was released, with a desk in which much happened. Whoever adds a step freezes the schema before it
/// first, on the program of the release: `TRANSOM_FREEZE_SCHEMA=1 cargo test --test transom -- released_schema` writes
/// `tests/data/schemas/1.db.gz`, which is what schema 2 begins with.
#[test]
fn every_released_schema_is_brought_up_to_date_with_all_that_is_in_it() {
    for released in 1..STEPS.len() {
        let path = frozen(released);
        let packed = std::fs::read(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        comes_up_to_date(&packed, STEPS);
    }
    // The present schema is packed in the same way and goes a step further: what it will have to bear once it is released.
    let folder = tempfile::tempdir().unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&std::fs::read(full(folder.path())).unwrap()).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 400_000, "{} bytes are much for a file that is kept for ever", packed.len());
    comes_up_to_date(&packed, &steps(&[NEXT]));
    if std::env::var_os("TRANSOM_FREEZE_SCHEMA").is_some() {
        let path = frozen(STEPS.len());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &packed).unwrap();
        println!("{} holds the desk of schema {}", path.display(), STEPS.len());
    }
}
