//! A disk that is full, broken or read only, a file that is damaged, newer or gone: a clear sentence, nothing worse.

use std::ffi::c_int;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_OK};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use transom::store::check::{self, Step};
use transom::store::readers;
use transom::web::http::Request;

use crate::disk::Part;
use crate::ending::until;
use crate::image::choose;
use crate::inside::Inside;
use crate::load::{self, Busy};
use crate::process::{self, PATIENCE, Served, complained, run};
use crate::times;
use crate::verdict::Tally;

fn whole(db: &Path) {
    let connection = readers::open(db).unwrap();
    for step in Step::ALL {
        assert_eq!(check::run(&connection, step).unwrap(), Vec::<String>::new(), "{}", step.as_str());
    }
}

/// T11: while nothing can be written, providers are asked to come again, pages are still shown, and what was not
/// acknowledged is simply not there; afterwards the desk goes on by itself.
fn refuses_and_recovers(part: Part, code: c_int) {
    let folder = tempfile::tempdir().unwrap();
    let inside = Inside::new(folder.path());
    assert_eq!(inside.deliver("before", 1, ""), 200);
    for round in 0..times(3, 20) {
        inside.disk.answer(part, code);
        let refused: Vec<String> = (0..10)
            .map(|n| format!("during-{round}-{n}"))
            .filter(|name| match inside.deliver(name, 1, &"x".repeat(10_000)) {
                200 => false,
                status => {
                    assert_eq!(status, 503, "{name}");
                    true
                }
            })
            .collect();
        assert_eq!(part == Part::Log, !refused.is_empty(), "what is written goes to the log");
        assert_eq!(inside.app.handle(Request::get("/login")).status, 303, "pages are shown");
        // Long enough for a checkpoint to run into it.
        std::thread::sleep(Duration::from_millis(1200));
        inside.disk.answer(part, SQLITE_OK);
        let name = format!("after-{round}");
        until("a delivery after the disk had room again", || inside.deliver(&name, 1, "") == 200);
        for name in refused {
            let sql = format!("SELECT count(*) FROM inbound WHERE dedupe_key = '{name}'");
            assert_eq!(inside.count(&sql), 0, "{name} was refused");
            assert_eq!(inside.deliver(&name, 1, ""), 200, "the provider comes again");
        }
        let complete = inside.desk.copies.state().complete;
        until("a checkpoint", || inside.desk.copies.state().complete > complete);
    }
    let said = inside.count("SELECT count(*) FROM inbound");
    until("every delivery is read", || {
        inside.count("SELECT count(*) FROM message WHERE kind = 'inbound'") == said
    });
    whole(&inside.db);
    println!("{part:?} answers {code}: {said} deliveries, 0 lost, 0 twice, 0 damaged");
}

#[test]
fn a_full_disk_refuses_what_it_cannot_keep_and_the_desk_goes_on_afterwards() {
    refuses_and_recovers(Part::Log, SQLITE_FULL);
}

#[test]
fn a_disk_that_fills_up_in_a_checkpoint_does_no_harm() {
    refuses_and_recovers(Part::Main, SQLITE_FULL);
}

#[test]
fn a_disk_that_cannot_be_written_for_a_while_does_no_harm() {
    refuses_and_recovers(Part::Log, SQLITE_IOERR_WRITE);
    refuses_and_recovers(Part::Main, SQLITE_IOERR_WRITE);
}

/// How large its files may become from now on, in bytes; returns how large they might before. What cannot be
/// written then fails as on a full disk.
fn limit_files(served: &Served, most: u64) -> u64 {
    let process = Pid::from_raw(i32::try_from(served.id()).unwrap());
    let limit = Rlimit { current: Some(most).filter(|most| *most < u64::MAX), maximum: None };
    prlimit(process, Resource::Fsize, limit).unwrap().current.unwrap_or(u64::MAX)
}

/// The whole program on a file that may not grow: the limit of the system stands for a full disk.
#[test]
fn the_program_lives_through_a_full_disk() {
    let desk = Busy::serve(&["serve"]);
    std::thread::sleep(Duration::from_millis(500));
    let most = limit_files(&desk.served, 1_500_000);
    std::thread::sleep(Duration::from_secs(2));
    let before = desk.acknowledged();
    limit_files(&desk.served, most);
    until("a delivery after there was room again", || desk.acknowledged() > before + 20);
    desk.end("no file may grow for 2 s under load");
}

#[test]
fn what_cannot_be_opened_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    load::prepare(&db);
    let refusal = |db: &Path, words: &[&str]| {
        let output = run(&[&["user", "list", "--db", db.to_str().unwrap()], words].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let sentence = complained(&output);
        assert!(sentence.starts_with("transom: ") && !sentence.contains("panicked"), "{sentence}");
        sentence
    };
    let mut newer = std::fs::read(&db).unwrap();
    newer[62..64].copy_from_slice(&[0x03, 0xff]);
    std::fs::write(folder.path().join("newer.db"), newer).unwrap();
    assert!(refusal(&folder.path().join("newer.db"), &[]).contains("newer Transom"));
    std::fs::write(folder.path().join("text.db"), "Dear diary".repeat(1000)).unwrap();
    assert!(refusal(&folder.path().join("text.db"), &[]).contains("not a"));
    assert!(refusal(folder.path(), &[]).contains(folder.path().to_str().unwrap()));
    if rustix::process::geteuid().is_root() {
        // Who may do everything is not stopped by permissions.
        return;
    }
    std::fs::set_permissions(&db, std::fs::Permissions::from_mode(0o400)).unwrap();
    assert!(refusal(&db, &[]).contains("ermission"));
}

/// T38: one bit or a whole piece is wrong, in the header, a table or an index. A command or a start says so or is
/// not concerned; it never breaks, and `check` finds what is damaged in a way that matters.
#[test]
fn a_damaged_file_is_told_and_never_breaks_the_program() {
    let Busy { served, load, db, folder, .. } = Busy::serve(&["serve"]);
    std::thread::sleep(Duration::from_millis(800));
    load.stop();
    assert!(served.stop());
    let good = std::fs::read(&db).unwrap();
    let (mut found, mut unconcerned, mut rescued) = (0, 0, 0);
    let count = times(24, 400);
    for number in 0..count {
        let mut bad = good.clone();
        match number % 4 {
            0 => flip(&mut bad, choose(100)),
            1 => flip(&mut bad, choose(good.len())),
            2 => {
                let page = choose(good.len() / 4096) * 4096;
                bad[page..page + 4096].fill(if number % 8 == 2 { 0 } else { 0xa5 });
            }
            _ => bad.truncate(choose(good.len())),
        }
        let path = folder.path().join("bad.db");
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(transom::store::pairing::beside(&path, end));
        }
        std::fs::write(&path, &bad).unwrap();
        let output = process::transom(&["check", path.to_str().unwrap()]).output().unwrap();
        let said = complained(&output);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{number}: {output:?}");
        assert!(!said.contains("a mistake in the program") && !said.contains("panicked"), "{number}: {said}");
        // What is changed may lie where nothing is; what is missing is always missed.
        assert!(bad.len() == good.len() || !output.status.success(), "{number}: {} bytes of it", bad.len());
        if output.status.success() {
            unconcerned += 1
        } else {
            found += 1
        }
        assert!(std::fs::read(&path).unwrap() == bad, "{number}: a check writes nothing");
        rescued += usize::from(saved(&path, &folder.path().join(format!("saved{number}"))));
        assert!(std::fs::read(&path).unwrap() == bad, "{number}: a rescue writes nothing");
        let opened = process::transom(&["user", "list", "--db", path.to_str().unwrap()]).output().unwrap();
        assert!(matches!(opened.status.code(), Some(0 | 1)), "{number}: {opened:?}");
        assert!(!complained(&opened).contains("panicked"), "{number}: {opened:?}");
    }
    println!(
        "damage: {count} files, {found} told by the check, {unconcerned} in bytes that mean nothing, 0 broke it; {rescued} \
         gave what was left of them"
    );
    assert!(rescued * 4 > count, "only {rescued} of {count} gave anything");
}

/// T38: whether an export rescued anything of a file.
fn saved(path: &Path, to: &Path) -> bool {
    let words = ["export", to.to_str().unwrap(), "--rescue", "--db", path.to_str().unwrap()];
    let output = process::transom(&words).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    assert!(!complained(&output).contains("panicked"), "{output:?}");
    let _ = std::fs::remove_dir_all(to);
    output.status.success()
}

fn flip(bytes: &mut [u8], at: usize) {
    bytes[at] ^= 1 << choose(8);
}

fn asked(served: &Served, path: &str) -> ureq::http::Response<ureq::Body> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    agent.get(format!("{}{path}", served.url)).call().unwrap()
}

/// What a program hears that looks after the desk.
fn health(served: &Served) -> (u16, String) {
    let mut answer = asked(served, "/healthz");
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

fn page(served: &Served, path: &str) -> u16 {
    asked(served, path).status().as_u16()
}

/// The file is deleted while the desk runs: what it held lies beside the place, and no new desk is begun there.
#[test]
fn a_file_that_is_deleted_while_it_is_served_is_saved_and_told() {
    let Busy { served, load, db, folder: _folder, .. } = Busy::serve(&["serve"]);
    std::thread::sleep(Duration::from_secs(1));
    std::fs::remove_file(&db).unwrap();
    until("that the desk says so", || health(&served) == (503, "file_gone\n".to_owned()));
    let must = load.stop();
    served.stop();
    let again = run(&["serve", "--db", db.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert_eq!(again.status.code(), Some(1));
    let saved = transom::store::away::saved(&db).unwrap();
    let said = complained(&again);
    assert!(said.contains("there was a desk") && said.contains(saved.to_str().unwrap()), "{said}");
    std::fs::rename(&saved, &db).unwrap();
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &must);
    tally.close("the file deleted while it is served");
}

/// The file is taken away or another is put in its place while the desk runs.
#[test]
fn a_file_that_is_taken_away_while_it_is_served_harms_nothing() {
    let Busy { served, load, db, folder, .. } = Busy::serve(&["serve"]);
    std::thread::sleep(Duration::from_secs(1));
    let aside = folder.path().join("moved.db");
    std::fs::rename(&db, &aside).unwrap();
    let other = tempfile::tempdir().unwrap();
    load::prepare(&other.path().join("transom.db"));
    let foreign = std::fs::read(other.path().join("transom.db")).unwrap();
    std::fs::write(&db, &foreign).unwrap();
    until("that the desk says so", || health(&served) == (503, "file_replaced\n".to_owned()));
    let before = load.before(Instant::now()).len();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(load.before(Instant::now()).len(), before, "nothing more is acknowledged");
    let must = load.stop();
    served.stop();
    assert!(std::fs::read(&db).unwrap() == foreign, "the other file was never written to");
    let log = transom::store::pairing::beside(&db, "-wal");
    if log.exists() {
        std::fs::rename(log, transom::store::pairing::beside(&aside, "-wal")).unwrap();
    }
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&aside, &must);
    tally.close("the file moved away and another put in its place while it is served");
}

/// T35: another program reads, copies and locks, as `sqlite3` does.
#[test]
fn another_program_that_holds_a_lock_delays_and_breaks_nothing() {
    let desk = Busy::serve(&["serve"]);
    std::thread::sleep(Duration::from_millis(500));
    let other = rusqlite::Connection::open(&desk.db).unwrap();
    other.busy_timeout(PATIENCE).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM message").unwrap();
    let before = desk.acknowledged();
    std::thread::sleep(Duration::from_secs(1));
    assert!(desk.acknowledged() > before, "who reads holds up nobody");
    other.execute_batch("COMMIT").unwrap();
    backs_up(&desk, &other);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    until("that the desk says so", || health(&desk.served) == (503, "file_locked\n".to_owned()));
    let before = desk.acknowledged();
    // Longer than the desk waits for a lock.
    let (begun, longest) = (Instant::now(), Duration::from_secs(if times(0, 1) == 1 { 60 } else { 7 }));
    while begun.elapsed() < longest {
        assert_eq!(health(&desk.served), (503, "file_locked\n".to_owned()), "as long as it stands");
        assert_eq!(page(&desk.served, "/login"), 200, "who only looks is served");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(desk.acknowledged(), before, "nothing is acknowledged that cannot be kept");
    other.execute_batch("ROLLBACK").unwrap();
    until("a delivery after the lock", || desk.acknowledged() > before + 20);
    assert_eq!(health(&desk.served).0, 200);
    drop(other);
    desk.end("another program held the write lock");
}

/// What `.backup` of `sqlite3` does: its copy holds everything that was acknowledged before it began.
fn backs_up(desk: &Busy, other: &rusqlite::Connection) {
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    for number in 0..times(2, 20) {
        let copy = folder.path().join(format!("{number}.db"));
        let must = desk.load.before(Instant::now());
        let begun = Instant::now();
        tally.tried += 1;
        let silent: Option<fn(rusqlite::backup::Progress)> = None;
        other.backup("main", &copy, silent).unwrap();
        tally.slowest = tally.slowest.max(begun.elapsed());
        tally.judge(&copy, &must);
    }
    tally.close("another program makes a .backup");
}

/// Without a lease, while another program reads one old state for long: whoever writes is not held up by it.
#[test]
fn a_long_read_of_another_program_holds_up_nobody_without_a_lease() {
    let desk = Busy::serve(&["serve", "--checkpoints", "timer"]);
    let other = rusqlite::Connection::open(&desk.db).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    other.execute_batch("BEGIN; SELECT count(*) FROM message").unwrap();
    let before = desk.acknowledged();
    std::thread::sleep(Duration::from_secs(times(8, 60) as u64));
    let meanwhile = desk.acknowledged() - before;
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    println!("another program read for long, without a lease: {meanwhile} acknowledged meanwhile");
    // A try takes 20 ms, and there are fewer of them the longer it lasts.
    assert!(meanwhile > 10, "{meanwhile}");
    desk.end("another program read for long, without a lease");
}

/// As Litestream does: with `--checkpoints outside` the desk never moves the log, and another program that reads and
/// checkpoints beside it is in nobody's way.
#[test]
fn another_program_may_own_the_checkpoints() {
    let desk = Busy::serve(&["serve", "--checkpoints", "outside"]);
    let before = std::fs::read(&desk.db).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(std::fs::read(&desk.db).unwrap() == before, "the desk moves nothing");
    let other = rusqlite::Connection::open(&desk.db).unwrap();
    other.busy_timeout(PATIENCE).unwrap();
    let mut moved = 0;
    for _ in 0..times(6, 60) {
        // It keeps the log by a read of its own, lets go, and moves it.
        other.execute_batch("BEGIN; SELECT count(*) FROM message; COMMIT").unwrap();
        let (busy, log, done): (i64, i64, i64) = other
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert!(busy == 0 && done <= log, "{busy} {log} {done}");
        moved += done;
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(moved > 0 && std::fs::read(&desk.db).unwrap() != before, "the other program moves the log");
    drop(other);
    desk.end("another program owned the checkpoints");
}
