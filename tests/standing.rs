//! A file that is taken away, damaged or locked under a desk that runs: nothing more is acknowledged, people are told
//! what to do, and what the desk holds is not lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::support::TestDesk;
use crate::support::desk::Person;
use crate::support::ending::until;
use rusqlite::Connection;
use tempfile::TempDir;
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::agent::Role;
use transom::domain::halt::Halt;
use transom::jobs::{Stop, soundness};
use transom::net::Client;
use transom::store::copies::Plan;
use transom::store::{self, agent, attachment, away, pairing};
use transom::web::App;
use transom::web::http::Request;

fn open(path: &Path) -> TestDesk {
    built(opened(path))
}

fn opened(path: &Path) -> Arc<Desk> {
    let options = Options { is_served: true, ..Options::default() };
    Arc::new(Desk::open(path, Clock::system(), Client::default(), options).unwrap())
}

fn built(desk: Arc<Desk>) -> TestDesk {
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder: tempfile::tempdir().unwrap() }
}

fn planned(path: &Path, checkpoints: Plan) -> TestDesk {
    let options = Options { checkpoints, ..Options::default() };
    built(Arc::new(Desk::open(path, Clock::system(), Client::default(), options).unwrap()))
}

/// A new folder, and where a desk's file would lie in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    (folder, db)
}

/// A desk there with an administrator and an agent.
fn peopled() -> (TempDir, PathBuf, TestDesk, Person, Person) {
    let (folder, db) = place();
    let desk = open(&db);
    let (ada, ben) = (desk.person("Ada", Role::Admin), desk.person("Ben", Role::Agent));
    (folder, db, desk, ada, ben)
}

/// That a start refuses, and how.
fn refused(db: &Path) -> String {
    Desk::open(db, Clock::system(), Client::default(), Options::default()).err().unwrap().to_string()
}

fn save(desk: &TestDesk, who: &Person) -> (u16, String) {
    let page = desk.post(who, "/settings/tags", &[("name", "Urgent"), ("colour", "red")]);
    (page.status, page.body)
}

/// Nothing is kept, everybody is told so on every page, and administrators are told what to do.
fn nothing_is_written(desk: &TestDesk, ada: &Person, ben: &Person, why: Halt, sentence: &str) {
    let (status, body) = save(desk, ada);
    assert_eq!(status, 503, "{body}");
    assert!(body.contains(sentence), "{body}");
    assert_eq!(desk.desk.writer.halt(), Some(why));
    assert!(desk.get(ben, "/inbox").body.contains(sentence), "everybody is told");
    assert!(desk.get(ada, "/settings/status").body.contains("Nothing is saved"));
    let health = desk.ask(Request::get("/healthz"));
    assert_eq!((health.status, health.body.trim()), (503, why.code()));
    assert_eq!(desk.read(|c| Ok(store::tag::all(c)?.len())), 0);
}

#[test]
fn a_removed_file_is_noticed_nothing_more_is_acknowledged_and_what_was_held_is_saved() {
    let (_folder, db, desk, ada, ben) = peopled();
    std::fs::remove_file(&db).unwrap();
    nothing_is_written(&desk, &ada, &ben, Halt::Gone, "was taken away while it runs");
    until("the saving", || away::saved(&db).is_some());
    drop(desk);

    let sentence = refused(&db);
    let saved = away::saved(&db).unwrap();
    assert!(
        sentence.contains("there was a desk") && sentence.contains(saved.to_str().unwrap()),
        "{sentence}"
    );
    assert!(!db.exists(), "no desk was begun");
    std::fs::rename(saved, &db).unwrap();
    let desk = open(&db);
    assert!(desk.read(|c| agent::by_email(c, "ben@example.org")).is_some(), "all that was acknowledged");
    assert_eq!(save(&desk, &ada).0, 303);
}

#[test]
fn a_file_that_comes_back_to_its_place_is_written_again() {
    let (folder, db, desk, ada, ben) = peopled();
    let aside = folder.path().join("moved.db");
    std::fs::rename(&db, &aside).unwrap();
    nothing_is_written(&desk, &ada, &ben, Halt::Gone, "was taken away while it runs");
    std::fs::write(&db, "something else").unwrap();
    until("that another file is there", || desk.desk.writer.halt() == Some(Halt::Replaced));
    nothing_is_written(&desk, &ada, &ben, Halt::Replaced, "Another file was put in the place");
    std::fs::rename(&aside, &db).unwrap();
    until("that it is back", || desk.desk.writer.halt().is_none());
    assert_eq!(save(&desk, &ada).0, 303);
}

#[test]
fn a_log_that_is_taken_away_stops_the_writing_and_loses_nothing() {
    let (_folder, db, desk, ada, _) = peopled();
    std::fs::remove_file(pairing::beside(&db, "-wal")).unwrap();
    until("that the log is missed", || desk.desk.writer.halt() == Some(Halt::LogGone));
    let (status, body) = save(&desk, &ada);
    assert!(status == 503 && body.contains("The log beside the file"), "{status} {body}");
    assert_eq!(desk.ask(Request::get("/healthz")).status, 503);
    drop(desk);
    let desk = open(&db);
    assert!(desk.read(|c| agent::by_email(c, "ben@example.org")).is_some(), "it was moved into the file");
    assert_eq!(save(&desk, &ada).0, 303);
}

#[test]
fn a_new_desk_is_not_begun_beside_the_key_of_an_old_one() {
    let (folder, db) = place();
    drop(open(&db));
    for end in ["-seen", "-wal", "-shm"] {
        let _ = std::fs::remove_file(pairing::beside(&db, end));
    }
    std::fs::remove_file(&db).unwrap();
    let sentence = refused(&db);
    assert!(sentence.contains("transom.key") && !db.exists(), "{sentence}");
    std::fs::remove_file(folder.path().join("transom.key")).unwrap();
    drop(open(&db));
}

/// T35: who holds the write lock keeps nobody from reading, and nobody waits for him.
#[test]
fn t35_a_lock_of_another_program_is_told_at_once_for_as_long_as_it_stands() {
    let (_folder, db, desk, ada, ben) = peopled();
    let other = Connection::open(&db).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(save(&desk, &ada).0, 503);
    for _ in 0..100 {
        nothing_is_written(&desk, &ada, &ben, Halt::Locked, "Another program has locked the file");
    }
    other.execute_batch("ROLLBACK").unwrap();
    until("that the lock is gone", || desk.desk.writer.halt().is_none());
    assert_eq!(save(&desk, &ada).0, 303);
}

/// Without a lease another program may read one state for long. A part is moved then, nobody waits, and it is told; when
/// it is over the rest is moved.
#[test]
fn t35_a_long_read_of_another_program_without_a_lease_is_noted_and_ends() {
    let (_folder, db) = place();
    let desk = planned(&db, Plan::Timer);
    let ada = desk.person("Ada", Role::Admin);
    let other = Connection::open(&db).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM agent").unwrap();
    assert_eq!(save(&desk, &ada).0, 303);
    until("that the reader is noted", || desk.desk.copies.state().open_since.is_some());
    let complete = desk.desk.copies.state().complete;
    assert!(desk.desk.copies.state().behind.is_some());
    assert_eq!(desk.post(&ada, "/settings/tags", &[("name", "Later"), ("colour", "red")]).status, 303);
    other.execute_batch("COMMIT").unwrap();
    until("the checkpoint", || desk.desk.copies.state().complete > complete);
    assert!(desk.desk.copies.state().open_since.is_none());
}

/// Where another program owns the checkpoints, the length of the log is noted all the same.
#[test]
fn a_log_that_another_program_should_move_is_measured() {
    let (_folder, db) = place();
    let desk = planned(&db, Plan::Outside);
    desk.person("Ada", Role::Admin);
    until("the length of the log", || desk.desk.copies.state().log_bytes > 0);
}

/// Fills the pages of a table with what they never hold, beside a desk that is not open.
fn damage(db: &Path, table: &str) {
    let connection = Connection::open(db).unwrap();
    let (page, size): (u64, u64) = connection
        .query_row(
            "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?1",
            [table],
            |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs())),
        )
        .unwrap();
    drop(connection);
    let mut bytes = std::fs::read(db).unwrap();
    let at = usize::try_from((page - 1) * size).unwrap();
    bytes[at..at + usize::try_from(size).unwrap()].fill(0xa5);
    std::fs::write(db, &bytes).unwrap();
}

/// T38: the first word of SQLite that a page is damaged stops the writing.
#[test]
fn t38_damage_that_is_met_stops_the_writing_for_everybody() {
    let (_folder, db, desk, ada, _) = peopled();
    assert_eq!(save(&desk, &ada).0, 303);
    drop(desk);
    damage(&db, "tag");
    let desk = open(&db);
    assert_eq!(desk.desk.writer.halt(), None, "nobody has looked yet");
    assert_eq!(desk.get(&ada, "/settings/tags").status, 500);
    assert_eq!(save(&desk, &ada).0, 503);
    assert_eq!(desk.desk.writer.halt(), Some(Halt::Damaged));
    assert_eq!(desk.ask(Request::get("/healthz")).body.trim(), "file_damaged");
}

/// T38: what nobody has met yet is found by looking.
#[test]
fn t38_damage_is_found_at_the_start_and_nothing_is_written_upon_it() {
    let (_folder, db, desk, ada, ben) = peopled();
    soundness::at_start(&desk.desk);
    assert_eq!(desk.desk.writer.halt(), None, "a file that is whole");
    drop(desk);
    damage(&db, "webhook_answer");
    let desk = opened(&db);
    soundness::at_start(&desk);
    let damaged = std::fs::read(&db).unwrap();
    let desk = built(desk);
    nothing_is_written(&desk, &ada, &ben, Halt::Damaged, "The file of the desk is damaged");
    assert!(desk.get(&ada, "/settings/status").body.contains("transom export --rescue"));
    drop(desk);
    assert!(std::fs::read(&db).unwrap() == damaged, "nothing was written");
}

/// T38, T40: beside a desk in use, files are looked at in pieces, so that the log moves meanwhile; damage in one is found
/// all the same.
#[test]
fn t38_damage_in_a_file_is_found_beside_a_desk_that_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let desk = open(&db);
    let now = desk.now();
    desk.write(move |tx| {
        let new = attachment::New {
            message: None,
            agent: None,
            name: "a.png",
            media_type: "image/png",
            key: "k",
            source: None,
        };
        let id = attachment::insert(tx, &new, now)?;
        (0..200).try_for_each(|_| attachment::append(tx, id, &[7; 9000]))
    });
    let breath = Duration::from_millis(1);
    soundness::look(&desk.desk, &Stop::default(), breath);
    assert_eq!(desk.desk.writer.halt(), None, "a file that is whole");
    drop(desk);
    let mut bytes = std::fs::read(&db).unwrap();
    // The first bytes of a page of them say where the next one is.
    let leads_on = |page: &[u8]| page[..4] != [0; 4] && page[4..].iter().all(|byte| *byte == 7);
    let page = bytes.chunks_exact(4096).rposition(leads_on).unwrap();
    bytes[page * 4096..page * 4096 + 4].fill(0xa5);
    std::fs::write(&db, &bytes).unwrap();
    let desk = open(&db);
    soundness::look(&desk.desk, &Stop::default(), breath);
    assert_eq!(desk.desk.writer.halt(), Some(Halt::Damaged));
}
