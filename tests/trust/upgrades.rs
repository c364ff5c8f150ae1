//! T32: the upgrade of a large desk, cut off again and again.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use transom::store::check::{self, Step};
use transom::store::{migrate, pairing, readers};

use crate::later;
use crate::process::{complained, run};
use crate::times;
use crate::{image::choose, steady};

/// The file as it was, which can be put back.
struct Before {
    folder: tempfile::TempDir,
    messages: i64,
}

impl Before {
    fn new() -> Before {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("transom.db");
        steady::full(&db, times(1_000, 1_000_000), &[]);
        std::fs::copy(&db, folder.path().join("original")).unwrap();
        Before { messages: messages(&db), folder }
    }

    fn again(&self, db: &Path) {
        pairing::remove(db);
        pairing::remove(&kept(db));
        std::fs::copy(self.folder.path().join("original"), db).unwrap();
    }
}

fn messages(db: &Path) -> i64 {
    let connection = readers::open(db).unwrap();
    connection.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).unwrap()
}

fn schema(db: &Path) -> usize {
    usize::try_from(migrate::schema(&readers::open(db).unwrap()).unwrap()).unwrap()
}

/// The copy from before the upgrade.
fn kept(db: &Path) -> std::path::PathBuf {
    migrate::kept_at(db, i64::try_from(later::steps().len()).unwrap())
}

fn begin(mut command: Command) -> std::process::Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The file is of the later schema with all that was in it, the copy from before is whole, and the program of before
/// says no to the file.
fn is_done(db: &Path, messages_before: i64) {
    assert_eq!(schema(db), later::steps().len());
    assert_eq!(messages(db), messages_before);
    let copy = kept(db);
    assert_eq!((schema(&copy), messages(&copy)), (migrate::STEPS.len(), messages_before), "the copy before");
    let refused = run(&["user", "list", "--db", db.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(complained(&refused).contains("newer Transom"), "{}", complained(&refused));
}

fn is_whole(db: &Path) {
    let connection = readers::open(db).unwrap();
    for step in Step::ALL {
        assert_eq!(check::run(&connection, step).unwrap(), Vec::<String>::new(), "{}", step.as_str());
    }
}

/// What an upgrade that was killed was about.
fn phase(db: &Path) -> usize {
    let there = |end: &str| pairing::beside(db, end).exists();
    match () {
        () if pairing::beside(&kept(db), ".unfinished").exists() => 1,
        () if there(".trial") => 2,
        () if kept(db).exists() => 3,
        () => 0,
    }
}

#[test]
fn t32_an_upgrade_that_is_killed_again_and_again_ends_on_the_next_start() {
    let before = Before::new();
    let db = before.folder.path().join("transom.db");
    let begun = Instant::now();
    assert!(begin(later::upgrading(&db)).wait().unwrap().success());
    let took = begun.elapsed();
    is_done(&db, before.messages);
    before.again(&db);
    let (cuts, mut done, mut phases) = (times(6, 20), 0, [0; 4]);
    for _ in 0..cuts {
        let mut process = begin(later::upgrading(&db));
        std::thread::sleep(took.mul_f64(choose(1000) as f64 / 1000.0));
        process.kill().unwrap();
        process.wait().unwrap();
        if schema(&db) == later::steps().len() {
            is_done(&db, before.messages);
            done += 1;
            before.again(&db);
            continue;
        }
        phases[phase(&db)] += 1;
        assert_eq!((schema(&db), messages(&db)), (migrate::STEPS.len(), before.messages), "as it was");
    }
    assert!(begin(later::upgrading(&db)).wait().unwrap().success(), "the next start ends it");
    is_done(&db, before.messages);
    is_whole(&db);
    is_whole(&kept(&db));
    let left = |end: &str| pairing::beside(&db, end).exists() || pairing::beside(&kept(&db), end).exists();
    assert!(!left(".trial") && !left(".unfinished"), "what was cut off is cleared away");
    let [begun, copied, tried, altered] = phases;
    println!(
        "upgrade of {} messages, {} MB, in {} ms; killed {cuts} times: {begun} while it began, {copied} while it was copied, \
         {tried} while it was tried, {altered} while the file changed, {done} after that; 0 lost",
        before.messages,
        std::fs::metadata(&db).unwrap().len() / 1_000_000,
        took.as_millis()
    );
}
