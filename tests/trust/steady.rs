//! A desk over a long time: half an hour of an ordinary day's traffic, and a file that a year has filled.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::hostile::{at, figures};
use crate::load::{self, Load};
use crate::process::{PATIENCE, Served, complained, run};
use crate::times;
use crate::verdict::{OLD, Tally};

const PASSWORD: &str = "a password for figures";
/// What agents look at again and again.
const PAGES: [&str; 4] =
    ["/inbox?view=all", "/inbox?view=unassigned", "/inbox?view=all&status=closed", "/contacts"];

/// A desk with so many messages over two years, and the path of a webhook.
pub fn full(db: &Path, messages: usize) -> String {
    let (messages, conversations) = (messages.to_string(), (messages / 5).to_string());
    let made = run(&[
        "generate",
        "--messages",
        &messages,
        "--conversations",
        &conversations,
        "--password",
        PASSWORD,
        "--db",
        db.to_str().unwrap(),
    ]);
    assert!(made.status.success(), "{}", complained(&made));
    load::prepare(db)
}

fn ask(stream: &mut BufReader<TcpStream>, words: &str) -> (u16, Vec<String>) {
    stream.get_mut().write_all(words.as_bytes()).unwrap();
    let mut head = Vec::new();
    let mut line = String::new();
    while stream.read_line(&mut line).unwrap() > 0 && line != "\r\n" {
        head.push(line.trim_end().to_owned());
        line.clear();
    }
    let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(name).map(str::to_owned));
    let length = header("Content-Length: ").map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).unwrap();
    let status = head.first().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    (status, head)
}

/// A page as its administrator sees it.
pub fn page(url: &str, cookie: &str, path: &str) -> String {
    let answer = ureq::get(format!("{url}{path}")).header("cookie", cookie).call();
    answer.unwrap().body_mut().read_to_string().unwrap()
}

fn connect(url: &str) -> BufReader<TcpStream> {
    let socket = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    BufReader::new(socket)
}

/// The session of the administrator, as a browser's cookie.
pub fn sign_in(url: &str) -> String {
    let host = url.trim_start_matches("http://");
    let form = format!("email=admin%40example.org&password={}", PASSWORD.replace(' ', "+"));
    let words = format!(
        "POST /login HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let (status, head) = ask(&mut connect(url), &words);
    let cookies = head.iter().filter_map(|line| line.strip_prefix("Set-Cookie: "));
    let cookies: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
    assert!(status == 303 && !cookies.is_empty(), "{head:?}");
    cookies.join("; ")
}

/// Twenty agents who look at a page a second.
pub struct Agents {
    stop: Arc<AtomicBool>,
    took: Arc<Mutex<Vec<Duration>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Agents {
    pub fn come(url: &str) -> Agents {
        let cookie = sign_in(url);
        let (stop, took): (Arc<AtomicBool>, Arc<Mutex<Vec<Duration>>>) = Default::default();
        let threads = (0..20).map(|number| {
            let (url, cookie, stop, took) = (url.to_owned(), cookie.clone(), stop.clone(), took.clone());
            std::thread::spawn(move || {
                let mut stream = connect(&url);
                for page in PAGES.iter().cycle().skip(number) {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let begun = Instant::now();
                    let words = format!("GET {page} HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n");
                    let (status, head) = ask(&mut stream, &words);
                    assert_eq!(status, 200, "{page}: {head:?}");
                    took.lock().unwrap().push(begun.elapsed());
                    std::thread::sleep(Duration::from_secs(1));
                }
            })
        });
        let threads = threads.collect();
        Agents { stop, took, threads }
    }

    /// How long each page took, sorted.
    pub fn go(self) -> Vec<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        let mut took = self.took.lock().unwrap().clone();
        took.sort();
        took
    }
}

/// T16: fifty deliveries a second and twenty agents for half an hour. Nothing is refused or lost, the log stays short, and
/// the memory does not grow.
#[test]
fn half_an_hour_of_a_busy_day_costs_no_more_than_its_first_minute() {
    let seconds = times(6, 1800);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = full(&db, times(2_000, 100_000));
    let served = Served::with(&db, &["serve"], "Transom serves");
    let agents = Agents::come(&served.url);
    let load = Load::paced(&served.url, &hook, "a", Duration::from_millis(160));
    let (mut early, mut late, mut log) = (0, 0, 0);
    for second in 0..seconds {
        std::thread::sleep(Duration::from_secs(1));
        let now = figures(&served).megabytes;
        // Caches fill up first.
        if second <= seconds / 4 {
            early = now.max(early);
        }
        late = now;
        log = std::fs::metadata(folder.path().join("transom.db-wal")).map_or(0, |log| log.len()).max(log);
    }
    let mut figures = load.figures();
    figures.took.sort();
    let pages = agents.go();
    let must = load.stop();
    assert!(served.stop(), "it stops well");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &must);
    println!(
        "{seconds} s of traffic: {} deliveries p50 {} ms, p99 {} ms; {} pages p50 {} ms, p99 {} ms; refused {}; memory {early} \
         MB in the first quarter, {late} MB at the end; longest log {} MB",
        figures.took.len(),
        at(&figures.took, 50),
        at(&figures.took, 99),
        pages.len(),
        at(&pages, 50),
        at(&pages, 99),
        figures.refused,
        log / 1_000_000
    );
    tally.close("half an hour of traffic");
    assert_eq!(figures.refused, 0);
    assert!(log < 64 << 20, "the log had {log} bytes");
    // Caches fill up for longer than a short form lasts.
    let slack = if seconds < 600 { 20 } else { 0 };
    assert!(late <= early + early / 10 + slack, "memory grew from {early} to {late} MB");
}

/// T40: a file with as much as a year brings, whose old half is being deleted by a rule, while it is written to and copied.
#[test]
fn a_file_of_a_year_starts_at_once_and_is_copied_whole_while_its_old_half_goes() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = full(&db, times(4_000, 2_000_000));
    let count = |sql: &str| -> i64 {
        let connection = rusqlite::Connection::open(&db).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let (before, bytes) = (count("SELECT count(*) FROM message"), std::fs::metadata(&db).unwrap().len());
    count("INSERT INTO retention (channel_id, conversations) SELECT id, 365 FROM channel RETURNING 1");
    let begun = Instant::now();
    let served = Served::with(&db, &["serve"], "Transom serves");
    let (status, _) = ask(&mut connect(&served.url), "GET /login HTTP/1.1\r\nHost: a\r\n\r\n");
    let started = begun.elapsed();
    assert_eq!(status, 200);
    let agents = Agents::come(&served.url);
    let load = Load::paced(&served.url, &hook, "a", Duration::from_millis(160));
    let mut tally = Tally::default();
    for _ in 0..times(2, 20) {
        std::thread::sleep(OLD + Duration::from_secs(1));
        let begun = Instant::now();
        let copy = tempfile::tempdir().unwrap();
        tally.tried += 1;
        std::fs::copy(&db, copy.path().join("transom.db")).unwrap();
        tally.slowest = tally.slowest.max(begun.elapsed());
        let must = begun.checked_sub(OLD).map(|moment| load.before(moment)).unwrap_or_default();
        tally.judge(&copy.path().join("transom.db"), &must);
    }
    let pages = agents.go();
    let must = load.stop();
    assert!(served.stop(), "it stops well");
    tally.judge(&db, &must);
    let after = count("SELECT count(*) FROM message");
    println!(
        "a year: {before} messages, {} MB, first page {} ms after the start, {} pages p50 {} ms, p99 {} ms; {after} messages \
         after {} new ones and what the rule took meanwhile",
        bytes / 1_000_000,
        started.as_millis(),
        pages.len(),
        at(&pages, 50),
        at(&pages, 99),
        must.len()
    );
    tally.close("copies of a year");
    assert!(after < before + i64::try_from(must.len()).unwrap(), "the rule took nothing");
}
