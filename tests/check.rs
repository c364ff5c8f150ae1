//! What `transom check` finds, and what it says of a file that cannot be opened.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::TestDesk;
use crate::support::process::{complained, run, transom};
use transom::domain::channel::Kind;
use transom::store::check::{self, Step};
use transom::store::{self, pairing};

/// A desk with three conversations.
fn desk() -> TestDesk {
    let desk = TestDesk::new();
    let chat = desk.channel(Kind::Sms);
    for (person, text) in [("+34612345671", "one"), ("+34612345672", "two"), ("+34612345673", "three")] {
        desk.writes(&chat, person, text);
    }
    desk
}

/// What the check of the counts finds after something was changed behind the desk's back.
fn found(change: &'static str) -> Vec<String> {
    let desk = desk();
    assert_eq!(desk.read(|c| check::run(c, Step::Counts)), Vec::<String>::new());
    desk.write(move |tx| Ok(tx.execute_batch(change)?));
    desk.read(|c| check::run(c, Step::Counts))
}

#[test]
fn what_a_conversation_keeps_of_its_messages_and_its_log_is_checked_for_all() {
    let wrong = found("UPDATE conversation SET unread = 7 WHERE id = 2");
    assert_eq!(wrong, ["conversation 2 counts more unread messages than have come"]);
    let wrong = found("UPDATE conversation SET last_message_id = 999 WHERE id = 2");
    assert_eq!(wrong, ["conversation 2 names a last message that is not in it"]);
    let wrong = found("UPDATE conversation SET last_message_id = 1 WHERE id = 2");
    assert_eq!(wrong, ["conversation 2 names a last message that is not in it"]);
    let wrong = found(
        "UPDATE message SET entry_no = NULL WHERE conversation_id = 2; DELETE FROM event WHERE conversation_id = 2",
    );
    assert_eq!(wrong, ["conversation 2 has no entry in the log"]);
}

#[test]
fn what_the_search_knows_of_contacts_is_checked_and_made_anew() {
    for change in [
        "DELETE FROM contact_text WHERE contact_id = 2",
        "UPDATE contact_text SET text = 'somebody else'",
        "DELETE FROM contact_words WHERE rowid = 2",
    ] {
        let desk = desk();
        assert_eq!(desk.read(|c| check::run(c, Step::Search)), Vec::<String>::new());
        desk.write(move |tx| Ok(tx.execute_batch(change)?));
        assert!(!desk.read(|c| check::run(c, Step::Search)).is_empty(), "{change}");
        desk.write(store::contact::rebuild);
        assert_eq!(desk.read(|c| check::run(c, Step::Search)), Vec::<String>::new(), "{change}");
    }
}

#[test]
fn every_conversation_is_compared_with_its_log_and_a_sample_says_that_it_is_one() {
    let desk = desk();
    desk.write(|tx| Ok(tx.execute_batch("UPDATE conversation SET status = 'closed' WHERE id = 2")?));
    let mut heard = Vec::new();
    let replayed = desk.read(|c| check::replay_all(c, &mut |done, all| heard.push((done, all))));
    assert_eq!((replayed.conversations, replayed.untold, replayed.wrong.len()), (3, 0, 1));
    assert_eq!(heard, [(3, 3)]);
    let db = desk.desk.path.to_str().unwrap();
    let all = run(&["check", db]);
    assert!(String::from_utf8_lossy(&all.stdout).contains("event replay: wrong"));
    desk.write(|tx| Ok(tx.execute_batch("UPDATE conversation SET status = 'open' WHERE id = 2")?));
    let said = |words: &[&str]| String::from_utf8(run(words).stdout).unwrap();
    assert!(said(&["check", db]).contains("event replay: good (all 3 conversations)"));
    assert!(said(&["check", db, "--quick"]).contains("event replay: good (a sample of 3 conversations)"));
    desk.write(|tx| {
        Ok(tx.execute_batch("UPDATE event SET data = NULL; UPDATE message SET extra = NULL, told = NULL")?)
    });
    assert!(said(&["check", db]).contains("(all 3 conversations; the logs of 3 do not tell how they stand)"));
}

#[test]
fn a_file_of_a_newer_program_is_neither_called_good_nor_copied() {
    let desk = TestDesk::new();
    let db = desk.desk.path.clone();
    let newer = db.with_file_name("newer.db");
    assert!(run(&["backup", newer.to_str().unwrap(), "--db", db.to_str().unwrap()]).status.success());
    let connection = store::Connection::open(&newer).unwrap();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "user_version", pairing::with_schema(version, 999)).unwrap();
    drop(connection);
    let (newer, copy) = (newer.to_str().unwrap(), db.with_file_name("copy.db"));
    for words in [&["check", newer][..], &["backup", copy.to_str().unwrap(), "--db", newer][..]] {
        let output = run(words);
        assert_eq!(output.status.code(), Some(1));
        assert!(complained(&output).contains("newer Transom"), "{}", complained(&output));
    }
    assert!(!copy.exists());
}

/// Runs a line of the shell in a world of its own, where `$1` is a folder for a disk and `$0` the program; `None` where
/// no disk can be made here.
fn with_disk(script: &str, folder: &Path) -> Option<Output> {
    let program = transom(&[]).get_program().to_owned();
    let script = format!("mount -t tmpfs -o size=4m none \"$1\" || exit 77; {script}");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).arg(program).arg(folder);
    let output = command.output().ok().filter(|output| output.status.code() != Some(77));
    let output = output.filter(|output| !String::from_utf8_lossy(&output.stderr).contains("unshare:"));
    if output.is_none() {
        assert!(std::env::var_os("TRANSOM_REQUIRE_DISK").is_none(), "no disk could be made");
        println!("no disk of its own could be made here; nothing was tried");
    }
    output
}

#[test]
fn a_full_disk_is_not_called_a_foreign_file() {
    let folder = tempfile::tempdir().unwrap();
    let script = "dd if=/dev/zero of=\"$1\"/filler bs=64k 2>/dev/null; \"$0\" serve --db \"$1\"/f.db --listen 127.0.0.1:0";
    let Some(output) = with_disk(script, folder.path()) else { return };
    let said = complained(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("f.db") && said.contains("the disk is full"), "{said}");
    assert!(!said.contains("is not a Transom desk"), "{said}");
}

#[test]
fn a_copy_in_a_place_where_nothing_can_be_written_is_checked_and_copied() {
    let desk = desk();
    let made = desk.folder.path().join("made.db");
    let words = ["backup", made.to_str().unwrap(), "--db", desk.desk.path.to_str().unwrap()];
    assert!(run(&words).status.success());
    let disk = desk.folder.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let script = "cp \"$1\"/../made.db \"$1\"/f.db && mount -o remount,ro \"$1\" && \"$0\" check \"$1\"/f.db && \
                  \"$0\" backup \"$1\"/../again.db --db \"$1\"/f.db && exec \"$0\" user list --db \"$1\"/f.db";
    let Some(output) = with_disk(script, &disk) else { return };
    let (said, complained) = (String::from_utf8_lossy(&output.stdout).into_owned(), complained(&output));
    assert!(said.contains("structure: good") && said.contains("and verified"), "{said}{complained}");
    assert!(complained.contains("f.db") && complained.contains("ead-only"), "{complained}");
}

/// What is kept twice and does not agree is mended, and keeps nobody from having a copy.
#[test]
fn wrong_counts_are_mended_and_stop_no_restore() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (db, copy, back) = (place("a.db"), place("copy.db"), place("b.db"));
    let well = |words: &[&str]| {
        let output = run(words);
        assert!(output.status.success(), "{words:?}: {}", complained(&output));
        output
    };
    well(&["generate", "--conversations", "20", "--db", &db]);
    let c = rusqlite::Connection::open(&db).unwrap();
    c.execute_batch(
        "UPDATE conversation SET unread = 999 WHERE id = 1; UPDATE folder_count SET open = open + 5;
         UPDATE conversation SET last_message_id = (SELECT max(id) FROM message WHERE conversation_id = 2
             AND kind IN ('inbound', 'outbound')) WHERE id = 3",
    )
    .unwrap();
    drop(c);
    assert_eq!(run(&["check", &db]).status.code(), Some(1));
    well(&["backup", &copy, "--db", &db]);
    let restored = well(&["restore", &copy, "--db", &back]);
    assert!(complained(&restored).contains("check --repair"), "{}", complained(&restored));
    well(&["check", "--repair", "--db", &back]);
    well(&["check", "--db", &back]);
}
