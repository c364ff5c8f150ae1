//! Commands that are broken off, or find no room: nothing unfinished lies about afterwards.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::process::{PATIENCE, complained, run, transom};

/// The names in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Ends the command once something else than `before` lies in the folder; whether it was still at work.
fn ended(mut child: Child, folder: &Path, before: &BTreeSet<String>, signal: Signal) -> bool {
    let began = Instant::now();
    while names(folder) == *before && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < PATIENCE, "it writes nothing");
        std::thread::sleep(Duration::from_micros(200));
    }
    std::thread::sleep(Duration::from_millis(20));
    let _ = kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal);
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return false;
    }
    assert_eq!(output.status.signal(), Some(signal.as_raw()), "{}", complained(&output));
    let said = complained(&output);
    assert_eq!(said.trim(), "transom: stopped; nothing unfinished was left behind");
    true
}

#[test]
fn what_is_broken_off_leaves_nothing_unfinished_behind() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let place = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (db, rows) = (place("transom.db"), place("rows"));
    for words in [
        vec!["generate", "--conversations", "2000", "--messages", "20000", "--db", &db],
        vec!["export", &rows, "--db", &db],
    ] {
        let made = run(&words);
        assert!(made.status.success(), "{}", complained(&made));
    }
    let (large, new, out) = (place("large.db"), place("new.db"), place("out"));
    let before = names(folder);
    for words in [
        vec!["generate", "--conversations", "1000000", "--db", &large],
        vec!["import", "jsonl", &rows, "--db", &new],
        vec!["export", &out, "--db", &db],
        vec!["export", &out, "--format", "html", "--db", &db],
        vec!["export", &out, "--rescue", "--db", &db],
        vec!["backup", &out, "--db", &db],
        vec!["restore", &db, "--db", &new],
    ] {
        // A machine that is quick may be done before it hears of it.
        let broken_off = (0..20).any(|round| {
            let signal = if round % 2 == 0 { Signal::INT } else { Signal::TERM };
            let mut command = transom(&words);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let broken_off = ended(child, folder, &before, signal);
            for name in names(folder).difference(&before) {
                assert!(!broken_off, "{words:?} leaves {name} behind");
                let path = folder.join(name);
                if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                    .unwrap();
            }
            broken_off
        });
        assert!(broken_off, "{words:?} is done each time before it is broken off");
        assert_eq!(names(folder), before, "{words:?}");
    }
}

#[test]
fn where_the_disk_is_full_nothing_is_left_on_it_and_the_right_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (db, disk) = (folder.path().join("transom.db"), folder.path().join("disk"));
    let made = run(&["generate", "--conversations", "500", "--db", db.to_str().unwrap()]);
    assert!(made.status.success(), "{}", complained(&made));
    std::fs::create_dir(&disk).unwrap();
    let script = "mount -t tmpfs -o size=1m none \"$1\" && echo mounted && for what in backup export; do \
                  \"$2\" $what \"$1\"/out --db \"$3\" 2>&1; done; ls -A \"$1\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.arg(&disk).arg(transom(&[]).get_program()).arg(&db);
    let said = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let said = said.unwrap_or_default();
    let Some(said) = said.strip_prefix("mounted\n") else {
        assert!(std::env::var_os("TRANSOM_REQUIRE_DISK").is_none(), "no disk could be made");
        println!("no disk of its own could be made here; nothing was tried");
        return;
    };
    let sentence = |name: &str| {
        let path = disk.join(name);
        format!("transom: {}: the disk is full. Make room on it and try again", path.display())
    };
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines, [sentence("out.unfinished"), sentence("out.moment")]);
}
