//! T34: where there are no leases, or no right to write. The desk says so when it starts and on the page about copies, and
//! goes on as well as it can; it never breaks.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use transom::store::pairing;

use crate::ending::until;
use crate::load::{self, Load};
use crate::process::{Served, complained, transom};
use crate::steady;
use crate::system::{self, Leases, complaints};
use crate::verdict::{OLD, Tally};

/// Somebody who may do nothing in particular ("nobody").
const NOBODY: u32 = 65534;

/// Serves a desk by a command that is changed first, writes to it and stops it. It must say `why` in its log and on two
/// pages, move its log all the same, and lose nothing.
fn goes_on_and_says(why: &str, db: &Path, hook: &str, change: impl FnOnce(&mut Command)) {
    let elsewhere = tempfile::tempdir().unwrap();
    let (out, said) = complaints(elsewhere.path());
    let before = std::fs::read(db).unwrap();
    let mut command = transom(&["serve"]);
    command.stderr(Stdio::from(out));
    change(&mut command);
    let served = Served::by(command, db, "Transom serves");
    let said = std::fs::read_to_string(said).unwrap();
    assert!(said.contains("may be torn, use 'transom backup'") && said.contains(why), "{said}");
    let cookie = steady::sign_in(&served.url);
    for path in ["/settings/copies", "/settings/status"] {
        let page = steady::page(&served.url, &cookie, path);
        assert!(page.contains("may be torn") && page.contains(why), "{path}: {page}");
    }
    let load = Load::start(&served.url, hook, &why.replace(' ', "-"));
    // What was written before the load may be moved at once, so that alone says little.
    until("the log is moved", || load.figures().took.len() > 20 && std::fs::read(db).unwrap() != before);
    let must = load.stop();
    assert!(served.stop(), "it stops well");
    assert!(!pairing::beside(db, "-wal").exists(), "a desk that was stopped is one file");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(db, &must);
    tally.close(&format!("no lease ({why})"));
}

#[test]
fn t34_where_a_file_system_has_no_leases_the_desk_says_so_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = steady::full(&db, 100, &[]);
    // NFS, SMB and FUSE answer so.
    goes_on_and_says("Invalid argument", &db, &hook, |command| {
        system::without_leases(command, Leases::Refused);
    });
    goes_on_and_says("a lease does not make others wait here", &db, &hook, |command| {
        system::without_leases(command, Leases::Empty);
    });
}

/// Gives a folder to the one who may do nothing; `false` where it cannot be, or he could not start the program.
fn hand_over(folder: &Path) -> bool {
    if !rustix::process::geteuid().is_root() {
        println!("file of another user, folder that is read only: these tests need root, not tried");
        return false;
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    let starts = transom(&["--version"]).uid(NOBODY).gid(NOBODY).current_dir(folder).output();
    let starts = starts.is_ok_and(|output| output.status.success());
    if !starts {
        println!(
            "file of another user, folder that is read only: another user cannot start the program, not tried"
        );
    }
    starts
}

#[test]
fn t34_the_file_of_another_user_is_told_and_served() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = steady::full(&db, 100, &[]);
    if !hand_over(folder.path()) {
        return;
    }
    chown(transom::vault::key_path(&db), Some(NOBODY), Some(NOBODY)).unwrap();
    std::fs::set_permissions(&db, std::fs::Permissions::from_mode(0o666)).unwrap();
    goes_on_and_says("the file belongs to another user", &db, &hook, |command| {
        command.uid(NOBODY).gid(NOBODY).env("TMPDIR", folder.path());
    });
}

/// Where nothing temporary can be written, that is said, and not that the port is taken.
#[test]
fn a_folder_for_temporary_files_that_is_read_only_is_named() {
    let folder = tempfile::tempdir().unwrap();
    if !hand_over(folder.path()) {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let words = ["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()];
    let refused = transom(&words).uid(NOBODY).gid(NOBODY).env("TMPDIR", closed.path()).output().unwrap();
    let sentence = complained(&refused);
    assert_eq!(refused.status.code(), Some(1), "{sentence}");
    assert!(sentence.contains(closed.path().to_str().unwrap()) && sentence.contains("TMPDIR"), "{sentence}");
}

#[test]
fn t34_a_folder_that_is_read_only_is_refused_with_a_sentence_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = load::prepare(&db);
    if !hand_over(folder.path()) {
        return;
    }
    for path in [db.clone(), transom::vault::key_path(&db)] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let before = std::fs::read(&db).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    let words = ["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()];
    let refused = transom(&words).uid(NOBODY).gid(NOBODY).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let sentence = complained(&refused);
    assert!(sentence.contains(db.to_str().unwrap()) && !sentence.contains("panicked"), "{sentence}");
    assert!(sentence.contains("writable, by the user who runs Transom"), "the way out: {sentence}");
    assert!(std::fs::read(&db).unwrap() == before, "nothing was written");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = transom(&["serve"]);
    command.uid(NOBODY).gid(NOBODY).env("TMPDIR", folder.path());
    let served = Served::by(command, &db, "Transom serves");
    let load = Load::start(&served.url, &hook, "a");
    std::thread::sleep(OLD);
    let must = load.stop();
    assert!(served.stop());
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &must);
    tally.close("a folder that was read only");
}
