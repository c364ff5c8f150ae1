//! A copy that is put back: whole or not at all, the old file kept, and nothing sent a second time.

use std::path::Path;
use std::sync::Arc;

use crate::support::TestDesk;
use crate::support::channel::{connect, message_of, thread, viewer};
use crate::support::ending::until;
use crate::support::process::{Served, complained, run};
use transom::actions::reply::{self, Reply};
use transom::clock::Clock;
use transom::desk::{Desk, Options};
use transom::domain::Id;
use transom::domain::agent::Role;
use transom::domain::channel::Kind;
use transom::domain::contact::AddressKind;
use transom::domain::message::{Message, State};
use transom::net::Client;
use transom::store::copies::{Guard, Plan};
use transom::store::pairing;
use transom::vault::key_path;
use transom::web::App;

fn open(path: &Path) -> TestDesk {
    let desk = Desk::open(path, Clock::system(), Client::default(), Options::default()).unwrap();
    let desk = Arc::new(desk);
    let app = App::new(desk.clone()).unwrap();
    TestDesk { desk, app, folder: tempfile::tempdir().unwrap() }
}

/// A desk in which one reply waits to be sent.
fn with_a_reply(db: &Path) -> Id<Message> {
    let desk = open(db);
    let channel =
        connect(&desk, Kind::Custom, &[("secret", "s"), ("outbound_url", "http://127.0.0.1:1/out")]);
    let marta = desk.person("Marta", Role::Agent);
    let eva = thread(&desk, &channel, AddressKind::Custom, "eva");
    let order = Reply {
        conversation: eva.id,
        body: "Hola".to_owned(),
        template: None,
        attachments: Vec::new(),
        reply_to: None,
        seen: None,
        key: None,
    };
    let (by, now) = (viewer(&marta), desk.now());
    desk.desk.writer.write(move |tx| reply::reply(tx, &by, &order, now)).unwrap()
}

#[test]
fn a_restored_desk_leaves_what_waited_to_a_person_and_keeps_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let (db, copy) = (folder.path().join("transom.db"), folder.path().join("copy.db"));
    let reply = with_a_reply(&db);
    let (db_name, copy_name) = (db.to_str().unwrap(), copy.to_str().unwrap());
    assert!(run(&["backup", copy_name, "--db", db_name]).status.success());
    let later = run(&["user", "add", "--email", "ana@example.org", "--name", "Ana", "--db", db_name]);
    assert!(later.status.success());

    let output = run(&["restore", copy_name, "--db", db_name]);
    assert!(output.status.success(), "{}", complained(&output));
    let desk = open(&db);
    assert_eq!(message_of(&desk, reply).state, State::Unsure);
    drop(desk);
    let old = folder.path().join("transom.db.before-restore-1");
    let list = run(&["user", "list", "--db", old.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&list.stdout).contains("ana@example.org"), "the old file is as it was");
    let list = run(&["user", "list", "--db", db_name]);
    assert!(!String::from_utf8_lossy(&list.stdout).contains("ana@example.org"));
}

#[test]
fn a_copy_put_back_by_cp_is_noticed_and_what_waited_is_left_to_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let (db, copy) = (folder.path().join("transom.db"), folder.path().join("copy.db"));
    let reply = with_a_reply(&db);
    let desk = open(&db);
    assert_eq!(message_of(&desk, reply).state, State::Queued, "a start is not a restore");
    desk.person("Ben", Role::Agent);
    drop(desk);
    std::fs::copy(&db, &copy).unwrap();
    let desk = open(&db);
    desk.person("Ana", Role::Agent);
    drop(desk);
    std::fs::copy(&copy, &db).unwrap();
    assert_eq!(message_of(&open(&db), reply).state, State::Unsure);
}

#[test]
fn a_copy_with_its_key_that_is_opened_elsewhere_sends_nothing_by_itself() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let reply = with_a_reply(&here.path().join("transom.db"));
    for name in ["transom.db", "transom.key"] {
        std::fs::copy(here.path().join(name), there.path().join(name)).unwrap();
    }
    assert_eq!(message_of(&open(&there.path().join("transom.db")), reply).state, State::Unsure);
    assert_eq!(message_of(&open(&here.path().join("transom.db")), reply).state, State::Queued);
}

#[test]
fn a_running_desk_is_not_replaced() {
    let desk = Served::new();
    let (db, copy) = (desk.db.to_str().unwrap(), desk.db.with_file_name("copy.db"));
    let copy = copy.to_str().unwrap();
    assert!(run(&["backup", copy, "--db", db]).status.success());
    let output = run(&["restore", copy, "--db", db]);
    assert_eq!(output.status.code(), Some(1));
    assert!(complained(&output).contains("already served"), "{}", complained(&output));
}

#[test]
fn a_damaged_or_foreign_copy_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (db, copy) = (folder.path().join("transom.db"), folder.path().join("copy.db"));
    with_a_reply(&db);
    let before = std::fs::read(&db).unwrap();
    let mut damaged = before.clone();
    let half = damaged.len() / 2;
    damaged.truncate(half);
    for content in [damaged, Vec::new(), b"This is a shopping list.".to_vec()] {
        std::fs::write(&copy, content).unwrap();
        let output = run(&["restore", copy.to_str().unwrap(), "--db", db.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(complained(&output).contains("copy.db"), "{}", complained(&output));
        assert!(std::fs::read(&db).unwrap() == before, "the desk is as it was");
        assert!(!folder.path().join("transom.db.restoring").exists());
    }
}

/// A power loss, or a kill at that moment, may leave the log of the old file beside the copy that took its place. It is never
/// replayed into it, however many checkpoints lie between the copy and the log.
#[test]
fn the_log_of_the_old_file_that_is_still_there_belongs_to_no_copy() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (db, copy, old) =
        (here.path().join("transom.db"), here.path().join("copy"), there.path().join("transom.db"));
    with_a_reply(&db);
    std::fs::copy(&db, &copy).unwrap();
    std::fs::copy(key_path(&db), key_path(&old)).unwrap();
    let desk = open(&db);
    for round in 0..4 {
        // Who has the file open keeps the log from being moved.
        let kept = std::fs::File::open(&db).unwrap();
        desk.person(&format!("Person {round}"), Role::Agent);
        for end in ["", "-wal"] {
            std::fs::copy(pairing::beside(&db, end), pairing::beside(&old, end)).unwrap();
        }
        let complete = desk.desk.copies.state().complete;
        drop(kept);
        let output = run(&["restore", copy.to_str().unwrap(), "--db", old.to_str().unwrap()]);
        assert!(output.status.success(), "{}", complained(&output));
        let log = pairing::beside(&old, &format!(".before-restore-{}-wal", round + 1));
        std::fs::copy(log, pairing::beside(&old, "-wal")).unwrap();
        assert!(pairing::is_foreign(&old), "{round} checkpoints after the copy");
        std::fs::remove_file(pairing::beside(&old, "-wal")).unwrap();
        until("a checkpoint", || desk.desk.copies.state().complete != complete);
    }
}

/// T34: where leases are not to be had, the desk says so and goes on.
#[test]
fn without_a_lease_the_desk_runs_and_the_status_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let options = Options { checkpoints: Plan::Timer, ..Options::default() };
    let desk = Arc::new(Desk::open(&db, Clock::system(), Client::default(), options).unwrap());
    assert!(matches!(desk.copies.guard(), Guard::Timer(_)));
    let app = App::new(desk.clone()).unwrap();
    let desk = TestDesk { desk, app, folder };
    let ana = desk.person("Ana", Role::Admin);
    let page = desk.get(&ana, "/settings/status");
    assert!(page.body.contains("A plain copy made while the desk runs may be torn"), "{}", page.body);
    let leased = TestDesk::new();
    let ana = leased.person("Ana", Role::Admin);
    let page = leased.get(&ana, "/settings/status");
    assert!(page.body.contains("is whole at any moment"), "{}", page.body);
}

#[test]
fn a_copy_without_its_key_file_asks_for_the_secrets_again_and_misses_nothing_else() {
    let here = tempfile::tempdir().unwrap();
    let db = here.path().join("transom.db");
    with_a_reply(&db);
    let before = transom::cli::export::hash(&transom::store::readers::open(&db).unwrap()).unwrap();
    let there = tempfile::tempdir().unwrap();
    let copy = there.path().join("elsewhere.db");
    let words = ["backup", copy.to_str().unwrap(), "--db", db.to_str().unwrap()];
    assert!(run(&words).status.success());
    assert!(!key_path(&copy).exists(), "a copy has no key");
    let after = transom::cli::export::hash(&transom::store::readers::open(&copy).unwrap()).unwrap();
    assert_eq!(after, before, "everything else is there");
    let desk = open(&copy);
    let ada = desk.person("Ada", Role::Admin);
    assert!(desk.get(&ada, "/settings/channels").body.contains("Needs its secrets again"));
    assert!(desk.get(&ada, "/settings/status").body.contains("does not open the secrets"));
    assert_eq!(desk.get(&ada, "/conversations/1").status, 200);
    assert!(desk.get(&ada, "/inbox?view=all").body.contains("Hola"));
    let at = "/settings/channels/1";
    let given = [("name", "Shop"), ("secret", "s"), ("outbound_url", "http://127.0.0.1:1/out")];
    let page = desk.post(&ada, at, &given);
    assert_eq!(page.status, 303, "{}", page.body);
    assert!(!desk.get(&ada, "/settings/channels").body.contains("Needs its secrets again"));
}
