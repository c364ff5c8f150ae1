//! A desk over a long time: half an hour of an ordinary day's traffic.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use transom::store::pairing;

use crate::burst;
use crate::client::count;
use crate::ending::until;
use crate::floor::Floor;
use crate::hostile::{at, figures};
use crate::letters::Mailbox;
use crate::load::{self, Load};
use crate::process::{PATIENCE, Served, complained, run};
use crate::times;
use crate::verdict::Tally;
use crate::visitors::{self, BRINGS, Visitor};

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

/// Two hundred visitors of a website, who look every few seconds and write once a minute.
struct Guests {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

const GUESTS: usize = 200;
/// How often one looks, and every so many looks one writes.
const LOOKS: Duration = Duration::from_secs(5);
const WRITES: usize = 12;

impl Guests {
    fn come(served: &Served, key: &str) -> Guests {
        let stop: Arc<AtomicBool> = Arc::default();
        let threads = (0..GUESTS).map(|number| {
            let (stop, mut guest) = (stop.clone(), Visitor::new(served, key, number / BRINGS, 17));
            std::thread::spawn(move || {
                // One after the other, so that not all look at once.
                std::thread::sleep(LOOKS * u32::try_from(number).unwrap() / u32::try_from(GUESTS).unwrap());
                let mut said = 0;
                for look in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    if look % WRITES == 0 {
                        let told =
                            guest.say(&format!("guest-{number}-{look}"), &format!("Guest {number}, {look}."));
                        assert_eq!(told.status, 200, "{number}: {}", told.body);
                        said += 1;
                    }
                    assert!(
                        guest.thread().contains(&format!("Guest {number}, ")),
                        "{number} sees what was said"
                    );
                    std::thread::sleep(LOOKS);
                }
                said
            })
        });
        Guests { threads: threads.collect(), stop }
    }

    /// How much all of them have said.
    fn go(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().map(|guest| guest.join().unwrap()).sum()
    }
}

/// What comes at once every minute.
const BURST: usize = 500;

/// What was seen of the desk while the time went by.
#[derive(Default)]
struct Seen {
    /// The most memory in the first quarter, and that at the end, in megabytes.
    early: u64,
    late: u64,
    /// The longest log, in bytes.
    log: u64,
    /// The names of what came in bursts, and how long each took, sorted.
    bursts: Vec<String>,
    burst: Vec<Duration>,
}

fn look_on(served: &Served, hook: &str, db: &Path, seconds: usize) -> Seen {
    let log = pairing::beside(db, "-wal");
    let mut seen = Seen::default();
    for second in 0..seconds {
        if second % 60 == 3 {
            let word = format!("burst-{second}");
            let told = burst::send(served, hook, &word, BURST);
            assert!(told.others.is_empty(), "{:?}", told.others);
            seen.burst.extend(told.took);
            seen.bursts.extend((0..BURST).map(|number| format!("{word}-{number}")));
        }
        std::thread::sleep(Duration::from_secs(1));
        seen.late = figures(served).megabytes;
        // Caches fill up first.
        if second <= seconds / 4 {
            seen.early = seen.late.max(seen.early);
        }
        seen.log = std::fs::metadata(&log).map_or(0, |log| log.len()).max(seen.log);
    }
    seen.burst.sort();
    seen
}

/// All of what begins so is in the file, and none of it twice.
fn heard(db: &Path, like: &str, said: usize) {
    let said = i64::try_from(said).unwrap();
    let there = |what: &str| {
        count(db, &format!("SELECT count({what}) FROM message WHERE body LIKE '{like}' AND kind = 'inbound'"))
    };
    until(&format!("{like} is heard"), || there("*") >= said);
    assert_eq!((there("*"), there("DISTINCT body")), (said, said), "{like}");
}

/// T16: fifty deliveries and five letters a second with a burst every minute, twenty agents and two hundred visitors for
/// half an hour. Nothing is refused or lost, the log stays short, and the memory does not grow.
#[test]
fn half_an_hour_of_a_busy_day_costs_no_more_than_its_first_minute() {
    let seconds = times(6, 1800);
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("transom.db");
    let hook = full(&db, times(2_000, 100_000), &[]);
    let key = visitors::connect(&db);
    let mut mailbox = Mailbox::connect(&db);
    let served = Served::with(&db, &["serve"], "Transom serves");
    mailbox.iter_mut().for_each(|mailbox| mailbox.fill(&db));
    let agents = Agents::come(&served.url);
    let guests = Guests::come(&served, &key);
    let floor = Floor::of(folder.path());
    let load = Load::paced(&served.url, &hook, "a", Duration::from_millis(160));
    let Seen { early, late, log, bursts, burst } = look_on(&served, &hook, &db, seconds);
    let mut figures = load.figures();
    figures.took.sort();
    floor.end();
    let pages = agents.go();
    let said = guests.go();
    let letters = mailbox.as_mut().map_or(0, Mailbox::close);
    let must: Vec<String> = load.stop().into_iter().chain(bursts).collect();
    heard(&db, "Guest %", said);
    heard(&db, "Letter % says this.%", letters);
    assert!(served.stop(), "it stops well");
    let mut tally = Tally { tried: 1, ..Tally::default() };
    tally.judge(&db, &must);
    println!(
        "{seconds} s of traffic: {} webhooks p50 {} ms, p99 {} ms; {} in bursts p50 {} ms, p99 {} ms; {said} messages of \
         {GUESTS} visitors; {letters} letters; {} pages p50 {} ms, p99 {} ms; refused {}; RSS {early} \
         MB at most in the first quarter, {late} MB at the end; WAL {} MB at most",
        figures.took.len(),
        at(&figures.took, 50),
        at(&figures.took, 99),
        burst.len(),
        at(&burst, 50),
        at(&burst, 99),
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
