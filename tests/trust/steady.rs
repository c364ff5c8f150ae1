//! A desk over a long time: half an hour of an ordinary day's traffic.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::floor::Floor;
use crate::hostile::{at, figures};
use crate::load::{self, Load};
use crate::process::{PATIENCE, Served, complained, run};
use crate::times;
use crate::verdict::Tally;

const PASSWORD: &str = "a password for figures";
/// What agents look at again and again.
const PAGES: [&str; 4] =
    ["/inbox?view=all", "/inbox?view=unassigned", "/inbox?view=all&status=closed", "/contacts"];

/// A desk with so many messages over two years, made with these further words, and the path of a webhook.
pub fn full(db: &Path, messages: usize, further: &[&str]) -> String {
    let (messages, conversations) = (messages.to_string(), (messages / 5).to_string());
    let mut words = vec!["generate", "--messages", &messages, "--conversations", &conversations];
    words.extend(["--password", PASSWORD, "--db", db.to_str().unwrap()]);
    words.extend(further);
    let made = run(&words);
    assert!(made.status.success(), "{}", complained(&made));
    load::prepare(db)
}

pub fn ask(stream: &mut BufReader<TcpStream>, words: &str) -> (u16, Vec<String>) {
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

pub fn connect(url: &str) -> BufReader<TcpStream> {
    let socket = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    BufReader::new(socket)
}

/// The session of the administrator, as a browser's cookie.
pub fn sign_in(url: &str) -> String {
    sign_in_as(url, "admin@example.org", PASSWORD)
}

/// The session of somebody else.
pub fn sign_in_as(url: &str, email: &str, password: &str) -> String {
    let host = url.trim_start_matches("http://");
    let form = format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"));
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
    let hook = full(&db, times(2_000, 100_000), &[]);
    let served = Served::with(&db, &["serve"], "Transom serves");
    let agents = Agents::come(&served.url);
    let floor = Floor::of(folder.path());
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
    floor.end();
    let pages = agents.go();
    let must = load.stop();
    assert!(served.stop(), "it stops well");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &must);
    println!(
        "{seconds} s of traffic: {} webhooks p50 {} ms, p99 {} ms; {} pages p50 {} ms, p99 {} ms; refused {}; RSS {early} \
         MB at most in the first quarter, {late} MB at the end; WAL {} MB at most",
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
