//! Customers who write all the time: signed deliveries over many connections, each acknowledged one remembered.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use transom::net::signature::sha256_header;

use crate::process::{Served, transom};
use crate::verdict::Tally;

pub const SECRET: &str = "trust";
const CONNECTIONS: u64 = 8;
/// Between two deliveries of a connection: together about five hundred a second.
const PAUSE: Duration = Duration::from_millis(12);
/// Every so many deliveries one is large, so that a transaction has many pages.
const LARGE: u64 = 400;

/// The load. It ends when it is stopped, or when the desk is gone.
pub struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<(String, Instant)>>>,
    figures: Arc<Mutex<Figures>>,
    threads: Vec<JoinHandle<()>>,
}

/// How the desk took it.
#[derive(Default, Clone)]
pub struct Figures {
    /// How long each answer took.
    pub took: Vec<Duration>,
    /// Answers that were no 200, and connections that broke.
    pub refused: usize,
    /// Those that said that it is the desk's own fault.
    pub faults: Vec<u16>,
}

impl Figures {
    fn refuse(&mut self, answer: Option<u16>) {
        self.refused += 1;
        self.faults.extend(answer.filter(|status| *status >= 500));
    }
}

/// Makes a desk with a custom channel; returns the path of its webhook.
pub fn prepare(db: &Path) -> String {
    prepare_with(db, &[])
}

/// The same with further settings of the channel, as in `outbound_url=http://127.0.0.1:1/`.
pub fn prepare_with(db: &Path, settings: &[&str]) -> String {
    prepare_by(db, settings, |_| {})
}

/// The same by a command that is changed first.
pub fn prepare_by(db: &Path, settings: &[&str], change: impl FnOnce(&mut Command)) -> String {
    let secret = format!("secret={SECRET}");
    let mut words = vec!["channel", "add", "custom", "--name", "Load", "--set", &secret];
    for setting in settings {
        words.extend(["--set", setting]);
    }
    words.extend(["--json", "--db", db.to_str().unwrap()]);
    let mut command = transom(&words);
    change(&mut command);
    let made = command.output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let told: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    format!("/hooks/{}", told["id"])
}

impl Load {
    /// Writes to the desk at `url`; `word` keeps the names of several loads apart.
    pub fn start(url: &str, hook: &str, word: &str) -> Load {
        Load::paced(url, hook, word, PAUSE)
    }

    /// The same with this long between two deliveries of one of the eight connections.
    pub fn paced(url: &str, hook: &str, word: &str, pause: Duration) -> Load {
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let numbers = Arc::new(AtomicU64::new(0));
        let figures: Arc<Mutex<Figures>> = Arc::default();
        let threads = (0..CONNECTIONS).map(|_| {
            let (stop, numbers): (Arc<AtomicBool>, _) = (stop.clone(), numbers.clone());
            let acknowledged: Arc<Mutex<Vec<(String, Instant)>>> = Arc::clone(&acknowledged);
            let (address, hook, word) = (address.clone(), hook.to_owned(), word.to_owned());
            let figures = figures.clone();
            std::thread::spawn(move || {
                let Ok(stream) = TcpStream::connect(&address) else { return };
                let mut stream = BufReader::new(stream);
                while !stop.load(Ordering::Relaxed) {
                    let number = numbers.fetch_add(1, Ordering::Relaxed);
                    let name = format!("{word}-{number}");
                    let padding = "x".repeat(if number % LARGE == LARGE - 1 { 500_000 } else { 0 });
                    let begun = Instant::now();
                    let answer = deliver(&mut stream, &hook, &name, &delivery(&name, number % 40, &padding));
                    if answer == Some(200) {
                        figures.lock().unwrap().took.push(begun.elapsed());
                        acknowledged.lock().unwrap().push((name, Instant::now()));
                    } else {
                        figures.lock().unwrap().refuse(answer);
                    }
                    if answer.is_none() {
                        return;
                    }
                    std::thread::sleep(pause);
                }
            })
        });
        let threads = threads.collect();
        Load { stop, acknowledged, figures, threads }
    }

    /// What was acknowledged before `moment`.
    pub fn before(&self, moment: Instant) -> Vec<String> {
        let all = self.acknowledged.lock().unwrap();
        all.iter().filter(|(_, at)| *at < moment).map(|(name, _)| name.clone()).collect()
    }

    /// How the desk has taken it so far.
    pub fn figures(&self) -> Figures {
        self.figures.lock().unwrap().clone()
    }

    /// Ends it; returns what was acknowledged in all.
    pub fn stop(self) -> Vec<String> {
        self.end().0
    }

    /// The same, and how the desk has taken it to the end.
    pub fn end(self) -> (Vec<String>, Figures) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().unwrap();
        }
        let all = self.acknowledged.lock().unwrap();
        let figures = self.figures.lock().unwrap().clone();
        (all.iter().map(|(name, _)| name.clone()).collect(), figures)
    }
}

/// One message of each of these people.
pub fn people(url: &str, hook: &str, people: std::ops::Range<u64>) {
    let mut stream = BufReader::new(TcpStream::connect(url.trim_start_matches("http://")).unwrap());
    for person in people {
        let name = format!("first-{person}");
        assert_eq!(deliver(&mut stream, hook, &name, &delivery(&name, person, "")), Some(200));
    }
}

/// A new desk that is served and written to.
pub struct Busy {
    pub served: Served,
    pub load: Load,
    pub db: PathBuf,
    pub folder: TempDir,
}

impl Busy {
    /// Serves by these words.
    pub fn serve(words: &[&str]) -> Busy {
        let folder = tempfile::tempdir().unwrap();
        let db = folder.path().join("transom.db");
        let hook = prepare(&db);
        let served = Served::with(&db, words, "Set it up here");
        let load = Load::start(&served.url, &hook, "a");
        Busy { served, load, db, folder }
    }

    /// How much was acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.load.before(Instant::now()).len()
    }

    /// Ends the load and the desk; everything that was acknowledged must be in the file.
    pub fn end(self, what: &str) {
        let must = self.load.stop();
        assert!(self.served.stop(), "the desk stops well");
        let mut tally = Tally { tried: 1, ..Tally::default() };
        tally.judge(&self.db, &must);
        tally.close(what);
    }
}

/// A delivery of `person` as its provider makes it: the body and its signature.
pub fn delivery(name: &str, person: u64, padding: &str) -> (String, String) {
    let body = serde_json::json!({
        "type": "text", "id": name, "from": { "value": format!("person-{person}"), "name": "Ana" },
        "body": format!("This is what {name} has to say."), "padding": padding,
    })
    .to_string();
    let signature = sha256_header(SECRET, body.as_bytes());
    (body, signature)
}

/// The status of the answer; `None` when the desk is gone.
pub fn deliver(
    stream: &mut BufReader<TcpStream>,
    hook: &str,
    name: &str,
    (body, signature): &(String, String),
) -> Option<u16> {
    let head = format!(
        "POST {hook} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         X-Transom-Delivery: {name}\r\nX-Transom-Signature: {signature}\r\n\r\n",
        body.len(),
    );
    ask(stream, (head + body).as_bytes()).map(|(status, _)| status)
}

/// The status and the body of the answer to this request; `None` when the desk is gone.
pub fn ask(stream: &mut BufReader<TcpStream>, request: &[u8]) -> Option<(u16, Vec<u8>)> {
    stream.get_mut().write_all(request).ok()?;
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((header, value)) = line.trim_end().split_once(':') else { break };
        if header.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((status, body))
}
