//! T33: a large desk is written to while it is exported, and while another program reads one state of it for long.

use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::floor::Floor;
use crate::hostile::at;
use crate::load::Load;
use crate::process::{Served, complained, run, transom};
use crate::verdict::Tally;
use crate::{steady, times};

/// How old a copy may be that is made while a desk is exported.
fn late() -> Duration {
    Duration::from_secs(if times(0, 1) == 1 { 15 } else { 5 })
}

/// Watches how long the log grows.
struct Log {
    stop: Arc<AtomicBool>,
    longest: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Log {
    fn of(db: &Path) -> Log {
        let log = transom::store::pairing::beside(db, "-wal");
        let (stop, longest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (until, most) = (stop.clone(), longest.clone());
        let thread = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                most.fetch_max(std::fs::metadata(&log).map_or(0, |log| log.len()), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Log { stop, longest, thread }
    }

    /// In bytes.
    fn longest(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.longest.load(Ordering::Relaxed)
    }
}

/// Copies that are looked at when the load is over, so that looking takes no time from it.
struct Later {
    folder: tempfile::TempDir,
    copies: Vec<Vec<String>>,
}

/// Where there is another disk, which is where copies belong: in memory. What a tool writes at full speed onto the desk's
/// own disk holds up whoever writes there, and says nothing of the export and the reader.
const ELSEWHERE: &str = "/dev/shm";

impl Later {
    /// Copies on the disk of the desk.
    fn beside() -> Later {
        Later { folder: tempfile::tempdir().unwrap(), copies: Vec::new() }
    }

    /// Copies on another one, where there is one.
    fn elsewhere() -> Later {
        let folder = tempfile::tempdir_in(ELSEWHERE);
        Later { folder: folder.unwrap_or_else(|_| tempfile::tempdir().unwrap()), copies: Vec::new() }
    }

    /// Where the next copy belongs, which must hold these.
    fn next(&mut self, must: Vec<String>) -> std::path::PathBuf {
        self.copies.push(must);
        self.folder.path().join(format!("{}.db", self.copies.len()))
    }

    fn close(self, what: &str) {
        let mut tally = Tally::default();
        for (number, must) in self.copies.iter().enumerate() {
            tally.tried += 1;
            tally.judge(&self.folder.path().join(format!("{}.db", number + 1)), must);
        }
        tally.close(what);
    }
}

fn before(load: &Load, age: Duration) -> Vec<String> {
    Instant::now().checked_sub(age).map(|moment| load.before(moment)).unwrap_or_default()
}

/// Whether a process has a file open; `None` when it is gone.
fn has_open(child: &Child, file: &Path) -> Option<bool> {
    let mut open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).ok()?;
    let is_it = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| std::fs::read_link(entry.path()).is_ok_and(|there| there == file))
    };
    Some(open.any(is_it))
}

/// Exports the desk once, beside plain copies; returns how often it was seen to write without the desk's file, and how
/// many deliveries there had been when it began to write.
fn export(db: &Path, to: &Path, load: &Load, later: &mut Later) -> (usize, usize) {
    let words = ["export", to.to_str().unwrap(), "--db", db.to_str().unwrap()];
    let mut child = transom(&words).stdout(Stdio::null()).spawn().unwrap();
    let file = std::fs::canonicalize(db).unwrap();
    let (mut seen, mut copied, mut writes) = (0, None::<Instant>, None);
    while child.try_wait().unwrap().is_none() {
        if to.with_added_extension("unfinished").exists() {
            let open = has_open(&child, &file);
            assert!(
                open != Some(true),
                "the export keeps the file open while it writes, so the log is not moved"
            );
            seen += usize::from(open == Some(false));
            writes = writes.or_else(|| Some(load.figures().took.len()));
        }
        if later.copies.len() < 4 && copied.is_none_or(|at| at.elapsed() > late()) {
            copied = Some(Instant::now());
            let must = before(load, late());
            std::fs::copy(db, later.next(must)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success(), "the export");
    (seen, writes.unwrap_or_else(|| load.figures().took.len()))
}

/// How the desk took what came between these moments, which are told as how much had come before.
fn beside(what: &str, took: &[Duration], part: std::ops::Range<usize>) {
    let mut took = took[part].to_vec();
    took.sort();
    let (number, most) = (took.len(), at(&took, 100));
    println!("beside {what}: {number} deliveries, p99 {} ms, longest {most} ms", at(&took, 99));
}

#[test]
fn t33_an_export_and_a_long_reader_hold_up_nobody_and_spoil_no_copy() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let messages = times(5_000, 1_000_000);
    let hook = steady::full(&db, messages, &[]);
    // What made the desk is not what is measured: it lies on the disk before anybody writes.
    std::fs::File::open(&db).unwrap().sync_all().unwrap();
    let served = Served::with(&db, &["serve"], "Transom serves");
    let floor = Floor::of(folder.path());
    let (load, log) = (Load::paced(&served.url, &hook, "a", Duration::from_millis(160)), Log::of(&db));
    std::thread::sleep(late() + Duration::from_secs(1));

    let (mut plain, begun, first) = (Later::elsewhere(), Instant::now(), load.figures().took.len());
    let mut exports =
        (0..20).map(|number| export(&db, &folder.path().join(format!("export-{number}")), &load, &mut plain));
    let seen = exports.find(|(seen, _)| *seen > 0);
    let (_, writes) = seen.expect("no export was ever seen at work");
    let (exported, last) = (begun.elapsed(), load.figures().took.len());

    let (mut whole, old) = (Later::beside(), before(&load, late()));
    let reader = rusqlite::Connection::open(&db).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM message").unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(times(4, 100) as u64) || whole.copies.is_empty() {
        // Another program has the file open: a plain copy is as old as that, and one by the program is of this moment.
        if plain.copies.len() < 6 {
            std::fs::copy(&db, plain.next(old.clone())).unwrap();
        }
        if whole.copies.len() < 2 {
            let to = whole.next(load.before(Instant::now()));
            let made = run(&["backup", to.to_str().unwrap(), "--db", db.to_str().unwrap()]);
            assert!(made.status.success(), "{}", complained(&made));
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    reader.execute_batch("COMMIT").unwrap();
    drop(reader);
    let mut figures = load.figures();
    floor.end();
    beside("the copy of an export", &figures.took, first..writes);
    beside("what it writes", &figures.took, writes..last);
    beside("the reader", &figures.took, last..figures.took.len());
    figures.took.sort();
    let (longest, must) = (log.longest(), load.stop());
    assert!(served.stop(), "it stops well");
    println!(
        "{messages} messages, exported in {} s, read for {} s: {} deliveries p50 {} ms, p99 {} ms, longest {} ms, refused {}; \
         longest log {} MB",
        exported.as_secs(),
        begun.elapsed().as_secs(),
        figures.took.len(),
        at(&figures.took, 50),
        at(&figures.took, 99),
        at(&figures.took, 100),
        figures.refused,
        longest / 1_000_000
    );
    assert_eq!(figures.refused, 0);
    assert!(longest < 512_000_000, "the log had {longest} bytes");
    plain.close("plain copies beside an export and a long reader");
    whole.close("copies by the program beside a long reader");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &must);
    tally.close("a desk that was exported and read for long");
}
