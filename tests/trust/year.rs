//! A file that a year has filled: how soon it is served, how its copies are, and how fast its old half goes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;

use crate::hostile::{at, figures};
use crate::load::Load;
use crate::process::Served;
use crate::steady::{Agents, ask, connect, full};
use crate::times;
use crate::verdict::{OLD, Tally};

/// What the rule of the test takes: closed conversations that are older than a year.
const OLD_ONES: &str = "SELECT count(*) FROM conversation WHERE status = 'closed' AND last_message_at < \
                        (unixepoch() - 365 * 86400) * 1000";
const MESSAGES: &str = "SELECT count(*) FROM message";
const FILES: &str = "SELECT count(*) FROM attachment";

/// A look from outside, which opens the file only for a moment: nothing moves while it is open.
fn count(db: &Path, sql: &str) -> i64 {
    let connection = rusqlite::Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    connection.busy_timeout(crate::process::PATIENCE).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn megabytes(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len()) / 1_000_000
}

/// How many megabytes of files there may be: 20 GB in the long form, or what the disk has room for beside a copy.
fn files(folder: &Path) -> usize {
    let disk = rustix::fs::statvfs(folder).unwrap();
    let free = usize::try_from(disk.f_bavail * disk.f_frsize / 1_000_000).unwrap();
    let room = free.saturating_sub(8_000) * 2 / 5;
    let wanted = times(20, 20_000);
    if room < wanted {
        println!("the disk has room for {room} MB of files only");
    }
    wanted.min(room)
}

/// The desk of a year while it is served.
struct Year {
    served: Served,
    db: PathBuf,
    load: Load,
    longest: u64,
}

impl Year {
    /// A plain copy, judged, and gone before the next: two of these files and their log are all that the disk has to hold.
    fn copy(&mut self, tally: &mut Tally) {
        std::thread::sleep(OLD + Duration::from_secs(1));
        let begun = Instant::now();
        let folder = tempfile::tempdir_in(self.db.parent().unwrap()).unwrap();
        let copy = folder.path().join("transom.db");
        tally.tried += 1;
        std::fs::copy(&self.db, &copy).unwrap();
        let took = begun.elapsed();
        tally.slowest = tally.slowest.max(took);
        let must = begun.checked_sub(OLD).map(|moment| self.load.before(moment)).unwrap_or_default();
        let log = self.log();
        let begun = Instant::now();
        tally.judge(&copy, &must);
        println!(
            "  a copy of {} MB in {:.1} s, judged in {:.1} s; the log had {log} MB after it",
            megabytes(&copy),
            took.as_secs_f64(),
            begun.elapsed().as_secs_f64()
        );
    }

    fn log(&mut self) -> u64 {
        let now = megabytes(&transom::store::pairing::beside(&self.db, "-wal"));
        self.longest = self.longest.max(now);
        now
    }

    /// Lets the rule take what is old, for so long at most.
    fn let_go(&mut self, longest: Duration) {
        let look = Duration::from_secs(if times(0, 1) > 0 { 5 } else { 1 });
        let (messages, files) = (count(&self.db, MESSAGES), count(&self.db, FILES));
        let (begun, came) = (Instant::now(), self.load.figures().took.len());
        let mut left = count(&self.db, OLD_ONES);
        while left > 0 && begun.elapsed() < longest {
            std::thread::sleep(look);
            self.log();
            left = count(&self.db, OLD_ONES);
        }
        let seconds = begun.elapsed().as_secs_f64();
        let came = i64::try_from(self.load.figures().took.len() - came).unwrap();
        println!(
            "  the rule took {} messages and {} files in {seconds:.0} s, {left} old conversations are left; the file has {} MB",
            messages + came - count(&self.db, MESSAGES),
            files - count(&self.db, FILES),
            megabytes(&self.db)
        );
    }
}

/// T40: a file with as much as a year brings, whose old half is being deleted by a rule, while it is written to and copied.
#[test]
fn a_file_of_a_year_starts_at_once_and_is_copied_whole_while_its_old_half_goes() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let begun = Instant::now();
    let hook = full(&db, times(4_000, 2_000_000), &["--files", &format!("{}MB", files(folder.path()))]);
    let (before, bytes) = (count(&db, MESSAGES), megabytes(&db));
    println!("  {before} messages, {bytes} MB, made in {:.0} s", begun.elapsed().as_secs_f64());
    count(&db, "INSERT INTO retention (channel_id, conversations) SELECT id, 365 FROM channel RETURNING 1");
    let begun = Instant::now();
    let served = Served::with(&db, &["serve"], "Transom serves");
    let (status, _) = ask(&mut connect(&served.url), "GET /login HTTP/1.1\r\nHost: a\r\n\r\n");
    let started = begun.elapsed();
    assert_eq!(status, 200);
    let agents = Agents::come(&served.url);
    let load = Load::paced(&served.url, &hook, "a", Duration::from_millis(160));
    let mut tally = Tally::default();
    let mut year = Year { served, db, load, longest: 0 };
    year.copy(&mut tally);
    year.let_go(Duration::from_secs(times(10, 300) as u64));
    year.copy(&mut tally);
    let pages = agents.go();
    let (peak, refused, longest) = (figures(&year.served).peak, year.load.figures().refused, year.longest);
    let must = year.load.stop();
    let begun = Instant::now();
    assert!(year.served.stop(), "it stops well");
    let stopped = begun.elapsed();
    tally.find(&year.db, &must);
    let after = count(&year.db, MESSAGES);
    println!(
        "a year: {before} messages, {bytes} MB, first page {} ms after the start, {} pages p50 {} ms, p99 {} ms; {} new \
         messages, {refused} refused, {after} in the end; WAL {longest} MB at most, RSS {peak} MB at most, stopped in {} ms",
        started.as_millis(),
        pages.len(),
        at(&pages, 50),
        at(&pages, 99),
        must.len(),
        stopped.as_millis()
    );
    tally.close("copies of a year");
    assert_eq!(refused, 0);
    assert!(after < before + i64::try_from(must.len()).unwrap(), "the rule took nothing");
}
