//! Copies of a desk that is being written to, with the tools that people have.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::bulk::{self, Bulk};
use crate::load::{self, Busy, Load};
use crate::process::Served;
use crate::times;
use crate::verdict::{OLD, Tally};

/// Copies made of one desk before the next begins, so that the file, and each check of it, stays small.
const OF_ONE_DESK: usize = 40;

/// Desks that are copied at once: as many as two cores serve under load, and more where a copy mostly waits.
const LANES: usize = 2;
const LANES_OF_SLOW_COPIES: usize = 5;

/// T1, T13: makes `count` copies by `copy` (from the desk's file, into a new folder) while customers write, and an agent
/// deals with two hundred conversations at once.
fn under_load(what: &str, lanes: usize, count: usize, copy: impl Fn(&Path, &Path) -> bool + Sync) {
    let large = AtomicU64::new(0);
    let tally = Tally::of_lanes(lanes, count, |share| lane(share, &large, &copy));
    let large = large.into_inner();
    assert!(large > 0, "no large transaction");
    tally.close(&format!("{what}, {large} transactions with 200 conversations each meanwhile"));
}

fn lane(count: usize, large: &AtomicU64, copy: impl Fn(&Path, &Path) -> bool) -> Tally {
    let mut tally = Tally::default();
    while tally.tried < count {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("transom.db");
        let hook = load::prepare(&db);
        let token = bulk::prepare(&db);
        let served = Served::with(&db, &["serve"], "Transom serves");
        let bulk = Bulk::start(&served.url, &hook, &token);
        let load = Load::start(&served.url, &hook, "a");
        // So that something is old enough to be looked for.
        std::thread::sleep(OLD + Duration::from_millis(500));
        for _ in 0..OF_ONE_DESK.min(count - tally.tried) {
            one(&mut tally, &db, &load, &copy);
        }
        load.stop();
        large.fetch_add(bulk.stop(), Ordering::Relaxed);
        assert!(served.stop(), "the desk stops well");
    }
    tally
}

fn one(tally: &mut Tally, db: &Path, load: &Load, copy: impl Fn(&Path, &Path) -> bool) {
    let there = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    tally.tried += 1;
    if !copy(db, there.path()) {
        tally.refused += 1;
        return;
    }
    tally.slowest = tally.slowest.max(begun.elapsed());
    let must = begun.checked_sub(OLD).map(|moment| load.before(moment)).unwrap_or_default();
    tally.judge(&there.path().join("transom.db"), &must);
}

fn shell(script: &str, from: &Path, to: &Path) -> bool {
    let output = Command::new("sh").args(["-c", script]).arg(from).arg(to).output().unwrap();
    output.status.success()
}

/// Copies by a tool of the shell, which is given the file and a new folder.
fn by_shell(what: &str, count: usize, script: &str) {
    under_load(what, LANES, count, |from, to| shell(script, from, to));
}

#[test]
fn a_plain_copy_is_whole() {
    by_shell("cp transom.db", times(20, 1000), "cp \"$0\" \"$1\"");
}

#[test]
fn a_copy_of_all_its_files_is_whole() {
    // The log and its index may come and go between the listing and the copy, which is no fault of the copy.
    let all = "cp \"$0\"* \"$1\" 2>/dev/null; test -s \"$1/transom.db\"";
    by_shell("cp transom.db*", times(10, 100), all);
}

#[test]
fn a_copy_of_its_folder_is_whole() {
    let folder = "cp -r \"$(dirname \"$0\")/.\" \"$1\" 2>/dev/null; test -s \"$1/transom.db\"";
    by_shell("cp -r", times(6, 100), folder);
}

#[test]
fn a_copy_of_the_log_before_the_file_is_whole() {
    by_shell("cp, the log first", times(10, 100), "cp \"$0-wal\" \"$1\" && cp \"$0\" \"$1\"");
}

#[test]
fn an_archive_is_whole() {
    let tar = "tar -cf \"$1/a.tar\" -C \"$(dirname \"$0\")\" transom.db && tar -xf \"$1/a.tar\" -C \"$1\"";
    by_shell("tar", times(10, 100), tar);
}

/// `docker cp` gives the folder as the stream of an archive, which the other side unpacks: this is that stream without
/// the daemon that passes it on. That the log went meanwhile is told by the one `tar` and does not stop the other.
#[test]
fn an_archive_that_is_a_stream_is_whole() {
    let stream =
        "tar -cf - -C \"$(dirname \"$0\")\" . 2>/dev/null | tar -xf - -C \"$1\" && test -s \"$1/transom.db\"";
    by_shell("tar of the folder as a stream, as docker cp", times(6, 100), stream);
}

#[test]
fn rsync_makes_a_whole_copy() {
    if !Command::new("rsync").arg("--version").output().is_ok_and(|said| said.status.success()) {
        println!("rsync: not on this machine, not tried");
        return;
    }
    by_shell("rsync", times(5, 100), "rsync -a \"$0\" \"$1/\"");
}

#[test]
fn a_copy_over_a_slow_line_is_whole() {
    under_load("slow copy, 3 s", LANES_OF_SLOW_COPIES, times(2, 50), |from, to| {
        // A copy that begins while another is under way is as old as the beginning of that one.
        std::thread::sleep(Duration::from_millis(1500));
        let mut source = std::fs::File::open(from).unwrap();
        let mut target = std::fs::File::create(to.join("transom.db")).unwrap();
        let length = usize::try_from(source.metadata().unwrap().len()).unwrap();
        let mut piece = vec![0; length / 30 + 1];
        loop {
            match source.read(&mut piece).unwrap() {
                0 => return true,
                read => target.write_all(&piece[..read]).unwrap(),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
}

/// Readers see the desk while it is copied, and every commit is quick: the writers never wait for the copy.
#[test]
fn the_desk_goes_on_while_a_program_keeps_the_file_open() {
    let Busy { served, load, db, folder, .. } = Busy::serve(&["serve"]);
    let open = std::fs::File::open(&db).unwrap();
    let before = std::fs::read(&db).unwrap();
    let begun = load.before(Instant::now()).len();
    std::thread::sleep(Duration::from_secs(3));
    let acknowledged = load.stop().len() - begun;
    assert!(acknowledged > 100, "the desk answered only {acknowledged} deliveries");
    assert!(std::fs::read(&db).unwrap() == before, "nothing moves while the file is open");
    drop(open);
    let begun = Instant::now();
    while std::fs::read(&db).unwrap() == before {
        assert!(begun.elapsed() < crate::process::PATIENCE, "the log is moved when the file is let go");
        std::thread::sleep(Duration::from_millis(300));
    }
    println!("file kept open 3 s: {acknowledged} deliveries acknowledged meanwhile");
    assert!(served.stop());
    assert!(!folder.path().join("transom.db-wal").exists(), "a desk that was stopped is one file");
}
